/** The last pushes and what was decided about each: for `diagnose()`, without anything that names anybody. */
import { WHY, type Decision } from './decision';
import { fingerprint } from './fingerprint';
import type { Push } from './payload';

/** One push. */
export interface LoggedPush {
  readonly at: number;
  readonly uuid: string;
  readonly push: Push;
  readonly bytes: number;
  readonly mustReport: boolean;
  readonly decision: Decision;
}

const MOST_LOGGED = 20;

/** The newest pushes. */
export class PushLog {
  #pushes: LoggedPush[] = [];

  /** Adds one; the oldest goes where there are too many. */
  add(push: LoggedPush): void {
    this.#pushes = [...this.#pushes, push].slice(-MOST_LOGGED);
  }

  /** For `diagnose()`. */
  diagnose(now: number): object[] {
    return this.#pushes.map(({ at, uuid, push, bytes, mustReport, decision }) => ({
      at,
      secondsAgo: Math.floor((now - at) / 1000),
      uuid,
      callIDHash: push.callID === null ? null : fingerprint(push.callID),
      bytes,
      mustReport,
      decision: decision.decision,
      why: WHY[decision.why],
      followed: push.follow !== null,
      unusableKeys: push.unusableKeys,
    }));
  }
}
