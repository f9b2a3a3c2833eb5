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

/** How a past call is listed: `missed` ended before anybody answered it; a call answered or declined on another device is listed as that. */
export type RecentKind = 'outgoing' | 'answered' | 'declined' | 'missed';

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
  /** How it is listed. */
  readonly kind: RecentKind;
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
  readonly app: 'notRunning' | 'suspended' | 'background' | 'foreground';
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

/** How to set a phone up: `zpns_phone::PhoneOptions`, which has the defaults (in brackets). */
export interface PhoneOptions {
  /** The app's bundle ID [`com.example.calls`]. */
  readonly bundleID?: string;
  /** The app's name: shown as the caller where a push names none [`Calls`]. */
  readonly appName?: string;
  /** Version and build of the app [`1.0 (1)`]. */
  readonly appVersion?: string;
  /** BCP 47 language of the device [`en-US`]. */
  readonly locale?: string;
  /** iOS version [`26.4`]. From 16 on iOS ends a ring by itself, from 26.4 on a push need not be reported while the app is in the foreground. */
  readonly iosVersion?: string;
  /** How the app is signed [`development`]. */
  readonly signing?: Signing;
  /** Whether tokens come from outside, as those that an APNs simulator gave [false]. */
  readonly externalTokens?: boolean;
  /** Whether the app has the Push Notifications capability [true]. Without it there are no tokens. */
  readonly pushCapability?: boolean;
  /** `UIBackgroundModes` of Info.plist [`voip`, `remote-notification`]. */
  readonly backgroundModes?: readonly string[];
  /** Info.plist `ZPNSEnableVoIP`: whether the app can be woken by VoIP pushes before it ever called `registerPush` [false]. */
  readonly voipAtLaunch?: boolean;
  /** Whether the build has CallKit switched off: Info.plist `ZPNSCallKitDisabled` [false]. */
  readonly callKitDisabled?: boolean;
  /** What the user answers when the app asks for permission to notify [`granted`]. */
  readonly permission?: 'granted' | 'denied';
  /** Whether a Focus silences calls [false]. */
  readonly doNotDisturb?: boolean;
  /** Whom the user has blocked [nobody]. */
  readonly blockedHandles?: readonly string[];
  /** What every reported call is refused with [null: calls are taken]. */
  readonly refuseReports?: IncomingCallError | null;
  /**
   * When the app's audio session is activated [`{ afterMs: 0 }`]: so long after the app fulfilled an answer, a start or that a call is resumed;
   * before it has fulfilled an answer or a start; or never, as seen on iOS 26.
   */
  readonly audioActivation?: AudioActivation;
  /** Whether the phone was unlocked since it was switched on [true]. Before that the app's files can not be used: see `unlock`. */
  readonly storageReadable?: boolean;
  /** How far the phone's clock is ahead of the time, in milliseconds; behind, if negative [0]. The app sees it, timers go by the time. */
  readonly clockOffsetMs?: number;
  /** How long the app has for an action, in milliseconds [30 000]. */
  readonly actionTimeoutMs?: number;
  /** How long the system takes to complete a reported call, in milliseconds [0]. */
  readonly reportDelayMs?: number;
  /** How long the system lets a call ring before it ends it itself, in milliseconds; from iOS 16 on [60 000]. */
  readonly ringLimitMs?: number;
  /** Whether iOS has the app stand still where there is no reason for it to run [true]. What a test asks of it wakes it up. */
  readonly suspends?: boolean;
  /** How long after the last reason, in milliseconds [3 000]. */
  readonly suspendAfterMs?: number;
  /** How long a request takes before it leaves the phone, in milliseconds [0]. */
  readonly networkDelayMs?: number;
}

/** What becomes of what the app stored: a part can't be read any more, or a newer version of this library wrote it. */
export type StorageChange = 'damaged' | 'newer';

/** What becomes of a phone's way to the network: it is lost, another one (what is open over the old one is dead, and nobody says so), or back. */
export type NetworkChange = 'lost' | 'changed' | 'back';

/** What a reported call can be refused with, by Apple's names, from number 0 on: `CXErrorCodeIncomingCallError.Code`. */
export type IncomingCallError =
  | 'unknown'
  | 'unentitled'
  | 'callUUIDAlreadyExists'
  | 'filteredByDoNotDisturb'
  | 'filteredByBlockList'
  | 'filteredDuringRestrictedSharingMode'
  | 'callIsProtected'
  | 'filteredBySensitiveParticipants';

/** When the app's audio session is activated. */
export type AudioActivation =
  | {
      /** So many milliseconds after the fulfil. */
      readonly afterMs: number;
    }
  | 'beforeFulfil'
  | 'never';

/** What becomes of a call that is not the app's: a cellular call, or one of another app. `answered`: also that the user turns back to it. */
export type OtherCall = 'rings' | 'answered' | 'ended';
