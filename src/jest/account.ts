/** The gateway, the app's user, and fresh user tokens. */
import { randomUUID } from 'node:crypto';
import { ZpnsCode, ZpnsError } from '../errors';
import { userOf } from './gateway';
import type { Mailbox } from './mailbox';

/** Who this installation is. */
export class Account {
  /** This installation's ID at the gateway. */
  readonly installation = randomUUID();
  serverURL: string | null = null;
  appID: string | null = null;
  /** The user of the newest token; outlives it. */
  userID: string | null = null;
  userToken: string | null = null;
  /** Whether JavaScript can be asked for a fresh token. */
  provider = false;
  readonly #mailbox: Mailbox;
  #asked = false;

  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox;
  }

  /** `configure`. */
  configure({ serverURL, appID, userToken, userTokenProvider = false }: Configuration): void {
    if (serverURL !== undefined && !/^https?:\/\/\S/.test(serverURL)) {
      throw new ZpnsError(ZpnsCode.InvalidArgument, 'serverURL must be an http:// or https:// URL, as https://push.example.com');
    }
    if (serverURL !== undefined && !appID) throw new ZpnsError(ZpnsCode.InvalidArgument, 'appID is missing');
    this.serverURL = serverURL ?? null;
    this.appID = appID ?? null;
    this.provider = userTokenProvider;
    this.setUserToken(userToken ?? null);
  }

  /** `setUserToken`. */
  setUserToken(token: string | null): void {
    this.userToken = token === '' ? null : token;
    if (this.userToken !== null) this.userID = userOf(this.userToken) || this.userID;
    this.#asked = false;
  }

  /** The gateway answered a request that carried this token: what it refuses is not used again. */
  answered(status: number, token: string): void {
    if (status === 401 && token === this.userToken) this.needUserToken();
  }

  /** JavaScript is asked for a fresh token, once until it answers. */
  needUserToken(): void {
    this.userToken = null;
    if (!this.provider || this.#asked) return;
    this.#asked = true;
    this.#mailbox.emit('userTokenNeeded', {});
  }
}

/** Parameters of `configure`. */
export interface Configuration {
  readonly serverURL?: string;
  readonly appID?: string;
  readonly userToken?: string;
  readonly userTokenProvider?: boolean;
}

/** There is no gateway. */
export function notConfigured(): ZpnsError {
  return new ZpnsError(
    ZpnsCode.NotConfigured,
    'there is no gateway: call ZPNs.configure({ serverURL: phone.gateway.url, appID, userToken }) first, or say by respond(method, answer) what it answers',
  );
}

/** The gateway wants another user token. */
export function notAuthenticated(): ZpnsError {
  return new ZpnsError(ZpnsCode.NotAuthenticated, 'the gateway wants a fresh user token: give ZPNs.configure a userToken or getUserToken');
}
