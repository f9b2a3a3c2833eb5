/** Time on the in-memory phone: it passes by `advance` only. */

/** Work that waits for its time. */
export interface Timer {
  readonly at: number;
  readonly work: () => void;
}

/** A clock with timers. */
export class Clock {
  #now: number;
  #timers: Timer[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  /** Unix milliseconds. */
  now(): number {
    return this.#now;
  }

  /** Does this at that time. */
  at(at: number, work: () => void): Timer {
    const timer = { at, work };
    this.#timers.push(timer);
    return timer;
  }

  /** Forgets it. */
  cancel(timer: Timer | undefined): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }

  /** Forgets all. */
  clear(): void {
    this.#timers = [];
  }

  /** Time passes; what is due on the way is done at its time, in order. `turn` wraps each piece of work. */
  advance(milliseconds: number, turn: (work: () => void) => void): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
      if (due === undefined) break;
      this.cancel(due);
      this.#now = Math.max(this.#now, due.at);
      turn(due.work);
    }
    this.#now = end;
  }
}
