/** What becomes of calls and registrations while the app's `getUserToken` is asked, and where it brings nothing of use. */
import type * as Package from '..';
import { createZpnsMock, type ZpnsMock } from '../jest';
import { eventually, settle } from './support/bench';

const REFUSED = { status: 401, body: { error: { code: 'unauthenticated', message: 'expired' } } };

describe('on a phone', () => {
  let phone: ZpnsMock;
  let app: typeof Package;

  beforeEach(() => {
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    phone = createZpnsMock({ environment: 'development' });
    jest.isolateModules(() => {
      app = phone.load(() => jest.requireActual<typeof Package>('..'));
    });
  });

  afterEach(() => {
    jest.restoreAllMocks();
    phone.dispose();
  });

  const configure = async (getUserToken: () => Promise<string | null>, token?: string) => {
    await app.ZPNs.configure({
      serverURL: phone.gateway.url,
      appID: phone.gateway.appID,
      getUserToken,
      ...(token !== undefined && { userToken: token }),
    });
    await settle();
  };
  /** Tokens of a user that can be told apart. */
  const userToken = (user: string, number: number) => phone.gateway.userToken(user, { expiresIn: 3600 + number });
  const invite = () => app.CallInvitation.getInstance().callInvite(['alice'], {}, 'call-42');
  const invitations = () => phone.gateway.requests.filter(({ name }) => name === 'invite');

  test('callInvite waits for getUserToken', async () => {
    await configure(() => new Promise((resolve) => setTimeout(resolve, 20, userToken('bob', 1))));
    await expect(invite()).resolves.toMatchObject({ callID: 'call-42' });
  });

  test('a user token that has run out costs no call', async () => {
    const getUserToken = jest.fn(() => Promise.resolve(userToken('bob', 2)));
    await configure(getUserToken, userToken('bob', 1));
    phone.gateway.answer('invite', REFUSED);
    await expect(invite()).resolves.toMatchObject({ callID: 'call-42' });
    expect(getUserToken).toHaveBeenCalledTimes(1);
    expect(invitations().map(({ token }) => token)).toEqual([userToken('bob', 1), userToken('bob', 2)]);
  });

  test.each([
    ['fails', () => Promise.reject(new Error('offline'))],
    ['brings null', () => Promise.resolve(null)],
  ])('callInvite is refused where getUserToken %s', async (_what, getUserToken) => {
    await configure(getUserToken);
    await expect(invite()).rejects.toMatchObject({ code: '6009004' });
    expect(invitations()).toEqual([]);
  });

  test('callInvite is refused where another user signs in before there is a token', async () => {
    await configure(() => new Promise(() => undefined), userToken('bob', 1));
    await configure(() => new Promise(() => undefined));
    const refused = expect(invite()).rejects.toMatchObject({ code: '6009004' });
    await configure(() => Promise.resolve(userToken('carol', 1)));
    await refused;
    expect(invitations()).toEqual([]);
  });

  test('callInvite is refused where fresh tokens are refused too', async () => {
    await configure(() => Promise.resolve(userToken('bob', 2)), userToken('bob', 1));
    phone.gateway.answer('invite', REFUSED, REFUSED, REFUSED);
    await expect(invite()).rejects.toMatchObject({ code: '6009004' });
  });

  describe.each([
    ['queryCallInvitation', 'query', () => app.CallInvitation.getInstance().queryCallInvitation('call-42')],
    ['setServerBadge', 'badge', () => app.ZPNs.getInstance().setServerBadge(3)],
    ['unregisterPush', 'unregister', () => app.ZPNs.getInstance().unregisterPush()],
  ] as const)('%s', (_method, name, ask) => {
    const sent = () => phone.gateway.requests.filter((request) => request.name === name).map(({ token }) => token);

    /** The device and the call are known to the gateway, and then configured anew. */
    const known = async (...again: Parameters<typeof configure>) => {
      await configure(() => Promise.resolve(null), userToken('bob', 1));
      await invite();
      await app.ZPNs.getInstance().registerPush({});
      await eventually(() => phone.gateway.requests.find((request) => request.name === 'register'), 'a registration');
      await settle();
      await configure(...again);
    };

    test('waits for getUserToken', async () => {
      await known(() => new Promise((resolve) => setTimeout(resolve, 20, userToken('bob', 2))));
      await ask();
      expect(sent()).toEqual([userToken('bob', 2)]);
    });

    test('goes again with a fresh token where the old one is refused', async () => {
      await known(() => Promise.resolve(userToken('bob', 3)), userToken('bob', 2));
      phone.gateway.answer(name, REFUSED);
      await ask();
      expect(sent()).toEqual([userToken('bob', 2), userToken('bob', 3)]);
    });

    // Whoever signs in takes this device over, registered or not.
    if (name !== 'unregister') {
      test('is refused where another user signs in', async () => {
        await known(() => new Promise((resolve) => setTimeout(resolve, 20, userToken('carol', 1))));
        await expect(ask()).rejects.toMatchObject({ code: '6009004' });
        expect(sent()).toEqual([]);
      });
    }

    test('is refused where no token comes', async () => {
      await known(() => Promise.resolve(null));
      await expect(ask()).rejects.toMatchObject({ code: name === 'unregister' ? '6000405' : '6009004' });
      expect(sent()).toEqual([]);
    });
  });

  test('callEnd waits for getUserToken, and no longer than a minute', async () => {
    await configure(() => new Promise(() => undefined));
    const end = app.CallInvitation.getInstance().callEnd('call-42', {});
    let settled = false;
    const ending = end.catch((error: unknown) => {
      settled = true;
      return error;
    });
    await settle();
    phone.advance(59_999);
    await settle();
    expect(settled).toBe(false);
    phone.advance(1);
    expect(await ending).toMatchObject({ code: '6009004' });
  });

  test('a getUserToken that fails is asked again after a second, and registered says why it is not registered', async () => {
    const getUserToken = jest.fn<Promise<string>, []>().mockRejectedValueOnce(new Error('offline')).mockResolvedValue(userToken('bob', 1));
    const registered: number[] = [];
    app.ZPNs.getInstance().addListener('registered', ({ errorCode }) => void registered.push(errorCode));
    await configure(getUserToken);
    await app.ZPNs.getInstance().registerPush({ enableIOSVoIP: true });
    await eventually(() => registered[0], 'registered');
    expect(registered).toEqual([6_009_004]);
    expect(getUserToken).toHaveBeenCalledTimes(1);
    phone.advance(1_000);
    await eventually(() => registered[1], 'registered again');
    expect(registered).toEqual([6_009_004, 0]);
  });
});
