/**
 * A world of the kit: phones, a gateway in memory and one clock in a WebAssembly instance. Commands and messages are JSON, see
 * rust/kit/src/run.rs and message.rs; every rule is there.
 */
import type { NativeEvent } from '../NativeZpns';
import { loadKit } from './load';
import type { PhoneOptions } from './state';
import type { TimelineEntry } from './timeline';

/** What the kit is told: `op`, and what belongs to it. */
export type Command = { readonly op: string; readonly phone?: number } & Readonly<Record<string, unknown>>;

/** A request as the gateway got it. */
export interface RequestMessage {
  readonly name: string;
  readonly callID: string | null;
  readonly by: string;
  readonly token: string;
  readonly body: unknown;
}

/** A request for a gateway that is outside. */
export interface OutsideRequest {
  readonly process: number;
  readonly id: number;
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | null;
  /** 0 for a stream. */
  readonly timeoutMs: number;
}

/** What a phone has to say. */
export type PhoneMessage =
  | { readonly entry: TimelineEntry }
  | { readonly request: RequestMessage }
  | { readonly event: NativeEvent; readonly context: number }
  | { readonly answer: { readonly invocation: number; readonly json: string }; readonly context: number };

/** What a phone asks of a gateway that is outside. */
export type OutsideMessage =
  | { readonly http: OutsideRequest }
  | { readonly openStream: OutsideRequest }
  | { readonly closeStream: { readonly process: number; readonly id: number } };

interface Reply {
  readonly ok?: unknown;
  readonly error?: { readonly message: string; readonly code: string | null; readonly status: number | null };
  readonly out: readonly ((PhoneMessage | OutsideMessage) & { readonly phone: number })[];
}

/** Why a command was not carried out, in the words of the phone or of the gateway. */
export class KitError extends Error {
  /** Always `KitError`. */
  override readonly name = 'KitError';
  /** The gateway's code, as `call_exists`, where the gateway refused. */
  readonly code: string | undefined;
  /** The gateway's HTTP status, where the gateway refused. */
  readonly status: number | undefined;

  constructor(message: string, code?: string, status?: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** A clock that a world follows, with timers of its own. */
export interface Timekeeper {
  /** Tells this clock from others. */
  readonly clock: object;
  /** Unix milliseconds. */
  now(): number;
  setTimeout(work: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The clock of the machine. */
export function realTime(): Timekeeper {
  return {
    clock: Date,
    now: () => Date.now(),
    setTimeout: (work, ms) => setTimeout(work, ms),
    clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
  };
}

/** A world. Everything that a command causes has happened when `call` returns. */
export class World {
  readonly #kit = loadKit();
  readonly #listeners = new Map<number, (message: PhoneMessage) => void>();
  readonly #follow: () => Timekeeper | undefined;
  #outside: ((phone: number, message: OutsideMessage) => void) | undefined;
  #followed: { readonly clock: object; readonly ahead: number } | undefined;
  #timer: { readonly keeper: Timekeeper; readonly id: unknown } | undefined;
  #now: number;
  #queue: (() => void)[] = [];
  #isDelivering = false;

  /** `follow` says which clock there is to follow at this moment; while there is none, time stands still until `advance`. */
  constructor(now: number, follow: () => Timekeeper | undefined = () => undefined) {
    this.#follow = follow;
    this.#now = now;
    this.#send({ op: 'setTime', at: now });
  }

  /** From now on new phones have their gateway outside: what they ask of it goes this way. */
  goOutside(carry: (phone: number, message: OutsideMessage) => void): void {
    this.#outside = carry;
  }

  /** Switches a phone on, the app on it not running: its number. From then on `listener` hears what it says, in order. */
  addPhone(options: PhoneOptions, listener: (message: PhoneMessage) => void): number {
    // The real gateway meets phones of other runs: no two may have the same installation ID.
    const network = this.#outside ? { network: 'outside', seed: Math.floor(Math.random() * Number.MAX_SAFE_INTEGER) } : {};
    return this.call<number>({ op: 'newPhone', options, ...network }, (phone) => this.#listeners.set(phone, listener));
  }

  /**
   * Carries a command out. `accepted` gets what it came to before anybody hears of anything.
   *
   * @throws KitError
   */
  call<Value>(command: Command, accepted?: (value: Value) => void): Value {
    this.#catchUp();
    try {
      return this.#send(command, accepted);
    } finally {
      this.deliver();
      this.#wakeWhenDue();
    }
  }

  /** Time passes. */
  advance(milliseconds: number): void {
    this.#catchUp();
    this.#now += milliseconds;
    if (this.#followed) this.#followed = { ...this.#followed, ahead: this.#followed.ahead + milliseconds };
    this.call({ op: 'advance', by: milliseconds });
  }

  /** Does this when everything is told that is being told now. Who tells JavaScript something goes this way, so that it hears in order. */
  later(work: () => void): void {
    this.#queue.push(work);
  }

  /** Unix milliseconds. */
  get now(): number {
    return this.#now;
  }

  /** Follows no clock any more. */
  stop(): void {
    this.#timer?.keeper.clearTimeout(this.#timer.id);
    this.#timer = undefined;
  }

  #send<Value>(command: Command, accepted?: (value: Value) => void): Value {
    const { ok, error, out } = JSON.parse(this.#kit.call(JSON.stringify(command))) as Reply;
    if (!error) accepted?.(ok as Value);
    for (const { phone, ...message } of out) {
      if ('http' in message || 'openStream' in message || 'closeStream' in message) this.#outside?.(phone, message);
      else this.#listeners.get(phone)?.(message);
    }
    if (error) throw new KitError(error.message, error.code ?? undefined, error.status ?? undefined);
    return ok as Value;
  }

  /** Tells what is to be told; who is being told something gets it afterwards. */
  deliver(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    try {
      for (let work = this.#queue.shift(); work; work = this.#queue.shift()) work();
    } finally {
      this.#isDelivering = false;
    }
  }

  /** The kit's clock is set to the one that it follows. */
  #catchUp(): void {
    const keeper = this.#follow();
    if (!keeper) {
      this.#followed = undefined;
      return;
    }
    if (this.#followed?.clock !== keeper.clock) this.#followed = { clock: keeper.clock, ahead: this.#now - keeper.now() };
    const at = keeper.now() + this.#followed.ahead;
    if (at <= this.#now) return;
    const by = at - this.#now;
    this.#now = at;
    this.#send({ op: 'advance', by });
  }

  #wakeWhenDue(): void {
    const keeper = this.#follow();
    // The timer of a clock that is gone will not fire.
    if (this.#timer && this.#timer.keeper.clock === keeper?.clock) this.#timer.keeper.clearTimeout(this.#timer.id);
    this.#timer = undefined;
    if (!keeper) return;
    const due = this.#send<number | null>({ op: 'nextDue' });
    if (due === null) return;
    const wake = () => {
      this.#timer = undefined;
      this.#catchUp();
      this.deliver();
      this.#wakeWhenDue();
    };
    this.#timer = { keeper, id: keeper.setTimeout(wake, Math.max(1, due - this.#now)) };
  }
}
