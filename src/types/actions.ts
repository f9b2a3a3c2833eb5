/** What the user, or the app, asks of a call. Every action waits for `fulfill()` or `fail()`. */
import type { CXHandle, CXPlayDTMFCallActionType } from './calls';

/** Something to do, or to refuse. */
export interface CXAction {
  /**
   * It was done. Called again it changes nothing and gives the same promise.
   *
   * @throws `ZpnsError` `AlreadySettled` if `fail()`, the safety timer or a provider reset came first.
   */
  fulfill(): Promise<void>;
  /** It could not be done: a start or an answer that fails ends the call. Otherwise as `fulfill()`. */
  fail(): Promise<void>;
  /** Who asked: the user on the call screen, or the app by a method of `CallKit`. */
  readonly source: CXActionSource;
}

/** Who asked for an action. */
export type CXActionSource = 'user' | 'app';

/** An action on one call. */
export interface CXCallAction extends CXAction {
  /** The call, in upper case. */
  readonly callUUID: string;
}

/** Start a call. Once the other side is being reached report it by `reportOutgoingCallStarted`, once connected by `reportOutgoingCall`. */
export interface CXStartCallAction extends CXCallAction {
  /** Whom to call. */
  readonly handle: CXHandle;
  /** The contact, empty if unknown. */
  readonly contactIdentifier: string;
  /** Whether with video. */
  readonly video: boolean;
}

/** Answer the call. */
export type CXAnswerCallAction = CXCallAction;

/** Decline the call, or hang up. */
export type CXEndCallAction = CXCallAction;

/** Hold or resume. */
export interface CXSetHeldCallAction extends CXCallAction {
  /** On hold or not. */
  readonly onHold: boolean;
}

/** Mute or unmute. */
export interface CXSetMutedCallAction extends CXCallAction {
  /** Muted or not. */
  readonly muted: boolean;
}

/** Group the call with another, or take it out of its group. */
export interface CXSetGroupCallAction extends CXCallAction {
  /** The other call; null to leave the group. */
  readonly callUUIDToGroupWith: string | null;
}

/** Play tones. */
export interface CXPlayDTMFCallAction extends CXCallAction {
  /** Digits, as `12#`. */
  readonly digits: string;
  /** Kind of tone. */
  readonly type: CXPlayDTMFCallActionType;
}

/** What an action that timed out had asked for. */
export type CXActionKind = 'start' | 'answer' | 'end' | 'held' | 'muted' | 'group' | 'dtmf';

/** An action that was not settled in time. It is over: `fulfill()` and `fail()` are rejected. */
export interface CXTimedOutAction extends CXCallAction {
  /** What it had asked for. */
  readonly kind: CXActionKind;
}
