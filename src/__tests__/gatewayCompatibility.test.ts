/** What apps written for ZIM and ZPNs count on where a gateway is behind it: answers, events, limits and numbers. */
import type * as Package from '..';
import { createZpnsMock, type ZpnsMock } from '../jest';
import { eventually, settle } from './support/bench';

const NOW = expect.any(Number) as number;
const user = (userID: string, state: number, extendedData = '') => ({ userID, state, extendedData });

describe('on a phone', () => {
  let phone: ZpnsMock;
  let app: typeof Package;

  beforeEach(async () => {
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    phone = createZpnsMock({ environment: 'development' });
    jest.isolateModules(() => {
      app = phone.load(() => jest.requireActual<typeof Package>('..'));
    });
    await app.ZPNs.configure({ serverURL: phone.gateway.url, appID: phone.gateway.appID, userToken: phone.gateway.userToken('bob') });
    await settle();
  });

  afterEach(() => {
    jest.restoreAllMocks();
    phone.dispose();
  });

  const invitation = () => app.CallInvitation.getInstance();

  /** What listeners of call invitations are called with, by type. */
  function hear(...types: string[]): Record<string, unknown[]> {
    const heard: Record<string, unknown[]> = {};
    for (const type of types) {
      invitation().addListener(type as 'callInvitationCreated', (...args) => void (heard[type] ??= args as unknown[]));
    }
    return heard;
  }

  /** Alice calls this user, who listens and answers as the app says. */
  async function invited(callID = 'call-42'): Promise<void> {
    phone.invite({ callID, caller: 'alice', user: 'bob', extendedData: 'from alice', timeout: 45 });
    await settle();
  }

  test('what callers written for ZIM say besides is taken', async () => {
    const pushConfig = { title: 'title', content: 'content', resourcesID: 'voip', privateMessageTemplate: {} };
    const zim = invitation();
    await zim.callInvite(['alice'], { enableNotReceivedCheck: true, pushConfig }, 'call-42');
    await expect(zim.callCancel(['alice'], 'call-42', { extendedData: '', pushConfig })).resolves.toEqual({
      callID: 'call-42',
      errorInvitees: [],
    });
    await expect(zim.callEnd('call-42', { pushConfig })).resolves.toMatchObject({ callID: 'call-42' });
  });

  test('callInvite answers and tells in ZIM’s shapes', async () => {
    const heard = hear('callInvitationCreated', 'callInvitationAccepted', 'callUserStateChanged');
    phone.gateway.user('alice').register();
    const answer = await invitation().callInvite(['alice'], { timeout: 60, extendedData: 'from bob' }, 'call-42');
    expect(answer).toEqual({ callID: 'call-42', timeout: 60, errorUserList: [] });
    await eventually(() => heard.callInvitationCreated, 'created');
    expect(heard.callInvitationCreated).toEqual([
      invitation(),
      {
        callID: 'call-42',
        mode: 0,
        caller: 'bob',
        extendedData: 'from bob',
        timeout: 60,
        createTime: NOW,
        callUserList: [user('bob', 1), user('alice', 0)],
      },
    ]);
    await settle();
    phone.gateway.user('alice').accept('call-42', { extendedData: 'yes' });
    await settle();
    expect(heard.callInvitationAccepted).toEqual([invitation(), { callID: 'call-42', invitee: 'alice', extendedData: 'yes' }]);
    expect(heard.callUserStateChanged).toEqual([invitation(), { callID: 'call-42', callUserList: [user('alice', 1, 'yes')] }]);
  });

  test('an invitation is received in ZIM’s shape', async () => {
    const heard = hear('callInvitationReceived');
    await invited();
    expect(heard.callInvitationReceived).toEqual([
      invitation(),
      {
        callID: 'call-42',
        mode: 0,
        caller: 'alice',
        inviter: 'alice',
        timeout: 45,
        createTime: NOW,
        extendedData: 'from alice',
        callUserList: [user('alice', 1), user('bob', 5)],
      },
    ]);
  });

  test('an invitation that is taken back is told in ZIM’s shape', async () => {
    const heard = hear('callInvitationCancelled');
    await invited();
    phone.gateway.user('alice').cancel('call-42', [], { extendedData: 'sorry' });
    await settle();
    expect(heard.callInvitationCancelled).toEqual([invitation(), { callID: 'call-42', mode: 0, inviter: 'alice', extendedData: 'sorry' }]);
  });

  test('the two ways in which ZIM tells of a call that nobody answered both end as unanswered or remote ended', async () => {
    const ended: number[] = [];
    const timeouts = hear('callInvitationTimeout');
    app.CallKit.getInstance().addListener('didEndCall', ({ reason }) => void ended.push(reason));
    await invited('call-42');
    phone.advance(45_000);
    await settle();
    await invited('call-43');
    phone.gateway.user('alice').cancel('call-43');
    await settle();
    expect(ended).toEqual([app.CXCallEndedReason.Unanswered, app.CXCallEndedReason.RemoteEnded]);
    expect(timeouts.callInvitationTimeout).toEqual([invitation(), { callID: 'call-42', mode: 0 }]);
  });

  test('callAccept, callEnd and queryCallInvitation answer in ZIM’s shapes, and the end is told', async () => {
    app.CallKit.getInstance().on('performAnswerCallAction', (action) => action.fulfill());
    const heard = hear('callInvitationEnded');
    await invited();
    await expect(invitation().callAccept('call-42', { extendedData: 'coming' })).resolves.toEqual({ callID: 'call-42' });
    await settle();
    await expect(invitation().queryCallInvitation('call-42')).resolves.toEqual({
      callID: 'call-42',
      caller: 'alice',
      inviter: 'alice',
      createTime: NOW,
      endTime: 0,
      state: 1,
      mode: 0,
      extendedData: 'from alice',
      callUserList: [user('alice', 1), user('bob', 1, 'coming')],
    });
    phone.gateway.user('alice').end('call-42');
    await settle();
    const end = { callID: 'call-42', mode: 0, caller: 'alice', operatedUserID: 'alice', extendedData: '', endTime: NOW };
    expect(heard.callInvitationEnded).toEqual([invitation(), end]);
    await expect(invitation().callEnd('call-42')).resolves.toEqual({ callID: 'call-42', createTime: NOW, acceptTime: NOW, endTime: NOW });
  });

  test('callReject and callCancel answer in ZIM’s shapes', async () => {
    await invited();
    await expect(invitation().callReject('call-42')).resolves.toEqual({ callID: 'call-42' });
    await invitation().callInvite(['alice'], {}, 'call-43');
    await expect(invitation().callCancel([], 'call-43')).resolves.toEqual({ callID: 'call-43', errorInvitees: [] });
  });

  test('callCancel comes too late with ZIM’s number', async () => {
    await invitation().callInvite(['alice'], {}, 'call-42');
    phone.gateway.change('call-42', { event: 'accepted', state: 'accepted', users: { alice: 'accepted' }, by: 'alice', silently: true });
    await expect(invitation().callCancel([], 'call-42')).rejects.toMatchObject({ code: '6000271', domain: 'zim' });
  });

  test.each([
    ['call_exists', 409, '6000275'],
    ['no_such_call', 404, '6000276'],
    ['not_the_inviter', 403, '6000273'],
    ['not_an_invitee', 403, '6000274'],
  ])('what the gateway calls %s has ZIM’s number', async (code, status, number) => {
    phone.gateway.answer('invite', { status, body: { error: { code, message: 'what to do about it' } } });
    await expect(invitation().callInvite(['alice'])).rejects.toMatchObject({
      code: number,
      domain: 'zim',
      message: expect.stringContaining('what to do about it') as string,
    });
  });

  test('3.3: an invitation without a timeout rings 90 seconds', async () => {
    await expect(invitation().callInvite(['alice'])).resolves.toMatchObject({ timeout: 90 });
    expect(phone.gateway.requests.find(({ name }) => name === 'invite')?.body).toMatchObject({ timeout: 90, mode: 0, extendedData: '' });
  });

  test.each([
    ['6000402', { status: 403 }],
    ['6000404', { status: 503 }],
    ['6000404', { status: 0 }],
    ['6009004', { status: 401 }],
  ])('registered brings number %s where the gateway answers %j', async (code, answer) => {
    const heard: unknown[] = [];
    app.ZPNs.getInstance().addListener('registered', (message) => void heard.push(message));
    phone.gateway.answer('register', answer);
    await app.ZPNs.getInstance().registerPush();
    const message = await eventually(() => heard[0], 'registered');
    expect(message).toMatchObject({ pushID: '', errorCode: Number(code), msg: expect.stringMatching(/gateway/) as string });
  });

  test('3.3: every field of voIPConfig may be left out', async () => {
    const pushConfig = { resourcesID: 'voip', voIPConfig: { iOSVoIPHandleValue: 'bob' } };
    await app.CallInvitation.getInstance().callInvite(['alice'], { pushConfig });
    expect(phone.gateway.requests.find(({ name }) => name === 'invite')?.body).toMatchObject({
      pushConfig: { resourcesID: 'voip', voIPConfig: { iOSVoIPHandleType: 1, iOSVoIPHandleValue: 'bob', iOSVoIPHasVideo: false } },
    });
  });

  test('registered brings number 6000403 where what answers is no gateway', async () => {
    const heard: unknown[] = [];
    app.ZPNs.getInstance().addListener('registered', (message) => void heard.push(message));
    phone.gateway.answer('register', { status: 200, body: { pushID: '' } });
    await app.ZPNs.getInstance().registerPush();
    expect(await eventually(() => heard[0], 'registered')).toMatchObject({ pushID: '', errorCode: 6000403 });
  });

  test('unregisterPush is refused with number 6000405 where the gateway does not take it', async () => {
    const heard: unknown[] = [];
    app.ZPNs.getInstance().addListener('registered', (message) => void heard.push(message));
    await app.ZPNs.getInstance().registerPush();
    await eventually(() => heard[0], 'registered');
    phone.gateway.answer('unregister', { status: 503 });
    await expect(app.ZPNs.getInstance().unregisterPush()).rejects.toMatchObject({ code: '6000405', domain: 'zpns' });
  });

  test('registered brings number 6000401 where iOS gives no token and no reason', async () => {
    phone = createZpnsMock({ appleReachable: false });
    jest.isolateModules(() => {
      app = phone.load(() => jest.requireActual<typeof Package>('..'));
    });
    const heard: unknown[] = [];
    app.ZPNs.getInstance().addListener('registered', (message) => void heard.push(message));
    await app.ZPNs.getInstance().registerPush();
    phone.advance(60_000);
    expect(await eventually(() => heard[0], 'registered')).toMatchObject({
      pushID: '',
      errorCode: 6000401,
      msg: expect.stringContaining('no push token') as string,
    });
  });
});
