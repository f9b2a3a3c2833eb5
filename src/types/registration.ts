/** What the library knows about itself: gateway, tokens, and why a phone does not ring. */
import type { ZpnsEnvironment, ZpnsEnvironmentSource } from './push';

/** Argument of `ZPNs.configure`. */
export interface ZpnsConfiguration {
  /** Base URL of the gateway. Without one `registered` brings a local pushID for your own backend. */
  serverURL?: string;
  /** The app's ID at the gateway. */
  appID?: string;
  /** A JSON Web Token from your backend that says who the user is. */
  userToken?: string;
  /**
   * Called whenever a user token is needed: when there is none, and when the gateway refused the one there was. `null`: nobody is logged in. What
   * needs the token waits up to a minute for it (a `callInvite` half a minute). Where it fails, brings `null` or, twice in a row, a token
   * that is refused, it is called again after a pause of 1 second, growing to 15 minutes, and at once when the app asks for something.
   */
  getUserToken?: () => string | null | Promise<string | null>;
}

/** Answer of `ZPNs.getRegistration`. */
export interface ZpnsRegistration {
  /** As `registered` had it; null before. */
  pushID: string | null;
  /** `idle`: `registerPush` was not called. `registering`: no pushID yet. */
  state: 'idle' | 'registering' | 'registered' | 'unregistering';
  /** The app's bundle ID: the topic of its pushes. */
  bundleID: string;
  /** The environment that the tokens belong to. */
  environment: ZpnsEnvironment;
  /** Where that is known from. */
  environmentSource: ZpnsEnvironmentSource;
  /** Set when what the app said contradicts how it is signed. */
  warning: string | null;
  /** What the system gave, in lower-case hex. Secrets: send them to your own backend only. */
  tokens: {
    /** For alerts. */
    apns: string | null;
    /** For calls. */
    voip: string | null;
  };
  /** The gateway, if one is configured. */
  serverURL: string | null;
  /** This installation's ID at the gateway. */
  installationID: string | null;
}
