/** The far end in the words of `react-native-zpns/jest`: what users do at the gateway, and what it refuses. */
import ZPNs, { CallInvitation, CallKit } from '..';
import { createZpnsMock, type Gateway, type ZpnsMock } from '../jest';
import { settle } from './support/bench';

const invitation = CallInvitation.getInstance();
const callKit = CallKit.getInstance();

let phone: ZpnsMock;
let gateway: Gateway;
let heard: [type: string, body: Record<string, unknown>][];

/** Bob's app, signed in and registered. */
async function signIn(user = 'bob'): Promise<void> {
  await ZPNs.configure({ serverURL: gateway.url, appID: gateway.appID, userToken: gateway.userToken(user) });
  await ZPNs.getInstance().registerPush({ enableIOSVoIP: true });
  await settle();
}

/** What this phone's app hears of call invitations. */
const EVENTS = [
  'callInvitationReceived',
  'callInvitationCancelled',
  'callInvitationTimeout',
  'callInviteesAnsweredTimeout',
  'callInvitationEnded',
  'callUserStateChanged',
] as const;

const types = () => heard.map(([type]) => type).filter((type) => type !== 'callUserStateChanged');

beforeEach(() => {
  phone = createZpnsMock();
  ({ gateway } = phone);
  heard = [];
  for (const type of EVENTS) invitation.on(type, (_: unknown, body: unknown) => void heard.push([type, body as Record<string, unknown>]));
  callKit.on('performAnswerCallAction', (action) => action.fulfill());
  callKit.on('performEndCallAction', (action) => action.fulfill());
});

afterEach(() => {
  for (const type of EVENTS) invitation.off(type);
  callKit.off('performAnswerCallAction');
  callKit.off('performEndCallAction');
  phone.dispose();
});

/** The words, code and status of a refusal. */
function refusal(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('It was not refused.');
}

describe('as the gateway has it', () => {
  test('the caller’s callEnd while it rings takes the call back', () => {
    const uuid = phone.invite({ callID: 'call-42', caller: 'alice' });
    expect(gateway.user('alice').end('call-42')).toMatchObject({ applied: true, call: { state: 'cancelled' } });
    expect(phone.timeline).toContainEqual(expect.objectContaining({ type: 'callEnded', uuid, cause: 'remoteEnded' }));
    expect(types()).toEqual(['callInvitationReceived', 'callInvitationCancelled']);
  });

  test('a call that nobody answers is over for caller and callee after its 60 seconds', async () => {
    await signIn('alice');
    const caller = phone;
    // CallKit's own limit is 60 seconds as well: here the gateway is first.
    const callee = createZpnsMock({ gateway, ringLimitMs: 61_000 });
    await signIn('bob');
    // The newest phone is the one that the package talks to.
    caller.startJS();
    await invitation.callInvite(['bob'], { timeout: 60, pushConfig: { resourcesID: 'voip' } }, 'call-42');
    expect(callee.happened('ringing')).toHaveLength(1);
    caller.advance(59_999);
    expect([types(), gateway.call('call-42').state]).toEqual([[], 'ringing']);
    caller.advance(1);
    expect([types(), gateway.call('call-42').state]).toEqual([['callInviteesAnsweredTimeout'], 'timedOut']);
    expect(callee.happened('callEnded')).toMatchObject([{ cause: 'unanswered' }]);
    callee.dispose();
  });

  test('one invitee’s end of an advanced call lets only that user leave', async () => {
    await signIn();
    gateway.user('alice').invite(['bob', 'carol'], { callID: 'call-42', mode: 1 });
    await phone.answer(phone.calls()[0]?.uuid ?? '');
    gateway.user('carol').accept('call-42');
    gateway.user('carol').end('call-42');
    expect(gateway.call('call-42')).toMatchObject({
      state: 'accepted',
      participants: [
        { userID: 'alice', state: 'accepted' },
        { userID: 'bob', state: 'accepted' },
        { userID: 'carol', state: 'quit' },
      ],
    });
    expect(phone.calls()).toMatchObject([{ state: 'connected' }]);
    expect(types()).toEqual(['callInvitationReceived']);
  });

  test('after bob accepted, carol hears that her invitation is taken back', async () => {
    await signIn('carol');
    gateway.user('alice').invite(['bob', 'carol'], { callID: 'call-42' });
    gateway.user('bob').accept('call-42');
    expect(phone.calls()).toHaveLength(1);
    expect(gateway.user('alice').cancel('call-42', ['carol'])).toMatchObject({ applied: true, call: { state: 'accepted' } });
    expect(types()).toEqual(['callInvitationReceived', 'callInvitationCancelled']);
    expect(phone.calls()).toEqual([]);
  });

  test('a callID that is taken is refused with 409', async () => {
    await signIn();
    gateway.user('alice').invite(['bob'], { callID: 'call-42' });
    expect(refusal(() => gateway.user('carol').invite(['dave'], { callID: 'call-42' }))).toMatchObject({
      code: 'call_exists',
      status: 409,
    });
    await expect(invitation.callInvite(['dave'], {}, 'call-42')).rejects.toMatchObject({ code: '6000275', domain: 'zim' });
    expect(gateway.call('call-42').caller).toBe('alice');
  });

  test('a stranger’s cancel is refused with 403', () => {
    phone.invite({ callID: 'call-42' });
    expect(refusal(() => gateway.user('mallory').cancel('call-42'))).toMatchObject({ status: 403 });
    expect(phone.calls()).toHaveLength(1);
  });

  test('an invitee’s cancel is refused with 403', () => {
    phone.invite({ callID: 'call-42' });
    expect(refusal(() => gateway.user('bob').cancel('call-42'))).toMatchObject({ name: 'KitError', code: 'not_the_inviter', status: 403 });
    expect(phone.calls()).toHaveLength(1);
  });
});

describe('users', () => {
  test('invite rings every phone of the user that is registered, and answers with the call', async () => {
    await signIn();
    const call = gateway.user('alice').invite(['bob'], { timeout: 30, extendedData: 'from alice' });
    expect(call).toMatchObject({ caller: 'alice', state: 'ringing', timeout: 30, errorUserList: [] });
    expect(phone.calls()).toMatchObject([{ callID: call.callID, callerName: 'alice', state: 'ringing' }]);
  });

  test('without a pushConfig nobody is woken', async () => {
    await signIn();
    gateway.user('alice').invite(['bob'], { pushConfig: null });
    expect(phone.happened('pushArrived')).toEqual([]);
  });

  test('a user without a device can not be reached, and is named', () => {
    const { errorUserList } = gateway.user('alice').invite(['nobody']);
    expect(errorUserList).toMatchObject([{ userID: 'nobody', code: 6000281, reason: expect.stringContaining('registerPush') as string }]);
  });

  test('accept on another device of the user ends the ring here as answered elsewhere', async () => {
    await signIn();
    const tablet = gateway.user('bob').register();
    gateway.user('alice').invite(['bob'], { callID: 'call-42' });
    gateway.user('bob').accept('call-42', { installation: tablet, extendedData: 'from the tablet' });
    expect(phone.happened('callEnded')).toMatchObject([{ cause: 'answeredElsewhere' }]);
    expect(gateway.installations.get(tablet)).toMatchObject({ user: 'bob', bundleID: 'com.example.app' });
  });

  test('reject declines, and what comes too late changes nothing', () => {
    phone.invite({ callID: 'call-42' });
    expect(gateway.user('bob').reject('call-42')).toMatchObject({ applied: true, call: { state: 'rejected' } });
    expect(gateway.user('bob').accept('call-42')).toMatchObject({ applied: false, call: { state: 'rejected' } });
  });

  test('change says what happened in the words of the event, and contradictions are refused', () => {
    phone.invite({ callID: 'call-42' });
    expect(() => gateway.change('call-42', { event: 'ended', by: 'bob' })).toThrow();
    expect(() => gateway.change('call-42', { event: 'accepted', by: 'bob', state: 'rejected' })).toThrow(/state/);
    expect(gateway.call('call-42').state).toBe('ringing');
    gateway.change('call-42', { event: 'accepted', by: 'bob', state: 'accepted', users: { bob: 'accepted' } });
    expect(gateway.call('call-42').state).toBe('accepted');
  });

  test('a resource of one’s own is used by its name, and one that does not exist is refused', async () => {
    await signIn();
    await ZPNs.getInstance().applyNotificationPermission();
    phone.toBackground();
    gateway.resource('quiet', { kind: 'alert' });
    gateway.user('alice').invite(['bob'], { pushConfig: { resourcesID: 'quiet', title: 'alice', content: 'calls' } });
    expect([phone.calls(), phone.notifications()]).toMatchObject([[], [{ title: 'alice', body: 'calls' }]]);
    expect(refusal(() => gateway.user('alice').invite(['bob'], { pushConfig: { resourcesID: 'unknown' } }))).toMatchObject({
      code: 'unknown_resource',
    });
  });
});

describe('as strict as the gateway', () => {
  const registered = async (configuration: Parameters<typeof ZPNs.configure>[0]) => {
    const listener = jest.fn();
    const subscription = ZPNs.getInstance().addListener('registered', listener);
    await ZPNs.configure(configuration);
    await ZPNs.getInstance().registerPush({ enableIOSVoIP: true });
    await settle();
    subscription.remove();
    return listener.mock.calls.map(([message]) => (message as { errorCode: number }).errorCode);
  };

  test('the gateway’s own app and a token that it signed register', async () => {
    expect(await registered({ serverURL: gateway.url, appID: gateway.appID, userToken: gateway.user('bob').token() })).toEqual([0]);
  });

  test.each<[string, (gateway: Gateway) => string]>([
    ['is not signed', () => 'e30.eyJzdWIiOiJib2IifQ.signature'],
    ['has expired', (of) => of.userToken('bob', { expiresIn: -3600 })],
    ['is for another app', (of) => of.userToken('bob', { appID: 'another' })],
  ])('a user token that %s is refused', async (_what, token) => {
    expect(await registered({ serverURL: gateway.url, appID: gateway.appID, userToken: token(gateway) })).toEqual([6009004]);
    expect(gateway.handle('PUT', '/v1/installations/a', token(gateway), {})).toMatchObject({ status: 401 });
  });

  test('there is nothing at another URL', async () => {
    const configuration = { serverURL: 'https://elsewhere.example.com', appID: gateway.appID, userToken: gateway.userToken('bob') };
    expect(await registered(configuration)).toEqual([6000404]);
    expect(gateway.installations.size).toBe(0);
  });

  test('an argument that the gateway would refuse is refused in its words', async () => {
    await signIn();
    expect(refusal(() => gateway.user('alice').invite([]))).toMatchObject({ status: 400 });
    expect(refusal(() => gateway.user('alice').invite(['bob'], { timeout: 601 }))).toMatchObject({
      status: 400,
      message: expect.stringContaining('timeout') as string,
    });
    await expect(invitation.callInvite(['bob'], { timeout: 601 })).rejects.toThrow(/timeout/);
  });
});
