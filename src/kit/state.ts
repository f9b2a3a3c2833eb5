/** A phone of the kit at a moment: the shapes of `zpns_phone::Snapshot`. */
import type { CXHandle, ZpnsEnvironment } from '../types';

/** A call on the phone's screen. */
export interface PhoneCall {
  /** Its UUID, in upper case. */
  readonly uuid: string;
  /** Who. */
  readonly handle: CXHandle | null;
  /** Shown instead of the handle. */
  readonly name: string | null;
  /** Whether with video. */
  readonly video: boolean;
  /** Whether this phone called. */
  readonly outgoing: boolean;
  /** `answering`: the user answered and the app has not fulfilled that; `starting`, `dialing`, `connecting`: outgoing, on its way. */
  readonly state: 'reported' | 'ringing' | 'answering' | 'starting' | 'dialing' | 'connecting' | 'active' | 'ending';
  /** Whether it is on hold. */
  readonly onHold: boolean;
  /** Whether it is muted. */
  readonly muted: boolean;
  /** Calls of the same group have the same number here. */
  readonly group: number | null;
  /** Whether it can be put on hold. */
  readonly supportsHolding: boolean;
  /** Whether it can be grouped. */
  readonly supportsGrouping: boolean;
  /** Whether it can leave its group. */
  readonly supportsUngrouping: boolean;
  /** Whether tones can be played. */
  readonly supportsDTMF: boolean;
}

/** A past call. */
export interface RecentCall {
  /** Number in the list. */
  readonly recent: number;
  /** Its UUID, in upper case. */
  readonly uuid: string;
  /** Who. */
  readonly handle: CXHandle | null;
  /** Shown instead of the handle. */
  readonly name: string | null;
  /** Whether with video. */
  readonly video: boolean;
  /** Whether this phone called. */
  readonly outgoing: boolean;
  /** When it was gone, Unix milliseconds. */
  readonly at: number;
}

/** A notification in the list. */
export interface PhoneNotification {
  /** Its number, for `tapNotification`. */
  readonly notification: number;
  /** Title; empty for none. */
  readonly title: string;
  /** Text. */
  readonly body: string;
  /** Whether the app made it itself. */
  readonly local: boolean;
}

/** The phone at a moment. Lists are oldest first. */
export interface PhoneState {
  /** What the app is doing. */
  readonly app: 'notRunning' | 'background' | 'foreground';
  /** Whether JavaScript runs. */
  readonly jsRunning: boolean;
  /** Calls on the screen. */
  readonly calls: readonly PhoneCall[];
  /** Past calls. */
  readonly recents: readonly RecentCall[];
  /** Notifications in the list. */
  readonly notifications: readonly PhoneNotification[];
  /** The app's badge, 0 for none. */
  readonly badge: number;
  /** How often the app got a VoIP push and reported no call. */
  readonly strikes: number;
  /** Whether PushKit stopped delivering because of that. */
  readonly stoppedDelivering: boolean;
}

/** By what a phone is known. */
export interface PhoneIdentity {
  /** Its push token for alerts, in hex; null where Apple gave none. */
  readonly apns: string | null;
  /** Its push token for calls. */
  readonly voip: string | null;
  /** The ID under which the app registers; null before it was launched. */
  readonly installation: string | null;
  /** The APNs environment of its tokens. */
  readonly environment: ZpnsEnvironment;
  /** The app's bundle ID. */
  readonly bundleID: string;
}

/** How an app was built and signed. It decides which APNs environment its tokens belong to. */
export type Signing = 'development' | 'adHoc' | 'production' | 'simulator';

/** How to set a phone up: `zpns_phone::PhoneOptions`, which has the defaults. */
export interface PhoneOptions {
  readonly bundleID?: string;
  readonly appName?: string;
  readonly appVersion?: string;
  readonly locale?: string;
  readonly iosVersion?: string;
  readonly signing?: Signing;
  readonly externalTokens?: boolean;
  readonly pushCapability?: boolean;
  readonly backgroundModes?: readonly string[];
  readonly voipAtLaunch?: boolean;
  readonly callKitDisabled?: boolean;
  readonly permission?: 'granted' | 'denied';
  readonly doNotDisturb?: boolean;
  readonly blockedHandles?: readonly string[];
  readonly storageReadable?: boolean;
  readonly actionTimeoutMs?: number;
  readonly reportDelayMs?: number;
  readonly ringLimitMs?: number;
}
