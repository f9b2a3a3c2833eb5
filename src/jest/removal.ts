/** `unregisterPush`: the gateway is told until it knows. */
import { ZpnsCode, ZpnsError } from '../errors';
import { waitForEver } from './backoff';
import type { Timer } from './clock';
import type { Process } from './process';
import { isTaken } from './refusal';

/** What takes this device off the gateway. */
export class Removal {
  readonly #process: Process;
  #wanted = false;
  #promised: { readonly resolve: (answer: object) => void; readonly reject: (error: ZpnsError) => void } | undefined;
  #failures = 0;
  #pause: Timer | undefined;

  constructor(process: Process) {
    this.#process = process;
  }

  /** Whether the gateway has yet to be told. */
  get isWanted(): boolean {
    return this.#wanted;
  }

  /** The app wants it; settles with what comes of the first try. */
  want(): Promise<object> {
    this.#wanted = true;
    this.#failures = 0;
    this.hurry();
    this.#settle();
    return new Promise((resolve, reject) => {
      this.#promised = { resolve, reject };
    });
  }

  /** `registerPush` was called: what it sends replaces the registration anyway. Or there is nobody to tell any more. */
  cancel(): void {
    this.#wanted = false;
    this.hurry();
    this.#settle();
  }

  /** A good moment: the next try does not wait. */
  hurry(): void {
    this.#process.clock.cancel(this.#pause);
    this.#pause = undefined;
  }

  /** Tells the gateway, if it is time. */
  advance(): void {
    const { account, gateway } = this.#process;
    if (!this.#wanted || this.#pause !== undefined) return;
    if (account.serverURL === null) {
      this.cancel();
      return;
    }
    const token = account.userToken;
    if (token === null) {
      if (!account.asking.need()) this.#settle(failed('it wants a user token: give one by ZPNs.configure'));
      return;
    }
    const answer = gateway.handle('DELETE', `/v1/installations/${account.installation}`, token, null);
    account.answered(answer.status, token);
    // 404: it is gone already.
    if (isTaken(answer) || answer.status === 404) this.cancel();
    else if (answer.status === 401) this.advance();
    else {
      this.#failures += 1;
      const at = this.#process.clock.now() + waitForEver(this.#failures, answer.retryAfter);
      this.#pause = this.#process.clock.at(at, () => {
        this.#pause = undefined;
        this.advance();
      });
      this.#settle(failed(answer.status === 0 ? 'it can not be reached' : `it answered with status ${answer.status}`));
    }
  }

  #settle(error?: ZpnsError): void {
    const promised = this.#promised;
    this.#promised = undefined;
    if (error === undefined) promised?.resolve({});
    else promised?.reject(error);
  }
}

function failed(why: string): ZpnsError {
  const text = `this device gave its tokens up, but the gateway does not know yet (${why}); it is told again until it does`;
  return new ZpnsError(ZpnsCode.UnregistrationFailed, text);
}
