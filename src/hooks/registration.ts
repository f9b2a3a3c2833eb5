/** The registration as React state. */
import { watchRegistration } from '../registrationWatch';
import type { ZpnsRegistration } from '../types';
import { ZPNs } from '../ZPNs';
import { makeStore, useStore } from './store';

const registration = makeStore<ZpnsRegistration | null>(null, (set) => {
  let isWatched = true;
  let newest = 0;
  const ask = async (): Promise<void> => {
    newest += 1;
    const mine = newest;
    // There is none off iOS, nor without the native module.
    const answer = await ZPNs.getRegistration().catch(() => null);
    if (isWatched && mine === newest) set(answer);
  };
  const askAgain = () => void ask();
  const zpns = ZPNs.getInstance();
  const sources = [zpns.addListener('registered', askAgain), zpns.addListener('tokenInvalidated', askAgain), watchRegistration(askAgain)];
  askAgain();
  return {
    remove: () => {
      isWatched = false;
      for (const source of sources) source.remove();
    },
  };
});

/**
 * What `ZPNs.getRegistration` answers, drawn again when it is another one. Null off iOS, and until the answer is there.
 *
 * It listens to `registered` and `tokenInvalidated`. What waited goes to the first listener: an app that listens to them itself does so before it draws.
 */
export function useRegistration(): ZpnsRegistration | null {
  return useStore(registration);
}
