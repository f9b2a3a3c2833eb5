import type { PhoneHandle } from './happening';

/** A call on the phone's screen. */
export interface PhoneCall {
  uuid: string;
  handle: PhoneHandle | null;
  /** Shown instead of the handle. */
  name: string | null;
  video: boolean;
  outgoing: boolean;
  /** `answering`: the user answered and the app has not fulfilled that; `starting`, `dialing`, `connecting`: outgoing, on its way. */
  state: 'ringing' | 'answering' | 'starting' | 'dialing' | 'connecting' | 'active';
  onHold: boolean;
  muted: boolean;
  /** Calls of the same group have the same number here. */
  group: number | null;
  supportsHolding: boolean;
  supportsGrouping: boolean;
  supportsUngrouping: boolean;
  supportsDTMF: boolean;
}

/** A past call. */
export interface RecentCall {
  /** Number in the list, for `tapRecent`. */
  recent: number;
  uuid: string;
  handle: PhoneHandle | null;
  name: string | null;
  video: boolean;
  outgoing: boolean;
  /** When it was gone, Unix milliseconds. */
  at: number;
}

/** A notification in the list. */
export interface PhoneNotification {
  /** Its number, for `tapNotification`. */
  notification: number;
  title: string;
  body: string;
  /** Whether the app made it itself. */
  local: boolean;
}

/** The phone at a moment. Lists are oldest first. */
export interface PhoneState {
  app: 'notRunning' | 'background' | 'foreground';
  jsRunning: boolean;
  calls: PhoneCall[];
  recents: RecentCall[];
  notifications: PhoneNotification[];
  badge: number;
  /** How often the app got a VoIP push and reported no call. */
  strikes: number;
  /** Whether PushKit stopped delivering because of that. */
  stoppedDelivering: boolean;
}
