/** Events that wait for a listener, as the core keeps them: per type, in order, at most 256. */
import type { EventSubscription } from 'react-native';
import type { NativeEvent } from '../NativeZpns';

/** Most events of one type that wait. The oldest goes first. */
const MOST_WAITING = 256;

/** The way of events from one process to its JavaScript. */
export class Mailbox {
  readonly #now: () => number;
  readonly #later: (work: () => void) => void;
  readonly #handlers = new Set<(event: NativeEvent) => void>();
  readonly #listened = new Set<string>();
  readonly #waiting = new Map<string, NativeEvent[]>();
  #seq = 0;

  constructor(now: () => number, later: (work: () => void) => void) {
    this.#now = now;
    this.#later = later;
  }

  /** Hands an event on, or keeps it until its type is listened to. */
  emit(type: string, body: object): void {
    this.#seq += 1;
    const event: NativeEvent = { type, seq: this.#seq, at: this.#now(), flushed: false, body: JSON.stringify(body) };
    if (this.#listened.has(type)) this.#send(event);
    else this.#waiting.set(type, [...(this.#waiting.get(type) ?? []), { ...event, flushed: true }].slice(-MOST_WAITING));
  }

  /** `Spec.onEvent`. */
  subscribe(handler: (event: NativeEvent) => void): EventSubscription {
    this.#handlers.add(handler);
    // The native side gives no more than this either, whatever the type says.
    return { remove: () => void this.#handlers.delete(handler) } as EventSubscription;
  }

  /** `Spec.listen`. */
  listen(type: string): void {
    this.#listened.add(type);
    const waiting = this.#waiting.get(type) ?? [];
    this.#waiting.delete(type);
    for (const event of waiting) this.#send(event);
  }

  /** `Spec.unlisten`. */
  unlisten(type: string): void {
    this.#listened.delete(type);
  }

  /** JavaScript is gone. */
  detach(): void {
    this.#handlers.clear();
    this.#listened.clear();
  }

  #send(event: NativeEvent): void {
    this.#later(() => {
      for (const handler of this.#handlers) handler(event);
    });
  }
}
