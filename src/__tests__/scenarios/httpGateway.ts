/** The in-memory gateway behind real HTTP and server-sent events, for phones with the real client. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Gateway, type GatewayAnswer } from '../../jest';

/** For how long nothing must have come or gone before everything counts as heard, in milliseconds. */
const QUIET_MS = 25;

/** A gateway on a port of this machine. */
export class HttpGateway {
  readonly gateway: Gateway;
  readonly #server: Server;
  readonly #problems: unknown[] = [];
  #lastActivity = 0;

  private constructor(now: () => number) {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((problem: unknown) => {
        this.#problems.push(problem);
        response.destroy();
      });
    });
    this.gateway = new Gateway(now, () => `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  /** Starts one. */
  static async start(now: () => number): Promise<HttpGateway> {
    const gateway = new HttpGateway(now);
    await new Promise<void>((resolve) => void gateway.#server.listen(0, '127.0.0.1', resolve));
    return gateway;
  }

  /** Waits until no request is under way. What went wrong here is thrown. */
  async quiet(): Promise<void> {
    while (Date.now() - this.#lastActivity < QUIET_MS) await new Promise((resolve) => setTimeout(resolve, 3));
    if (this.#problems.length > 0) throw this.#problems[0];
  }

  /** Something is about to come. */
  expectTraffic(): void {
    this.#lastActivity = Date.now();
  }

  /** Stops it. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.expectTraffic();
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString('utf8');
    const path = request.url ?? '';
    const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    const key = request.headers['idempotency-key'] as string | undefined;
    const answer = this.gateway.handle(request.method ?? '', path, token, text === '' ? null : JSON.parse(text), key);
    if (answer.status === 200 && path.endsWith('/events')) this.#stream(request, response);
    else send(response, answer);
    this.expectTraffic();
  }

  #stream(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    const callID = decodeURIComponent((request.url ?? '').split('/')[3] ?? '');
    const after = Number(request.headers['last-event-id'] ?? 0);
    const stop = this.gateway.follow(callID, after, (event) => {
      this.expectTraffic();
      response.write(`id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    });
    response.on('close', stop);
  }
}

function send(response: ServerResponse, { status, body, retryAfter }: GatewayAnswer): void {
  if (status === 0) {
    response.destroy();
    return;
  }
  response.writeHead(status, {
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
