/** The gateway, the app's user, and fresh user tokens. */
import { randomUUID } from 'node:crypto';
import { ZpnsCode, ZpnsError } from '../errors';
import { userOf } from './gateway';
import { Asking } from './asking';
import type { Clock } from './clock';
import type { Mailbox } from './mailbox';

const NEEDED = 'userTokenNeeded';

/** Who this installation is. */
export class Account {
  /** This installation's ID at the gateway. */
  readonly installation = randomUUID();
  serverURL: string | null = null;
  appID: string | null = null;
  /** The user of the newest token; outlives it. */
  userID: string | null = null;
  userToken: string | null = null;
  /** How a fresh token is come by. */
  readonly asking: Asking;

  constructor(clock: Clock, mailbox: Mailbox) {
    this.asking = new Asking(clock, () => {
      // One that still waits for a listener is not asked twice.
      if (!mailbox.keeps(NEEDED)) mailbox.emit(NEEDED, {});
    });
  }

  /** `configure`. */
  configure({ serverURL, appID, userToken, userTokenProvider = false }: Configuration): void {
    if (serverURL !== undefined && !/^https?:\/\/\S/.test(serverURL)) {
      throw new ZpnsError(ZpnsCode.InvalidArgument, 'serverURL must be an http:// or https:// URL, as https://push.example.com');
    }
    if (serverURL !== undefined && !appID) throw new ZpnsError(ZpnsCode.InvalidArgument, 'appID is missing');
    this.serverURL = serverURL ?? null;
    this.appID = appID ?? null;
    this.asking.startOver(userTokenProvider);
    this.#take(userToken ?? null);
  }

  /** `setUserToken`: what `getUserToken` brought. Where it failed, a token that came by another way meanwhile stays. */
  setUserToken({ userToken = null, failed = false }: Brought): void {
    const token = userToken === '' ? null : userToken;
    this.asking.answered(token !== null);
    if (!failed) this.#take(token);
  }

  /** The gateway answered a request that carried this token: what it refuses is not used again. */
  answered(status: number, token: string): void {
    if (token !== this.userToken) return;
    if (status === 401) {
      this.userToken = null;
      this.asking.refused();
      this.asking.need();
    } else if (status > 0 && status < 500) this.asking.accepted();
  }

  #take(token: string | null): void {
    this.userToken = token === '' ? null : token;
    if (this.userToken !== null) this.userID = userOf(this.userToken) || this.userID;
  }
}

/** Parameters of `setUserToken`. */
export interface Brought {
  readonly userToken?: string | null;
  readonly failed?: boolean;
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

/** What was asked for in the name of somebody who is not signed in any more. */
export function anotherUser(): ZpnsError {
  return new ZpnsError(ZpnsCode.NotAuthenticated, 'another user signed in before the gateway answered');
}

/** The gateway wants another user token. */
export function notAuthenticated(): ZpnsError {
  return new ZpnsError(ZpnsCode.NotAuthenticated, 'the gateway wants a fresh user token: give ZPNs.configure a userToken or getUserToken');
}
