/** Phones of the kit whose gateway and whose APNs simulator are outside: over real HTTP and event streams. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import ZPNs, { CallKit } from '..';
import { createZpnsMock, ZpnsMock, type ZpnsMockOptions } from '../jest';
import { Outside } from '../kit/outside';
import { SimulatorLine } from '../kit/simulatorLine';
import { realTime, World } from '../kit/world';
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
  response.writeHead(200, { 'content-type': 'text/event-stream' });
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

test('a phone on a simulator has its tokens and its pushes from there, and comes back when the line is lost', async () => {
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
  const line = new SimulatorLine(world, phone.number, url);
  const running = line.run();
  const first = await eventually(() => streams[0], 'the line');
  expect(phone.identity()).toMatchObject(tokens);
  first.response.write(': alive\n\n');
  first.response.write(`id: 7\nevent: push\ndata: ${JSON.stringify({ kind: 'voip', payload: { call_id: 'call-42' } })}\n\n`);
  await eventually(() => phone.happened('ringing')[0], 'the call');
  expect(await CallKit.getInstance().getCalls()).toMatchObject([{ callID: 'call-42' }]);

  first.response.end();
  expect((await eventually(() => streams[1], 'the line again')).last).toBe('7');
  expect(phone.happened('simulatorLost')).toMatchObject([{ message: 'it closed the stream of pushes' }]);
  await line.rotate('voip');
  expect(phone.identity()).toMatchObject({ ...tokens, voip: 'c3'.repeat(32) });
  await line.end();
  await running;
  expect(asked.at(-1)).toBe('DELETE /devices/d1');
});
