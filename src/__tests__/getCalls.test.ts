/** What `getCalls` answers, whole, on every phone. */
import { CallKit, CXCallEndedReason, CXHandleType, type ZpnsCall } from '..';
import { type Bench, makeBench } from './support/bench';

const callKit = CallKit.getInstance();
/** `call-42` by version 5 in this library's namespace. */
const CALL_42 = 'F918FA96-D863-5F2C-9BA5-A60EA3CF90A8';
const OTHER = '1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10';
const SINCE = expect.any(Number) as number;

describe('on a phone', () => {
  let bench: Bench;

  beforeEach(() => {
    bench = makeBench();
  });

  afterEach(() => {
    callKit.off('performStartCallAction');
    callKit.off('performAnswerCallAction');
    callKit.off('performSetGroupCallAction');
    bench.dispose();
  });

  test('an incoming call has every field of its type and no other', async () => {
    await bench.push({
      call_id: 'call-42',
      aps: { alert: { title: 'Li hua' } },
      zego: { voip_has_video: true, voip_handle_type: 2, voip_handle_value: '10086' },
    });
    const call: Required<ZpnsCall> = {
      uuid: CALL_42,
      callID: 'call-42',
      outgoing: false,
      state: 'ringing',
      handle: { type: CXHandleType.PhoneNumber, value: '10086' },
      callerName: 'Li hua',
      video: true,
      onHold: false,
      muted: false,
      groupedWith: null,
      since: SINCE,
      openActions: [],
    };
    expect(await callKit.getCalls()).toEqual([call]);
    await bench.answer(CALL_42);
    expect(await callKit.getCalls()).toEqual([{ ...call, state: 'answering', openActions: [{ seq: 'native1', kind: 'answer' }] }]);
    callKit.on('performAnswerCallAction', (action) => action.fulfill());
    await bench.settle();
    expect(await callKit.getCalls()).toEqual([{ ...call, state: 'connected' }]);
  });

  test('an outgoing call has every field of its type and no other', async () => {
    await callKit.startCall({ type: CXHandleType.Generic, value: 'Li hua' }, { uuid: OTHER });
    await bench.settle();
    const call: Required<ZpnsCall> = {
      uuid: OTHER,
      callID: null,
      outgoing: true,
      state: 'starting',
      handle: { type: CXHandleType.Generic, value: 'Li hua' },
      callerName: null,
      video: false,
      onHold: false,
      muted: false,
      groupedWith: null,
      since: SINCE,
      openActions: [{ seq: 'native1', kind: 'start' }],
    };
    expect(await callKit.getCalls()).toEqual([call]);
    callKit.on('performStartCallAction', (action) => action.fulfill());
    await bench.settle();
    expect(await callKit.getCalls()).toEqual([{ ...call, state: 'connecting', openActions: [] }]);
  });

  test('calls come oldest first, and a call that is over is in no group', async () => {
    callKit.on('performAnswerCallAction', (action) => action.fulfill());
    callKit.on('performSetGroupCallAction', (action) => action.fulfill());
    await bench.push({ call_id: 'call-42' });
    await bench.answer(CALL_42);
    // The order of their UUIDs is the other one.
    await bench.advance(1);
    await bench.push({ call_id: OTHER });
    const groups = async () => (await callKit.getCalls()).map(({ uuid, groupedWith }) => [uuid, groupedWith]);
    await bench.setGroup(CALL_42, OTHER);
    await bench.settle();
    expect(await groups()).toEqual([
      [CALL_42, OTHER],
      [OTHER, null],
    ]);
    await callKit.reportCallEnded(CXCallEndedReason.RemoteEnded, OTHER);
    await bench.settle();
    expect(await groups()).toEqual([[CALL_42, null]]);
  });
});
