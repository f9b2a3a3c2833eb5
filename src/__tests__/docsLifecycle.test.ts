/** What docs/call-lifecycle.md says of times that no other test holds: on the virtual iPhone over the real core, its gateway out of reach. */
import ZPNs, { CallKit, type Subscription, type ZPNsRegisterMessage } from '..';
import { createZpnsMock, type ZpnsMock } from '../jest';
import { eventually, settle } from './support/bench';

const NOW = 1_764_000_000_000;
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
/** `call-42` by version 5 in this library's namespace. */
const CALL_42 = 'F918FA96-D863-5F2C-9BA5-A60EA3CF90A8';

let phone: ZpnsMock;
const subscriptions: Subscription[] = [];

beforeEach(() => {
  phone = createZpnsMock({ now: NOW });
  startJS();
});

afterEach(() => {
  for (const subscription of subscriptions.splice(0)) subscription.remove();
  phone.dispose();
});

function startJS(): void {
  phone.startJS();
}

/** A call of a gateway that nobody can reach, ringing for a second. */
async function ring(): Promise<void> {
  await settle();
  const follow = { followURL: 'http://127.0.0.1:9/v1/calls/call-42', followToken: 'token' };
  phone.push({ call_id: 'call-42', zpns: { expiresAt: NOW + SECOND, ...follow } });
  await settle();
}

async function answered(): Promise<void> {
  subscriptions.push(CallKit.getInstance().addListener('performAnswerCallAction', (action) => action.fulfill()));
  await ring();
  void phone.answer(CALL_42);
  await settle();
}

/** What the gateway has yet to hear. */
async function outbox(): Promise<number> {
  return ((await ZPNs.diagnose()).calls as { outbox: number }).outbox;
}

/** It waits until then and no longer: `milliseconds` from now, give or take a second. */
async function waitsFor(milliseconds: number): Promise<void> {
  phone.advance(milliseconds - SECOND);
  await settle();
  expect(await outbox()).toBeGreaterThan(0);
  phone.advance(2 * SECOND);
  // A request that is under way has yet to fail.
  while ((await outbox()) > 0) await settle();
}

test('a decline in the last second of the ring is of use for fifteen seconds', async () => {
  await ring();
  void phone.end(CALL_42);
  await settle();
  await waitsFor(15 * SECOND);
});

test('the end of a call that was answered is of use for an hour', async () => {
  await answered();
  void phone.end(CALL_42);
  await settle();
  await waitsFor(HOUR);
});

test('the end of a call that a dead process was in is of use for an hour after the next launch', async () => {
  await answered();
  phone.killApp();
  startJS();
  await settle();
  await waitsFor(HOUR);
});

test('a background notification that the app does not finish is finished after 25 seconds', async () => {
  await ZPNs.getInstance().registerPush();
  await settle();
  void phone.throughMessage({ aps: { 'content-available': 1 } });
  phone.advance(25 * SECOND - 1);
  await settle();
  expect(phone.happened('backgroundCompleted')).toEqual([]);
  phone.advance(1);
  await settle();
  expect(phone.happened('backgroundCompleted')).toEqual([expect.objectContaining({ newData: false })]);
});

test('registered comes in each process that was registered before, without being asked for', async () => {
  const heard: string[] = [];
  subscriptions.push(ZPNs.getInstance().addListener('registered', ({ pushID }: ZPNsRegisterMessage) => void heard.push(pushID)));
  await ZPNs.getInstance().registerPush({ enableIOSVoIP: true });
  const pushID = await eventually(() => heard.pop(), 'registered');
  phone.killApp();
  startJS();
  await eventually(() => (heard.includes(pushID) ? true : undefined), 'registered in the second process');
});
