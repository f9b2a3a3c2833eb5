/** What may be said about a phone. */
import type { PhoneOptions, Signing } from '../kit/state';
import type { ZpnsEnvironment } from '../types';
import type { Gateway } from './gateway';

/** What kind of phone it is and how the app on it was built. Defaults in brackets. */
export interface MockOptions extends Required<Omit<PhoneOptions, 'externalTokens' | 'permission'>> {
  /** The app's bundle ID [`com.example.app`]. */
  readonly bundleID: string;
  /** The app's name: shown as the caller where a push names none [`Example`]. */
  readonly appName: string;
  /** How the app is signed [`production`]. */
  readonly environment: ZpnsEnvironment;
  /** The same in more detail, instead of `environment`: `adHoc` is for production with a profile, `simulator` has no PushKit. */
  readonly signing: Signing;
  /** Whether Apple can be reached [true]. Otherwise no tokens come, and nothing says why. */
  readonly appleReachable: boolean;
  /** Info.plist `ZPNSEnableVoIP`: whether the app can be woken by VoIP pushes before it ever called `registerPush` [true]. */
  readonly voipAtLaunch: boolean;
  /** What the user answers when the app asks for permission to notify [true]. */
  readonly permission: boolean;
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
