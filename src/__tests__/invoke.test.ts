/** The way of a call to the native side and of its answer back. */
import ZPNs, { CallInvitation, CallKit, ZpnsError } from '..';
import type { Spec } from '../NativeZpns';
import { createZpnsMock, type ZpnsMock } from '../jest';
import { provideNative } from '../native';

const callKit = CallKit.getInstance();
const UUID = '1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10';

/** A native module that answers so. */
function answering(invoke: Spec['invoke']): void {
  const { native } = createZpnsMock();
  provideNative({ ...native, invoke });
}

afterEach(() => jest.restoreAllMocks());

test('a refusal of the core arrives as a ZpnsError with code, domain and message', async () => {
  const phone = createZpnsMock();
  phone.respond('callAccept', new ZpnsError('6000276', 'the call does not exist', 'zim'));
  const error = (await CallInvitation.getInstance()
    .callAccept('call-42')
    .catch((refusal: unknown) => refusal)) as ZpnsError;
  expect(error).toBeInstanceOf(ZpnsError);
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe('ZpnsError');
  expect(error.is('zim', 6000276)).toBe(true);
  expect(error.is('zpns', 6000276)).toBe(false);
  expect(error.message).toContain('the call does not exist');
});

test('a bridge that breaks rejects with an internal error', async () => {
  answering(() => Promise.reject(new Error('the module was invalidated')));
  await expect(callKit.getCalls()).rejects.toMatchObject({ name: 'ZpnsError', code: '6009099', domain: 'zpns' });
  await expect(callKit.getCalls()).rejects.toThrow('getCalls: the native module failed (the module was invalidated)');
  answering(() => {
    throw new Error('thrown at once');
  });
  await expect(callKit.getCalls()).rejects.toThrow('thrown at once');
});

test.each(['', 'no json', '[', 'null', '7', '{}', '{"ok":'])(
  'an answer that is none, %p, rejects with an internal error',
  async (answer) => {
    answering(() => Promise.resolve(answer));
    await expect(callKit.getCalls()).rejects.toMatchObject({ name: 'ZpnsError', code: '6009099' });
  },
);

test('an argument that JSON can not hold is refused and named', async () => {
  createZpnsMock();
  const circle: Record<string, unknown> = {};
  circle.circle = circle;
  await expect(ZPNs.setPushConfig(circle)).rejects.toMatchObject({ name: 'ZpnsError', code: '6009001' });
  await expect(ZPNs.setPushConfig({ appType: 1n as unknown as number })).rejects.toThrow(/^setPushConfig: an argument/);
});

describe('what each method sends', () => {
  let phone: ZpnsMock;

  beforeEach(() => {
    phone = createZpnsMock();
  });

  test.each<[string, () => unknown, object]>([
    [
      'setServerBadge',
      () =>
        ZPNs.getInstance()
          .setServerBadge(3)
          .catch(() => undefined),
      { badge: 3 },
    ],
    ['setLocalBadge', () => ZPNs.getInstance().setLocalBadge(0), { badge: 0 }],
    ['addLocalNotification', () => ZPNs.getInstance().addLocalNotification({ title: 't', content: 'c' }), { title: 't', content: 'c' }],
    ['setCallKitEnabled', () => CallKit.setEnabled(false), { enabled: false }],
    ['setInitConfiguration', () => CallKit.setInitConfiguration({ localizedName: 'Example' }), { localizedName: 'Example' }],
    ['reportCallUpdate', () => callKit.reportCallUpdate({ hasVideo: true }, UUID), { update: { hasVideo: true }, uuid: UUID }],
    ['reportCallEnded', () => callKit.reportCallEnded(3, UUID), { reason: 3, uuid: UUID }],
    ['startCall', () => callKit.startCall({ type: 1, value: 'v' }), { handle: { type: 1, value: 'v' }, video: false }],
    ['playDTMF', () => callKit.playDTMF(UUID, '12#'), { uuid: UUID, digits: '12#', type: 0 }],
    ['callInvite', () => CallInvitation.getInstance().callInvite(['bob']), { invitees: ['bob'], config: {} }],
    [
      'callInvite',
      () => CallInvitation.getInstance().callInvite(['bob'], { timeout: 30, mode: 0, extendedData: 'x' }, 'call-42'),
      { invitees: ['bob'], config: { timeout: 30, mode: 0, extendedData: 'x' }, callID: 'call-42' },
    ],
    ['callCancel', () => CallInvitation.getInstance().callCancel([], 'call-42'), { invitees: [], callID: 'call-42', config: {} }],
    [
      'callReject',
      () => CallInvitation.getInstance().callReject('c', { extendedData: 'x' }),
      { callID: 'c', config: { extendedData: 'x' } },
    ],
    ['queryCallInvitation', () => CallInvitation.getInstance().queryCallInvitation('c'), { callID: 'c' }],
  ])('%s', async (method, call, params) => {
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    await Promise.resolve(call()).catch(() => undefined);
    expect(phone.invocations).toEqual([{ method, params }]);
  });
});

describe('user tokens', () => {
  const tokens = (phone: ZpnsMock) => phone.invocations.filter(({ method }) => method === 'setUserToken').map(({ params }) => params);
  const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

  test('configure sends all but the function, and says that there is one', async () => {
    const phone = createZpnsMock();
    await ZPNs.configure({ serverURL: 'https://push.example.com', appID: 'app', getUserToken: () => 'token' });
    expect(phone.invocations).toEqual([
      { method: 'configure', params: { serverURL: 'https://push.example.com', appID: 'app', userTokenProvider: true } },
    ]);
  });

  test('whenever the core needs a token getUserToken is asked, and its answer sent', async () => {
    const phone = createZpnsMock();
    await ZPNs.configure({ getUserToken: () => Promise.resolve('first') });
    phone.emit('userTokenNeeded');
    await turn();
    await ZPNs.configure({ getUserToken: () => null });
    phone.emit('userTokenNeeded');
    await turn();
    expect(tokens(phone)).toEqual([{ userToken: 'first' }, { userToken: null }]);
  });

  test('a getUserToken that fails is logged, and asked again the next time', async () => {
    const logged = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const phone = createZpnsMock();
    const getUserToken = jest.fn().mockRejectedValueOnce(new Error('offline')).mockResolvedValueOnce('second');
    await ZPNs.configure({ getUserToken });
    phone.emit('userTokenNeeded');
    await turn();
    phone.emit('userTokenNeeded');
    await turn();
    expect(logged.mock.calls).toEqual([['[ZPNs] getUserToken brought no user token: offline']]);
    expect(tokens(phone)).toEqual([{ failed: true }, { userToken: 'second' }]);
  });

  test('what a getUserToken that was replaced brings late is dropped', async () => {
    const phone = createZpnsMock();
    let bring = (_token: string): void => undefined;
    await ZPNs.configure({ getUserToken: () => new Promise<string>((resolve) => (bring = resolve)) });
    phone.emit('userTokenNeeded');
    await ZPNs.configure({ userToken: 'of the next user' });
    bring('of the user before');
    await turn();
    expect(tokens(phone)).toEqual([]);
  });

  test('without getUserToken nobody is asked any more', async () => {
    const phone = createZpnsMock();
    const getUserToken = jest.fn(() => 'token');
    await ZPNs.configure({ getUserToken });
    await ZPNs.configure({ userToken: 'fixed' });
    phone.emit('userTokenNeeded');
    await turn();
    expect(getUserToken).not.toHaveBeenCalled();
    const configured = phone.invocations.filter(({ method }) => method === 'configure');
    expect(configured.at(-1)?.params).toEqual({ userToken: 'fixed', userTokenProvider: false });
  });
});
