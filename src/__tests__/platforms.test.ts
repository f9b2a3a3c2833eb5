/** Off iOS, and on iOS without the native module: the import is safe, and every call says or does what it should. */
import * as React from 'react';
import { createRoot } from 'test-renderer';
import type * as Package from '..';
import type * as Hooks from '../hooks';
import type { NativeEvent } from '../NativeZpns';

type App = typeof Package;

/** The package as freshly imported on a platform, with no native module. */
function importOn(os: string): { app: App; hooks: typeof Hooks; asked: jest.Mock } {
  const asked = jest.fn(() => null);
  let app: App | undefined;
  let hooks: typeof Hooks | undefined;
  jest.isolateModules(() => {
    jest.doMock('react-native', () => ({ Platform: { OS: os }, TurboModuleRegistry: { get: asked, getEnforcing: asked } }));
    app = jest.requireActual<App>('..');
    jest.requireActual('../callkit');
    jest.requireActual('../jest');
    // The renderer keeps to one React.
    jest.doMock('react', () => React);
    hooks = jest.requireActual<typeof Hooks>('../hooks');
  });
  jest.dontMock('react-native');
  if (app === undefined || hooks === undefined) throw new Error('The import failed.');
  return { app, hooks, asked };
}

const UUID = '1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10';

afterEach(() => jest.restoreAllMocks());

test.each(['ios', 'android', 'web', 'windows', 'macos'])('Z22, K25: the import touches nothing native on %s', (os) => {
  const { app, asked } = importOn(os);
  expect(asked).not.toHaveBeenCalled();
  expect(app.default).toBe(app.ZPNs);
});

describe.each(['android', 'web', 'macos'])('on %s', (os) => {
  const { app, hooks, asked } = importOn(os);
  const zpns = app.ZPNs.getInstance();
  const callKit = app.CallKit.getInstance();

  afterAll(() => expect(asked).not.toHaveBeenCalled());

  test('Z27: settings and reports of what happened resolve and do nothing', async () => {
    const calls: (() => Promise<unknown>)[] = [
      () => app.ZPNs.enableDebug(true),
      () => app.ZPNs.setPushConfig({ appType: 1 }),
      () => app.ZPNs.configure({ serverURL: 'https://push.example.com', getUserToken: () => null }),
      () => zpns.registerPush({ enableIOSVoIP: true }),
      () => zpns.unregisterPush(),
      () => zpns.addLocalNotification({ title: 'title', content: 'content' }),
      () => zpns.setServerBadge(1),
      () => zpns.setLocalBadge(1),
      () => app.CallKit.setInitConfiguration({ localizedName: 'Example' }),
      () => app.CallKit.setEnabled(false),
      () => callKit.reportOutgoingCall(UUID),
      () => callKit.reportOutgoingCallStarted(UUID),
      () => callKit.reportCallUpdate({}, UUID),
      () => callKit.reportCallEnded(app.CXCallEndedReason.Failed, UUID),
    ];
    for (const call of calls) await expect(call()).resolves.toBeUndefined();
    app.ZPNs.setBackgroundMessageHandler(() => undefined);
    zpns.createNotificationChannel({ channelID: 'calls', channelName: 'Calls' });
  });

  test('what asks the system for something is refused as unavailable, for it did not happen', async () => {
    const calls: (() => Promise<unknown>)[] = [
      () => callKit.reportIncomingCall({}, UUID),
      () => callKit.answerCall(UUID),
      () => callKit.endCall(UUID),
      () => callKit.setMuted(UUID, true),
      () => callKit.setHeld(UUID, true),
      () => callKit.setGroup(UUID, null),
      () => callKit.playDTMF(UUID, '1'),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ name: 'ZpnsError', code: '6009011', domain: 'zpns' });
  });

  test('answers that hold everywhere are given', async () => {
    await expect(app.ZPNs.getVersion()).resolves.toMatch(/^\d+\.\d+\.\d+$/);
    await expect(zpns.applyNotificationPermission()).resolves.toBe(false);
    await expect(app.ZPNs.diagnose()).resolves.toMatchObject({ available: false });
    await expect(callKit.getCalls()).resolves.toEqual([]);
  });

  test('off iOS the hooks draw no calls and no registration', async () => {
    let drawn: unknown;
    function Screen(): null {
      drawn = [hooks.useCalls(), hooks.useIncomingCall(), hooks.useRegistration()];
      return null;
    }
    (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
    const root = createRoot();
    const draw = (what: () => void) => React.act(() => Promise.resolve().then(what));
    await draw(() => {
      root.render(React.createElement(Screen));
    });
    expect(drawn).toEqual([[], null, null]);
    await draw(() => {
      root.unmount();
    });
  });

  test('what only iOS can answer is refused as unavailable', async () => {
    const invitation = app.CallInvitation.getInstance();
    const calls: (() => Promise<unknown>)[] = [
      () => app.ZPNs.getRegistration(),
      () => callKit.startCall({ type: app.CXHandleType.Generic, value: 'Li hua' }),
      () => callKit.callUUID('call-42'),
      () => invitation.callInvite(['bob']),
      () => invitation.callCancel(['bob'], 'call-42'),
      () => invitation.callAccept('call-42'),
      () => invitation.callReject('call-42'),
      () => invitation.callEnd('call-42'),
      () => invitation.queryCallInvitation('call-42'),
    ];
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({ name: 'ZpnsError', code: '6009011', domain: 'zpns' });
      await expect(call()).rejects.toThrow(/is available on iOS only/);
    }
  });

  test('the events of ZPNs never come, and those of CallKit are not even checked', () => {
    zpns.on('registered', () => undefined);
    zpns.off('registered');
    zpns.addListener('registered', () => undefined).remove();
    expect(() => zpns.on('nothing' as 'registered', () => undefined)).toThrow('nothing is not a supported event type.');
    callKit.on('nothing' as 'didEndCall', () => undefined);
    callKit.off('nothing' as 'didEndCall');
    callKit.addListener('nothing' as 'didEndCall', () => undefined).remove();
  });
});

test('K26: macOS is like every other platform, for setInitConfiguration as well', async () => {
  const { app, asked } = importOn('macos');
  const callKit = app.CallKit.getInstance();
  await expect(app.CallKit.setInitConfiguration({ localizedName: 'Example' })).resolves.toBeUndefined();
  await expect(callKit.reportIncomingCall({}, UUID)).rejects.toMatchObject({ code: '6009011' });
  callKit.on('providerDidReset', () => undefined);
  callKit.off('providerDidReset');
  expect(asked).not.toHaveBeenCalled();
});

describe('on iOS without the native module', () => {
  test('every call is refused, and says what to do', async () => {
    const { app } = importOn('ios');
    for (const call of [() => app.ZPNs.getInstance().registerPush(), () => app.CallKit.getInstance().getCalls()]) {
      await expect(call()).rejects.toMatchObject({ name: 'ZpnsError', code: '6009011' });
      await expect(call()).rejects.toThrow(/pod install.*createZpnsMock/);
    }
  });

  test('listening warns once and is made good when the module appears', () => {
    const warned = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { app, asked } = importOn('ios');
    const listener = jest.fn();
    app.ZPNs.getInstance().on('registered', listener);
    app.ZPNs.getInstance().addListener('registered', jest.fn());
    expect(warned.mock.calls).toEqual([[expect.stringContaining('pod install')]]);

    // What waited is emitted when its type is listened to.
    let emit: (event: NativeEvent) => unknown = () => undefined;
    const body = JSON.stringify({ pushID: 'a', errorCode: 0, msg: '' });
    asked.mockReturnValue({
      onEvent: (handler: typeof emit) => void (emit = handler),
      listen: (type: string) => emit({ type, seq: 1, at: 0, flushed: true, body }),
    });
    app.CallKit.getInstance().on('providerDidReset', jest.fn());
    expect(listener).toHaveBeenCalledWith({ pushID: 'a', errorCode: 0, msg: '' });
  });

  test('a void method that fails warns instead of leaving an unhandled rejection', async () => {
    const warned = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { app } = importOn('ios');
    void app.CallKit.setInitConfiguration({ localizedName: 'Example' });
    app.ZPNs.getInstance()
      .setLocalBadge(1)
      .catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(warned).toHaveBeenCalledTimes(2);
  });
});
