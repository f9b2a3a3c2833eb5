/** What the two ZEGO packages do wrong and only a whole phone can show: one test each. */
import ZPNs, { CallKit, CXCallEndedReason, ZPNsPushSourceType, type Subscription, type ZPNsMessage, type ZPNsRegisterMessage } from '..';
import type { NativeEvent } from '../NativeZpns';
import { createZpnsMock, type ZpnsMock, type ZpnsMockOptions } from '../jest';
import { eventually, settle } from './support/bench';

const zpns = ZPNs.getInstance();
const callKit = CallKit.getInstance();
/** `call-42` by version 5 in this library's namespace. */
const CALL_42 = 'F918FA96-D863-5F2C-9BA5-A60EA3CF90A8';
const OTHER = '1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10';
const PUSH = { call_id: 'call-42', zego: { voip_handle_value: 'Li hua', voip_handle_type: 1 } };

let phone: ZpnsMock;
const subscriptions: Subscription[] = [];

/** A phone that was switched on; the app ran once and asked for VoIP pushes. */
function switchOn(options: ZpnsMockOptions = {}): void {
  phone = createZpnsMock(options);
}

/** JavaScript starts, and the app with it. */
function startJS(): void {
  phone.startJS();
}

/** What a listener gets, as it comes. */
function hear<Message>(listen: (listener: (message: Message) => void) => Subscription): Message[] {
  const heard: Message[] = [];
  subscriptions.push(listen((message) => void heard.push(message)));
  return heard;
}

const hearRegistered = () => hear<ZPNsRegisterMessage>((listener) => zpns.addListener('registered', listener));
const hearMessage = (type: 'notificationArrived' | 'notificationClicked' | 'throughMessageReceived') =>
  hear<ZPNsMessage>((listener) => zpns.addListener(type, listener));

afterEach(() => {
  for (const subscription of subscriptions.splice(0)) subscription.remove();
  phone.dispose();
});

describe('zego-zpns-react-native', () => {
  test('Z4: on the simulator tokens are for development', async () => {
    switchOn({ signing: 'simulator' });
    startJS();
    const heard = hearRegistered();
    await zpns.registerPush();
    expect(await eventually(() => heard[0], 'registered')).toMatchObject({ environment: 'development', environmentSource: 'simulator' });
  });

  test('Z9: finishing a background message twice, or one that never was, is harmless', async () => {
    switchOn();
    startJS();
    await zpns.registerPush();
    await settle();
    const messages = hearMessage('throughMessageReceived');
    void phone.throughMessage({ aps: { 'content-available': 1 } });
    await eventually(() => messages[0], 'the message');
    await settle();
    const { seq } = phone.invocations.at(-1)?.params as { seq: number };
    for (const number of [seq, seq, 4711]) {
      expect(JSON.parse(await phone.native.invoke('completeThroughMessage', JSON.stringify({ seq: number })))).toEqual({ ok: {} });
    }
    await settle();
    expect(phone.happened('backgroundCompleted')).toHaveLength(1);
  });

  test('Z10: a background message that nobody listens to is finished in time, and waits', async () => {
    switchOn({ now: 1_764_000_000_000 });
    startJS();
    await zpns.registerPush();
    await settle();
    void phone.throughMessage({ aps: { 'content-available': 1 }, payload: 'p' });
    await settle();
    phone.advance(25_000);
    await settle();
    expect(phone.happened('backgroundCompleted')).toMatchObject([{ newData: false }]);
    expect(phone.happened('backgroundExpired')).toEqual([]);
    const messages = hearMessage('throughMessageReceived');
    expect(await eventually(() => messages[0], 'the message')).toMatchObject({ payload: 'p' });
  });

  test('Z14: a local notification that iOS does not take is an error with its number and domain', async () => {
    const warned = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    switchOn({ permission: false });
    startJS();
    await zpns.applyNotificationPermission();
    await expect(zpns.addLocalNotification({ title: 'title', content: 'content' })).rejects.toMatchObject({
      name: 'ZpnsError',
      code: '1',
      domain: 'UNErrorDomain',
    });
    // ZEGO declares it as void: who does not await it reads the reason in the console.
    expect(warned).toHaveBeenCalledTimes(1);
    warned.mockRestore();
  });

  test('Z15: a click that started the app is told though nothing registers', async () => {
    switchOn();
    startJS();
    await zpns.applyNotificationPermission();
    await zpns.registerPush();
    await settle();
    phone.toBackground();
    phone.pushAlert({ aps: { alert: { title: 'Li hua', body: 'Hello' } }, payload: 'p' });
    const [notification] = phone.notifications();
    phone.killApp();
    if (notification) phone.tapNotification(notification);
    startJS();
    const clicked = hearMessage('notificationClicked');
    expect(await eventually(() => clicked[0], 'the click')).toMatchObject({ title: 'Li hua', content: 'Hello', payload: 'p' });
  });

  test('Z16: a failed registration waits for its listener', async () => {
    switchOn({ pushCapability: false });
    startJS();
    await zpns.registerPush();
    await settle();
    const registered = hearRegistered();
    expect(await eventually(() => registered[0], 'registered')).toMatchObject({ pushID: '', errorCode: 3000 });
  });

  test('Z16: a notification waits for its listener', async () => {
    switchOn();
    phone.launch();
    startJS();
    await zpns.applyNotificationPermission();
    await zpns.registerPush();
    await settle();
    phone.pushAlert({ aps: { alert: 'Hello' } });
    await settle();
    const arrived = hearMessage('notificationArrived');
    expect(await eventually(() => arrived[0], 'the notification')).toMatchObject({ title: '', content: 'Hello' });
  });

  test('Z17: a user who does not want to be notified is told as such', async () => {
    switchOn({ permission: false });
    startJS();
    await expect(zpns.applyNotificationPermission()).resolves.toBe(false);
  });

  test('Z24, K30: the native log holds no token, name, handle, call ID or payload', async () => {
    switchOn({ signing: 'development' });
    startJS();
    const registered = hearRegistered();
    // Warned of, so that there is a log.
    await ZPNs.enableDebug(false);
    await zpns.registerPush({ enableIOSVoIP: true });
    await eventually(() => registered[0], 'registered');
    phone.push({
      call_id: 'secret-call',
      aps: { alert: { title: 'Secret' } },
      zego: { voip_handle_value: 'secret-handle', voip_handle_type: [] as never, voip_has_video: 'secret' as never },
      payload: 'secret',
      zpns: { followURL: 'secret', followToken: 'secret' },
    });
    phone.push('secret that is no JSON');
    void phone.throughMessage({ aps: { 'content-available': 1 }, payload: 'secret' });
    await settle();
    const log = phone.happened('log').map(({ message }) => message.toLowerCase());
    expect(log).not.toEqual([]);
    for (const secret of ['secret', phone.identity().apns, phone.identity().voip]) expect(log.join()).not.toContain(secret);
  });

  test('Z28: every kind of message says APNs, by the number of the TypeScript enum', async () => {
    switchOn();
    phone.launch();
    startJS();
    await zpns.applyNotificationPermission();
    await zpns.registerPush({ iOSNotificationArrivedConfig: { isPresentAlert: true } });
    await settle();
    const heard = [hearMessage('notificationArrived'), hearMessage('throughMessageReceived'), hearMessage('notificationClicked')];
    void phone.throughMessage({ aps: { 'content-available': 1 } });
    phone.pushAlert({ aps: { alert: 'Hello' } });
    for (const shown of phone.notifications()) phone.tapNotification(shown);
    const messages = await eventually(() => (heard.every((of) => of.length > 0) ? heard.flat() : undefined), 'all three');
    expect(messages.map(({ pushSourceType }) => pushSourceType)).toEqual(Array(3).fill(ZPNsPushSourceType.APNs));
  });

  test.each([true, false])('Z33: after unregisterPush neither success nor failure is told, with tokens: %p', async (pushCapability) => {
    switchOn({ pushCapability, now: 1_764_000_000_000 });
    startJS();
    const heard = hearRegistered();
    await zpns.registerPush();
    await zpns.unregisterPush();
    const before = heard.length;
    if (pushCapability) phone.rotateToken('apns');
    phone.advance(60_000);
    await settle();
    expect(heard).toHaveLength(before);
  });
});

describe('zego-callkit-react-native', () => {
  test('K6: a push that cancels a call ends it', async () => {
    switchOn();
    startJS();
    phone.push(PUSH);
    phone.push({ call_id: 'call-42', zpns: { kind: 'cancel' } });
    expect(phone.happened('callEnded')[0]).toMatchObject({ uuid: CALL_42, cause: 'remoteEnded' });
    await settle();
    expect(phone.state().calls).toEqual([]);
  });

  test('K14: a call that the system does not let ring is told as ended, with why', async () => {
    switchOn();
    phone.block('Wang');
    startJS();
    const ended = hear<unknown>((listener) => callKit.addListener('didEndCall', listener));
    phone.setDoNotDisturb(true);
    phone.push(PUSH);
    expect(await eventually(() => ended[0], 'the end')).toEqual({
      uuid: CALL_42,
      callID: 'call-42',
      reason: CXCallEndedReason.Unanswered,
    });
    phone.setDoNotDisturb(false);
    phone.push({ call_id: OTHER, zego: { voip_handle_value: 'Wang', voip_handle_type: 1 } });
    expect(await eventually(() => ended[1], 'the other end')).toMatchObject({ uuid: OTHER, reason: CXCallEndedReason.Failed });
  });

  test('K15: a token that the system takes back is told, and gone', async () => {
    switchOn();
    startJS();
    await zpns.registerPush({ enableIOSVoIP: true });
    const registered = hearRegistered();
    await eventually(() => registered[0], 'registered');
    const invalidated = hear<unknown>((listener) => zpns.addListener('tokenInvalidated', listener));
    phone.invalidateToken('voip');
    expect(await eventually(() => invalidated[0], 'the token')).toEqual({ kind: 'voip' });
    expect((await ZPNs.getRegistration()).tokens).toEqual({ apns: expect.stringMatching(/^[0-9a-f]{64}$/) as string, voip: null });
  });

  test('K16: a killed app rings before any JavaScript runs', async () => {
    switchOn();
    phone.launch();
    await settle();
    phone.killApp();
    phone.push(PUSH);
    expect(phone.happened('ringing')).toMatchObject([{ uuid: CALL_42 }]);
    expect(phone.state()).toMatchObject({ app: 'background', jsRunning: false, strikes: 0 });
  });

  test('K32: after a reload the old JavaScript hears nothing and the new one everything', async () => {
    switchOn();
    const [before, after]: NativeEvent[][] = [[], []];
    const old = phone.attachJS();
    old.onEvent((event) => void before?.push(event));
    old.listen('didReceiveIncomingPush');
    phone.stopJS();
    phone.push(PUSH);
    const next = phone.attachJS();
    next.onEvent((event) => void after?.push(event));
    next.listen('didReceiveIncomingPush');
    expect(await eventually(() => after?.[0], 'the push')).toMatchObject({ type: 'didReceiveIncomingPush', flushed: true });
    expect(before).toEqual([]);
  });

  test('K33: media may start once the answer is fulfilled, and must stop with the call', async () => {
    switchOn();
    startJS();
    const heard: string[] = [];
    subscriptions.push(
      callKit.addListener('didActivateAudioSession', () => heard.push('activated')),
      callKit.addListener('didDeactivateAudioSession', () => heard.push('deactivated')),
      callKit.addListener('performAnswerCallAction', async (action) => {
        heard.push('answer');
        await action.fulfill();
      }),
      callKit.addListener('performEndCallAction', async (action) => {
        heard.push('end');
        await action.fulfill();
      }),
    );
    phone.push(PUSH);
    void phone.answer(CALL_42);
    await eventually(() => heard[1], 'audio');
    void phone.end(CALL_42);
    await eventually(() => heard[3], 'the end of audio');
    expect(heard).toEqual(['answer', 'activated', 'end', 'deactivated']);
  });
});
