/** `callsChanged`: how all calls stand, to whoever listens, on every phone. */
import ZPNs, { CallKit, CXCallEndedReason, type Subscription, type ZpnsCall } from '..';
import { type Bench, makeBench } from './support/bench';

const callKit = CallKit.getInstance();
/** `call-42` by version 5 in this library's namespace. */
const CALL_42 = 'F918FA96-D863-5F2C-9BA5-A60EA3CF90A8';

describe('on a phone', () => {
  let bench: Bench;
  const subscriptions: Subscription[] = [];

  beforeEach(() => {
    bench = makeBench();
    callKit.on('performAnswerCallAction', (action) => action.fulfill());
  });

  afterEach(() => {
    for (const subscription of subscriptions.splice(0)) subscription.remove();
    callKit.off('performAnswerCallAction');
    bench.dispose();
  });

  /** Listens, and gives what is heard from now on. */
  function listen(): ZpnsCall[][] {
    const heard: ZpnsCall[][] = [];
    subscriptions.push(callKit.addListener('callsChanged', (calls) => heard.push(calls)));
    return heard;
  }

  test('what is heard last is what getCalls answers, after the user’s actions and the app’s own', async () => {
    const heard = listen();
    await bench.settle();
    expect(heard).toEqual([[]]);
    const steps = [
      () => bench.push({ call_id: 'call-42' }),
      () => bench.answer(CALL_42),
      () => bench.setMuted(CALL_42, true),
      () => callKit.setHeld(CALL_42, true),
      () => callKit.reportCallUpdate({ localizedCallerName: 'Li hua' }, CALL_42),
      () => callKit.reportCallEnded(CXCallEndedReason.RemoteEnded, CALL_42),
    ];
    callKit.on('performSetMutedCallAction', (action) => action.fulfill());
    for (const step of steps) {
      const before = heard.length;
      await step();
      await bench.settle();
      expect(heard.length).toBeGreaterThan(before);
      expect(heard.at(-1)).toEqual(await callKit.getCalls());
    }
    callKit.off('performSetMutedCallAction');
    expect(heard.at(-1)).toEqual([]);
  });

  test('every listener hears how the calls stand when it comes, and nothing waited for it', async () => {
    await bench.push({ call_id: 'call-42' });
    const diagnosis = async () => ((await ZPNs.diagnose()).events ?? { waiting: 0, dropped: {} }).dropped;
    const first = listen();
    await bench.settle();
    const second = listen();
    await bench.settle();
    const calls = await callKit.getCalls();
    expect(calls).toMatchObject([{ uuid: CALL_42, state: 'ringing' }]);
    expect([first.at(-1), second]).toEqual([calls, [calls]]);
    for (const subscription of subscriptions.splice(0)) subscription.remove();
    await bench.end(CALL_42);
    expect([first.at(-1), second.at(-1)]).toEqual([calls, calls]);
    const third = listen();
    await bench.settle();
    expect(third).toEqual([[]]);
    expect(await diagnosis()).toEqual({});
  });
});
