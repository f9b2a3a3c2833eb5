/** Calls that ended a short while ago, so that a late push for one does not ring again. */
import type { CXCallEndedReason } from '../types';
import type { Clock } from './clock';

/** How long an ended call is remembered. */
const REMEMBER_MS = 600_000;

/** A call that ended. */
export interface EndedCall {
  readonly at: number;
  readonly reason: CXCallEndedReason;
  /** Whether JavaScript heard of it as a missed call. */
  told: boolean;
}

/** Those of one process. */
export class RecentCalls {
  readonly #clock: Clock;
  readonly #calls = new Map<string, EndedCall>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many are remembered. */
  get size(): number {
    return [...this.#calls.keys()].filter((uuid) => this.get(uuid) !== undefined).length;
  }

  /** What was told as missed stays told. */
  add(uuid: string, reason: CXCallEndedReason, told = this.get(uuid)?.told ?? false): void {
    this.#calls.set(uuid, { at: this.#clock.now(), reason, told });
  }

  /** The call, if it is remembered. */
  get(uuid: string): EndedCall | undefined {
    const ended = this.#calls.get(uuid);
    return ended && this.#clock.now() - ended.at < REMEMBER_MS ? ended : undefined;
  }

  /** Whether JavaScript has yet to hear of it as missed. True once. */
  tell(uuid: string): boolean {
    const ended = this.#calls.get(uuid);
    if (ended === undefined || ended.told) return false;
    ended.told = true;
    return true;
  }

  /** It begins anew. */
  forget(uuid: string): void {
    this.#calls.delete(uuid);
  }
}
