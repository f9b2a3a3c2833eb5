/**
 * A phone's connection to an APNs simulator, by its control API: the phone is a device there, has its tokens from there, and gets its pushes
 * as server-sent events. For phones with `externalTokens`, in Node 20 and later and in browsers.
 */
import { fetchHere, textOf, type Fetch, type FetchResponse } from './outside';
import type { World } from './world';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

interface Tokens {
  apns?: string;
  voip?: string;
}

/** What a connection may be given. */
export interface SimulatorConnectionOptions {
  readonly fetch?: Fetch;
  /** What to do with a push; the payload is JSON [hand it to the phone]. */
  readonly deliver?: (kind: string, payload: string) => void;
}

/** The connection of one phone. It comes back by itself when it is lost. */
export class SimulatorConnection {
  readonly #world: World;
  readonly #phone: number;
  readonly #url: string;
  readonly #fetch: Fetch;
  readonly #deliverPush: (kind: string, payload: string) => void;
  readonly #controller = new AbortController();
  #device: string | undefined;
  #tokens: Tokens = {};
  /** Number of the last push, so that none is lost between two connections. */
  #last = '0';

  /** `url` is that of the simulator's control API. */
  constructor(world: World, phone: number, url: string, { fetch = fetchHere, deliver }: SimulatorConnectionOptions = {}) {
    this.#world = world;
    this.#phone = phone;
    this.#url = url.replace(/\/+$/, '');
    this.#fetch = fetch;
    this.#deliverPush = deliver ?? ((kind, payload) => this.#tell('push', { kind, payload }));
  }

  /** Whether it has ended. */
  #isOver(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Registers the phone and delivers its pushes, until `end`. */
  async run(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (!this.#isOver()) {
      const lost = await this.#listen(() => (pause = FIRST_PAUSE_MS)).catch(reasonOf);
      if (this.#isOver()) return;
      this.#tell('simulator', { lost });
      await this.#pause(pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }

  /** The simulator gives the phone another token; the old one is no longer registered. */
  async rotate(kind: 'apns' | 'voip'): Promise<void> {
    if (this.#device === undefined) return;
    const { token } = await this.#ask<{ token: string }>('POST', `/devices/${this.#device}/tokens`, { kind });
    this.#tokens = { ...this.#tokens, [kind]: token };
    this.#tell('setTokens', this.#tokens);
  }

  /** The phone is no device there any more, and the connection ends. */
  async end(): Promise<void> {
    this.#controller.abort();
    // A simulator that is gone has forgotten the device anyway.
    if (this.#device !== undefined)
      await this.#send('DELETE', `/devices/${this.#device}`, {}, new AbortController()).catch(() => undefined);
  }

  /** Follows the phone's pushes; why the connection was lost. */
  async #listen(connected: () => void): Promise<string> {
    this.#device ??= await this.#register();
    const response = await this.#send('GET', `/devices/${this.#device}/pushes`, { headers: { 'last-event-id': this.#last } });
    if (response.status === 404) {
      this.#device = undefined;
      return 'it does not know this phone (any more)';
    }
    const body = textOf(response);
    if (!body) return `it answered ${response.status} to the request for pushes`;
    connected();
    this.#tell('simulator', { lost: null });
    let waiting = '';
    for await (const text of body) {
      const events = (waiting + text).replaceAll('\r\n', '\n').split('\n\n');
      waiting = events.pop() ?? '';
      for (const event of events) this.#deliver(event);
    }
    return 'it closed the stream of pushes';
  }

  async #register(): Promise<string> {
    const { bundleID, environment } = this.#world.call<{ bundleID: string; environment: string }>({ op: 'identity', phone: this.#phone });
    const device = await this.#ask<{ deviceID: string; tokens: Tokens }>('POST', '/devices', { bundleID, environment });
    this.#last = '0';
    this.#tokens = device.tokens;
    this.#tell('setTokens', this.#tokens);
    return device.deviceID;
  }

  /** One event; what has no data is a sign of life. */
  #deliver(event: string): void {
    const lines = event.split('\n');
    const field = (name: string) =>
      lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trimStart());
    this.#last = field('id').at(-1) ?? this.#last;
    const data = field('data').join('\n');
    if (data === '') return;
    const { kind, payload } = JSON.parse(data) as { kind: string; payload: unknown };
    this.#deliverPush(kind, JSON.stringify(payload));
  }

  #tell(op: string, fields: object): void {
    if (!this.#isOver()) this.#world.call({ op, phone: this.#phone, ...fields });
  }

  /** Waits so long, or until the end. */
  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#controller.signal.removeEventListener('abort', end);
        resolve();
      }, milliseconds);
      this.#controller.signal.addEventListener('abort', end);
    });
  }

  async #ask<Answer>(method: string, path: string, body: object): Promise<Answer> {
    const response = await this.#send(method, path, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`it answered ${response.status} to ${path}`);
    return JSON.parse(await response.text()) as Answer;
  }

  #send(
    method: string,
    path: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: string },
    { signal } = this.#controller,
  ): Promise<FetchResponse> {
    return this.#fetch(this.#url + path, { method, headers, signal, ...(body !== undefined && { body }) });
  }
}

/** What is at the bottom of a failure: `fetch` itself only says that it failed. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: unknown };
  return cause === undefined ? (message ?? String(error)) : reasonOf(cause);
}
