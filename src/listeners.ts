/** The listeners of one class: `on`, which replaces, and `addListener`, which adds, over one table of events. */
import type { NativeEvent } from './NativeZpns';
import { hear, ignore } from './native';
import type { Subscription } from './types';

/** What listeners get, and who waits for them. */
export interface Heard<Args extends unknown[]> {
  /** The listener's arguments. */
  args: Args;
  /** Called once all listeners are through, their promises included, whether or not they failed. */
  done?: () => void;
}

/** Any listener. */
export type Listener = (...args: never[]) => unknown;

/** For each event how its listeners' arguments are made from its body. */
export type EventTable<Events> = {
  [Type in keyof Events]: (
    // The body's shape is the core's promise for this type of event.
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    body: any,
    event: NativeEvent,
  ) => Heard<Events[Type] extends (...args: infer Args) => unknown ? Args : never>;
};

interface Audience {
  replaceable: Listener | undefined;
  readonly added: Set<Listener>;
}

/** The listeners of one class. */
export class Listeners<Events> {
  /** The types of events there are. */
  readonly types: ReadonlySet<string>;
  readonly #table: EventTable<Events>;
  readonly #audiences = new Map<keyof Events, Audience>();

  constructor(table: EventTable<Events>) {
    this.#table = table;
    this.types = new Set(Object.keys(table));
  }

  /**
   * Sets the listener for a type, in place of the one that `on` set before.
   *
   * @throws `Error` for an unknown type, or no function.
   */
  on<Type extends keyof Events>(type: Type, listener: Events[Type]): void {
    this.#audience(type, listener).replaceable = listener as Listener;
    this.#hear(type);
  }

  /**
   * Takes away the listener that `on` set. Those of `addListener` stay: they belong to somebody else.
   *
   * @throws `Error` for an unknown type.
   */
  off(type: keyof Events): void {
    this.#check(type);
    const audience = this.#audiences.get(type);
    if (audience !== undefined) audience.replaceable = undefined;
    this.#ignoreIfEmpty(type);
  }

  /**
   * Adds a listener.
   *
   * @throws `Error` for an unknown type, or no function.
   */
  add<Type extends keyof Events>(type: Type, listener: Events[Type]): Subscription {
    // One entry per call: the same function added twice is two subscriptions.
    const entry: Listener = (...args) => (listener as Listener)(...args);
    const audience = this.#audience(type, listener);
    audience.added.add(entry);
    this.#hear(type);
    return {
      remove: () => {
        if (audience.added.delete(entry)) this.#ignoreIfEmpty(type);
      },
    };
  }

  #check(type: keyof Events): void {
    if (!this.types.has(String(type))) throw new Error(`${String(type)} is not a supported event type.`);
  }

  #audience(type: keyof Events, listener: unknown): Audience {
    this.#check(type);
    if (typeof listener !== 'function') throw new Error('listener must be a function.');
    let audience = this.#audiences.get(type);
    if (audience === undefined) {
      audience = { replaceable: undefined, added: new Set() };
      this.#audiences.set(type, audience);
    }
    return audience;
  }

  #hear(type: keyof Events): void {
    hear(String(type), (event) => {
      this.#deliver(type, event);
    });
  }

  #ignoreIfEmpty(type: keyof Events): void {
    const audience = this.#audiences.get(type);
    if (audience === undefined || (audience.replaceable === undefined && audience.added.size === 0)) ignore(String(type));
  }

  #deliver(type: keyof Events, event: NativeEvent): void {
    const audience = this.#audiences.get(type);
    if (audience === undefined) return;
    const { args, done } = this.#table[type](JSON.parse(event.body), event);
    const listeners = [...(audience.replaceable ? [audience.replaceable] : []), ...audience.added];
    const finished = listeners.map((listener) => run(String(type), listener, args));
    if (done !== undefined) void Promise.all(finished).then(done);
  }
}

/** Runs one listener; never throws, settles when it is through. */
async function run(type: string, listener: Listener, args: unknown[]): Promise<void> {
  try {
    // Called at once, before the first await: an asynchronous function runs synchronously up to there.
    await (listener as (...args: unknown[]) => unknown)(...args);
  } catch (error) {
    console.error(`[ZPNs] The listener of "${type}" failed:`, error);
  }
}
