import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { mintUserToken } from './userToken';

/** What `zpns dev --json` prints once it is ready. */
export interface DevGateway {
  readonly gatewayURL: string;
  readonly appID: string;
  readonly appSecret: string;
  readonly apiKey: string;
  readonly bundleID: string;
  readonly simulatorURL: string;
  /** Folder of its database. */
  readonly data: string;
}

/** What the simulator's log says of one push that arrived. */
export interface LoggedPush {
  readonly environment: 'development' | 'production';
  readonly host: string;
  readonly status: number;
  readonly reason?: string;
  readonly topic: string;
  readonly pushType: string;
  readonly deviceID?: string;
}

export interface Delivery {
  readonly environment: string;
  readonly status: string;
  readonly reason?: string;
  readonly advice?: string;
}

/** A gateway with an APNs simulator and an app ready to use, as a process of its own. */
export class Gateway {
  private constructor(
    private readonly binary: string,
    private readonly process: ChildProcess,
    readonly info: DevGateway,
  ) {}

  /** Starts `zpns dev` and waits until it is ready. */
  static async start(binary: string, options: readonly string[]): Promise<Gateway> {
    const args = ['dev', '--json', '--exit-with-parent', ...options];
    const process = spawn(binary, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const log: string[] = [];
    process.stderr.setEncoding('utf8').on('data', (text: string) => {
      log.push(text);
      if (log.length > 200) log.shift();
    });
    const info = await new Promise<DevGateway>((resolve, reject) => {
      createInterface({ input: process.stdout }).once('line', (line) => resolve(JSON.parse(line) as DevGateway));
      process.once('error', ({ message }) =>
        reject(new Error(`the gateway does not start (${message}): build it by "cargo build -p zpns-gateway"`)),
      );
      process.once('exit', (code) => reject(new Error(`zpns dev exited with ${String(code)}:\n${log.join('')}`)));
    });
    return new Gateway(binary, process, info);
  }

  /** Sets what a `resourcesID` stands for, by `zpns resource create`. */
  async resource(id: string, options: readonly string[]): Promise<void> {
    const { appID, data } = this.info;
    await promisify(execFile)(this.binary, ['resource', 'create', id, '--app', appID, '--data', data, ...options]);
  }

  /** `POST /v1/calls` as the caller's server does it, with the API key. */
  async invite(body: object): Promise<{ call: { callID: string }; push?: string }> {
    return this.request('POST', '/v1/calls', body);
  }

  /** What a user's app does. */
  async act(userID: string, method: string, path: string, body: object): Promise<void> {
    await this.request(method, path, body, this.userToken(userID));
  }

  /** A user token as the app's backend mints it. */
  userToken(userID: string, lifetime?: number): string {
    return mintUserToken(userID, this.info.appID, this.info.appSecret, lifetime);
  }

  /** What became of a push: `GET /v1/pushes/{id}`. */
  async deliveries(push: string): Promise<readonly Delivery[]> {
    const answer: { deliveries: Delivery[] } = await this.request('GET', `/v1/pushes/${push}`);
    return answer.deliveries;
  }

  /** What arrived at APNs so far. */
  async apnsLog(): Promise<readonly LoggedPush[]> {
    const response = await fetch(`${this.info.simulatorURL}/log`);
    return ((await response.json()) as { entries: LoggedPush[] }).entries;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null) return;
    const exited = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGTERM');
    await exited;
  }

  private async request<T>(method: string, path: string, body?: object, token = this.info.apiKey): Promise<T> {
    const response = await fetch(`${this.info.gatewayURL}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    const answer: unknown = text === '' ? null : JSON.parse(text);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return answer as T;
  }
}

/** Where cargo put the gateway. */
export function gatewayBinary(root: string): string {
  const { ZPNS_BINARY, CARGO_TARGET_DIR = join(root, 'target') } = process.env;
  return ZPNS_BINARY ?? resolve(root, CARGO_TARGET_DIR, 'debug', 'zpns');
}
