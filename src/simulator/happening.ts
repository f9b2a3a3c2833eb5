/** What can happen on a virtual iPhone, as its timeline has it. UUIDs are in upper case. The shapes are those of `zpns_phone::Happening`. */

/** A push, and the token that it needs. */
export type PushKind = 'voip' | 'alert' | 'background';
/** Kind of a `CXCallAction`. */
export type ActionName = 'start' | 'answer' | 'end' | 'setHeld' | 'setMuted' | 'setGroup' | 'playDTMF';
/** `CXHandle`, with Apple's numbers. */
export interface PhoneHandle {
  type: 1 | 2 | 3;
  value: string;
}

/** Why a call is gone. */
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

/** Why a push was not handed to the app. */
export type DropReason = 'notRegistered' | 'stoppedDelivering' | 'notLaunched' | 'appDied' | 'notPermitted' | 'noObject' | 'refused';

interface Settled {
  action: string;
  uuid: string;
  kind: ActionName;
}

/** Fields of what can happen, by its type. */
export interface Happenings {
  launched: { by: 'user' | 'push' | 'backgroundNotification' | 'notification' | 'recents' };
  launchFailed: { message: string };
  killed: { reason: 'outside' | 'neverPosted' | 'notReportedInTime' | 'deleted' | 'switchedOff' };
  foreground: object;
  background: object;
  jsStarted: object;
  jsStopped: object;
  reinstalled: object;
  unlocked: object;

  simulatorConnected: object;
  simulatorLost: { message: string };
  tokenIssued: { kind: PushKind; environment: 'development' | 'production' };
  tokenInvalidated: { kind: PushKind };
  noToken: { kind: PushKind; reason: string };
  unregistered: { kind: PushKind };

  pushArrived: { kind: PushKind };
  voipPushDelivered: { mustReport: boolean };
  pushDropped: { kind: PushKind; reason: DropReason };

  providerConfigured: object;
  providerInvalidated: object;
  providerReset: object;
  incomingReported: { uuid: string; name: string | null; handle: PhoneHandle | null; video: boolean };
  reportRefused: { uuid: string; domain: string; code: number };
  ringing: { uuid: string };
  callUpdated: { uuid: string };
  callStarted: { uuid: string; handle: PhoneHandle; video: boolean };
  callConnecting: { uuid: string };
  callConnected: { uuid: string };
  callHeld: { uuid: string; onHold: boolean };
  callMuted: { uuid: string; muted: boolean };
  callGrouped: { uuid: string; with: string | null };
  tonesPlayed: { uuid: string; digits: string };
  callEnded: { uuid: string; cause: EndCause };
  reportIgnored: { uuid: string; report: 'updated' | 'ended' | 'outgoingStarted' | 'outgoingConnected'; reason: string };
  actionRequested: Settled & { origin: 'user' | 'app' | 'system'; deadline: number };
  actionFulfilled: Settled;
  actionFailed: Settled;
  actionTimedOut: Settled;
  lateFulfil: { action: string };
  lateFail: { action: string };
  transactionAccepted: { uuid: string; kind: ActionName };
  transactionRefused: { uuid: string; kind: ActionName; code: number };
  audioActivated: object;
  audioDeactivated: object;
  recentTapped: { recent: number };

  permissionAsked: { granted: boolean };
  notificationShown: { notification: number; title: string; body: string; local: boolean };
  notificationTapped: { notification: number };
  badgeChanged: { badge: number };
  backgroundCompleted: { completion: number; newData: boolean };
  backgroundExpired: { completion: number };

  event: { kind: string; seq: number; flushed: boolean };
  log: { level: 'debug' | 'info' | 'warning' | 'error'; message: string };
}

/** Type of what happened. */
export type HappeningType = keyof Happenings;

/** One line of the timeline: `number` counts up from 1, `at` is in Unix milliseconds. */
export type TimelineEntry<T extends HappeningType = HappeningType> = T extends HappeningType
  ? { number: number; at: number; type: T } & Happenings[T]
  : never;
