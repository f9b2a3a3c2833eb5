/** Requests in the user's name: they wait while the app is asked for a user token, and go again with a newer one where theirs was refused. */
import { anotherUser, notAuthenticated, notConfigured, type Account } from './account';
import type { Gateway, GatewayAnswer } from './gateway';

/** One request. */
export interface UserRequest {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  /** The gateway answered, and not that the user token is no good. */
  readonly answered: (answer: GatewayAnswer) => void;
  /** There is no gateway, or no user token to be had. */
  readonly rejected: (error: Error) => void;
}

/** One request, and who made it, if that was known. */
interface Asked extends UserRequest {
  readonly user: string | null;
}

/** Those of one process. */
export class UserRequests {
  readonly #account: Account;
  readonly #gateway: Gateway;
  readonly #later: (work: () => void) => void;
  #waiting: Asked[] = [];

  constructor(account: Account, gateway: Gateway, later: (work: () => void) => void) {
    this.#account = account;
    this.#gateway = gateway;
    this.#later = later;
  }

  /** Sends it, now or when there is a token. */
  send(request: UserRequest): void {
    this.#send({ ...request, user: this.#account.userID });
  }

  /** There is another gateway or user token, or none came in time. */
  sendWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const request of waiting) this.#send(request);
  }

  #send(request: Asked): void {
    const { serverURL, userID, userToken, asking } = this.#account;
    if (request.user !== null && request.user !== userID) request.rejected(anotherUser());
    else if (serverURL === null) request.rejected(notConfigured());
    else if (userToken !== null) this.#later(() => this.#carry(request, userToken));
    else if (asking.need()) this.#waiting.push(request);
    else request.rejected(notAuthenticated());
  }

  #carry(request: Asked, token: string): void {
    const answer = this.#gateway.handle(request.method, request.path, token, request.body);
    this.#account.answered(answer.status, token);
    if (answer.status === 401) this.#send(request);
    else request.answered(answer);
  }
}
