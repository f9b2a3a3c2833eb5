/** What apps written for ZEGO's packages count on, beyond types and numbers: members, defaults, limits, and what a push may hold. */
import ZPNs, { CallInvitation, CallKit, ZPNsIOSEnvironment, ZpnsCode, type ZIMCallInviteConfig } from '..';
import CallKitEntry, * as callKitEntry from '../callkit';
import { VERSION } from '../version';
import { type Bench, eventually, makeBench } from './support/bench';

/** Names of the methods of a class, or of what its instances have. */
const methods = (of: object) => Object.getOwnPropertyNames(of);

test('ZPNs has every member of ZEGO’s, and instances may be made', () => {
  expect(methods(ZPNs)).toEqual(
    expect.arrayContaining(['getVersion', 'getInstance', 'enableDebug', 'setPushConfig', 'setBackgroundMessageHandler']),
  );
  expect(methods(ZPNs.prototype)).toEqual(
    expect.arrayContaining([
      'on',
      'off',
      'applyNotificationPermission',
      'registerPush',
      'unregisterPush',
      'createNotificationChannel',
      'addLocalNotification',
      'setServerBadge',
      'setLocalBadge',
    ]),
  );
  expect(new ZPNs()).toBeInstanceOf(ZPNs);
});

test('CallKit has every member of ZEGO’s, by either entry', () => {
  expect(methods(CallKit)).toEqual(expect.arrayContaining(['setInitConfiguration', 'getInstance']));
  expect(methods(CallKit.prototype)).toEqual(
    expect.arrayContaining(['on', 'off', 'reportIncomingCall', 'reportOutgoingCall', 'reportCallUpdate', 'reportCallEnded']),
  );
  expect([CallKitEntry, callKitEntry.CallKit]).toEqual([CallKit, CallKit]);
  expect(callKitEntry).toMatchObject({ CXHandleType: {}, CXCallEndedReason: {}, CXPlayDTMFCallActionType: {} });
});

test('what this package adds is there beside it', () => {
  expect(methods(ZPNs)).toEqual(expect.arrayContaining(['configure', 'getRegistration', 'diagnose']));
  expect(methods(ZPNs.prototype)).toContain('addListener');
  const calls = [
    'startCall',
    'answerCall',
    'endCall',
    'setMuted',
    'setHeld',
    'setGroup',
    'playDTMF',
    'reportOutgoingCallStarted',
    'getCalls',
    'callUUID',
  ];
  expect(methods(CallKit.prototype)).toEqual(expect.arrayContaining(['addListener', ...calls]));
  expect(methods(CallKit)).toContain('setEnabled');
  expect(methods(CallInvitation.prototype)).toEqual(expect.arrayContaining(['addListener', 'queryCallInvitation']));
});

test('CallInvitation has ZIM’s verbs', () => {
  expect(methods(CallInvitation.prototype)).toEqual(
    expect.arrayContaining(['callInvite', 'callCancel', 'callAccept', 'callReject', 'callEnd', 'on', 'off']),
  );
});

let bench: Bench;

afterEach(() => {
  CallKit.getInstance().off('didReceiveIncomingPush');
  ZPNs.getInstance().off('throughMessageReceived');
});

describe('on a phone', () => {
  beforeEach(() => {
    bench = makeBench();
  });

  afterEach(() => bench.dispose());

  test.each<[string, object, object]>([
    ['a text as alert is the name', { aps: { alert: 'Li hua' } }, { callerName: 'Li hua' }],
    ['of an alert object only the title is', { aps: { alert: { title: 'Li hua', body: 'calls' } } }, { callerName: 'Li hua' }],
    ['a flag may be a number', { zego: { voip_has_video: 1 } }, { video: true }],
    ['without a flag there is no video', {}, { video: false }],
    [
      'a handle has type and value',
      { zego: { voip_handle_type: 3, voip_handle_value: 'li@example.com' } },
      { handle: { type: 3, value: 'li@example.com' } },
    ],
    ['a value without a type is generic', { zego: { voip_handle_value: 'Li hua' } }, { handle: { type: 1, value: 'Li hua' } }],
  ])('of a VoIP push, %s', async (_case, push, shown) => {
    await bench.push({ call_id: 'call-42', ...push });
    expect(await CallKit.getInstance().getCalls()).toMatchObject([{ callID: 'call-42', ...shown }]);
  });

  test('registerPush registers for no VoIP pushes unless told to', async () => {
    let pushID = '';
    ZPNs.getInstance().on('registered', (message) => (pushID = message.pushID));
    /** What a pushID for people with their own backend says. */
    const facts = () => JSON.parse(Buffer.from(pushID.slice('zpl_'.length), 'base64url').toString()) as object;
    for (const enableIOSVoIP of [undefined, true, false]) {
      await ZPNs.getInstance().registerPush({ ...(enableIOSVoIP !== undefined && { enableIOSVoIP }) });
      await bench.settle();
      expect(Object.keys(facts())).toEqual(enableIOSVoIP ? ['bundleID', 'env', 'apns', 'voip'] : ['bundleID', 'env', 'apns']);
    }
    ZPNs.getInstance().off('registered');
  });

  test.each([
    ['production', ZPNsIOSEnvironment.Production],
    ['development', ZPNsIOSEnvironment.Development],
  ] as const)('registerPush registers for %s where it names that', async (environment, iOSEnvironment) => {
    // What was said before counts less.
    await ZPNs.enableDebug(environment === 'production');
    await ZPNs.getInstance().registerPush({ iOSEnvironment });
    expect(await ZPNs.getRegistration()).toMatchObject({ environment, environmentSource: 'registerPush' });
  });

  test('registered does not come before registerPush', async () => {
    const heard: string[] = [];
    ZPNs.getInstance().on('registered', ({ pushID }) => heard.push(pushID));
    await ZPNs.enableDebug(true);
    await bench.settle();
    expect(heard).toEqual([]);
    await ZPNs.getInstance().registerPush();
    await eventually(() => heard[0], 'registered');
    ZPNs.getInstance().off('registered');
  });

  test('registerPush refuses an environment that is none', async () => {
    await expect(ZPNs.getInstance().registerPush({ iOSEnvironment: 3 as never })).rejects.toMatchObject({
      code: String(ZpnsCode.InvalidArgument),
      message: expect.stringContaining('iOSEnvironment') as string,
    });
  });

  test('getVersion is the version of this package', async () => {
    expect(await ZPNs.getVersion()).toBe(VERSION);
  });

  test('the whole VoIP push reaches JavaScript, with the app’s own keys, and the UUID in upper case', async () => {
    let heard: [object, string] | undefined;
    CallKit.getInstance().on('didReceiveIncomingPush', (payload, uuid) => (heard = [payload, uuid]));
    const push = { call_id: 'call-42', aps: { alert: 'Li hua' }, payload: '{"room":7}', own: { deep: [1, null, 'x'] } };
    await bench.push(push);
    expect(await eventually(() => heard, 'the push')).toEqual([push, 'F918FA96-D863-5F2C-9BA5-A60EA3CF90A8']);
  });

  test('the payload of a notification is found inside aps too', async () => {
    let payload: string | undefined;
    ZPNs.getInstance().on('throughMessageReceived', (message) => (payload = message.payload));
    await bench.throughMessage({ aps: { 'content-available': 1, payload: 'from the sender' } });
    expect(await eventually(() => payload, 'the message')).toBe('from the sender');
  });

  test.each<[unknown, string]>([
    [null, ''],
    [{ room: 7 }, '{"room":7}'],
    [7, '7'],
  ])('the payload %j of a notification is told as the text %j', async (payload, told) => {
    const heard: string[] = [];
    ZPNs.getInstance().on('throughMessageReceived', (message) => heard.push(message.payload));
    await bench.throughMessage({ aps: { 'content-available': 1, payload: 'inside' }, payload });
    expect(await eventually(() => heard[0], 'the message')).toBe(told);
  });

  test.each<[string, string[], ZIMCallInviteConfig]>([
    ['timeout', ['bob'], { timeout: 0 }],
    ['timeout', ['bob'], { timeout: 601 }],
    ['timeout', ['bob'], { timeout: 1.5 }],
    ['invitees', [], {}],
    ['invitees', Array.from({ length: 10 }, (_, number) => `user${number}`), {}],
    ['extendedData', ['bob'], { extendedData: 'x'.repeat(1025) }],
    ['resourcesID', ['bob'], { pushConfig: { resourcesID: 'x'.repeat(33) } }],
  ])('an invitation beyond ZIM’s limits is refused: %s', async (field, invitees, config) => {
    const error = await CallInvitation.getInstance()
      .callInvite(invitees, config)
      .catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ code: String(ZpnsCode.InvalidArgument), domain: 'zpns' });
    expect((error as Error).message).toMatch(field === 'timeout' ? /timeout|integer|u32|number/ : field);
  });
});
