/** What each listener is called with, whole: ZEGO's arguments and fields, and beside them only what this package adds. On every phone. */
import ZPNs, { CallKit, CXCallEndedReason, CXHandleType, type CallKitEventHandler, type ZPNsMessage } from '..';
import { createZpnsMock } from '../jest';
import { type Bench, eventually, makeBench, settle } from './support/bench';

const zpns = ZPNs.getInstance();
const callKit = CallKit.getInstance();
/** `call-42` by version 5 in this library's namespace. */
const CALL_42 = 'F918FA96-D863-5F2C-9BA5-A60EA3CF90A8';
const OTHER = '1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10';
const PUSH = { call_id: 'call-42', zego: { voip_handle_value: 'Li hua', voip_handle_type: 1 } };
const FUNCTION = expect.any(Function) as () => Promise<void>;
/** What every action has: ZEGO's two methods, and who asked. */
const BY_USER = { source: 'user', fulfill: FUNCTION, fail: FUNCTION };

describe('on a phone', () => {
  let bench: Bench;
  let listened: (keyof CallKitEventHandler)[] = [];

  beforeEach(() => {
    bench = makeBench();
  });

  afterEach(() => {
    for (const type of listened) callKit.off(type);
    listened = [];
    zpns.off('registered');
    bench.dispose();
  });

  /** The arguments of the next event of this type. */
  async function next<Type extends keyof CallKitEventHandler>(type: Type): Promise<Parameters<CallKitEventHandler[Type]>> {
    let heard: unknown[] | undefined;
    callKit.on(type, (...args: unknown[]) => (heard ??= args));
    listened.push(type);
    return (await eventually(() => heard, type)) as Parameters<CallKitEventHandler[Type]>;
  }

  async function talk(): Promise<void> {
    await bench.push(PUSH);
    await bench.answer(CALL_42);
    const [action] = await next('performAnswerCallAction');
    await action.fulfill();
  }

  test('registered', async () => {
    let heard: unknown[] | undefined;
    zpns.on('registered', (...args) => (heard = args));
    await zpns.registerPush();
    expect(await eventually(() => heard, 'registered')).toEqual([
      { pushID: expect.stringMatching(/^zpl_/) as string, errorCode: 0, msg: '', environment: 'production', environmentSource: 'default' },
    ]);
  });

  test('didReceiveIncomingPush', async () => {
    await bench.push(PUSH);
    const details = { missed: false, at: expect.any(Number) as number, flushed: true };
    expect(await next('didReceiveIncomingPush')).toEqual([PUSH, CALL_42, details]);
  });

  test('performAnswerCallAction and performEndCallAction', async () => {
    await bench.push(PUSH);
    await bench.answer(CALL_42);
    expect(await next('performAnswerCallAction')).toEqual([{ callUUID: CALL_42, ...BY_USER }]);
    await bench.end(CALL_42);
    expect(await next('performEndCallAction')).toEqual([{ callUUID: CALL_42, ...BY_USER }]);
  });

  test('performStartCallAction', async () => {
    const handle = { type: CXHandleType.PhoneNumber, value: '10086' };
    await callKit.startCall(handle, { uuid: OTHER, video: true });
    const action = { callUUID: OTHER, handle, contactIdentifier: '', video: true, ...BY_USER, source: 'app' };
    expect(await next('performStartCallAction')).toEqual([action]);
  });

  test('performSetHeldCallAction, performSetMutedCallAction and performPlayDTMFCallAction', async () => {
    await talk();
    await bench.setHeld(CALL_42, true);
    expect(await next('performSetHeldCallAction')).toEqual([{ callUUID: CALL_42, onHold: true, ...BY_USER }]);
    await bench.setMuted(CALL_42, true);
    expect(await next('performSetMutedCallAction')).toEqual([{ callUUID: CALL_42, muted: true, ...BY_USER }]);
    await bench.playDTMF(CALL_42, '12#');
    expect(await next('performPlayDTMFCallAction')).toEqual([{ callUUID: CALL_42, digits: '12#', type: 0, ...BY_USER }]);
  });

  test('performSetGroupCallAction', async () => {
    await talk();
    await callKit.reportIncomingCall({}, OTHER);
    await bench.setGroup(CALL_42, OTHER);
    expect(await next('performSetGroupCallAction')).toEqual([{ callUUID: CALL_42, callUUIDToGroupWith: OTHER, ...BY_USER }]);
  });

  test('timedOutPerformingAction and didEndCall', async () => {
    await bench.push(PUSH);
    await bench.answer(CALL_42);
    await bench.timeOut(CALL_42);
    expect(await next('timedOutPerformingAction')).toEqual([{ callUUID: CALL_42, kind: 'answer', ...BY_USER }]);
    expect(await next('didEndCall')).toEqual([{ uuid: CALL_42, callID: 'call-42', reason: CXCallEndedReason.Failed }]);
  });

  test('providerDidBegin, didActivateAudioSession, didDeactivateAudioSession and providerDidReset', async () => {
    await talk();
    expect(await next('providerDidBegin')).toEqual([]);
    expect(await next('didActivateAudioSession')).toEqual([]);
    await bench.resetProvider();
    expect(await next('didDeactivateAudioSession')).toEqual([]);
    expect(await next('providerDidReset')).toEqual([[CALL_42]]);
  });
});

test('a notification in the foreground is told, and shows only where the app lets it', async () => {
  const phone = createZpnsMock();
  const heard: ZPNsMessage[] = [];
  phone.launch();
  phone.startJS();
  const subscription = zpns.addListener('notificationArrived', (message) => void heard.push(message));
  try {
    await zpns.applyNotificationPermission();
    await zpns.registerPush();
    await settle();
    phone.pushAlert({ aps: { alert: 'first' } });
    await eventually(() => heard[0], 'the first');
    expect(phone.state().notifications).toEqual([]);
    await zpns.registerPush({ iOSNotificationArrivedConfig: { isPresentAlert: true } });
    await settle();
    phone.pushAlert({ aps: { alert: 'second' } });
    await eventually(() => heard[1], 'the second');
    expect(phone.state().notifications).toMatchObject([{ body: 'second' }]);
  } finally {
    subscription.remove();
    phone.dispose();
  }
});

test('notificationArrived and notificationClicked', async () => {
  const phone = createZpnsMock();
  const heard: ZPNsMessage[] = [];
  const listen = (type: 'notificationArrived' | 'notificationClicked') => zpns.addListener(type, (message) => void heard.push(message));
  phone.launch();
  phone.startJS();
  const subscriptions = [listen('notificationArrived'), listen('notificationClicked')];
  try {
    await zpns.applyNotificationPermission();
    await zpns.registerPush({ iOSNotificationArrivedConfig: { isPresentAlert: true } });
    await settle();
    const userInfo = { aps: { alert: { title: 'Li hua', body: 'Hello' } }, payload: 'p', own: { deep: [1] } };
    phone.pushAlert(userInfo);
    for (const shown of phone.notifications()) phone.tapNotification(shown);
    const message = { title: 'Li hua', content: 'Hello', payload: 'p', extras: userInfo, pushSourceType: 1 };
    await eventually(() => heard[1], 'both');
    expect(heard).toEqual([message, message]);
  } finally {
    for (const subscription of subscriptions) subscription.remove();
    phone.dispose();
  }
});
