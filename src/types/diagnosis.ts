/** What `ZPNs.diagnose` answers. */
import type { CXProviderConfiguration, ZpnsCall } from './calls';
import type { ZpnsEnvironment, ZpnsEnvironmentSource } from './push';
import type { ZpnsRegistration } from './registration';

/**
 * Answer of `ZPNs.diagnose`: facts for a bug report, free of tokens, handles and payloads. Times are Unix milliseconds. What is in it grows from version
 * to version. docs/installing.md says what to do about each field.
 */
export interface ZpnsDiagnosis {
  /** Of the native library. */
  version: string;
  /** False off iOS, where there is nothing but this and the version. */
  available?: false;
  /** Now. */
  at?: number;
  /** How the app was built. */
  app?: ZpnsAppDiagnosis;
  /** What is wrong with the build, in words, with what to do. */
  problems?: string[];
  /** The gateway and the user. */
  account?: ZpnsAccountDiagnosis;
  /** Tokens and pushID. */
  registration?: ZpnsRegistrationDiagnosis;
  /** Events that JavaScript has not heard. */
  events?: ZpnsEventsDiagnosis;
  /** Calls and the pushes that brought them. */
  calls?: ZpnsCallsDiagnosis;
  /** How many calls of other apps, or cellular ones, go on. */
  otherCalls?: number;
}

/** How the app was built. */
export interface ZpnsAppDiagnosis {
  /** The topic of its pushes. */
  bundleID: string;
  /** The app's version and build. */
  version: string;
  /** iOS version. */
  system: string;
  /** Whether this is Apple's simulator, which has neither VoIP pushes nor CallKit. */
  simulator: boolean;
  /** Info.plist's `UIBackgroundModes`. */
  backgroundModes: string[];
  /** Whether CallKit is off, by Info.plist or `CallKit.setEnabled(false)`. */
  callKitDisabled: boolean;
}

/** The gateway and the user. */
export interface ZpnsAccountDiagnosis {
  /** The gateway; null without one. */
  serverURL: string | null;
  /** The app at the gateway. */
  appID: string | null;
  /** Whether a user token is there now. */
  hasUserToken: boolean;
  /** This installation at the gateway; null before the first unlock. */
  installation: string | null;
  /** What waited for users who have signed out for good and was dropped: verbs, followed calls and events. */
  droppedAtSignOut: number;
}

/** Tokens and pushID. */
export interface ZpnsRegistrationDiagnosis {
  /** As in `ZPNs.getRegistration`. */
  state: ZpnsRegistration['state'];
  /** The environment that the tokens belong to. */
  environment: ZpnsEnvironment;
  /** Who said so. */
  environmentSource: ZpnsEnvironmentSource;
  /** What the build says of itself; `noProfile` is TestFlight or the App Store. */
  evidence: 'simulator' | 'developmentProfile' | 'productionProfile' | 'unclearProfile' | 'noProfile';
  /** That the setting contradicts the build, and what to do. */
  warning: string | null;
  /** The tokens, by the kind of push. */
  tokens: Record<'apns' | 'voip', ZpnsTokenDiagnosis | null>;
  /** Attempts that failed in a row. */
  failures: number;
  /** When the next one is due; null if none waits. */
  nextTryAt: number | null;
  /** Why the last one failed. */
  lastError: string | null;
}

/** A token that is there, or why there is none. */
export type ZpnsTokenDiagnosis = ZpnsTokenFingerprint | ZpnsTokenError;

/** A token that is there. */
export interface ZpnsTokenFingerprint {
  /** The first 8 hex digits of the SHA-256 of its hex digits. */
  fingerprint: string;
}

/** The system's error. */
export interface ZpnsTokenError {
  /** Its words. */
  error: string;
  /** Its number. */
  code: number;
  /** What the number belongs to. */
  domain: string;
}

/** Events that JavaScript has not heard. */
export interface ZpnsEventsDiagnosis {
  /** How many wait for a listener of their type. */
  waiting: number;
  /** By type, how many had to go for want of room. */
  dropped: Record<string, number>;
  /** How many were taken back because the action that they were about is settled. */
  withdrawn: number;
}

/** Calls and the pushes that brought them. */
export interface ZpnsCallsDiagnosis {
  /** What `setInitConfiguration` said; null if it was never called. */
  provider: CXProviderConfiguration | null;
  /** The last twenty pushes, the oldest first. */
  pushes: ZpnsPushDiagnosis[];
  /** Calls that are going on. */
  live: ZpnsLiveDiagnosis[];
  /** How many calls are followed on the gateway. */
  followed: number;
  /** How many of them by an open connection. */
  openStreams: number;
  /** How many calls' reports CallKit has yet to complete. */
  openReports: number;
  /** Actions that nobody has settled. */
  openActions: ZpnsActionDiagnosis[];
  /** How many requests CallKit has yet to answer. */
  openTransactions: number;
  /** How much the gateway has yet to hear. */
  outbox: number;
  /** How many calls ended within 24 hours, for which a late push does not ring. */
  endedRecently: number;
}

/** A VoIP push and what was decided about it. */
export interface ZpnsPushDiagnosis {
  /** When it came. */
  at: number;
  /** How long ago that is, seconds. */
  secondsAgo: number;
  /** The call. */
  uuid: string;
  /** First 8 hex digits of the call ID's SHA-256; null without one. */
  callIDHash: string | null;
  /** Its size. */
  bytes: number;
  /** Whether iOS asked for a report. */
  mustReport: boolean;
  /** What became of it. */
  decision: 'ring' | 'reportAgain' | 'end' | 'reportAndEnd' | 'drop';
  /** Why, in words. */
  why: string;
  /** Whether it says how the call can be followed. */
  followed: boolean;
  /** Keys of the payload that had the wrong type. */
  unusableKeys: string[];
}

/** A call that is going on. */
export interface ZpnsLiveDiagnosis {
  /** The call. */
  uuid: string;
  /** Whether this user calls. */
  outgoing: boolean;
  /** As in `CallKit.getCalls`. */
  state: ZpnsCall['state'];
  /** Whether CallKit completed its report. */
  confirmedByCallKit: boolean;
  /** When it began. */
  since: number;
}

/** An action that nobody has settled. */
export interface ZpnsActionDiagnosis {
  /** Which. */
  seq: string;
  /** Its call. */
  callUUID: string;
  /** What it asks for. */
  kind: string;
  /** Until when the system waits. */
  deadline: number;
}
