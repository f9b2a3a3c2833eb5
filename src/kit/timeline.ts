/** What can happen on a phone of the kit, as its timeline has it: the shapes of `zpns_phone::TimelineEvent`. UUIDs are in upper case. */
import type { CXHandle, ZpnsEnvironment } from '../types';
import type { NetworkChange, OtherCall, RecentKind } from './state';

/**
 * A push, and the token that it needs: for PushKit, for notifications that show, for those that only wake the app.
 *
 * @inline
 */
export type PushKind = 'voip' | 'alert' | 'background';

/**
 * Kind of an action of the system.
 *
 * @inline
 */
export type ActionName = 'start' | 'answer' | 'end' | 'setHeld' | 'setMuted' | 'setGroup' | 'playDTMF';

/**
 * Why a call left the screen: `user` and `app` hung up by an end action, CallKit by `ringLimit`; the next five are the reasons of
 * `reportCallEnded`; the app failed the answer or the start, or did not settle it in time; the system lost all calls by `reset`; the app took
 * its provider back, or its process is gone.
 */
export type EndCause =
  | 'user'
  | 'app'
  | 'ringLimit'
  | 'failed'
  | 'remoteEnded'
  | 'unanswered'
  | 'answeredElsewhere'
  | 'declinedElsewhere'
  | 'answerFailed'
  | 'startFailed'
  | 'timedOut'
  | 'reset'
  | 'invalidated'
  | 'appDied';

/**
 * Why a push was not handed to the app.
 *
 * @inline
 */
export type DropReason = 'notRegistered' | 'stoppedDelivering' | 'notLaunched' | 'appDied' | 'notPermitted' | 'noObject' | 'refused';

/** @inline */
interface OfCall {
  /** The call. */
  uuid: string;
}

/** @inline */
interface OfAction extends OfCall {
  /** The action. */
  action: string;
  /** What is to be done to the call. */
  kind: ActionName;
}

/** What can happen, and what is told of it. */
export interface Happenings {
  /** The app's process started: the user opened it, a push came, or the user called back from Recents. */
  launched: {
    /** What started it. */
    by: 'user' | 'push' | 'backgroundNotification' | 'notification' | 'recents';
  };
  /** The app's process did not start. */
  launchFailed: {
    /** Why. */
    message: string;
  };
  /** The app's process is gone, and its calls with it: from outside, or because it did not report a call for a VoIP push. */
  killed: {
    /** Why. */
    reason: 'outside' | 'neverPosted' | 'notReportedInTime' | 'backgroundTaskNotEnded' | 'deleted' | 'switchedOff';
  };
  /** The app is in front. */
  foreground: object;
  /** The app is in front no more. */
  background: object;
  /** The app stands still: there is no reason for it to run. No timer fires, and its connections die. */
  suspended: object;
  /** It runs again. */
  resumed: object;
  /** The app asked to be kept running in the background. */
  backgroundTaskBegan: object;
  /** It is through with that. */
  backgroundTaskEnded: object;
  /** Its time is up, and iOS told it so. */
  backgroundTaskExpired: object;
  /** The phone's way to the network is another one. */
  network: {
    /** How. */
    change: NetworkChange;
  };
  /** JavaScript runs. */
  jsStarted: object;
  /** JavaScript is gone; the process stays. */
  jsStopped: object;
  /** The app was deleted and installed anew. */
  reinstalled: object;
  /** The phone was unlocked for the first time: the app's files can be read. */
  unlocked: object;
  /** The phone's host is connected to an APNs simulator. */
  simulatorConnected: object;
  /** It is not any more. */
  simulatorLost: {
    /** Why. */
    message: string;
  };
  /** The system gave the app a push token, for the APNs environment of its signature. */
  tokenIssued: {
    /** For which pushes it is. */
    kind: PushKind;
    /** The APNs environment that it belongs to: that of the signature. */
    environment: ZpnsEnvironment;
  };
  /** The system took a push token back. */
  tokenInvalidated: {
    /** For which pushes it was. */
    kind: PushKind;
  };
  /** The app asked for a token and gets none. */
  noToken: {
    /** For which pushes it would be. */
    kind: PushKind;
    /** Why, and what to do. */
    reason: string;
  };
  /** The app gave a token up. */
  unregistered: {
    /** For which pushes it was. */
    kind: PushKind;
  };
  /** A push arrived at the phone. */
  pushArrived: {
    /** Which. */
    kind: PushKind;
  };
  /** PushKit handed a VoIP push to the app; from iOS 26.4 on no call need be reported for it while the app is in front. */
  voipPushDelivered: {
    /** Whether the app has to report a call for it. */
    mustReport: boolean;
  };
  /** A push did not reach the app. */
  pushDropped: {
    /** Which. */
    kind: PushKind;
    /** Why. */
    reason: DropReason;
  };
  /** iOS 26 and later warn who runs a development or TestFlight build: the app got a VoIP push and reported no call. */
  developerWarned: object;
  /** The app made its `CXProvider`, or gave it another configuration. */
  providerConfigured: object;
  /** The app took its provider back. */
  providerInvalidated: object;
  /** The system lost all calls. */
  providerReset: object;
  /** The app reported an incoming call. */
  incomingReported: OfCall & {
    /** The caller as shown; null where the app gave none. */
    name: string | null;
    /** Whom it is with. */
    handle: CXHandle | null;
    /** Whether with video. */
    video: boolean;
  };
  /** The system refused a reported call: Do Not Disturb, a blocked caller, a UUID in use, too many calls. */
  reportRefused: OfCall & {
    /** The error's domain. */
    domain: string;
    /** Its number there: a `CXErrorCodeIncomingCall`, say. */
    code: number;
  };
  /** The phone rings. */
  ringing: OfCall;
  /** The app changed how a call shows. */
  callUpdated: OfCall;
  /** An outgoing call is on the screen. */
  callStarted: OfCall & {
    /** Whom it is with. */
    handle: CXHandle;
    /** Whether with video. */
    video: boolean;
  };
  /** An outgoing call began to connect. */
  callConnecting: OfCall;
  /** A call is connected: its timer runs. */
  callConnected: OfCall;
  /** A call was put on hold, or resumed. */
  callHeld: OfCall & {
    /** On hold or not. */
    onHold: boolean;
  };
  /** A call was muted, or unmuted. */
  callMuted: OfCall & {
    /** Muted or not. */
    muted: boolean;
  };
  /** A call was grouped with another, or left its group. */
  callGrouped: OfCall & {
    /** The other call; null for none. */
    with: string | null;
  };
  /** Tones were played, as `12#`. */
  tonesPlayed: OfCall & {
    /** Which, as `12#`. */
    digits: string;
  };
  /** A call left the screen. */
  callEnded: OfCall & {
    /** Why. */
    cause: EndCause;
  };
  /** A report about a call that is not there, or not as the report has it: forgotten, as on a device. */
  reportIgnored: OfCall & {
    /** Which report, as `ended`. */
    report: string;
    /** Why it was ignored. */
    reason: string;
  };
  /** The app is asked to perform an action; one of the next four follows. */
  actionRequested: OfAction & {
    /** Who asked. */
    origin: 'user' | 'app' | 'system';
    /** Until when the app has to settle it, Unix milliseconds. */
    deadline: number;
  };
  /** The app fulfilled it. */
  actionFulfilled: OfAction;
  /** The app failed it. */
  actionFailed: OfAction;
  /** Its time was up. */
  actionTimedOut: OfAction;
  /** Its call was gone before the app had settled it. */
  actionDropped: OfAction & {
    /** Why the call is gone. */
    cause: EndCause;
  };
  /** The app fulfilled an action that was over: nothing came of it. */
  lateFulfil: {
    /** The action. */
    action: string;
  };
  /** The app failed an action that was over: nothing came of it. */
  lateFail: {
    /** The action. */
    action: string;
  };
  /** CallKit accepted a request of the app. */
  transactionAccepted: OfCall & {
    /** What was asked for. */
    kind: ActionName;
  };
  /** CallKit refused a request of the app, with a `CXErrorCodeRequestTransaction`. */
  transactionRefused: OfCall & {
    /** What was asked for. */
    kind: ActionName;
    /** Its number. */
    code: number;
  };
  /** The app set its audio session up for a call that starts or is answered. */
  audioPrepared: {
    /** For video or for speech alone. */
    video: boolean;
  };
  /** The audio session is the app's: media may start. */
  audioActivated: {
    /** Whether the app was told. It is not for a call that is resumed after a call that was not the app's. */
    told: boolean;
  };
  /** The audio session is the app's no more. */
  audioDeactivated: object;
  /** Something became of a call that is not the app's: a cellular call, or one of another app. */
  otherCall: {
    /** What; `held`, since the user answered, started or resumed a call of the app. */
    change: OtherCall | 'held';
  };
  /** A call that is gone is listed in Recents. */
  recentAdded: OfCall & {
    /** Its number in the list. */
    recent: number;
    /** How it is listed. */
    kind: RecentKind;
  };
  /** The user called back from Recents. */
  recentTapped: {
    /** Its number in the list. */
    recent: number;
  };
  /** The user was asked for permission to notify. */
  permissionAsked: {
    /** The answer. */
    granted: boolean;
  };
  /** A notification is in the list; `local`: the app made it itself. */
  notificationShown: {
    /** Its number. */
    notification: number;
    /** Title. */
    title: string;
    /** Text. */
    body: string;
    /** Whether the app made it itself. */
    local: boolean;
  };
  /** The user opened a notification. */
  notificationTapped: {
    /** Its number. */
    notification: number;
  };
  /** The app's badge changed; 0 for none. */
  badgeChanged: {
    /** What it shows; 0 for none. */
    badge: number;
  };
  /** The app finished with a background notification. */
  backgroundCompleted: {
    /** Number of its completion handler. */
    completion: number;
    /** Whether the app said that there was new data. */
    newData: boolean;
  };
  /** The app did not, for 30 seconds. */
  backgroundExpired: {
    /** Number of its completion handler. */
    completion: number;
  };
  /** JavaScript heard an event. */
  event: {
    /** Its type. */
    kind: string;
    /** Its number. */
    seq: number;
    /** Whether it waited for a listener. */
    flushed: boolean;
  };
  /** JavaScript could not take an event: the library got it back. */
  eventRefused: {
    /** Its type. */
    kind: string;
    /** Its number. */
    seq: number;
  };
  /** The library wrote to the log. */
  log: {
    /** How bad. */
    level: 'debug' | 'info' | 'warning' | 'error';
    /** What. */
    message: string;
  };
}

/** Type of what happened. */
export type HappeningType = keyof Happenings;

/** One line, with what `Happenings` has for its type. */
export type TimelineEntry<Type extends HappeningType = HappeningType> = Type extends HappeningType
  ? {
      /** Counts up from 1. */
      readonly number: number;
      /** What happened. */
      readonly type: Type;
      /** When, Unix milliseconds. */
      readonly at: number;
    } & Happenings[Type]
  : never;
