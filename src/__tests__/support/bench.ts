/** A phone to test on, whatever is behind it: the in-memory one that is shipped, or the virtual iPhone over the real core. */
import { createZpnsMock } from '../../jest';
import type { Spec } from '../../NativeZpns';
import { native } from '../../native';

/** What the tests do to a phone. */
export interface Bench {
  /** Its native module, already in the place of the system's. */
  readonly native: Spec;
  /** A VoIP push arrives. */
  push(payload: object): void | Promise<void>;
  /** What the user does on the call screen. */
  answer(uuid: string): void;
  end(uuid: string): void;
  setMuted(uuid: string, muted: boolean): void;
  setHeld(uuid: string, onHold: boolean): void;
  setGroup(uuid: string, withUUID: string | null): void;
  playDTMF(uuid: string, digits: string): void;
  /** The time of the call's waiting action is up. */
  timeOut(uuid: string): void;
  /** The system drops all calls. */
  resetProvider(): void;
  /** A background notification arrives. */
  throughMessage(userInfo: object): void;
  /** How many background notifications the app has finished with. */
  finishedMessages(): number;
  /** Takes the phone away. */
  dispose(): void | Promise<void>;
}

/** The phones there are. */
export const benches: [name: string, make: () => Bench | Promise<Bench>][] = [['the in-memory phone', inMemory]];

function inMemory(): Bench {
  const phone = createZpnsMock();
  return {
    native: phone.native,
    push: (payload) => void phone.push(payload as Record<string, unknown>),
    answer: (uuid) => void phone.answer(uuid),
    end: (uuid) => void phone.end(uuid),
    setMuted: (uuid, muted) => void phone.setMuted(uuid, muted),
    setHeld: (uuid, onHold) => void phone.setHeld(uuid, onHold),
    setGroup: (uuid, withUUID) => void phone.setGroup(uuid, withUUID),
    playDTMF: (uuid, digits) => void phone.playDTMF(uuid, digits),
    timeOut: (uuid) => phone.timeOut(uuid),
    resetProvider: () => phone.resetProvider(),
    throughMessage: (userInfo) => void phone.throughMessage(userInfo as Record<string, unknown>),
    finishedMessages: () => phone.invocations.filter(({ method }) => method === 'completeThroughMessage').length,
    dispose: () => undefined,
  };
}

/** Waits until it holds. */
export async function eventually<Value>(check: () => Value | undefined, what: string): Promise<Value> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const value = check();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`In vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Everything that was on its way from the phone has arrived: a round trip through the module comes after it. */
export async function settled(): Promise<void> {
  await native()?.invoke('getVersion', '{}');
  await new Promise((resolve) => setTimeout(resolve, 0));
}
