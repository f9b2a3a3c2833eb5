/**
 * An invitation on its way to the gateway. Phones may ring although the answer got lost: so it is tried again under one key while an earlier try may
 * have arrived, and taken back when it is given up.
 */
import { randomUUID } from 'node:crypto';
import { ZpnsCode, ZpnsError } from '../errors';
import { anotherUser, notAuthenticated, notConfigured } from './account';
import { waitWhileRinging } from './backoff';
import { callUUID } from './callUUID';
import type { Timer } from './clock';
import type { GatewayAnswer } from './gateway';
import type { GatewayCall } from './gatewayCalls';
import type { Process } from './process';
import { isPassing, isTaken, refusal } from './refusal';

/** No try begins later than this after the first. */
const PATIENCE_MS = 30_000;

/** What the gateway is asked for. */
export interface Wanted {
  readonly callID: string;
  /** Ring time in seconds. */
  readonly timeout: number;
  readonly [field: string]: unknown;
}

/** What the gateway made. */
export interface Invited {
  readonly call: GatewayCall;
  readonly errorUserList?: readonly object[];
}

/** What comes of invitations. */
export interface Listener {
  /** The call exists. */
  made(invited: Invited, withdrawn: boolean): void;
  /** Phones may ring for a call that was given up. */
  takeBack(callID: string, timeout: number): void;
}

interface Attempt {
  readonly wanted: Wanted;
  readonly uuid: string;
  /** Who calls, once that is known: whose token the first try carried. */
  user: string | null;
  /** The same for every try. */
  readonly key: string;
  /** No try begins at or after this. */
  readonly until: number;
  readonly resolve: (answer: object) => void;
  readonly reject: (error: ZpnsError) => void;
  tries: number;
  /** Whether a try is under way. */
  open: boolean;
  /** Whether a try may have arrived whose answer did not. */
  mayRing: boolean;
  /** Whether the caller has hung up. */
  withdrawn: boolean;
  timer: Timer | undefined;
}

/** Invitations that the gateway has not answered yet. */
export class Inviting {
  readonly #process: Process;
  readonly #listener: Listener;
  readonly #attempts = new Set<Attempt>();

  constructor(process: Process, listener: Listener) {
    this.#process = process;
    this.#listener = listener;
  }

  /** Whether an invitation with this UUID is on its way. */
  has(uuid: string): boolean {
    return [...this.#attempts].some((attempt) => attempt.uuid === uuid);
  }

  /** Invites. */
  invite(wanted: Wanted): Promise<object> {
    const { account, clock } = this.#process;
    if (account.serverURL === null) throw notConfigured();
    return new Promise((resolve, reject) => {
      const who = { wanted, uuid: callUUID(wanted.callID), user: null, key: randomUUID(), until: clock.now() + PATIENCE_MS };
      const attempt = { ...who, resolve, reject, tries: 0, open: false, mayRing: false, withdrawn: false, timer: undefined };
      this.#attempts.add(attempt);
      this.#send(attempt);
    });
  }

  /** The caller hung up: no more tries, and the call is taken back as soon as it is known. */
  withdraw(uuid: string): void {
    for (const attempt of this.#attempts) {
      if (attempt.uuid !== uuid) continue;
      attempt.withdrawn = true;
      if (!attempt.open) this.#process.later(() => this.#send(attempt));
    }
  }

  /** The app is configured anew, perhaps for another user: what still waits for its first token was asked for by this one. */
  keepCallers(user: string | null): void {
    for (const attempt of this.#attempts) attempt.user ??= user;
  }

  /** What waits for its next try is tried at once. */
  sendAll(): void {
    for (const attempt of [...this.#attempts]) this.#send(attempt);
  }

  #send(attempt: Attempt): void {
    if (attempt.open || !this.#attempts.has(attempt)) return;
    const { account, clock, gateway, later } = this.#process;
    clock.cancel(attempt.timer);
    if (attempt.withdrawn) this.#giveUp(attempt, new ZpnsError(ZpnsCode.Expired, 'the call was ended before the gateway answered'));
    else if (account.userToken === null) this.#noToken(attempt);
    else if (attempt.until <= clock.now()) this.#giveUp(attempt, new ZpnsError(ZpnsCode.Network, 'the gateway did not answer in time'));
    else if (attempt.user !== null && attempt.user !== account.userID) {
      this.#giveUp(attempt, anotherUser());
    } else {
      const token = account.userToken;
      attempt.user = account.userID;
      attempt.open = true;
      attempt.tries += 1;
      later(() => {
        const answer = gateway.handle('POST', '/v1/calls', token, attempt.wanted, attempt.key);
        attempt.open = false;
        account.answered(answer.status, token);
        this.#answered(attempt, answer);
      });
    }
  }

  /** The caller's patience is long enough to wait for `getUserToken`, if it is being asked. */
  #noToken(attempt: Attempt): void {
    const { account, clock } = this.#process;
    if (clock.now() < attempt.until && account.asking.need()) attempt.timer = clock.at(attempt.until, () => this.#send(attempt));
    else this.#giveUp(attempt, notAuthenticated());
  }

  #answered(attempt: Attempt, answer: GatewayAnswer): void {
    const invited = answer.body as Partial<Invited> | undefined;
    if (isTaken(answer) && invited?.call !== undefined) {
      this.#attempts.delete(attempt);
      const { call, errorUserList = [] } = invited;
      attempt.resolve({ callID: call.callID, timeout: call.timeout, errorUserList });
      this.#listener.made({ call, errorUserList }, attempt.withdrawn);
      return;
    }
    if (answer.status === 401) {
      // Another token may be on its way.
      this.#send(attempt);
      return;
    }
    attempt.mayRing = mayRing(answer, attempt.mayRing);
    const { clock } = this.#process;
    const at = clock.now() + waitWhileRinging(attempt.tries, answer.retryAfter);
    // What certainly did nothing is for the app to try again: it may want to tell its user first.
    if (attempt.mayRing && isPassing(answer) && !attempt.withdrawn && at < attempt.until) {
      attempt.timer = clock.at(at, () => this.#send(attempt));
    } else this.#giveUp(attempt, refusal(answer));
  }

  #giveUp(attempt: Attempt, { code, message, domain }: ZpnsError): void {
    this.#attempts.delete(attempt);
    const { mayRing, wanted, reject } = attempt;
    const more = mayRing ? '. If it rings all the same, it stops once the gateway can be reached' : '';
    reject(new ZpnsError(code, `${message}${more}`, domain));
    if (mayRing) this.#listener.takeBack(wanted.callID, wanted.timeout);
  }
}

/** Whether the phones of the invitees may ring after this answer. */
function mayRing({ status }: GatewayAnswer, before: boolean): boolean {
  // The gateway may have taken it, or answers in a way that can't be understood.
  if (status === 0 || status >= 500 || (status >= 200 && status < 300)) return true;
  // This try can't have reached them; those before are another matter.
  if ((status >= 300 && status < 400) || [401, 403, 408, 425, 429].includes(status)) return before;
  // The gateway answers what it took before it refuses anything.
  return false;
}
