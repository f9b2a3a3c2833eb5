/** Events that wait for a listener, as the core keeps them: per type, in order, together at most 256 of at most 1 MiB. */
import type { EventSubscription } from 'react-native';
import type { NativeEvent } from '../NativeZpns';

/** What may happen to a waiting event when there is no room: it goes first, when nothing of that kind is left, or last of all. */
export type Keep = 'droppable' | 'useful' | 'always';

const MOST_EVENTS = 256;
const MOST_BYTES = 1024 * 1024;
const IN_ORDER: readonly Keep[] = ['droppable', 'useful', 'always'];
/** The types that are not merely useful. */
const KEEP: Readonly<Record<string, Keep>> = {
  notificationArrived: 'droppable',
  providerDidBegin: 'droppable',
  didActivateAudioSession: 'droppable',
  didDeactivateAudioSession: 'droppable',
  performPlayDTMFCallAction: 'droppable',
  performStartCallAction: 'always',
  performAnswerCallAction: 'always',
  performEndCallAction: 'always',
};

/** What may happen to a waiting event of this type. */
export function keepOf(type: string): Keep {
  return KEEP[type] ?? 'useful';
}

/** The way of events from one process to its JavaScript. */
export class Mailbox {
  readonly #now: () => number;
  readonly #later: (work: () => void) => void;
  readonly #handlers = new Set<(event: NativeEvent) => void>();
  readonly #listened = new Set<string>();
  readonly #dropped = new Map<string, number>();
  #waiting: NativeEvent[] = [];
  #bytes = 0;
  #seq = 0;

  constructor(now: () => number, later: (work: () => void) => void) {
    this.#now = now;
    this.#later = later;
  }

  /** Hands an event on, or keeps it until its type is listened to. */
  emit(type: string, body: object): void {
    this.#seq += 1;
    const event: NativeEvent = { type, seq: this.#seq, at: this.#now(), flushed: false, body: JSON.stringify(body) };
    if (this.#listened.has(type)) {
      this.#send(event);
      return;
    }
    this.#waiting.push({ ...event, flushed: true });
    this.#bytes += bytesOf(event);
    while (this.#waiting.length > MOST_EVENTS || this.#bytes > MOST_BYTES) this.#evict();
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
    const waited = this.#waiting.filter((event) => event.type === type);
    this.#take(waited);
    for (const event of waited) this.#send(event);
  }

  /** Whether an event of this type waits for a listener. */
  keeps(type: string): boolean {
    return this.#waiting.some((event) => event.type === type);
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

  /** For `diagnose()`: how many events wait, and how many of each type had to go. */
  diagnose(): { waiting: number; dropped: Record<string, number> } {
    return { waiting: this.#waiting.length, dropped: Object.fromEntries(this.#dropped) };
  }

  /** The oldest event of the least worth goes. */
  #evict(): void {
    const victim = IN_ORDER.map((keep) => this.#waiting.find(({ type }) => keepOf(type) === keep)).find((event) => event !== undefined);
    if (victim === undefined) return;
    this.#take([victim]);
    this.#dropped.set(victim.type, (this.#dropped.get(victim.type) ?? 0) + 1);
  }

  #take(events: readonly NativeEvent[]): void {
    this.#waiting = this.#waiting.filter((event) => !events.includes(event));
    for (const event of events) this.#bytes -= bytesOf(event);
  }

  #send(event: NativeEvent): void {
    this.#later(() => {
      for (const handler of this.#handlers) handler(event);
    });
  }
}

function bytesOf({ body }: NativeEvent): number {
  return Buffer.byteLength(body, 'utf8');
}
