/** What happened on the in-memory phone: the lines that app tests ask about, named as on the virtual iPhone. */
import type { CXHandle, ZpnsEnvironment } from '../types';

/**
 * Kind of an action of the system.
 *
 * @inline
 */
export type ActionName = 'start' | 'answer' | 'end' | 'setHeld' | 'setMuted' | 'setGroup' | 'playDTMF';

/**
 * Why a call left the screen: `user` and `app` hung up by an end action; the next five are the reasons of `reportCallEnded`, which is how an answer
 * ends that the app failed; `startFailed` is a start that it failed, `timedOut` an answer or start that it did not settle in time; the system lost all
 * calls by `reset`; with `appDied` the app's process is gone.
 */
export type EndCause =
  | 'user'
  | 'app'
  | 'failed'
  | 'remoteEnded'
  | 'unanswered'
  | 'answeredElsewhere'
  | 'declinedElsewhere'
  | 'startFailed'
  | 'timedOut'
  | 'reset'
  | 'appDied';

/** @inline */
interface OfAction {
  /** The call. */
  uuid: string;
  /** What is to be done to it. */
  kind: ActionName;
}

/** What can happen, and what is told of it. UUIDs are in upper case. */
export interface Happenings {
  /** The app's process started: the user opened it, a VoIP push came, or the user called back from Recents. */
  launched: {
    /** What started it. */
    by: 'user' | 'push' | 'recents';
  };
  /** The app's process is gone, and its calls with it. */
  killed: object;
  /** The app is in front. */
  foreground: object;
  /** The app is in front no more. */
  background: object;
  /** JavaScript runs. */
  jsStarted: object;
  /** JavaScript is gone; the process stays. */
  jsStopped: object;
  /** The system gave the app a push token. */
  tokenIssued: {
    /** For alerts, or for calls. */
    kind: 'apns' | 'voip';
    /** The APNs environment that the token belongs to: that of the signature. */
    environment: ZpnsEnvironment;
  };
  /** The system took a push token back. */
  tokenInvalidated: {
    /** Which one. */
    kind: 'apns' | 'voip';
  };
  /** PushKit handed a VoIP push to the app. */
  voipPushDelivered: {
    /** Whether the app has to report a call for it; from iOS 26.4 on it need not while it is in front. */
    mustReport: boolean;
  };
  /** A push did not reach the app. */
  pushDropped: {
    /** What kind of push. */
    kind: 'voip';
    /** Why: the app has no VoIP token. */
    reason: 'notRegistered';
  };
  /** The app made its `CXProvider`, or gave it another configuration. */
  providerConfigured: object;
  /** The system lost all calls. */
  providerReset: object;
  /** The app reported an incoming call. */
  incomingReported: {
    /** The call. */
    uuid: string;
    /** The caller's name; null where the app gave none. */
    name: string | null;
    /** The caller's handle. */
    handle: CXHandle | null;
    /** Whether with video. */
    video: boolean;
  };
  /** The system refused a reported call: Do Not Disturb, a blocked caller, a UUID in use, too many calls. */
  reportRefused: {
    /** The call. */
    uuid: string;
    /** The error's domain. */
    domain: string;
    /** Its number there: a `CXErrorCodeIncomingCall`, say. */
    code: number;
  };
  /** A report about a call that is not there, or not as the report has it: forgotten, as on a device. */
  reportIgnored: {
    /** The call. */
    uuid: string;
    /** Which report: `ended`, `outgoingStarted` or `outgoingConnected`. */
    report: string;
  };
  /** The phone rings. */
  ringing: {
    /** The call. */
    uuid: string;
  };
  /** The app changed how a call shows. */
  callUpdated: {
    /** The call. */
    uuid: string;
  };
  /** An outgoing call is on the screen. */
  callStarted: {
    /** The call. */
    uuid: string;
    /** Whom it is to. */
    handle: CXHandle;
    /** Whether with video. */
    video: boolean;
  };
  /** An outgoing call began to connect. */
  callConnecting: {
    /** The call. */
    uuid: string;
  };
  /** A call is connected: its timer runs. */
  callConnected: {
    /** The call. */
    uuid: string;
  };
  /** A call was put on hold, or resumed. */
  callHeld: {
    /** The call. */
    uuid: string;
    /** On hold or not. */
    onHold: boolean;
  };
  /** A call was muted, or unmuted. */
  callMuted: {
    /** The call. */
    uuid: string;
    /** Muted or not. */
    muted: boolean;
  };
  /** A call was grouped with another, or left its group. */
  callGrouped: {
    /** The call. */
    uuid: string;
    /** The other call; null for none. */
    with: string | null;
  };
  /** Tones were played. */
  tonesPlayed: {
    /** The call. */
    uuid: string;
    /** Which, as `12#`. */
    digits: string;
  };
  /** A call left the screen. */
  callEnded: {
    /** The call. */
    uuid: string;
    /** Why. */
    cause: EndCause;
  };
  /** The app is asked to perform an action; one of the next four follows, or the call ends. */
  actionRequested: OfAction & {
    /** Who asked. */
    origin: 'user' | 'app';
  };
  /** The app fulfilled it. */
  actionFulfilled: OfAction;
  /** The app failed it. */
  actionFailed: OfAction;
  /** Its time was up. */
  actionTimedOut: OfAction;
  /** The app fulfilled an action that was over: nothing came of it. */
  lateFulfil: object;
  /** The app failed an action that was over: nothing came of it. */
  lateFail: object;
  /** The audio session is the app's: media may start. */
  audioActivated: object;
  /** The audio session is the app's no more. */
  audioDeactivated: object;
  /** The user called back from Recents. */
  recentTapped: object;
  /** The app finished with a background notification. */
  backgroundCompleted: {
    /** Whether it said that there was new data. */
    newData: boolean;
  };
}

/** Type of what happened. */
export type HappeningType = keyof Happenings;

/** One line, with what `Happenings` has for its type. */
export type TimelineEntry<Type extends HappeningType = HappeningType> = Type extends HappeningType
  ? {
      /** What happened. */
      readonly type: Type;
      /** When, Unix milliseconds. */
      readonly at: number;
    } & Happenings[Type]
  : never;

/** Notes one thing that happened. */
export type Note = <Type extends HappeningType>(type: Type, fields: Happenings[Type]) => void;
