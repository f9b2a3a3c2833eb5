/** The calls as React state. */
import { CallKit } from '../CallKit';
import type { ZpnsCall } from '../types';
import { makeStore, useStore } from './store';

const NONE: readonly ZpnsCall[] = [];

const calls = makeStore(NONE, (set) => CallKit.getInstance().addListener('callsChanged', set));

/**
 * The calls there are, oldest first, drawn again after every change, whoever made it. Empty off iOS, and for the moment until the first component
 * that uses it has been told.
 */
export function useCalls(): readonly ZpnsCall[] {
  return useStore(calls);
}

/** The call that rings here, the oldest if there are several; null if none does. */
export function useIncomingCall(): ZpnsCall | null {
  return useCalls().find(({ state }) => state === 'ringing') ?? null;
}
