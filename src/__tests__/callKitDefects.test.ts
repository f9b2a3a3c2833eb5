/** What `zego-callkit-react-native` 1.0.6 does wrong and JavaScript can see, one test each, on every phone. */
import {
  CallKit,
  CXCallEndedReason,
  CXHandleType,
  CXPlayDTMFCallActionType,
  ZpnsCode,
  ZpnsError,
  ZpnsErrorDomain,
  type CallKitEventHandler,
} from '..';
import { type Bench, eventually, makeBench } from './support/bench';

const callKit = CallKit.getInstance();
/** `call-42` by version 5 in this library's namespace. */
const CALL_42 = 'F918FA96-D863-5F2C-9BA5-A60EA3CF90A8';
const OTHER = '1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10';
const PUSH = {
  call_id: 'call-42',
  aps: { alert: { title: 'Li hua' } },
  zego: { version: 1, voip_handle_value: 'Li hua', voip_handle_type: 1 },
};

type Args<Type extends keyof CallKitEventHandler> = Parameters<CallKitEventHandler[Type]>;

describe('on a phone', () => {
  let bench: Bench;
  let listened: (keyof CallKitEventHandler)[] = [];

  beforeEach(() => {
    bench = makeBench();
  });

  afterEach(() => {
    for (const type of listened) callKit.off(type);
    listened = [];
    jest.restoreAllMocks();
    bench.dispose();
  });

  /** What the listener of this type is called with, as it comes. */
  function hear<Type extends keyof CallKitEventHandler>(type: Type): Args<Type>[] {
    const heard: Args<Type>[] = [];
    callKit.on(type, ((...args: Args<Type>) => heard.push(args)) as unknown as CallKitEventHandler[Type]);
    listened.push(type);
    return heard;
  }

  function next<Type extends keyof CallKitEventHandler>(type: Type): Promise<Args<Type>> {
    const heard = hear(type);
    return eventually(() => heard[0], type);
  }

  async function ring(): Promise<void> {
    await bench.push(PUSH);
    expect((await next('didReceiveIncomingPush'))[1]).toBe(CALL_42);
  }

  async function talk(): Promise<void> {
    await ring();
    await bench.answer(CALL_42);
    const [action] = await next('performAnswerCallAction');
    await action.fulfill();
  }

  test('K1: every report settles', async () => {
    await ring();
    await expect(callKit.reportCallUpdate({ localizedCallerName: 'Li hua' }, CALL_42)).resolves.toBeUndefined();
    await expect(callKit.reportCallEnded(CXCallEndedReason.RemoteEnded, CALL_42)).resolves.toBeUndefined();
    await expect(callKit.reportIncomingCall({ hasVideo: true }, OTHER)).resolves.toBeUndefined();
    const { uuid } = await callKit.startCall({ type: CXHandleType.Generic, value: 'Li hua' });
    await expect(callKit.reportOutgoingCall(uuid)).resolves.toBeUndefined();
  });

  test.each([
    ['reportOutgoingCall', () => callKit.reportOutgoingCall(OTHER)],
    ['reportCallUpdate', () => callKit.reportCallUpdate({ hasVideo: true }, OTHER)],
    ['reportCallEnded', () => callKit.reportCallEnded(CXCallEndedReason.Failed, OTHER)],
    ['answerCall', () => callKit.answerCall(OTHER)],
  ])('K2: %s about a call that is not there is refused, not swallowed', async (_method, report) => {
    await expect(report()).rejects.toMatchObject({ name: 'ZpnsError', code: String(ZpnsCode.UnknownCall), domain: 'zpns' });
  });

  test.each([
    ['reportIncomingCall', () => callKit.reportIncomingCall({}, 'call-42')],
    ['reportOutgoingCall', () => callKit.reportOutgoingCall('')],
    ['reportCallUpdate', () => callKit.reportCallUpdate({}, 'f918fa96')],
    ['reportCallEnded', () => callKit.reportCallEnded(CXCallEndedReason.Failed, undefined as unknown as string)],
  ])('K3: %s refuses what is no UUID', async (_method, report) => {
    const error = await report().catch((refusal: unknown) => refusal);
    expect(error).toBeInstanceOf(ZpnsError);
    expect((error as ZpnsError).is(ZpnsErrorDomain.Zpns, ZpnsCode.InvalidArgument)).toBe(true);
    expect((error as ZpnsError).message).toContain('uuid');
  });

  test('K4: an outgoing call has started connecting, and later is connected', async () => {
    const { uuid } = await callKit.startCall({ type: CXHandleType.PhoneNumber, value: '10086' }, { video: true });
    const [action] = await next('performStartCallAction');
    await action.fulfill();
    await callKit.reportOutgoingCallStarted(uuid);
    expect(await callKit.getCalls()).toMatchObject([{ uuid, outgoing: true, state: 'connecting' }]);
    await callKit.reportOutgoingCall(uuid);
    expect(await callKit.getCalls()).toMatchObject([{ uuid, outgoing: true, state: 'connected' }]);
  });

  test('K5: the app starts, mutes, holds and ends calls, and hears of none of it as of the user', async () => {
    const { uuid } = await callKit.startCall({ type: CXHandleType.Generic, value: 'Li hua' }, { uuid: OTHER.toLowerCase() });
    expect(uuid).toBe(OTHER);
    const [action] = await next('performStartCallAction');
    expect(action).toMatchObject({ callUUID: OTHER, source: 'app', handle: { type: 1, value: 'Li hua' }, video: false });
    await action.fulfill();
    const heard = (['performSetMutedCallAction', 'performSetHeldCallAction', 'performEndCallAction', 'didEndCall'] as const).map(hear);
    await callKit.setMuted(uuid, true);
    await callKit.setHeld(uuid, true);
    expect(await callKit.getCalls()).toMatchObject([{ uuid, muted: true, onHold: true }]);
    await callKit.endCall(uuid);
    expect(await callKit.getCalls()).toEqual([]);
    await bench.settle();
    expect(heard.flat()).toEqual([]);
  });

  test('K6: a push for a call that rings rings no second time', async () => {
    const heard = hear('didReceiveIncomingPush');
    await bench.push(PUSH);
    await bench.push(PUSH);
    await bench.push({ call_id: OTHER });
    await eventually(() => heard[1], 'the other call');
    expect(heard.map(([, uuid]) => uuid)).toEqual([CALL_42, OTHER]);
    expect(await callKit.callUUID('call-42')).toBe(CALL_42);
  });

  test('K6: a push for a call that is over is told once, as missed', async () => {
    await ring();
    await callKit.reportCallEnded(CXCallEndedReason.RemoteEnded, CALL_42);
    const heard = hear('didReceiveIncomingPush');
    await bench.push(PUSH);
    await bench.push(PUSH);
    await bench.push({ call_id: OTHER });
    await eventually(() => heard[1], 'the other call');
    expect(heard.map(([, uuid, { missed }]) => [uuid, missed])).toEqual([
      [CALL_42, true],
      [OTHER, false],
    ]);
  });

  test.each([
    { zego: 'text' },
    { zego: { voip_has_video: 'yes', voip_handle_type: 'x', voip_handle_value: 7 } },
    { aps: 'text' },
    { aps: { alert: { title: 7 } } },
    { zego: [], aps: [] },
  ])('K11, K12: a push with fields of the wrong type rings: %j', async (odd) => {
    await bench.push({ call_id: 'call-42', ...odd });
    expect((await next('didReceiveIncomingPush'))[1]).toBe(CALL_42);
  });

  test('K18: actions arrive though registerPush was never called', async () => {
    await bench.push(PUSH);
    await bench.answer(CALL_42);
    const [action] = await next('performAnswerCallAction');
    await action.fulfill();
  });

  test('K13: a push without a handle rings', async () => {
    await bench.push({ call_id: 'call-42' });
    expect((await next('didReceiveIncomingPush')).slice(0, 2)).toEqual([{ call_id: 'call-42' }, CALL_42]);
  });

  test.each([{}, { zego: { voip_handle_type: 2 } }, { zego: { voip_handle_value: ' ' } }])(
    'K13: a call never is without a handle: %j',
    async (push) => {
      await bench.push({ call_id: 'call-42', aps: { alert: 'Li hua' }, ...push });
      expect(await callKit.getCalls()).toMatchObject([{ callerName: 'Li hua', handle: { type: CXHandleType.Generic, value: 'Li hua' } }]);
    },
  );

  test('K17: each listener gets the events of its own type, however late it comes, in order and marked', async () => {
    const other = hear('providerDidReset');
    await bench.push(PUSH);
    await bench.answer(CALL_42);
    await bench.settle();
    const [action] = await next('performAnswerCallAction');
    expect(action.callUUID).toBe(CALL_42);
    const [payload, uuid, details] = await next('didReceiveIncomingPush');
    expect([payload, uuid]).toEqual([PUSH, CALL_42]);
    expect(details).toMatchObject({ missed: false, flushed: true });
    expect(other).toEqual([]);
    await action.fulfill();
  });

  test('K20: an action that timed out says which call it was about and what it was', async () => {
    await ring();
    await bench.answer(CALL_42);
    await bench.timeOut(CALL_42);
    const [action] = await next('timedOutPerformingAction');
    expect(action).toMatchObject({ callUUID: CALL_42, kind: 'answer' });
    const [ended] = await next('didEndCall');
    expect(ended).toEqual({ uuid: CALL_42, callID: 'call-42', reason: CXCallEndedReason.Failed });
  });

  test('K21: what is done to an action that timed out is refused as settled', async () => {
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    await ring();
    await bench.answer(CALL_42);
    const [action] = await next('performAnswerCallAction');
    await bench.timeOut(CALL_42);
    await next('timedOutPerformingAction');
    await expect(action.fulfill()).rejects.toMatchObject({ code: String(ZpnsCode.AlreadySettled), domain: 'zpns' });
  });

  test('K22: a provider reset says which calls are gone, and settles what waited', async () => {
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    await ring();
    await bench.answer(CALL_42);
    const [action] = await next('performAnswerCallAction');
    await bench.resetProvider();
    expect(await next('providerDidReset')).toEqual([[CALL_42]]);
    await expect(action.fulfill()).rejects.toMatchObject({ code: String(ZpnsCode.AlreadySettled) });
    expect(await callKit.getCalls()).toEqual([]);
  });

  test('K28: an unknown contact is an empty text', async () => {
    await callKit.startCall({ type: CXHandleType.Generic, value: 'Li hua' });
    const [action] = await next('performStartCallAction');
    expect(action.contactIdentifier).toBe('');
    await action.fail();
  });

  test('K29: grouping says with which call', async () => {
    await talk();
    await callKit.reportIncomingCall({}, OTHER);
    await bench.setGroup(CALL_42, OTHER);
    const [action] = await next('performSetGroupCallAction');
    expect(action).toMatchObject({ callUUID: CALL_42, callUUIDToGroupWith: OTHER });
    await action.fulfill();
  });

  test('K30: neither pushes nor actions are logged', async () => {
    const logs = (['log', 'info', 'debug', 'warn', 'error'] as const).map((level) =>
      jest.spyOn(console, level).mockImplementation(() => undefined),
    );
    await talk();
    expect(logs.flatMap((log) => log.mock.calls)).toEqual([]);
  });

  test('K34: an action is settled once; again is the same, the opposite is refused', async () => {
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    await ring();
    await bench.answer(CALL_42);
    const [action] = await next('performAnswerCallAction');
    const first = action.fulfill();
    expect(action.fulfill()).toBe(first);
    await expect(first).resolves.toBeUndefined();
    await expect(action.fail()).rejects.toMatchObject({ code: String(ZpnsCode.AlreadySettled) });
    expect(await callKit.getCalls()).toMatchObject([{ uuid: CALL_42, state: 'connected' }]);
  });

  test('K34: an answer that fails ends the call', async () => {
    await ring();
    await bench.answer(CALL_42);
    const [action] = await next('performAnswerCallAction');
    await action.fail();
    expect(await next('didEndCall')).toEqual([{ uuid: CALL_42, callID: 'call-42', reason: CXCallEndedReason.Failed }]);
  });

  test('K37: a tone has the number of the TypeScript enum', async () => {
    await talk();
    await bench.playDTMF(CALL_42, '12#');
    const [action] = await next('performPlayDTMFCallAction');
    expect(action).toMatchObject({ digits: '12#', type: CXPlayDTMFCallActionType.CXPlayDTMFCallActionTypeSingleTone, source: 'user' });
    await action.fulfill();
  });

  test('the user mutes, holds and hangs up, and the app hears of each', async () => {
    await talk();
    await bench.setMuted(CALL_42, true);
    const [muted] = await next('performSetMutedCallAction');
    expect(muted).toMatchObject({ callUUID: CALL_42, muted: true, source: 'user' });
    await muted.fulfill();
    await bench.setHeld(CALL_42, true);
    const [held] = await next('performSetHeldCallAction');
    expect(held).toMatchObject({ callUUID: CALL_42, onHold: true });
    await held.fulfill();
    expect(await callKit.getCalls()).toMatchObject([{ muted: true, onHold: true }]);
    await bench.end(CALL_42);
    const [end] = await next('performEndCallAction');
    expect(end.callUUID).toBe(CALL_42);
    await end.fulfill();
    expect(await callKit.getCalls()).toEqual([]);
  });
});
