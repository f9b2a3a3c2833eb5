import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

/** What `zpns dev --json` prints once it is ready. */
export interface DevGateway {
  readonly gatewayURL: string;
  readonly appID: string;
  readonly appSecret: string;
  readonly apiKey: string;
  readonly bundleID: string;
  readonly simulatorURL: string;
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
    private readonly process: ChildProcess,
    readonly info: DevGateway,
  ) {}

  /** Starts `zpns dev` and waits until it is ready. */
  static async start(binary: string, resourcesID: string): Promise<Gateway> {
    const args = ['dev', '--json', '--exit-with-parent', '--resource', resourcesID];
    const process = spawn(binary, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const log: string[] = [];
    process.stderr.setEncoding('utf8').on('data', (text: string) => {
      log.push(text);
      if (log.length > 200) log.shift();
    });
    const info = await new Promise<DevGateway>((resolve, reject) => {
      createInterface({ input: process.stdout }).once('line', (line) => resolve(JSON.parse(line) as DevGateway));
      process.once('error', reject);
      process.once('exit', (code) => reject(new Error(`zpns dev exited with ${String(code)}:\n${log.join('')}`)));
    });
    return new Gateway(process, info);
  }

  /** `POST /v1/calls` as the caller's server does it, with the API key. */
  async invite(body: object): Promise<{ call: { callID: string }; push?: string }> {
    return this.request('POST', '/v1/calls', body);
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

  private async request<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.info.gatewayURL}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.info.apiKey}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer as T;
  }
}

/** Where cargo put the gateway. */
export function gatewayBinary(root: string): string {
  return process.env.ZPNS_BINARY ?? join(root, 'target', 'debug', 'zpns');
}
