/** What to do about a VoIP push: from what it says and what is known of its call, as the core decides. */
import { CXCallEndedReason } from '../types';
import { overAt, type Push } from './payload';

/** What is known of a push's call. */
export type Known = { readonly is: 'live' | 'inApp' | 'new' } | { readonly is: 'ended'; readonly reason: CXCallEndedReason };

/** What to do: ring, report again, report and end, or nothing where iOS wants no report. */
export interface Decision {
  readonly decision: 'ring' | 'report' | 'drop';
  readonly why: 'new' | 'live' | 'cancelled' | 'endedBefore' | 'other';
  /** What a call that does not ring is ended with. */
  readonly reason: CXCallEndedReason;
}

/** Decides. */
export function decide(push: Push, known: Known, mustReport: boolean, now: number): Decision {
  const { Failed, RemoteEnded, Unanswered } = CXCallEndedReason;
  const over = (why: Decision['why'], reason: CXCallEndedReason): Decision => ({ decision: mustReport ? 'report' : 'drop', why, reason });
  if (!push.readable) return { decision: 'report', why: 'other', reason: Failed };
  if (known.is === 'live' && push.kind === 'cancel') return { decision: 'report', why: 'cancelled', reason: RemoteEnded };
  if (known.is === 'inApp' && push.kind === 'cancel') return over('cancelled', RemoteEnded);
  if (known.is === 'live' || known.is === 'inApp') return over('live', RemoteEnded);
  if (known.is === 'ended') return over('endedBefore', known.reason);
  if (push.kind === 'cancel') return over('other', RemoteEnded);
  const expires = overAt(push);
  return expires !== null && expires <= now ? over('other', Unanswered) : { decision: 'ring', why: 'new', reason: Unanswered };
}
