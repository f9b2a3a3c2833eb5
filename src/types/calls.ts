/** CallKit's nouns. Names and numbers are those of `zego-callkit-react-native` 1.0, which are Apple's but for the tones. */

/** Kind of a handle. */
export enum CXHandleType {
  /** Any text. */
  Generic = 1,
  /** A phone number. */
  PhoneNumber = 2,
  /** An e-mail address. */
  EmailAddress = 3,
}

/** Why a call ended, where it was not the user who ended it. */
export enum CXCallEndedReason {
  /** It could not be connected. */
  Failed = 1,
  /** The other side hung up. */
  RemoteEnded = 2,
  /** Nobody answered in time. */
  Unanswered = 3,
  /** Another device of this user answered. */
  AnsweredElsewhere = 4,
  /** Another device of this user declined. */
  DeclinedElsewhere = 5,
}

/** Kind of tone. One less than Apple's numbers, which this library hides. */
export enum CXPlayDTMFCallActionType {
  /** A tone. */
  CXPlayDTMFCallActionTypeSingleTone = 0,
  /** A short pause. */
  CXPlayDTMFCallActionTypeSoftPause = 1,
  /** Wait for the user. */
  CXPlayDTMFCallActionTypeHardPause = 2,
}

/** Whom a call is with. */
export interface CXHandle {
  /** Kind. */
  type: CXHandleType;
  /** Digits, address or text. */
  value: string;
}

/** How calls of this app look and what they can do. What is left out has CallKit's own default: 2 groups of 5 calls, no video, in Recents. */
export interface CXProviderConfiguration {
  /** The app's name on the call screen. iOS 14 and later take it from the bundle. */
  localizedName: string;
  /** Whether calls may have video. */
  supportsVideo?: boolean;
  /** Most calls in one group, at least 1. */
  maximumCallsPerCallGroup?: number;
  /** Most groups, at least 1. */
  maximumCallGroups?: number;
  /** Kinds of handles; needed for calling back from Recents. */
  supportedHandleTypes?: CXHandleType[];
  /** Name of an image in the bundle: 40 × 40 points, alpha only. */
  iconTemplateImageName?: string;
  /** Name of a sound file in the bundle. */
  ringtoneSound?: string;
  /** Whether calls appear in Recents. */
  includesCallsInRecents?: boolean;
}

/** What is known about a call. What is left out stays as it is. */
export interface CXCallUpdate {
  /** Who. */
  remoteHandle?: CXHandle;
  /** Shown instead of the handle. */
  localizedCallerName?: string;
  /** Whether the call can be put on hold. */
  supportsHolding?: boolean;
  /** Whether it can be grouped. */
  supportsGrouping?: boolean;
  /** Whether it can leave a group. */
  supportsUngrouping?: boolean;
  /** Whether tones can be played. */
  supportsDTMF?: boolean;
  /** Whether it has video. */
  hasVideo?: boolean;
}

/** More about a call that the app starts. */
export interface StartCallOptions {
  /** Whether with video. Default false. */
  video?: boolean;
  /** The new call, for apps that made its UUID already. */
  uuid?: string;
}

/** How far a call has come. Incoming: `ringing`, `answering` (the app has yet to fulfil), `connected`. Outgoing: `starting`, `connecting`, `connected`. */
export type ZpnsCallState = 'ringing' | 'answering' | 'starting' | 'connecting' | 'connected';

/** A call that is going on. */
export interface ZpnsCall {
  /** The call, in upper case. */
  uuid: string;
  /** Its call ID, if it came with one. */
  callID: string | null;
  /** Whether this user calls. */
  outgoing: boolean;
  /** How far it has come. */
  state: ZpnsCallState;
  /** The other side. */
  handle: CXHandle | null;
  /** The other side's name. */
  callerName: string | null;
  /** Whether it is a video call. */
  video: boolean;
  /** On hold or not. */
  onHold: boolean;
  /** Muted or not. */
  muted: boolean;
  /** The call it is grouped with, while there is one. */
  groupedWith: string | null;
  /** When it began, Unix milliseconds. */
  since: number;
  /** Actions of it that nobody has settled. An end is not among them: with it the call is over. */
  openActions: ZpnsOpenAction[];
}

/** An action that nobody has settled. */
export interface ZpnsOpenAction {
  /** As in the action's event. */
  seq: string;
  /** What it asks for: `start`, `answer`, `held`, `muted`, `group` or `dtmf`. */
  kind: string;
}
