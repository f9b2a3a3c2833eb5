/** What waits for JavaScript when nobody listens: how much, in what order, and what goes first for want of room. On every phone. */
import ZPNs, { CallKit, type Subscription } from '..';
import { type Bench, makeBench } from './support/bench';

const zpns = ZPNs.getInstance();
const callKit = CallKit.getInstance();
/** `call-42` by version 5 in this library's namespace. */
const CALL_42 = 'F918FA96-D863-5F2C-9BA5-A60EA3CF90A8';
/** Most events that wait. */
const MOST = 256;

interface Waiting {
  readonly waiting: number;
  readonly dropped: Record<string, number>;
}

describe('on a phone', () => {
  let bench: Bench;
  const subscriptions: Subscription[] = [];

  beforeEach(() => {
    bench = makeBench();
  });

  afterEach(() => {
    for (const subscription of subscriptions.splice(0)) subscription.remove();
    bench.dispose();
  });

  const waiting = async () => ((await ZPNs.diagnose()) as { events: Waiting }).events;

  async function messages(count: number, payload = ''): Promise<void> {
    for (let number = 1; number <= count; number += 1) {
      await bench.throughMessage({ aps: { 'content-available': 1 }, payload: `${number}${payload}` });
    }
  }

  test('K17: no more than 256 events wait, however many come', async () => {
    await messages(MOST + 44);
    expect(await waiting()).toMatchObject({ waiting: MOST, dropped: { throughMessageReceived: expect.any(Number) as number } });
    const heard: string[] = [];
    subscriptions.push(zpns.addListener('throughMessageReceived', ({ payload }) => heard.push(payload)));
    await bench.settle();
    // The oldest went.
    expect(heard.at(-1)).toBe(String(MOST + 44));
    expect(heard.slice(1).every((payload, at) => Number(payload) === Number(heard[at]) + 1)).toBe(true);
    expect((await waiting()).waiting).toBeLessThan(MOST);
  });

  test('K17: no more than 1 MiB waits', async () => {
    // Each is told twice, as payload and among the extras: five are just below the limit, six are above.
    await messages(12, 'x'.repeat(100_000));
    expect((await waiting()).dropped).toMatchObject({ throughMessageReceived: 7 });
  });

  test('K19: what had to go is counted, audio before the rest, and what the user did stays', async () => {
    await bench.push({ call_id: 'call-42' });
    await bench.answer(CALL_42);
    subscriptions.push(callKit.addListener('performAnswerCallAction', (action) => action.fulfill()));
    await bench.settle();
    // Audio has begun and nobody has heard of it. The user hangs up, and nobody hears that either.
    await bench.end(CALL_42);
    await messages(MOST);
    const { waiting: left, dropped } = await waiting();
    expect(left).toBe(MOST);
    expect(dropped).toMatchObject({ didActivateAudioSession: 1 });
    const ended: string[] = [];
    subscriptions.push(callKit.addListener('performEndCallAction', (action) => void ended.push(action.callUUID)));
    await bench.settle();
    expect(ended).toEqual([CALL_42]);
  });
});
