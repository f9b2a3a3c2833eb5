/** The app's JavaScript on a phone: what lies between copies of this package and the kit, in both directions. */
import { makeHub } from '../hub';
import type { World } from '../kit/world';
import * as imported from '../native';
import type { NativeEvent, Spec } from '../NativeZpns';

type Handler = (event: NativeEvent) => void;

/** The copy of the package that code gets which imports it now: after `jest.resetModules()` another one than this file did. */
function packageNow(): typeof imported {
  // Where there is no `require`, modules are not reset behind one's back either.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return typeof require === 'function' ? (require('../native') as typeof imported) : imported;
}

/** Answers an invocation in place of the phone; nothing if the phone is to answer. */
export type Intercept = (method: string, params: string) => Promise<string> | undefined;

/** JavaScript on one phone, from one start to the next. */
export class JavaScript {
  /** The native module, the same for all copies. The newest copy that subscribes is the one that hears. */
  readonly native: Spec;
  readonly #world: World;
  readonly #phone: number;
  readonly #awaited = new Map<number, (answer: string) => void>();
  readonly #listened = new Set<string>();
  #hears: Handler | undefined;
  #heardBy: unknown;
  #hasOwnCopy = false;
  #context = 0;
  #isRunning = false;
  #lastEvent = 0;

  constructor(world: World, phone: number, intercept: Intercept) {
    this.#world = world;
    this.#phone = phone;
    this.native = {
      invoke: (method, params) => {
        // As in a process that is gone: nothing is answered.
        if (!this.#isRunning) return new Promise(() => undefined);
        return intercept(method, params) ?? this.#invoke(method, params);
      },
      listen: (type) => {
        this.#listened.add(type);
        if (this.#isRunning) this.#tell('listen', { kind: type });
      },
      unlisten: (type) => {
        if (this.#listened.delete(type) && this.#isRunning) this.#tell('unlisten', { kind: type });
      },
      onEvent: (handler: Handler) => {
        if (this.#hears) this.#reload();
        this.#hears = handler;
        this.#heardBy = packageNow();
        const remove = () => {
          if (this.#hears !== handler) return;
          for (const type of this.#listened) this.native.unlisten(type);
          this.#hears = undefined;
        };
        // The native side gives no more than this either, whatever the type says.
        return { remove } as ReturnType<Spec['onEvent']>;
      },
    };
  }

  /** Which start of it this is. */
  get context(): number {
    return this.#context;
  }

  /** Whether it runs. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** It starts, and the package talks to this phone. What was listened to before is again, but by modules that were reset. */
  start(): void {
    const copy = packageNow();
    if (!this.#hasOwnCopy && copy !== this.#heardBy) this.forget();
    this.#heardBy = copy;
    this.run();
    makeHub().current = this.native;
    copy.provideNative(undefined);
  }

  /** It starts, with a copy of the package that belongs to this phone. */
  load<Loaded>(load: () => Loaded): Loaded {
    this.#hasOwnCopy = true;
    if (!this.#isRunning || this.#hears) {
      this.forget();
      this.run();
    }
    const hub = makeHub();
    hub.loading = this.native;
    try {
      return load();
    } finally {
      hub.loading = undefined;
    }
  }

  /** It starts; who it is heard by stays as it is. */
  run(): void {
    this.#awaited.clear();
    this.#context += 1;
    this.#tell('startJs', { context: this.#context });
    this.#isRunning = true;
    for (const type of this.#listened) this.#tell('listen', { kind: type });
  }

  /** Nobody hears any more. */
  forget(): void {
    this.#hears = undefined;
    this.#listened.clear();
  }

  /** It is gone. */
  ended(): void {
    this.#isRunning = false;
    this.#awaited.clear();
  }

  /** An event for it. */
  hear(context: number, event: NativeEvent): void {
    this.#world.later(() => {
      if (context !== this.#context) return;
      this.#lastEvent = event.seq;
      this.#hears?.(event);
    });
  }

  /** An answer for it. */
  answer(context: number, invocation: number, json: string): void {
    this.#world.later(() => {
      if (context !== this.#context) return;
      this.#awaited.get(invocation)?.(json);
      this.#awaited.delete(invocation);
    });
  }

  /** An event that nothing brought about. */
  emit(type: string, body: object): void {
    this.hear(this.#context, { type, seq: this.#lastEvent + 1, at: this.#world.now, flushed: false, body: JSON.stringify(body) });
    this.#world.deliver();
  }

  #reload(): void {
    this.forget();
    if (this.#isRunning) this.run();
  }

  #invoke(method: string, params: string): Promise<string> {
    return new Promise((resolve) => {
      this.#tell('invoke', { method, params }, (invocation) => this.#awaited.set(invocation, resolve));
    });
  }

  #tell(op: string, fields: object, accepted?: (invocation: number) => void): void {
    this.#world.call({ op, phone: this.#phone, ...fields }, accepted);
  }
}
