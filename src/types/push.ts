/** What `ZPNs` speaks of: configuration, registration and notifications. Names and numbers are those of `zego-zpns-react-native` 2.8. */

/** Which push service brought a message. */
export enum ZPNsPushSourceType {
  /** Apple. */
  APNs = 1,
  /** Google. */
  FCM = 2,
  /** Huawei. */
  HuaWei = 3,
  /** Xiaomi. */
  XiaoMi = 4,
  /** OPPO. */
  Oppo = 5,
  /** vivo. */
  Vivo = 6,
}

/** Which APNs environment the app's tokens belong to. */
export enum ZPNsIOSEnvironment {
  /** Signed with a distribution certificate: TestFlight, App Store, ad hoc. */
  Production = 0,
  /** Signed with a development certificate, or on the simulator. */
  Development = 1,
  /** Found out from how the app was signed. The same as leaving it out. */
  Automatic = 2,
}

/** Configuration of vendors' push services, taken so that callers of ZEGO's package compile and run. On iOS none of it has an effect. */
export interface ZPNsConfig {
  /** Which of an app's certificate sets ZEGO pushes with. Here the gateway picks the credential by bundle ID and environment. */
  appType?: number;
  /** Android only. */
  enableHWPush?: boolean;
  /** Android only. */
  enableMiPush?: boolean;
  /** Android only. */
  enableVivoPush?: boolean;
  /** Android only. */
  enableOppoPush?: boolean;
  /** Android only. */
  enableFCMPush?: boolean;
  /** Android only. */
  enableHwBadge?: boolean;
  /** Android only. */
  miAppID?: string;
  /** Android only. */
  miAppKey?: string;
  /** Android only. */
  oppoAppID?: string;
  /** Android only. */
  oppoAppSecret?: string;
  /** Android only. */
  oppoAppKey?: string;
  /** Android only. */
  vivoAppID?: string;
  /** Android only. */
  vivoAppKey?: string;
  /** Android only. */
  hwAppID?: string;
}

/** How a notification shows while the app is in the foreground. */
export interface ZPNsIOSNotificationArrivedConfig {
  /** Update the badge. */
  isPresentBadge: boolean;
  /** Play the sound. */
  isPresentSound: boolean;
  /** Show the banner. */
  isPresentAlert: boolean;
}

/** Argument of `ZPNs.registerPush`. */
export interface ZPNsRegisterPushConfig {
  /** Also ask for a VoIP token, and ring for VoIP pushes. Default false. */
  enableIOSVoIP?: boolean;
  /** Default: automatic. -1 is taken as automatic too, as older callers pass it. */
  iOSEnvironment?: ZPNsIOSEnvironment | -1;
  /** Default: nothing shows in the foreground. */
  iOSNotificationArrivedConfig?: Partial<ZPNsIOSNotificationArrivedConfig>;
}

/** A notification that is no VoIP push. */
export interface ZPNsMessage {
  /** Title; empty for a through message. */
  title: string;
  /** Body; empty for a through message. */
  content: string;
  /** On iOS the whole `userInfo`. */
  // Apps read their own keys from here with their own types, as ZEGO's declarations let them.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  extras: Record<string, any>;
  /** The sender's `payload`, empty if there was none. */
  payload: string;
  /** Always APNs on iOS. */
  pushSourceType: ZPNsPushSourceType;
}

/** Argument of `registered`. */
export interface ZPNsRegisterMessage {
  /** Hand this to whoever pushes; empty on failure. */
  pushID: string;
  /** 0 on success, else a `ZpnsCode` or the number of the system's error. */
  errorCode: number;
  /** What went wrong and what to do; empty on success. */
  msg: string;
  /** The environment that the tokens were registered for. */
  environment?: ZpnsEnvironment;
  /** Where the environment is known from, for people who look into a wrong one. */
  environmentSource?: ZpnsEnvironmentSource;
  /** There when what the app set contradicts how it is signed. */
  warning?: string;
}

/** Argument of `tokenInvalidated`. */
export interface ZpnsTokenInvalidated {
  /** Which token the system took back. */
  kind: 'voip' | 'apns';
}

/** An APNs environment, as text. */
export type ZpnsEnvironment = 'development' | 'production';

/**
 * Where an environment is known from: what the app said by `registerPush` or `enableDebug`, else the app itself; `default` where nothing speaks
 * for development.
 */
export type ZpnsEnvironmentSource = 'registerPush' | 'enableDebug' | 'simulator' | 'provisioningProfile' | 'default';

/** An Android notification channel. */
export interface ZPNsNotificationChannel {
  /** Its ID. */
  channelID: string;
  /** Its name, shown in the system's settings. */
  channelName: string;
  /** Name of a sound in the app's resources. */
  androidSound?: string;
}

/** A notification that the app itself shows. */
export interface ZPNsLocalMessage {
  /** Title. */
  title: string;
  /** Body. */
  content: string;
  /** Comes back when the notification is clicked. */
  payload?: string;
  /** Android only. */
  channelID?: string;
  /** Sound file in the bundle; left out for the default sound. */
  iOSSound?: string;
  /** Android only. */
  androidSound?: string;
}
