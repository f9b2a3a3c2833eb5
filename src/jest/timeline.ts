/** What happened on the in-memory phone: the lines that app tests ask about, named as on the virtual iPhone. */
import type { CXHandle, ZpnsEnvironment } from '../types';

/** Kind of an action of the system. */
export type ActionName = 'start' | 'answer' | 'end' | 'setHeld' | 'setMuted' | 'setGroup' | 'playDTMF';

/** Why a call left the screen. */
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

interface OfAction {
  uuid: string;
  kind: ActionName;
}

/** What can happen, and what is told of it. UUIDs are in upper case. */
export interface Happenings {
  launched: { by: 'user' | 'push' | 'recents' };
  killed: object;
  foreground: object;
  background: object;
  jsStarted: object;
  jsStopped: object;
  tokenIssued: { kind: 'apns' | 'voip'; environment: ZpnsEnvironment };
  tokenInvalidated: { kind: 'apns' | 'voip' };
  voipPushDelivered: { mustReport: boolean };
  pushDropped: { kind: 'voip'; reason: 'notRegistered' };
  providerConfigured: object;
  providerReset: object;
  incomingReported: { uuid: string; name: string | null; handle: CXHandle | null; video: boolean };
  reportRefused: { uuid: string; domain: string; code: number };
  reportIgnored: { uuid: string; report: string };
  ringing: { uuid: string };
  callUpdated: { uuid: string };
  callStarted: { uuid: string; handle: CXHandle; video: boolean };
  callConnecting: { uuid: string };
  callConnected: { uuid: string };
  callHeld: { uuid: string; onHold: boolean };
  callMuted: { uuid: string; muted: boolean };
  callGrouped: { uuid: string; with: string | null };
  tonesPlayed: { uuid: string; digits: string };
  callEnded: { uuid: string; cause: EndCause };
  actionRequested: OfAction & { origin: 'user' | 'app' };
  actionFulfilled: OfAction;
  actionFailed: OfAction;
  actionTimedOut: OfAction;
  lateFulfil: object;
  lateFail: object;
  audioActivated: object;
  audioDeactivated: object;
  recentTapped: object;
  backgroundCompleted: { newData: boolean };
}

/** Type of what happened. */
export type HappeningType = keyof Happenings;

/** One line; `at` is in Unix milliseconds. */
export type TimelineEntry<Type extends HappeningType = HappeningType> = Type extends HappeningType
  ? { readonly type: Type; readonly at: number } & Happenings[Type]
  : never;

/** Notes one thing that happened. */
export type Note = <Type extends HappeningType>(type: Type, fields: Happenings[Type]) => void;
