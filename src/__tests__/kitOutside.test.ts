/** Phones of the kit whose gateway and whose APNs simulator are outside: over real HTTP and event streams. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import ZPNs, { CallKit } from '..';
import { createZpnsMock, ZpnsMock, type ZpnsMockOptions } from '../jest';
import { Outside, retryAfter, serverTime, type Fetch } from '../kit/outside';
import { SimulatorConnection } from '../kit/simulatorConnection';
import { realTime, World, type Command, type OutsideRequest } from '../kit/world';
import { eventually } from './support/bench';

type Handle = (request: IncomingMessage, response: ServerResponse, body: unknown) => void;

let server: Server;
let url: string;
let handle: Handle;
const asked: string[] = [];

beforeEach(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const text = Buffer.concat(pieces).toString();
      handle(request, response, text === '' ? undefined : JSON.parse(text));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

let world: World;
let outside: Outside;
let phone: ZpnsMock;

function switchOn(options: ZpnsMockOptions = {}): void {
  world = new World(Date.now(), realTime);
  outside = new Outside(world);
  world.goOutside((from, message) => outside.carry(from, message));
  phone = new ZpnsMock(options, world);
  phone.startJS();
}

afterEach(async () => {
  phone.dispose();
  outside.stop();
  asked.length = 0;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Begins an event stream. */
function stream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', date: 'Sun, 06 Nov 1994 08:49:37 GMT' });
  response.flushHeaders();
}

async function register(): Promise<{ pushID: string; errorCode: number }> {
  let heard: { pushID: string; errorCode: number } | undefined;
  const subscription = ZPNs.getInstance().addListener('registered', (message) => (heard = message));
  await ZPNs.configure({ serverURL: url, appID: 'app', userToken: 'a user token' });
  await ZPNs.getInstance().registerPush({ enableIOSVoIP: true });
  const message = await eventually(() => heard, 'registered');
  subscription.remove();
  return message;
}

test('a registration goes to the gateway outside and its answer comes back', async () => {
  let seen: unknown;
  handle = ({ headers }, response, body) => {
    seen = { authorization: headers.authorization, body };
    json(response, 200, { pushID: 'zp_0123456789abcdefghijkl' });
  };
  switchOn();
  expect(await register()).toMatchObject({ pushID: 'zp_0123456789abcdefghijkl', errorCode: 0 });
  expect(seen).toMatchObject({ authorization: 'Bearer a user token', body: { tokens: { voip: phone.identity().voip } } });
  expect(asked).toEqual([`PUT /v1/installations/${phone.identity().installation ?? ''}`]);
});

test('a gateway that breaks off or is not there is told as such', async () => {
  handle = (_, response) => response.destroy();
  switchOn();
  expect(await register()).toMatchObject({ errorCode: 6000404 });
});

test('a call is followed on the gateway’s event stream, and ends when that says so', async () => {
  const far = createZpnsMock();
  const push = far.gateway.invite({ callID: 'call-42' }) as { zpns: object };
  const { call } = far.gateway.user('alice').cancel('call-42');
  far.dispose();
  let followed: ServerResponse | undefined;
  handle = ({ url: path, headers }, response) => {
    if (path !== '/v1/calls/call-42/events') {
      json(response, 204, null);
      return;
    }
    expect(headers).toMatchObject({ authorization: 'Bearer follow', accept: 'text/event-stream' });
    stream(response);
    followed = response;
  };
  switchOn();
  const uuid = phone.push({ ...push, zpns: { ...push.zpns, followURL: `${url}/v1/calls/call-42`, followToken: 'follow' } });
  const events = await eventually(() => followed, 'the stream');
  const event = { seq: call.seq, at: Date.now(), type: 'cancelled', by: { userID: 'alice' }, extendedData: '', call };
  const text = `id: ${call.seq}\nevent: cancelled\ndata: ${JSON.stringify(event)}\n\n`;
  events.write(text.slice(0, 50));
  setTimeout(() => events.write(text.slice(50)), 20);
  await eventually(() => phone.happened('callEnded')[0], 'the end');
  expect(phone.happened('callEnded')).toMatchObject([{ uuid, cause: 'remoteEnded' }]);
});

test('a phone on a simulator has its tokens and its pushes from there, and comes back when the connection is lost', async () => {
  const tokens = { apns: 'a1'.repeat(32), voip: 'b2'.repeat(32) };
  const streams: { response: ServerResponse; last: unknown }[] = [];
  handle = ({ method, url: path, headers }, response, body) => {
    if (path === '/devices') {
      expect(body).toEqual({ bundleID: 'com.example.app', environment: 'development' });
      json(response, 201, { deviceID: 'd1', tokens });
    } else if (path === '/devices/d1/tokens') json(response, 201, { ...(body as object), token: 'c3'.repeat(32) });
    else if (method === 'DELETE') json(response, 204, null);
    else {
      stream(response);
      streams.push({ response, last: headers['last-event-id'] });
    }
  };
  switchOn({ appleReachable: false, environment: 'development' });
  const connection = new SimulatorConnection(world, phone.number, url);
  const running = connection.run();
  const first = await eventually(() => streams[0], 'the connection');
  expect(phone.identity()).toMatchObject(tokens);
  first.response.write(': alive\n\n');
  first.response.write(`id: 7\nevent: push\ndata: ${JSON.stringify({ kind: 'voip', payload: { call_id: 'call-42' } })}\n\n`);
  await eventually(() => phone.happened('ringing')[0], 'the call');
  expect(await CallKit.getInstance().getCalls()).toMatchObject([{ callID: 'call-42' }]);

  first.response.end();
  expect((await eventually(() => streams[1], 'the connection again')).last).toBe('7');
  expect(phone.happened('simulatorLost')).toMatchObject([{ message: 'it closed the stream of pushes' }]);
  await connection.rotate('voip');
  expect(phone.identity()).toMatchObject({ ...tokens, voip: 'c3'.repeat(32) });
  await connection.end();
  await running;
  expect(asked.at(-1)).toBe('DELETE /devices/d1');
});

test('a simulator that was restarted knows nobody: the phone becomes a device there again, with other tokens', async () => {
  let devices = 0;
  const streams: string[] = [];
  handle = ({ method, url: path = '' }, response) => {
    if (path === '/devices') {
      devices += 1;
      const digit = String(devices);
      json(response, 201, { deviceID: `d${digit}`, tokens: { apns: digit.repeat(64), voip: digit.repeat(64) } });
    } else if (method === 'DELETE') json(response, 204, null);
    else if (path === '/devices/d1/pushes') json(response, 404, {});
    else {
      stream(response);
      streams.push(path);
    }
  };
  switchOn({ appleReachable: false });
  const connection = new SimulatorConnection(world, phone.number, url);
  const running = connection.run();
  await eventually(() => streams[0], 'the connection');
  expect(streams).toEqual(['/devices/d2/pushes']);
  expect(phone.identity().voip).toBe('2'.repeat(64));
  expect(phone.happened('simulatorLost')).toMatchObject([{ message: 'it does not know this phone (any more)' }]);
  await connection.end();
  await running;
});

test('a connection to a simulator that is not there ends at once when it is ended', async () => {
  server.close();
  switchOn({ appleReachable: false });
  const connection = new SimulatorConnection(world, phone.number, url);
  const running = connection.run();
  const lost = await eventually(() => phone.happened('simulatorLost')[1], 'two attempts');
  expect(lost.message).toContain('ECONNREFUSED');
  const before = Date.now();
  await connection.end();
  await running;
  expect(Date.now() - before).toBeLessThan(100);
});

describe('the network on its own', () => {
  const told: Command[] = [];
  const asks: OutsideRequest = { process: 1, id: 7, method: 'GET', url: '', headers: [['accept', 'x']], body: null, timeoutMs: 5_000 };

  beforeEach(() => {
    told.length = 0;
    const call = (command: Command) => told.push(command);
    outside = new Outside({ call: call as World['call'] });
  });

  async function answer(request: Partial<OutsideRequest> = {}): Promise<unknown> {
    outside.carry(0, { http: { ...asks, url: `${url}/v1/calls/call-42`, ...request } });
    return (await eventually(() => told[0], 'the answer')).answer;
  }

  async function items(count: number): Promise<unknown[]> {
    outside.carry(0, { openStream: { ...asks, url: `${url}/v1/calls/call-42/events`, timeoutMs: 0 } });
    await eventually(() => told[count - 1], 'the stream');
    return told.map(({ item }) => item);
  }

  test('status, body, Retry-After and Date come back', async () => {
    handle = (_, response) => response.writeHead(503, { 'retry-after': '30', date: 'Sun, 06 Nov 1994 08:49:37 GMT' }).end('later');
    expect(await answer()).toEqual({ status: 503, retryAfter: 30, date: 784_111_777_000, body: 'later' });
    expect(told[0]).toMatchObject({ op: 'httpAnswer', phone: 0, process: 1, id: 7 });
  });

  test('what is sent arrives', async () => {
    let seen: unknown;
    handle = ({ method, headers }, response, body) => {
      seen = { method, key: headers['idempotency-key'], body };
      json(response, 200, {});
    };
    await answer({ method: 'POST', headers: [['idempotency-key', 'k']], body: '{"a":"é"}' });
    expect(seen).toEqual({ method: 'POST', key: 'k', body: { a: 'é' } });
  });

  test('a Date that is none says nothing', () => {
    expect(serverTime('Sun, 06 Nov 1994 08:49:37 GMT')).toBe(784_111_777_000);
    expect([serverTime(null), serverTime('text/event-stream; charset=utf-8'), serverTime('Thu, 31 Dec 1969 23:59:59 GMT')]).toEqual([
      null,
      null,
      null,
    ]);
  });

  test('Retry-After may be a date', () => {
    const now = Date.parse('Sun, 06 Nov 1994 08:49:37 GMT');
    expect(retryAfter('Sun, 06 Nov 1994 08:50:07 GMT', now - 500)).toBe(31);
    expect(retryAfter('Sun, 06 Nov 1994 08:49:07 GMT', now)).toBe(0);
    expect([retryAfter('120', now), retryAfter('soon', now), retryAfter(null, now)]).toEqual([120, null, null]);
  });

  test('a server that is not there is unreachable; one that breaks off may have done what was asked', async () => {
    handle = (_, response) => response.destroy();
    expect(await answer()).toEqual({ failure: 'broken' });
    told.length = 0;
    handle = (_, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half');
      setTimeout(() => response.destroy(), 20);
    };
    expect(await answer()).toEqual({ failure: 'broken' });
    told.length = 0;
    const gone = createServer();
    await new Promise<void>((resolve) => void gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    expect(await answer({ url: `http://127.0.0.1:${port}/v1/calls/call-42` })).toEqual({ failure: 'unreachable' });
  });

  test('an answer that takes too long is given up', async () => {
    handle = () => undefined;
    expect(await answer({ timeoutMs: 30 })).toEqual({ failure: 'timedOut' });
  });

  test('a stream is open, brings text and is over', async () => {
    handle = (_, response) => {
      stream(response);
      setTimeout(() => response.end('data: 1\n\n'), 20);
    };
    expect(await items(3)).toEqual([{ open: true, date: 784_111_777_000 }, { text: 'data: 1\n\n' }, { closed: true }]);
  });

  test('a stream that is refused, or is none, is closed', async () => {
    handle = (_, response) => json(response, 404, {});
    expect(await items(1)).toEqual([{ closed: true, status: 404 }]);
    told.length = 0;
    handle = (_, response) => json(response, 200, {});
    expect(await items(1)).toEqual([{ closed: true, failure: 'broken' }]);
  });

  test('a stream that the phone closes is left, and the phone hears nothing more of it', async () => {
    let left = false;
    handle = ({ socket }, response) => {
      stream(response);
      socket.on('close', () => (left = true));
    };
    expect(await items(1)).toEqual([{ open: true, date: 784_111_777_000 }]);
    outside.carry(0, { closeStream: { process: 1, id: 7 } });
    await eventually(() => left || undefined, 'the end of the connection');
    expect(told).toHaveLength(1);
  });

  test('a stream on which nothing comes for 45 seconds is given up', async () => {
    jest.useFakeTimers();
    try {
      const silent: Fetch = (_url, { signal }) => {
        const read = () => new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
        const headers = { get: () => 'text/event-stream; charset=utf-8' };
        return Promise.resolve({ ok: true, status: 200, headers, body: { getReader: () => ({ read }) }, text: () => Promise.resolve('') });
      };
      outside = new Outside({ call: ((command: Command) => told.push(command)) as World['call'] }, silent);
      outside.carry(0, { openStream: { ...asks, timeoutMs: 0 } });
      await jest.advanceTimersByTimeAsync(44_000);
      expect(told.map(({ item }) => item)).toEqual([{ open: true, date: null }]);
      await jest.advanceTimersByTimeAsync(2_000);
      expect(told.at(-1)).toMatchObject({ item: { closed: true, failure: 'timedOut' } });
    } finally {
      jest.useRealTimers();
    }
  });
});
