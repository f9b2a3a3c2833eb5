/** Push: permission, registration, notifications. A drop-in for the class of `zego-zpns-react-native`. */
import { ask, invoke, perform, unawaited } from './invoke';
import { Listeners } from './listeners';
import { isIOS } from './native';
import { changesRegistration } from './registrationWatch';
import type {
  Subscription,
  ZPNsConfig,
  ZPNsEventHandler,
  ZPNsLocalMessage,
  ZPNsMessage,
  ZPNsNotificationChannel,
  ZPNsRegisterPushConfig,
  ZpnsConfiguration,
  ZpnsDiagnosis,
  ZpnsRegistration,
} from './types';
import { provideUserTokens } from './userToken';
import { VERSION } from './version';
import { ZPNS_EVENTS } from './zpnsEvents';

const listeners = new Listeners<ZPNsEventHandler>(ZPNS_EVENTS);
let shared: ZPNs | undefined;

/**
 * Push: permission, registration, notifications.
 *
 * Off iOS, methods without an answer resolve and do nothing. Every rejection is a `ZpnsError`.
 */
export class ZPNs {
  /** The shared instance. Instances have no state of their own: listeners belong to the app, not to one of them. */
  static getInstance(): ZPNs {
    shared ??= new ZPNs();
    return shared;
  }

  /** Version of this library. */
  static getVersion(): Promise<string> {
    return ask('getVersion', VERSION);
  }

  /**
   * Names the gateway, the app and its user. May be called again at any time: after login, and with `userToken` absent and `getUserToken`
   * answering null after logout.
   *
   * @throws `ZpnsError` `InvalidArgument` naming the field.
   */
  static configure(configuration: ZpnsConfiguration): Promise<void> {
    const { getUserToken, ...rest } = configuration;
    if (isIOS()) provideUserTokens(getUserToken);
    return changesRegistration(perform('configure', { ...rest, userTokenProvider: getUserToken !== undefined }));
  }

  /**
   * Says how the app is signed: `true` for development, `false` for production. Without this call, and without `iOSEnvironment`, it is found out
   * from the app itself, which is right for most.
   */
  static enableDebug(isDebug: boolean): Promise<void> {
    return changesRegistration(perform('enableDebug', { isDebug }));
  }

  /** Settings of vendors' push services, `appType` among them: taken, and of no effect on iOS, where the gateway picks the credential. */
  static setPushConfig(config: ZPNsConfig): Promise<void> {
    return perform('setPushConfig', config);
  }

  /** Android only: does nothing. On iOS listen to `throughMessageReceived`. */
  static setBackgroundMessageHandler(_handler: (message: ZPNsMessage) => void): void {
    // Nothing to do on iOS.
  }

  /**
   * Tokens, environment and pushID as they are now.
   *
   * @throws `ZpnsError` `Unavailable` off iOS.
   */
  static getRegistration(): Promise<ZpnsRegistration> {
    return invoke('getRegistration');
  }

  /** Everything that helps to find out why a phone does not ring. Free of tokens, handles and payloads. */
  static diagnose(): Promise<ZpnsDiagnosis> {
    return ask('diagnose', { available: false, version: VERSION });
  }

  /**
   * Sets the listener of an event, in place of the one set before. The first listener of a type gets what waited for it.
   *
   * @throws `Error` for an unknown type, or no function.
   */
  on<Type extends keyof ZPNsEventHandler>(type: Type, listener: ZPNsEventHandler[Type]): void {
    listeners.on(type, listener);
  }

  /** Takes away the listener that `on` set; those of `addListener` stay. */
  off(type: keyof ZPNsEventHandler): void {
    listeners.off(type);
  }

  /** Adds a listener beside all others. */
  addListener<Type extends keyof ZPNsEventHandler>(type: Type, listener: ZPNsEventHandler[Type]): Subscription {
    return listeners.add(type, listener);
  }

  /**
   * Asks the user for permission to notify, and resolves once there is an answer: whether it was granted.
   *
   * ZEGO's declaration says `Promise<void>`; a caller that relies on it still compiles.
   */
  // The type parameter is there to be inferred from what the caller expects.
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type
  applyNotificationPermission<Granted extends boolean | void = boolean>(): Promise<Granted> {
    return isIOS() ? invoke<Granted>('applyNotificationPermission') : Promise.resolve(false as Granted);
  }

  /**
   * Gets the push tokens and a pushID for them. Resolves once the request is taken; the result comes as the event `registered`: once for each call
   * of this, whenever the pushID is another one, and in each later process without being asked for. With CallKit switched off, `enableIOSVoIP`
   * registers for alerts only and logs a warning.
   *
   * @throws `ZpnsError` `InvalidArgument` saying which argument is wrong.
   */
  registerPush(config: ZPNsRegisterPushConfig = {}): Promise<void> {
    return changesRegistration(perform('registerPush', config));
  }

  /**
   * Gives tokens and pushID up: neither alerts nor calls arrive any more. Resolves when the gateway knows.
   *
   * @throws `ZpnsError` `UnregistrationFailed` where the gateway could not be told yet; it is told again until it knows.
   */
  unregisterPush(): Promise<void> {
    return changesRegistration(perform('unregisterPush'));
  }

  /** Android only: does nothing. */
  createNotificationChannel(_channel: ZPNsNotificationChannel): void {
    // Nothing to do on iOS.
  }

  /**
   * Shows a notification now.
   *
   * @throws `ZpnsError` `InvalidArgument` without title and content; the system's own error without the user's permission.
   */
  addLocalNotification(message: ZPNsLocalMessage): Promise<void> {
    return unawaited(perform('addLocalNotification', message));
  }

  /**
   * Tells the gateway what the badge shows, 0 to 99999, for `badgeIncrement`. Waits while `getUserToken` is asked for a user token.
   *
   * @throws `ZpnsError` `NotConfigured` without a gateway; `NotAuthenticated` without a user token; `InvalidArgument` for another number.
   */
  setServerBadge(badge: number): Promise<void> {
    return unawaited(perform('setServerBadge', { badge }));
  }

  /**
   * Sets the app's badge, 0 to 99999; 0 clears it.
   *
   * @throws `ZpnsError` `InvalidArgument` for another number; the system's own error where it refuses.
   */
  setLocalBadge(badge: number): Promise<void> {
    return unawaited(perform('setLocalBadge', { badge }));
  }
}
