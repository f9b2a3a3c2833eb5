/** What kind of iPhone it is, how the app on it was built, and how its user behaves. Defaults in brackets. */
export interface VirtualPhoneOptions {
  /** `CFBundleIdentifier` [`com.example.calls`]. */
  bundleID?: string;
  /** `CFBundleDisplayName` [`Calls`]. */
  appName?: string;
  /** Version and build of the app [`1.0 (1)`]. */
  appVersion?: string;
  /** BCP 47 language of the device [`en-US`]. */
  locale?: string;
  /** iOS version [`26.4`]. From 26.4 on PushKit says whether a push must be reported. */
  iosVersion?: string;
  /** How the app was signed [`development`]; decides which APNs environment its tokens belong to. */
  signing?: 'development' | 'adHoc' | 'production' | 'simulator';
  /** Control URL of an APNs simulator. Without one tokens are made up and pushes come from `deliverPush` only. */
  simulatorURL?: string;
  /** Whether the app has the Push Notifications capability [true]. Without it there are no tokens. */
  pushCapability?: boolean;
  /** `UIBackgroundModes` of Info.plist [`voip`, `remote-notification`]. */
  backgroundModes?: string[];
  /** Info.plist `ZPNSEnableVoIP` [false]. */
  voipAtLaunch?: boolean;
  /** Info.plist `ZPNSCallKitDisabled` [false]. */
  callKitDisabled?: boolean;
  /** What the user answers when the app asks for permission to notify [`granted`]. */
  permission?: 'granted' | 'denied';
  /** Whether a Focus silences calls [false]. */
  doNotDisturb?: boolean;
  /** Handles that the user blocked [none]. */
  blockedHandles?: string[];
  /** Whether the phone was unlocked since it was switched on [true]; before, the app's storage can't be used. */
  storageReadable?: boolean;
  /** How long the app has for a `CXAction`, in milliseconds [30 000]. */
  actionTimeoutMs?: number;
  /** How long CallKit takes to complete a reported incoming call, in milliseconds [0]. */
  reportDelayMs?: number;
  /** How long CallKit lets a call ring before it ends it itself, in milliseconds [60 000]. */
  ringLimitMs?: number;
  /** Unix milliseconds to start a clock at that only moves by `advance` [the system's clock]. */
  manualClock?: number;
}
