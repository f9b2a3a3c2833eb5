/** A phone to test on, whatever is behind it: the in-memory one that is shipped, or the virtual iPhone over the real core. */
import { createZpnsMock } from '../../jest';
import type { Spec } from '../../NativeZpns';
import { provideNative } from '../../native';
import { createVirtualPhone } from '../../simulator';
import type { ZPNsLocalMessage } from '../../types';

/** What the tests do to a phone. Each step is through when its promise is. */
export interface Bench {
  /** Its native module, already in the place of the system's. */
  readonly native: Spec;
  /** A VoIP push arrives. */
  push(payload: object): Promise<void>;
  /** What the user does on the call screen. */
  answer(uuid: string): Promise<void>;
  end(uuid: string): Promise<void>;
  setMuted(uuid: string, muted: boolean): Promise<void>;
  setHeld(uuid: string, onHold: boolean): Promise<void>;
  setGroup(uuid: string, withUUID: string | null): Promise<void>;
  playDTMF(uuid: string, digits: string): Promise<void>;
  /** The system's time for the call's waiting action is up. */
  timeOut(uuid: string): Promise<void>;
  /** The system drops all calls. */
  resetProvider(): Promise<void>;
  /** A background notification arrives. */
  throughMessage(userInfo: object): Promise<void>;
  /** How many background notifications the app has finished with. */
  finishedMessages(): number;
  /** Titles of the notifications that the phone shows. */
  notifications(): string[];
  /** Time passes. */
  advance(milliseconds: number): Promise<void>;
  /** Everything that was on its way has arrived. */
  settle(): Promise<void>;
  /** Takes the phone away. */
  dispose(): void;
}

/** The phones there are. */
export const benches: [name: string, make: () => Bench][] = [
  ['the in-memory phone', inMemory],
  ['the virtual iPhone over the real core', virtual],
];

function inMemory(): Bench {
  const phone = createZpnsMock();
  const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
  const step = <Args extends unknown[]>(act: (...args: Args) => unknown) => {
    return (...args: Args): Promise<void> => {
      // What the user does is over when the app has settled it; the tests go on before.
      void act(...args);
      return settle();
    };
  };
  return {
    native: phone.native,
    push: step((payload: object) => phone.push(payload as Record<string, unknown>)),
    answer: step((uuid: string) => phone.answer(uuid)),
    end: step((uuid: string) => phone.end(uuid)),
    setMuted: step((uuid: string, muted: boolean) => phone.setMuted(uuid, muted)),
    setHeld: step((uuid: string, onHold: boolean) => phone.setHeld(uuid, onHold)),
    setGroup: step((uuid: string, withUUID: string | null) => phone.setGroup(uuid, withUUID)),
    playDTMF: step((uuid: string, digits: string) => phone.playDTMF(uuid, digits)),
    timeOut: step((uuid: string) => phone.timeOut(uuid)),
    resetProvider: step(() => phone.resetProvider()),
    throughMessage: step((userInfo: object) => phone.throughMessage(userInfo as Record<string, unknown>)),
    finishedMessages: () => phone.invocations.filter(({ method }) => method === 'completeThroughMessage').length,
    notifications: () =>
      phone.invocations.filter(({ method }) => method === 'addLocalNotification').map(({ params }) => (params as ZPNsLocalMessage).title),
    advance: step((milliseconds: number) => phone.advance(milliseconds)),
    settle,
    dispose: () => provideNative(undefined),
  };
}

function virtual(): Bench {
  // Signed for production, so that what says development shows.
  const phone = createVirtualPhone({ voipAtLaunch: true, signing: 'production' });
  const native = phone.attachJS();
  provideNative(native);
  const step = <Args extends unknown[]>(act: (...args: Args) => void) => {
    return async (...args: Args): Promise<void> => {
      await phone.settle();
      act(...args);
      await phone.settle();
    };
  };
  return {
    native,
    push: step((payload: object) => phone.deliverPush('voip', payload)),
    answer: step((uuid: string) => phone.answer(uuid)),
    end: step((uuid: string) => phone.end(uuid)),
    setMuted: step((uuid: string, muted: boolean) => phone.setMuted(uuid, muted)),
    setHeld: step((uuid: string, onHold: boolean) => phone.setHeld(uuid, onHold)),
    setGroup: step((uuid: string, withUUID: string | null) => phone.setGroup(uuid, withUUID)),
    playDTMF: step((uuid: string, digits: string) => phone.playDTMF(uuid, digits)),
    timeOut: step((uuid: string) => phone.timeOutActions(uuid)),
    resetProvider: step(() => phone.resetProvider()),
    throughMessage: async (userInfo) => {
      // iOS delivers notifications only to apps that have asked for a token.
      await native.invoke('registerPush', '{}');
      await phone.settle();
      phone.deliverPush('background', userInfo);
      await phone.settle();
    },
    finishedMessages: () => phone.timeline.entries.filter(({ type }) => type === 'backgroundCompleted').length,
    notifications: () => phone.state.notifications.map(({ title }) => title),
    // On the system's clock.
    advance: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds + 1)),
    settle: () => phone.settle(),
    dispose: () => {
      provideNative(undefined);
      phone.switchOff();
    },
  };
}

/** Waits until there is a value. */
export async function eventually<Value>(look: () => Value | undefined, what: string): Promise<Value> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const value = look();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`In vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
