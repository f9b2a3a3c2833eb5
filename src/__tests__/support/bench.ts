/** A phone to test the package on: the real core on the model of an iPhone. */
import { createZpnsMock, type ZpnsMock, type ZpnsMockOptions } from '../../jest';
import type { Spec } from '../../NativeZpns';

/** What the tests do to a phone. Each step is through when its promise is. */
export interface Bench {
  readonly phone: ZpnsMock;
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

/** What the app awaits has come. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** A phone with its app running. */
export function makeBench(options: ZpnsMockOptions = {}): Bench {
  const phone = createZpnsMock(options);
  const step = <Args extends unknown[]>(act: (...args: Args) => unknown) => {
    return (...args: Args): Promise<void> => {
      // What the user does is over when the app has settled it; the tests go on before.
      void act(...args);
      return settle();
    };
  };
  return {
    phone,
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
    finishedMessages: () => phone.happened('backgroundCompleted').length,
    notifications: () => phone.notifications().map(({ title }) => title),
    advance: step((milliseconds: number) => phone.advance(milliseconds)),
    settle,
    dispose: () => phone.dispose(),
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

/** The same for tests that name it. */
export const benches: [name: string, make: () => Bench][] = [['a phone', () => makeBench()]];
