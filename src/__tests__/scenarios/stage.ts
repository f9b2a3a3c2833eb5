/** What a scenario plays on: a phone, a gateway, and the hands of user and system. */
import type { Gateway } from '../../jest';
import type { AppExports } from '../../simulator';
import type { Step } from './format';

/** One line of a phone's timeline. */
export interface Entry {
  readonly type: string;
  readonly at: number;
}

/** When the clocks of all stages begin, Unix milliseconds. */
export const START = 1_764_000_000_000;

/** A stage. The app is installed, was opened once and does not run. */
export interface Stage {
  readonly gateway: Gateway;
  /** The time on the phone, Unix milliseconds. */
  now(): number;
  /** What happened on the phone, in order. */
  timeline(): readonly Entry[];
  /** The app's process. */
  app(what: 'launch' | 'kill' | 'foreground' | 'background'): void;
  /** The package, loaded anew, with this phone's native module. */
  startJS(): AppExports;
  stopJS(): void;
  push(kind: 'voip' | 'background', payload: object | string): void;
  user(step: Extract<Step, { user: unknown }>, uuid: (call: string | undefined) => string): void;
  apple(step: Extract<Step, { apple: unknown }>, uuid: (call: string | undefined) => string): void;
  advance(milliseconds: number): void;
  /** Everything that was on its way has arrived. */
  settle(): Promise<void>;
  dispose(): Promise<void>;
}
