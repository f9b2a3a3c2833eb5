/**
 * One thing after the other: what the system, the gateway and the core say to each other, and events on their way to JavaScript, come when what
 * caused them is done. As on a phone, nothing is called back from within; unlike there, all of it has happened when the first call returns.
 */
export class Turns {
  #waiting: (() => void)[] = [];
  #running = false;

  /** Does this now and then everything that came of it. */
  readonly now = <Result>(work: () => Result): Result => {
    if (this.#running) return work();
    this.#running = true;
    try {
      const result = work();
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) next();
      return result;
    } finally {
      this.#waiting = [];
      this.#running = false;
    }
  };

  /** Does this when what goes on is done. */
  readonly later = (work: () => void): void => {
    if (this.#running) this.#waiting.push(work);
    else this.now(work);
  };
}
