import type { HappeningType, TimelineEntry } from './happening';

/** Most entries that are kept; older ones go. */
const MOST = 20_000;

/** How to wait for something on a timeline. */
export interface WaitOptions {
  /** How long, in milliseconds [5000]. */
  timeoutMs?: number;
  /** Only what happened after the entry with this number counts [0: everything]. */
  after?: number;
}

interface Waiter {
  look(entry: TimelineEntry): void;
}

/** Everything that happened on one phone, in order, as far as Node has heard of it. */
export class Timeline {
  readonly #entries: TimelineEntry[] = [];
  readonly #waiters = new Set<Waiter>();

  /** What happened so far, oldest first. */
  get entries(): readonly TimelineEntry[] {
    return this.#entries;
  }

  /** Number of the newest entry, 0 if nothing happened: for `after`. */
  get last(): number {
    return this.#entries.at(-1)?.number ?? 0;
  }

  /** Entries of this type, oldest first. */
  of<T extends HappeningType>(type: T): TimelineEntry<T>[] {
    return this.#entries.filter((entry) => entry.type === type) as TimelineEntry<T>[];
  }

  /**
   * The first entry of this type that `matches`, also among what happened before. Rejects with the whole timeline when the time is up.
   */
  waitFor<T extends HappeningType>(
    type: T,
    matches: (entry: TimelineEntry<T>) => boolean = () => true,
    { timeoutMs = 5000, after = 0 }: WaitOptions = {},
  ): Promise<TimelineEntry<T>> {
    const isWanted = (entry: TimelineEntry) => entry.type === type && entry.number > after && matches(entry as TimelineEntry<T>);
    const found = this.#entries.find(isWanted);
    if (found) return Promise.resolve(found as TimelineEntry<T>);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        look: (entry) => {
          if (!isWanted(entry)) return;
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(entry as TimelineEntry<T>);
        },
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new Error(`${type} did not happen within ${timeoutMs} ms; what did:\n${this.toString()}`));
      }, timeoutMs);
      this.#waiters.add(waiter);
    });
  }

  /** One line for each entry. */
  toString(): string {
    return this.#entries.map(({ number, at: _at, ...what }) => `${String(number).padStart(5)} ${JSON.stringify(what)}`).join('\n');
  }

  /** Something happened. */
  add(entry: TimelineEntry): void {
    if (this.#entries.length >= MOST) this.#entries.shift();
    this.#entries.push(entry);
    for (const waiter of [...this.#waiters]) waiter.look(entry);
  }
}
