/** What `zego-zpns-react-native` 2.8.3 does wrong and JavaScript can see, one test each, on every phone. */
import ZPNs, { ZPNsIOSEnvironment, ZPNsPushSourceType, type ZPNsMessage, type ZPNsRegisterMessage } from '..';
import { type Bench, eventually, makeBench } from './support/bench';

const zpns = ZPNs.getInstance();

describe('on a phone', () => {
  let bench: Bench;

  beforeEach(() => {
    bench = makeBench();
  });

  afterEach(() => {
    zpns.off('registered');
    zpns.off('throughMessageReceived');
    jest.restoreAllMocks();
    bench.dispose();
  });

  async function registered(): Promise<ZPNsRegisterMessage> {
    let last: ZPNsRegisterMessage | undefined;
    zpns.on('registered', (message) => (last = message));
    return eventually(() => last, 'registered');
  }

  test('Z1: registerPush settles with VoIP on', async () => {
    await expect(zpns.registerPush({ enableIOSVoIP: true })).resolves.toBeUndefined();
    expect(await registered()).toMatchObject({ errorCode: 0, msg: '' });
  });

  test('Z2: the environment of the VoIP token is the one that enableDebug says', async () => {
    await ZPNs.enableDebug(true);
    await zpns.registerPush({ enableIOSVoIP: true });
    await registered();
    expect(await ZPNs.getRegistration()).toMatchObject({ environment: 'development', tokens: { voip: expect.any(String) as string } });
  });

  test.each([undefined, -1, ZPNsIOSEnvironment.Automatic] as const)(
    'Z3: environment %p leaves it to what is known',
    async (iOSEnvironment) => {
      await ZPNs.enableDebug(true);
      await zpns.registerPush(iOSEnvironment === undefined ? {} : { iOSEnvironment });
      expect((await registered()).environment).toBe('development');
    },
  );

  test('Z11: a background message is finished when its asynchronous listener is, not before', async () => {
    let finish: (() => void) | undefined;
    zpns.on('throughMessageReceived', () => new Promise<void>((resolve) => (finish = resolve)));
    await bench.throughMessage({ aps: { 'content-available': 1 } });
    const done = await eventually(() => finish, 'the listener was called');
    await bench.settle();
    expect(bench.finishedMessages()).toBe(0);
    done();
    await eventually(() => (bench.finishedMessages() === 1 ? true : undefined), 'the message was finished');
  });

  test('Z11: a background message is finished though its listener throws', async () => {
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    zpns.on('throughMessageReceived', () => {
      throw new Error('from the app');
    });
    await bench.throughMessage({ aps: { 'content-available': 1 } });
    await eventually(() => (bench.finishedMessages() === 1 ? true : undefined), 'the message was finished');
  });

  test('Z12: a message carries its payload, and all of its userInfo as extras', async () => {
    let message: ZPNsMessage | undefined;
    zpns.on('throughMessageReceived', (received) => (message = received));
    const userInfo = { aps: { 'content-available': 1 }, payload: 'from the sender', own: 7 };
    await bench.throughMessage(userInfo);
    expect(await eventually(() => message, 'the message')).toEqual({
      title: '',
      content: '',
      payload: 'from the sender',
      extras: userInfo,
      pushSourceType: ZPNsPushSourceType.APNs,
    });
  });

  test('Z14: a local notification does not replace the one before, and needs no payload', async () => {
    await zpns.applyNotificationPermission();
    // In the foreground iOS shows what the app lets it show.
    await zpns.registerPush({ iOSNotificationArrivedConfig: { isPresentAlert: true } });
    await expect(zpns.addLocalNotification({ title: 'first', content: 'content' })).resolves.toBeUndefined();
    await expect(zpns.addLocalNotification({ title: 'second', content: 'content', payload: 'p' })).resolves.toBeUndefined();
    await bench.settle();
    expect(bench.notifications()).toEqual(['first', 'second']);
  });

  test('Z15: what happened before any listener waits for the listener of its own type', async () => {
    await zpns.registerPush();
    const other = zpns.addListener('notificationClicked', jest.fn());
    await bench.settle();
    expect(await registered()).toMatchObject({ errorCode: 0 });
    other.remove();
  });

  test('Z17: applyNotificationPermission resolves with what the user said', async () => {
    await expect(zpns.applyNotificationPermission()).resolves.toBe(true);
  });

  test('Z23: setPushConfig does not write to its argument', async () => {
    const config = Object.freeze({ enableFCMPush: true });
    await ZPNs.setPushConfig(config);
    expect(config).toEqual({ enableFCMPush: true });
  });

  test('Z24: neither tokens nor messages are logged', async () => {
    const logs = (['log', 'info', 'debug', 'warn', 'error'] as const).map((level) =>
      jest.spyOn(console, level).mockImplementation(() => undefined),
    );
    zpns.on('throughMessageReceived', () => undefined);
    await bench.throughMessage({ aps: { 'content-available': 1 }, payload: 'secret' });
    await zpns.registerPush({ enableIOSVoIP: true });
    await registered();
    await bench.settle();
    expect(logs.flatMap((log) => log.mock.calls)).toEqual([]);
  });

  test('Z29: all fields of registerPush may be left out', async () => {
    await expect(zpns.registerPush()).resolves.toBeUndefined();
    await expect(zpns.registerPush({ iOSNotificationArrivedConfig: { isPresentAlert: true } })).resolves.toBeUndefined();
  });

  test('Z30: setPushConfig takes every field of ZEGO’s and changes nothing, appType neither', async () => {
    await zpns.registerPush();
    await registered();
    const before = await ZPNs.getRegistration();
    const vendors = { enableHWPush: true, enableMiPush: true, enableVivoPush: true, enableOppoPush: true, enableFCMPush: true };
    const secrets = { miAppID: 'a', miAppKey: 'b', oppoAppID: 'c', oppoAppSecret: 'd', oppoAppKey: 'e', vivoAppID: 'f', vivoAppKey: 'g' };
    await expect(ZPNs.setPushConfig({ appType: 2, enableHwBadge: true, hwAppID: 'h', ...vendors, ...secrets })).resolves.toBeUndefined();
    expect(await ZPNs.getRegistration()).toEqual(before);
  });

  test('Z32: the VoIP token is there for apps with their own backend, and gone after unregisterPush', async () => {
    await zpns.registerPush({ enableIOSVoIP: true });
    const { pushID } = await registered();
    expect(await ZPNs.getRegistration()).toMatchObject({ pushID, tokens: { voip: expect.stringMatching(/^[0-9a-f]{64}$/) as string } });
    await zpns.unregisterPush();
    expect(await ZPNs.getRegistration()).toMatchObject({ pushID: null });
  });
});
