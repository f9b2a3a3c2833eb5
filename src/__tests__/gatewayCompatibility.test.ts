/** What apps written for ZIM and ZPNs count on where a gateway is behind it: answers, events, limits and numbers. On every phone. */
import ZPNs from '..';
import { provideNative } from '../native';
import { createVirtualPhone } from '../simulator';
import type { AppExports } from '../simulator';
import { coreStage } from './scenarios/coreStage';
import { userToken } from './scenarios/app';
import type { Stage } from './scenarios/stage';
import { stages } from './scenarios/stages';
import { eventually } from './support/bench';

const NOW = expect.any(Number) as number;
const user = (userID: string, state: number, extendedData = '') => ({ userID, state, extendedData });

describe.each(stages)('on %s', (_name, set) => {
  let stage: Stage;
  let app: AppExports;

  beforeEach(async () => {
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    stage = await set({});
    stage.app('launch');
    app = stage.startJS();
    await app.ZPNs.configure({ serverURL: stage.gateway.url, appID: 'app', userToken: userToken('bob', 1) });
    await stage.settle();
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await stage.dispose();
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
    stage.push('voip', stage.gateway.invite({ callID, caller: 'alice', user: 'bob', extendedData: 'from alice', timeout: 45 }));
    await stage.settle();
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
    await stage.settle();
    stage.gateway.change('call-42', {
      event: 'accepted',
      state: 'accepted',
      users: { alice: 'accepted' },
      by: 'alice',
      extendedData: 'yes',
    });
    await stage.settle();
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
    const users = { alice: 'cancelled', bob: 'beCancelled' } as const;
    stage.gateway.change('call-42', { event: 'cancelled', state: 'cancelled', users, by: 'alice', extendedData: 'sorry' });
    await stage.settle();
    expect(heard.callInvitationCancelled).toEqual([invitation(), { callID: 'call-42', mode: 0, inviter: 'alice', extendedData: 'sorry' }]);
  });

  test('the two ways in which ZIM tells of a call that nobody answered both end as unanswered or remote ended', async () => {
    const ended: number[] = [];
    const timeouts = hear('callInvitationTimeout');
    app.CallKit.getInstance().addListener('didEndCall', ({ reason }) => void ended.push(reason));
    await invited('call-42');
    stage.gateway.change('call-42', { event: 'timedOut', state: 'timedOut', users: { bob: 'timeout' } });
    await stage.settle();
    await invited('call-43');
    stage.gateway.change('call-43', { event: 'cancelled', state: 'cancelled', users: { bob: 'beCancelled' }, by: 'alice' });
    await stage.settle();
    expect(ended).toEqual([app.CXCallEndedReason.Unanswered, app.CXCallEndedReason.RemoteEnded]);
    expect(timeouts.callInvitationTimeout).toEqual([invitation(), { callID: 'call-42', mode: 0 }]);
  });

  test('callAccept, callEnd and queryCallInvitation answer in ZIM’s shapes, and the end is told', async () => {
    app.CallKit.getInstance().on('performAnswerCallAction', (action) => action.fulfill());
    const heard = hear('callInvitationEnded');
    await invited();
    await expect(invitation().callAccept('call-42', { extendedData: 'coming' })).resolves.toEqual({ callID: 'call-42' });
    await stage.settle();
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
    stage.gateway.change('call-42', { event: 'ended', state: 'ended', users: { alice: 'ended', bob: 'ended' }, by: 'alice' });
    await stage.settle();
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
    stage.gateway.change('call-42', { event: 'accepted', state: 'accepted', users: { alice: 'accepted' }, by: 'alice', silently: true });
    await expect(invitation().callCancel([], 'call-42')).rejects.toMatchObject({ code: '6000271', domain: 'zim' });
  });

  test.each([
    ['call_exists', 409, '6000275'],
    ['no_such_call', 404, '6000276'],
    ['not_the_inviter', 403, '6000273'],
    ['not_an_invitee', 403, '6000274'],
  ])('what the gateway calls %s has ZIM’s number', async (code, status, number) => {
    stage.gateway.answer('invite', { status, body: { error: { code, message: 'what to do about it' } } });
    await expect(invitation().callInvite(['alice'])).rejects.toMatchObject({
      code: number,
      domain: 'zim',
      message: expect.stringContaining('what to do about it') as string,
    });
  });

  test('3.3: an invitation without a timeout rings 90 seconds', async () => {
    await expect(invitation().callInvite(['alice'])).resolves.toMatchObject({ timeout: 90 });
    expect(stage.gateway.requests.find(({ name }) => name === 'invite')?.body).toMatchObject({ timeout: 90, mode: 0, extendedData: '' });
  });

  test.each([
    ['6000402', { status: 403 }],
    ['6000404', { status: 503 }],
    ['6000404', { status: 0 }],
    ['6009004', { status: 401 }],
  ])('registered brings number %s where the gateway answers %j', async (code, answer) => {
    const heard: unknown[] = [];
    app.ZPNs.getInstance().addListener('registered', (message) => void heard.push(message));
    stage.gateway.answer('register', answer);
    await app.ZPNs.getInstance().registerPush();
    const message = await eventually(() => heard[0], 'registered');
    expect(message).toMatchObject({ pushID: '', errorCode: Number(code), msg: expect.stringMatching(/gateway/) as string });
  });
});

describe('on the virtual iPhone over the real core', () => {
  let stage: Stage;
  let app: AppExports;

  beforeEach(async () => {
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    stage = await coreStage({});
    stage.app('launch');
    app = stage.startJS();
    await app.ZPNs.configure({ serverURL: stage.gateway.url, appID: 'app', userToken: userToken('bob', 1) });
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await stage.dispose();
  });

  test('3.3: every field of voIPConfig may be left out', async () => {
    const pushConfig = { resourcesID: 'voip', voIPConfig: { iOSVoIPHandleValue: 'bob' } };
    await app.CallInvitation.getInstance().callInvite(['alice'], { pushConfig });
    expect(stage.gateway.requests.find(({ name }) => name === 'invite')?.body).toMatchObject({
      pushConfig: { resourcesID: 'voip', voIPConfig: { iOSVoIPHandleType: 1, iOSVoIPHandleValue: 'bob', iOSVoIPHasVideo: false } },
    });
  });

  test('registered brings number 6000403 where what answers is no gateway', async () => {
    const heard: unknown[] = [];
    app.ZPNs.getInstance().addListener('registered', (message) => void heard.push(message));
    stage.gateway.answer('register', { status: 200, body: { pushID: '' } });
    await app.ZPNs.getInstance().registerPush();
    expect(await eventually(() => heard[0], 'registered')).toMatchObject({ pushID: '', errorCode: 6000403 });
  });

  test('unregisterPush is refused with number 6000405 where the gateway does not take it', async () => {
    const heard: unknown[] = [];
    app.ZPNs.getInstance().addListener('registered', (message) => void heard.push(message));
    await app.ZPNs.getInstance().registerPush();
    await eventually(() => heard[0], 'registered');
    stage.gateway.answer('unregister', { status: 503 });
    await expect(app.ZPNs.getInstance().unregisterPush()).rejects.toMatchObject({ code: '6000405', domain: 'zpns' });
  });
});

test('registered brings number 6000401 where iOS gives no token and no reason', async () => {
  // Nothing listens there, so Apple can not be reached.
  const phone = createVirtualPhone({ simulatorURL: 'http://127.0.0.1:9', manualClock: 1_764_000_000_000 });
  const heard: unknown[] = [];
  provideNative(phone.attachJS());
  const subscription = ZPNs.getInstance().addListener('registered', (message) => void heard.push(message));
  try {
    await ZPNs.getInstance().registerPush();
    phone.advance(60_000);
    expect(await eventually(() => heard[0], 'registered')).toMatchObject({
      pushID: '',
      errorCode: 6000401,
      msg: expect.stringContaining('no push token') as string,
    });
  } finally {
    subscription.remove();
    provideNative(undefined);
    phone.switchOff();
  }
});
