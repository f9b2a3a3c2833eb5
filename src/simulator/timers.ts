type Timer = ReturnType<typeof setTimeout>;

/** Timers of one JavaScript context: they end with it. */
export class Timers {
  readonly #running = new Set<Timer>();
  #ended = false;

  /** What code in the context sees under these global names. */
  readonly globals = {
    setTimeout: (work: (...args: unknown[]) => void, ms?: number, ...args: unknown[]): Timer | undefined => {
      if (this.#ended) return undefined;
      const timer = setTimeout(() => {
        this.#running.delete(timer);
        work(...args);
      }, ms);
      this.#running.add(timer);
      return timer;
    },
    setInterval: (work: (...args: unknown[]) => void, ms?: number, ...args: unknown[]): Timer | undefined => {
      if (this.#ended) return undefined;
      const timer = setInterval(() => work(...args), ms);
      this.#running.add(timer);
      return timer;
    },
    clearTimeout: (timer?: Timer) => this.#clear(timer),
    clearInterval: (timer?: Timer) => this.#clear(timer),
  };

  /** Stops all of them; new ones never run. */
  end(): void {
    this.#ended = true;
    for (const timer of [...this.#running]) this.#clear(timer);
  }

  #clear(timer: Timer | undefined): void {
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#running.delete(timer);
  }
}
