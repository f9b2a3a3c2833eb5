/** What to do about a VoIP push: from what it says and what is known of its call, as the core decides. */
import { CXCallEndedReason } from '../types';
import { overAt, type Push } from './payload';

/** What is known of a push's call. */
export type Known = { readonly is: 'live' | 'inApp' | 'new' } | { readonly is: 'ended'; readonly reason: CXCallEndedReason };

/** Why it was decided so, in the core's words for `diagnose()`. */
export const WHY = {
  newCall: 'a new call',
  liveCall: 'another push for a live call',
  endedBefore: 'the call ended within the last ten minutes',
  expired: "past its expiresAt by this device's clock",
  cancelled: 'the caller took the call back',
  cancelOfUnknown: 'the caller took back a call that never rang here',
  unreadable: 'no JSON object',
} as const;

/** What to do: ring, report a live call again or end it, report and end, or nothing where iOS wants no report. */
export interface Decision {
  readonly decision: 'ring' | 'reportAgain' | 'end' | 'reportAndEnd' | 'drop';
  readonly why: keyof typeof WHY;
  /** What a call that does not ring is ended with. */
  readonly reason: CXCallEndedReason;
}

/** Decides. */
export function decide(push: Push, known: Known, mustReport: boolean, now: number): Decision {
  const { AnsweredElsewhere, Failed, RemoteEnded, Unanswered } = CXCallEndedReason;
  const over = (why: Decision['why'], reason: CXCallEndedReason): Decision => ({
    decision: mustReport ? 'reportAndEnd' : 'drop',
    why,
    reason,
  });
  if (!push.readable) return { decision: 'reportAndEnd', why: 'unreadable', reason: Failed };
  if (known.is === 'live' && push.kind === 'cancel') return { decision: 'end', why: 'cancelled', reason: push.reason };
  if (known.is === 'live') return { decision: mustReport ? 'reportAgain' : 'drop', why: 'liveCall', reason: RemoteEnded };
  if (known.is === 'inApp' && push.kind === 'cancel') return over('cancelled', push.reason);
  if (known.is === 'inApp') return over('liveCall', AnsweredElsewhere);
  if (known.is === 'ended') return over('endedBefore', known.reason);
  if (push.kind === 'cancel') return over('cancelOfUnknown', push.reason);
  const expires = overAt(push);
  return expires !== null && expires <= now ? over('expired', Unanswered) : { decision: 'ring', why: 'newCall', reason: Unanswered };
}
