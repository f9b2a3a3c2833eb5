/**
 * Reports of incoming calls that the system has not completed yet. An end that comes meanwhile waits here: ending a call that the system does not know
 * yet does nothing, and the phone would ring on.
 */
import { ZpnsErrorDomain, type ZpnsError } from '../errors';
import { CXCallEndedReason, CXErrorCodeIncomingCall, type CXHandle } from '../types';
import type { Screen } from './screen';
import type { EndCause } from './timeline';

/** What the call screen is told of a call. */
export interface Shown {
  readonly name: string | null;
  readonly handle: CXHandle;
  readonly video: boolean;
}

/** Whoever waits for a report. */
export interface Promised {
  readonly resolve: () => void;
  readonly reject: (error: ZpnsError) => void;
}

/** What came of all reports of one call. */
export interface Completed {
  /** Whether the system has the call. */
  readonly exists: boolean;
  /** Why not, as a reason. */
  readonly refused: CXCallEndedReason | undefined;
  /** Whether the app waited for the last of them. */
  readonly asked: boolean;
}

interface Open {
  readonly waiting: (Promised | undefined)[];
  exists: boolean;
  end?: CXCallEndedReason;
  refused?: ZpnsError;
}

const CAUSES: Record<CXCallEndedReason, EndCause> = {
  [CXCallEndedReason.Failed]: 'failed',
  [CXCallEndedReason.RemoteEnded]: 'remoteEnded',
  [CXCallEndedReason.Unanswered]: 'unanswered',
  [CXCallEndedReason.AnsweredElsewhere]: 'answeredElsewhere',
  [CXCallEndedReason.DeclinedElsewhere]: 'declinedElsewhere',
};

/** Those of one process, by call. */
export class Reports {
  readonly #screen: Screen;
  readonly #open = new Map<string, Open>();

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Of how many calls. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether the system has yet to complete a report of this call. */
  isOpen(uuid: string): boolean {
    return this.#open.has(uuid);
  }

  /** Whether an end of this call waits for the system. */
  isEnding(uuid: string): boolean {
    return this.#open.get(uuid)?.end !== undefined;
  }

  /** Reports a call, whether or not the system has it already. */
  add(uuid: string, { name, handle, video }: Shown, promised?: Promised): void {
    const open = this.#open.get(uuid) ?? { waiting: [], exists: false };
    open.waiting.push(promised);
    this.#open.set(uuid, open);
    this.#screen.report(uuid, name, handle, video);
  }

  /** Ends a call towards the system: now, or as soon as it has completed the call's reports. */
  end(uuid: string, reason: CXCallEndedReason): void {
    const open = this.#open.get(uuid);
    if (open) open.end ??= reason;
    else this.#screen.ended(uuid, CAUSES[reason]);
  }

  /** The system has completed the oldest report of a call. What came of them all, if that was the last. */
  completed(uuid: string, error: ZpnsError | undefined): Completed | undefined {
    const open = this.#open.get(uuid);
    if (open === undefined) return undefined;
    const promised = open.waiting.shift();
    open.exists ||= error === undefined || isDuplicate(error);
    if (error !== undefined) open.refused = error;
    if (error === undefined) promised?.resolve();
    else promised?.reject(error);
    if (open.waiting.length > 0) return undefined;
    this.#open.delete(uuid);
    if (open.exists && open.end !== undefined) this.#screen.ended(uuid, CAUSES[open.end]);
    return { exists: open.exists, refused: open.refused && reasonOf(open.refused), asked: promised !== undefined };
  }

  /** The provider was reset: what it still completes is about calls that are gone. */
  clear(): void {
    this.#open.clear();
  }
}

/** Whether this is a reason for which a call may end. */
export function isReason(reason: CXCallEndedReason): boolean {
  return reason in CAUSES;
}

function isDuplicate({ code, domain }: ZpnsError): boolean {
  return domain === ZpnsErrorDomain.IncomingCall && code === String(CXErrorCodeIncomingCall.CallUUIDAlreadyExists);
}

/** Do Not Disturb makes a missed call; a blocked caller must not show up anywhere, so that counts as failed. */
function reasonOf({ code, domain }: ZpnsError): CXCallEndedReason {
  const quiet = code === String(CXErrorCodeIncomingCall.FilteredByDoNotDisturb) && domain === ZpnsErrorDomain.IncomingCall;
  return quiet ? CXCallEndedReason.Unanswered : CXCallEndedReason.Failed;
}
