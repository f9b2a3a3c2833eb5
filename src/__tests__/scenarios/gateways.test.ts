/**
 * The gateway in memory answers every request of a phone as the one that ships: status and body, and where it refuses, code and words. Two things
 * differ: how large a push would be depends on the gateway's URL, and where a value has the right JSON type but is not among those allowed, only the
 * gateway that ships says which field it stands in.
 */
import { join } from 'node:path';
import { Gateway, gatewayBinary } from '../../../example/demo/gateway';
import { mintUserToken } from '../../../example/demo/userToken';
import { createZpnsMock, type ZpnsMock } from '../../jest';

let shipped: Gateway;
let phone: ZpnsMock;

beforeEach(async () => {
  shipped = await Gateway.start(gatewayBinary(join(__dirname, '../../..')), []);
  phone = createZpnsMock({ now: Date.now() });
});

afterEach(async () => {
  phone.dispose();
  await shipped.stop();
});

/** A request: by whom, method, path, body, idempotency key, last event of a stream. */
type Request = readonly [user: string, method: string, path: string, body?: unknown, key?: string | undefined, last?: string | undefined];

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function ofShipped([user, method, path, body, key, last]: Request, token = shipped.userToken(user)): Promise<Answer> {
  const response = await fetch(shipped.info.gatewayURL + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(last !== undefined && { 'last-event-id': last }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (response.headers.get('content-type') === 'text/event-stream') return { status: response.status, body: await firstEvents(response) };
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
}

function ofMemory([user, method, path, body, key, last]: Request): Answer {
  const { gateway } = phone;
  return gateway.handle(method, path, gateway.userToken(user), body ?? null, key, last) as Answer;
}

interface ServerEvent {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/** The events of a stream up to its end, or to the one that says that what follows is new. */
async function firstEvents(response: Response): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  let text = '';
  for await (const chunk of (response.body?.pipeThrough(new TextDecoderStream()) ?? []) as AsyncIterable<string>) {
    const whole = (text + chunk).split('\n\n');
    text = whole.pop() ?? '';
    for (const lines of whole.filter((lines) => !lines.startsWith(':'))) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(lines)?.[1] ?? '';
      events.push({ id: field('id'), event: field('event'), data: JSON.parse(field('data')) as unknown });
    }
    if (events.at(-1)?.event === 'ready') break;
  }
  return events;
}

/** Without what no two gateways have in common: times, IDs that are made, and what is said above. */
function comparable({ status, body }: Answer): unknown {
  const made = ['id', 'at', 'createdAt', 'expiresAt', 'acceptedAt', 'endedAt', 'pushID', 'push'];
  const plain = JSON.stringify({ status, body }, (name, value: unknown) => {
    if (made.includes(name)) return typeof value;
    if (name !== 'message') return value;
    return (value as string).replace(/^[A-Za-z.]+: |\d+ (?=bytes|more)/g, '');
  });
  return JSON.parse(plain);
}

const DEVICE = { bundleID: 'com.example.app', environment: 'production', tokens: { apns: 'a1'.repeat(32), voip: 'b2'.repeat(32) } };
const DEVICES: readonly Request[] = [
  ['bob', 'PUT', '/v1/installations/bob-1', DEVICE],
  ['carol', 'PUT', '/v1/installations/carol-1', { ...DEVICE, tokens: { voip: 'e5'.repeat(32) } }],
];
const CALLS: readonly Request[] = [
  ['alice', 'POST', '/v1/calls', { invitees: ['bob'], callID: 'c1' }],
  ['alice', 'POST', '/v1/calls', { invitees: ['bob', 'nobody'], callID: 'c2', timeout: 30, mode: 1, extendedData: 'x' }],
  ['alice', 'POST', '/v1/calls', { invitees: ['bob'], callID: 'c6', pushConfig: { resourcesID: 'voip', title: 'a' } }],
];

const CONVERSATIONS: Readonly<Record<string, readonly Request[]>> = {
  registrations: [
    ['bob', 'PUT', '/v1/installations/bob-1', DEVICE],
    ['bob', 'PUT', '/v1/installations/bob-1', { ...DEVICE, locale: 'en', sdk: 'x' }],
    ['bob', 'PUT', '/v1/installations/bob-2', { ...DEVICE, bundleID: undefined }],
    ['bob', 'PUT', '/v1/installations/bob-2', { ...DEVICE, environment: 'staging' }],
    ['bob', 'PUT', '/v1/installations/bob-2', { ...DEVICE, tokens: { voip: 'no hex' } }],
    ['bob', 'PUT', '/v1/installations/bob-2', { ...DEVICE, tokens: { voip: 'abc' } }],
    ['bob', 'PUT', '/v1/installations/bob-2', { ...DEVICE, tokens: { voip: 7 } }],
    ['bob', 'PUT', '/v1/installations/bob-2', { ...DEVICE, tokens: {} }],
    ['bob', 'PUT', '/v1/installations/bob-2', { ...DEVICE, tokens: { apns: null, voip: 'C3'.repeat(32) } }],
    ['bob', 'PUT', '/v1/installations/bob-2', { ...DEVICE, other: 1 }],
    ['bob', 'PUT', '/v1/installations/bob-3', { ...DEVICE, bundleID: '' }],
    ['bob', 'PUT', '/v1/installations/bob-3', { ...DEVICE, bundleID: 'x'.repeat(300) }],
    ['bob', 'PUT', '/v1/installations/bob-3', []],
    ['bob', 'PUT', '/v1/installations/bob-3'],
    ['bob', 'PUT', `/v1/installations/${'x'.repeat(65)}`, DEVICE],
    ['bob', 'PUT', `/v1/installations/a%20b`, { ...DEVICE, tokens: { voip: 'd4'.repeat(32) } }],
    ['bob', 'PUT', `/v1/installations/${encodeURIComponent('手机')}`, { ...DEVICE, tokens: { voip: 'd5'.repeat(32) } }],
    ['bob', 'PUT', '/v1/installations/bob-1/badge', { badge: 3 }],
    ['bob', 'PUT', '/v1/installations/bob-1/badge', { badge: -1 }],
    ['bob', 'PUT', '/v1/installations/bob-1/badge', { badge: 1e12 }],
    ['bob', 'PUT', '/v1/installations/bob-1/badge', {}],
    ['bob', 'PUT', '/v1/installations/nothing/badge', { badge: 3 }],
    ['alice', 'PUT', '/v1/installations/bob-1/badge', { badge: 3 }],
    ['carol', 'PUT', '/v1/installations/carol-1', { ...DEVICE, tokens: { voip: 'e5'.repeat(32) } }],
    ['bob', 'DELETE', '/v1/installations/bob-2'],
    ['bob', 'DELETE', '/v1/installations/bob-2'],
    ['carol', 'DELETE', '/v1/installations/bob-1'],
    ['bob', 'DELETE', '/v1/installations/bob-1'],
    ['bob', 'DELETE', `/v1/installations/${'x'.repeat(300)}`],
  ],
  invitations: [
    ...DEVICES,
    ['alice', 'POST', '/v1/calls', { invitees: ['bob'], callID: 'c1' }],
    ['alice', 'POST', '/v1/calls', { invitees: ['bob'], callID: 'c1' }],
    ['alice', 'POST', '/v1/calls', { invitees: ['bob', 'nobody'], callID: 'c2', timeout: 30, mode: 1, extendedData: 'x' }],
    ['alice', 'POST', '/v1/calls', { invitees: ['nobody'], callID: 'c3' }],
    ['alice', 'POST', '/v1/calls', { invitees: [], callID: 'c4' }],
    ['alice', 'POST', '/v1/calls', { invitees: ['bob', 'bob'], callID: 'c4' }],
    ['alice', 'POST', '/v1/calls', { invitees: ['alice'], callID: 'c4' }],
    ['alice', 'POST', '/v1/calls', { invitees: ['bob'], caller: 'carol', callID: 'c4' }],
    ['alice', 'POST', '/v1/calls', { invitees: ['bob'], callID: 'c4', timeout: 0 }],
    ['alice', 'POST', '/v1/calls', { invitees: ['bob'], callID: 'c4', timeout: 601 }],
    ['alice', 'POST', '/v1/calls', { invitees: ['bob'], callID: 'c4', mode: 2 }],
    ['alice', 'POST', '/v1/calls', { invitees: ['bob'], callID: '' }],
    ['alice', 'POST', '/v1/calls', { invitees: ['bob'], callID: 'x'.repeat(300) }],
    ['alice', 'POST', '/v1/calls', { invitees: ['bob'], callID: 'c5', extendedData: 'x'.repeat(5000) }],
    ['alice', 'POST', '/v1/calls', { invitees: Array.from({ length: 200 }, (_, i) => `u${i}`), callID: 'c5' }],
    ['alice', 'POST', '/v1/calls', { invitees: ['bob'], callID: 'c5', pushConfig: { resourcesID: 'none' } }],
    ['alice', 'POST', '/v1/calls', { invitees: ['bob'], callID: 'c5', pushConfig: { resourcesID: 'x'.repeat(33) } }],
    ['alice', 'POST', '/v1/calls', { invitees: ['bob'], callID: 'c5', pushConfig: {} }],
    ['alice', 'POST', '/v1/calls', { invitees: ['bob'], callID: 'c6', pushConfig: { resourcesID: 'voip', title: 'a' } }],
    [
      'alice',
      'POST',
      '/v1/calls',
      { invitees: ['bob'], callID: 'c7', pushConfig: { resourcesID: 'voip', voIPConfig: { iOSVoIPHandleType: 9 } } },
    ],
    ['alice', 'POST', '/v1/calls', { invitees: ['bob'], callID: 'c8', pushConfig: { resourcesID: 'voip', payload: 'x'.repeat(6000) } }],
    ['alice', 'POST', '/v1/calls', { invitees: ['bob'], callID: 'c9', other: 1 }],
    ['alice', 'POST', '/v1/calls', { invitees: 'bob', callID: 'c10' }],
    ['alice', 'POST', '/v1/calls'],
    ['alice', 'POST', '/v1/calls', { invitees: ['bob'], callID: 'k1' }, 'key-1'],
    ['alice', 'POST', '/v1/calls', { invitees: ['bob'], callID: 'k1' }, 'key-1'],
    ['alice', 'POST', '/v1/calls', { invitees: ['carol'], callID: 'k1' }, 'key-1'],
    ['bob', 'POST', '/v1/calls', { invitees: ['carol'], callID: 'k2' }, 'key-1'],
    ['alice', 'POST', '/v1/calls', { invitees: ['bob'], callID: 'k3' }, ''],
    ['alice', 'POST', '/v1/calls', { invitees: ['bob'], callID: 'k4' }, 'x'.repeat(300)],
  ],
  'what is done to calls': [
    ...DEVICES,
    ...CALLS,
    ['mallory', 'GET', '/v1/calls/c1'],
    ['alice', 'GET', '/v1/calls/c1'],
    ['bob', 'GET', '/v1/calls/c1'],
    ['bob', 'GET', '/v1/calls/none'],
    ['mallory', 'GET', '/v1/calls/none'],
    ['mallory', 'POST', '/v1/calls/c1/accept', {}],
    ['mallory', 'POST', '/v1/calls/c1/cancel', {}],
    ['bob', 'POST', '/v1/calls/c1/cancel', {}],
    ['alice', 'POST', '/v1/calls/c1/accept', {}],
    ['alice', 'POST', '/v1/calls/c1/reject', {}],
    ['bob', 'POST', '/v1/calls/c1/accept', { user: 'carol' }],
    ['bob', 'POST', '/v1/calls/c1/accept', { extendedData: 'x'.repeat(5000) }],
    ['bob', 'POST', '/v1/calls/c1/accept', { installation: '' }],
    ['bob', 'POST', '/v1/calls/c1/accept', { other: 1 }],
    ['bob', 'POST', '/v1/calls/c1/accept', []],
    ['bob', 'POST', '/v1/calls/none/accept', {}],
    ['bob', 'POST', '/v1/receipts', { callID: 'c1', installation: 'bob-1' }],
    ['bob', 'POST', '/v1/receipts', { callID: 'none' }],
    ['bob', 'POST', '/v1/receipts', {}],
    ['mallory', 'POST', '/v1/receipts', { callID: 'c1' }],
    ['bob', 'GET', '/v1/calls/c1'],
    ['bob', 'POST', '/v1/calls/c1/end', {}],
    ['alice', 'GET', '/v1/calls/c1'],
    ['bob', 'POST', '/v1/calls/c1/accept', { extendedData: 'late' }],
    ['bob', 'POST', '/v1/calls/c6/accept', { installation: 'bob-1', extendedData: 'yes' }],
    ['bob', 'POST', '/v1/calls/c6/accept', { installation: 'bob-1' }],
    ['bob', 'POST', '/v1/calls/c6/accept', { installation: 'bob-2' }],
    ['bob', 'POST', '/v1/calls/c6/reject', {}],
    ['alice', 'POST', '/v1/calls/c6/cancel', {}],
    ['alice', 'POST', '/v1/calls/c6/cancel', { invitees: ['bob'] }],
    ['alice', 'POST', '/v1/calls/c6/cancel', { invitees: ['nobody'] }],
    ['bob', 'POST', '/v1/calls/c6/end', { extendedData: 'bye' }],
    ['bob', 'POST', '/v1/calls/c6/end', {}],
    ['alice', 'POST', '/v1/calls/c2/cancel', { invitees: ['bob', 'carol'] }],
    ['alice', 'POST', '/v1/calls/c2/cancel', { invitees: ['bob'] }],
    ['alice', 'GET', '/v1/calls/c2'],
    ['alice', 'POST', '/v1/calls/a%2Fb/accept', {}],
    ['alice', 'POST', '/v1/calls/c2/answer', {}],
    ['alice', 'DELETE', '/v1/calls/c2'],
    ['alice', 'GET', '/v1/nothing'],
  ],
};

test.each(Object.entries(CONVERSATIONS))('%s', async (_name, requests) => {
  for (const request of requests) {
    const expected = { request, answer: comparable(await ofShipped(request)) };
    expect({ request, answer: comparable(ofMemory(request)) }).toEqual(expected);
  }
});

test('what streams begin with, and how those of users go on', async () => {
  const user = (name: string, last?: string): Request => ['bob', 'GET', `/v1/users/${name}/events`, undefined, undefined, last];
  const both = async (request: Request): Promise<void> => {
    const expected = { request, answer: comparable(await ofShipped(request)) };
    expect({ request, answer: comparable(ofMemory(request)) }).toEqual(expected);
  };
  await both(user('me'));
  for (const request of [...DEVICES, ...CALLS]) await both(request);
  const known = [(await ofShipped(user('me'))).body, ofMemory(user('me')).body].map((events) => (events as ServerEvent[])[1]?.id);
  for (const request of [
    user('me'),
    ['mallory', 'GET', '/v1/users/me/events'],
    ['alice', 'POST', '/v1/calls/c1/cancel', {}],
    ['bob', 'POST', '/v1/calls/c2/accept', { extendedData: 'yes' }],
    user('me'),
    ['alice', 'GET', '/v1/users/me/events'],
    ['bob', 'GET', '/v1/calls/c1/events'],
    ['bob', 'GET', '/v1/calls/c1/events', undefined, undefined, '1'],
    ['mallory', 'GET', '/v1/calls/c1/events'],
    ['bob', 'GET', '/v1/calls/c1/events', undefined, undefined, 'abc'],
    user('me', ''),
    user('me', 'abc'),
    user('me', '-1'),
    user('me', '99999999999999999999'),
    user('me', '9999999999999999999'),
    user('bob'),
    ['bob', 'POST', '/v1/users/me/events', {}],
  ] as const) {
    await both(request as Request);
  }
  const resumed = await ofShipped(user('me', known[0]));
  expect(resumed.body).toMatchObject([{ event: 'created' }, { event: 'cancelled' }, { event: 'accepted' }, { data: { resumed: true } }]);
  expect(comparable(ofMemory(user('me', known[1])))).toEqual(comparable(resumed));
});

test('user tokens that are no good', async () => {
  const { appID, appSecret } = shipped.info;
  for (const [theirs, ours] of [
    [mintUserToken('bob', appID, appSecret, -60), phone.gateway.userToken('bob', { expiresIn: -60 })],
    [mintUserToken('bob', 'another', appSecret), phone.gateway.userToken('bob', { appID: 'another' })],
    [
      mintUserToken('bob', appID, 'another secret of more than 32 characters'),
      phone.gateway.userToken('bob').replace(/[^.]*$/, 'c2lnbmF0dXJl'),
    ],
    [mintUserToken('bob', appID, appSecret, 25 * 3600), phone.gateway.userToken('bob', { expiresIn: 25 * 3600 })],
    ['a.b.c', 'a.b.c'],
  ] as const) {
    const answer = await ofShipped(['bob', 'GET', '/v1/calls/none'], theirs);
    expect(comparable(phone.gateway.handle('GET', '/v1/calls/none', ours, null) as Answer)).toEqual(comparable(answer));
    expect(answer.status).toBe(401);
  }
});
