/** What may be said about a phone. */
import type { PhoneOptions, Signing } from '../kit/state';
import type { ZpnsEnvironment } from '../types';
import type { Gateway } from './gateway';

/** What kind of phone it is and how the app on it was built. Defaults in brackets. */
export interface MockOptions {
  /** The app's bundle ID [`com.example.app`]. */
  readonly bundleID: string;
  /** The app's name: shown as the caller where a push names none [`Example`]. */
  readonly appName: string;
  /** Version and build of the app [`1.0 (1)`]. */
  readonly appVersion: string;
  /** BCP 47 language of the device [`en-US`]. */
  readonly locale: string;
  /** iOS version [`26.4`]. From 26.4 on a push need not be reported while the app is in the foreground. */
  readonly iosVersion: string;
  /** How the app is signed [`production`]. */
  readonly environment: ZpnsEnvironment;
  /** The same in more detail, instead of `environment`: `adHoc` is for production with a profile, `simulator` has no PushKit. */
  readonly signing: Signing;
  /** Whether the app has the Push Notifications capability [true]. Without it there are no tokens. */
  readonly pushCapability: boolean;
  /** Whether Apple can be reached [true]. Otherwise no tokens come, and nothing says why. */
  readonly appleReachable: boolean;
  /** `UIBackgroundModes` of Info.plist [`voip`, `remote-notification`]. */
  readonly backgroundModes: readonly string[];
  /** Info.plist `ZPNSEnableVoIP`: whether the app can be woken by VoIP pushes before it ever called `registerPush` [true]. */
  readonly voipAtLaunch: boolean;
  /** Whether the build has CallKit switched off: Info.plist `ZPNSCallKitDisabled` [false]. */
  readonly callKitDisabled: boolean;
  /** What the user answers when the app asks for permission to notify [true]. */
  readonly permission: boolean;
  /** Whether the phone was unlocked since it was switched on [true]. Before that the app's files can not be used: see `unlock`. */
  readonly storageReadable: boolean;
  /** How long the app has for an action, in milliseconds [30 000]. */
  readonly actionTimeoutMs: number;
  /** How long the system takes to complete a reported call, in milliseconds [0]. */
  readonly reportDelayMs: number;
  /** How long the system lets a call ring before it ends it itself, in milliseconds [60 000]. */
  readonly ringLimitMs: number;
  /** When the clock stands at first, Unix milliseconds [now]. With `gateway` its clock counts. */
  readonly now: number;
  /** The gateway of another phone, so that both are in one world [one of its own]. */
  readonly gateway: Gateway;
}

/** What may be said about the phone: any of its options. */
export type ZpnsMockOptions = Partial<MockOptions>;

/** As the kit takes them. */
export function phoneOptions(options: ZpnsMockOptions): PhoneOptions {
  const { environment, permission, appleReachable, now: _now, gateway: _gateway, ...rest } = options;
  return {
    bundleID: 'com.example.app',
    appName: 'Example',
    signing: environment ?? 'production',
    voipAtLaunch: true,
    externalTokens: appleReachable === false,
    permission: permission === false ? 'denied' : 'granted',
    ...rest,
  };
}
