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

/** Why there is no answer, in the kit's words. */
type Failure = 'unreachable' | 'timedOut' | 'broken';

/** Carries what the phones of a world ask of the network. */
export class Outside {
  readonly #world: World;
  readonly #fetch: Fetch;
  /** What is under way, by phone, process and number. */
  readonly #open = new Map<string, AbortController>();

  constructor(world: World, fetch: Fetch = fetchHere) {
    this.#world = world;
    this.#fetch = fetch;
  }

  /** A phone asks for something. */
  carry(phone: number, message: OutsideMessage): void {
    if ('http' in message) void this.#request(phone, message.http);
    else if ('openStream' in message) void this.#stream(phone, message.openStream);
    else {
      const { process, id } = message.closeStream;
      this.#open.get(key(phone, process, id))?.abort();
    }
  }

  /** Whatever is under way is given up. */
  stop(): void {
    for (const controller of this.#open.values()) controller.abort();
  }

  async #request(phone: number, request: OutsideRequest): Promise<void> {
    const { process, id, timeoutMs } = request;
    const controller = this.#begin(phone, request);
    let failure: Failure = 'unreachable';
    const timer = setTimeout(() => {
      failure = 'timedOut';
      controller.abort();
    }, timeoutMs);
    let answer: object;
    try {
      const response = await this.#send(request, controller);
      failure = 'broken';
      const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
      answer = { status: response.status, retryAfter: Number.isInteger(retryAfter) ? retryAfter : null, body: await response.text() };
    } catch {
      // `failure` may be another one by now.
      answer = { failure };
    }
    clearTimeout(timer);
    this.#open.delete(key(phone, process, id));
    this.#world.call({ op: 'httpAnswer', phone, process, id, answer });
  }

  async #stream(phone: number, request: OutsideRequest): Promise<void> {
    const { process, id } = request;
    const controller = this.#begin(phone, request);
    const tell = (item: object): void => {
      // A phone that closed the stream is told nothing more.
      if (!controller.signal.aborted) this.#world.call({ op: 'streamItem', phone, process, id, item });
    };
    let failure: Failure = 'unreachable';
    try {
      const response = await this.#send(request, controller);
      failure = 'broken';
      const body = textOf(response);
      if (body) {
        tell({ open: true });
        for await (const text of body) tell({ text });
      }
      tell({ closed: true, status: body ? null : response.status });
    } catch {
      tell({ closed: true, failure });
    } finally {
      this.#open.delete(key(phone, process, id));
    }
  }

  #begin(phone: number, { process, id }: OutsideRequest): AbortController {
    const controller = new AbortController();
    this.#open.set(key(phone, process, id), controller);
    return controller;
  }

  #send({ method, url, headers, body }: OutsideRequest, { signal }: AbortController): Promise<FetchResponse> {
    return this.#fetch(url, { method, headers: Object.fromEntries(headers), signal, ...(body !== null && { body }) });
  }
}

function key(phone: number, process: number, id: number): string {
  return `${phone}/${process}/${id}`;
}
