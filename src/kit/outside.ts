/**
 * The network of a world whose gateway is outside: carries its requests and event streams by `fetch`. For Node 20 and later, and for browsers.
 */
import type { OutsideMessage, OutsideRequest, World } from './world';

/** As much of a `Response` as is used here. */
export interface FetchResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: { getReader(): { read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }> } } | null;
  text(): Promise<string>;
}

/** As much of `fetch` as is used here. */
export type Fetch = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string; signal: AbortSignal },
) => Promise<FetchResponse>;

/** What neither React Native's types nor JavaScript's own have in common with those of Node and browsers. */
const surroundings = globalThis as unknown as {
  readonly fetch: Fetch;
  readonly TextDecoder: new () => { decode(bytes: Uint8Array | undefined, options: { stream: boolean }): string };
};

/** `fetch` of this Node or browser. */
export const fetchHere: Fetch = (url, init) => surroundings.fetch(url, init);

/** The text of a body as it comes; nothing of a refusal's. */
export function textOf({ ok, body }: FetchResponse): AsyncGenerator<string> | undefined {
  return ok && body ? pieces(body.getReader()) : undefined;
}

async function* pieces(reader: ReturnType<NonNullable<FetchResponse['body']>['getReader']>): AsyncGenerator<string> {
  const decoder = new surroundings.TextDecoder();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield decoder.decode(piece.value, { stream: true });
}

/** How long a server may take to begin a stream, and how long nothing may come on it: the gateway sends a comment every 15 s. */
const STREAM_OPENS_WITHIN_MS = 15_000;
const STREAM_SILENT_FOR_MS = 45_000;

/** Carries what the phones of a world ask of the network. */
export class Outside {
  readonly #world: Pick<World, 'call'>;
  readonly #fetch: Fetch;
  readonly #underWay = new Set<Exchange>();

  constructor(world: Pick<World, 'call'>, fetch: Fetch = fetchHere) {
    this.#world = world;
    this.#fetch = fetch;
  }

  /** A phone asks for something. */
  carry(phone: number, message: OutsideMessage): void {
    if ('http' in message) void this.#request(new Exchange(phone, message.http, message.http.timeoutMs));
    else if ('openStream' in message) void this.#stream(new Exchange(phone, message.openStream, STREAM_OPENS_WITHIN_MS));
    else {
      const { process, id } = message.closeStream;
      for (const exchange of this.#underWay) if (exchange.is(phone, process, id)) this.#end(exchange);
    }
  }

  /** Whatever is under way is given up, and nobody is told. */
  stop(): void {
    for (const exchange of this.#underWay) this.#end(exchange);
  }

  async #request(exchange: Exchange): Promise<void> {
    const tell = (answer: object) => this.#tell(exchange, 'httpAnswer', { answer });
    try {
      const response = await this.#send(exchange);
      const body = await response.text();
      const { headers, status } = response;
      tell({ status, retryAfter: retryAfter(headers.get('retry-after'), Date.now()), date: serverTime(headers.get('date')), body });
    } catch (error) {
      tell({ failure: exchange.failure(error) });
    } finally {
      this.#end(exchange);
    }
  }

  async #stream(exchange: Exchange): Promise<void> {
    const tell = (item: object) => this.#tell(exchange, 'streamItem', { item });
    try {
      const response = await this.#send(exchange);
      const body = textOf(response);
      if (!body) tell({ closed: true, status: response.status });
      else if (!isEventStream(response)) tell({ closed: true, failure: 'broken' });
      else {
        tell({ open: true, date: serverTime(response.headers.get('date')) });
        exchange.giveUpAfter(STREAM_SILENT_FOR_MS);
        for await (const text of body) {
          exchange.giveUpAfter(STREAM_SILENT_FOR_MS);
          tell({ text });
        }
        tell({ closed: true });
      }
    } catch (error) {
      tell({ closed: true, failure: exchange.failure(error) });
    } finally {
      this.#end(exchange);
    }
  }

  #send(exchange: Exchange): Promise<FetchResponse> {
    this.#underWay.add(exchange);
    const { method, url, headers, body } = exchange.request;
    return this.#fetch(url, { method, headers: Object.fromEntries(headers), signal: exchange.signal, ...(body !== null && { body }) });
  }

  /** Tells the phone, unless it closed the stream or everything was given up. */
  #tell(exchange: Exchange, op: string, fields: object): void {
    if (!this.#underWay.has(exchange)) return;
    const { phone, request } = exchange;
    this.#world.call({ op, phone, process: request.process, id: request.id, ...fields });
  }

  #end(exchange: Exchange): void {
    this.#underWay.delete(exchange);
    exchange.end();
  }
}

/** Why there is no answer, in the kit's words. */
type Failure = 'unreachable' | 'timedOut' | 'broken';

/** What Node says where no connection came about. */
const NO_CONNECTION = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'];

/** A request or a stream while it is under way. */
class Exchange {
  readonly phone: number;
  readonly request: OutsideRequest;
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isTooLate = false;

  constructor(phone: number, request: OutsideRequest, withinMs: number) {
    this.phone = phone;
    this.request = request;
    this.giveUpAfter(withinMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  is(phone: number, process: number, id: number): boolean {
    return this.phone === phone && this.request.process === process && this.request.id === id;
  }

  /** From now on it may take so long until something comes. */
  giveUpAfter(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isTooLate = true;
      this.#controller.abort();
    }, milliseconds);
  }

  /** What an error of `fetch` means. */
  failure(error: unknown): Failure {
    if (this.#isTooLate) return 'timedOut';
    const { code = '' } = ((error as { cause?: unknown }).cause ?? {}) as { code?: string };
    // Browsers do not say whether the request may have arrived, so it may.
    return NO_CONNECTION.includes(code) ? 'unreachable' : 'broken';
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#controller.abort();
  }
}

/** Seconds to wait as `Retry-After` says, in either of its forms (RFC 9110, 10.2.3). A date that has passed is 0. */
export function retryAfter(value: string | null, now: number): number | null {
  if (value === null) return null;
  if (/^\s*\d+\s*$/.test(value)) return Math.min(Number(value), Number.MAX_SAFE_INTEGER);
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - now) / 1000));
}

/** The server's clock as `Date` says it, Unix milliseconds in whole seconds (RFC 9110, 6.6.1). */
export function serverTime(value: string | null): number | null {
  // Date.parse finds a date in nearly everything.
  const date = value?.endsWith(' GMT') === true ? Date.parse(value) : NaN;
  return Number.isNaN(date) || date < 0 ? null : date;
}

function isEventStream({ headers }: FetchResponse): boolean {
  const [type = ''] = (headers.get('content-type') ?? '').split(';');
  return type.trim().toLowerCase() === 'text/event-stream';
}
