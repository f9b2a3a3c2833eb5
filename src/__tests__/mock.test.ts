/** What of the phone of `react-native-zpns/jest` its users rely on, beside what the core does. */
import ZPNs, { CallInvitation, CallKit, CXCallEndedReason, ZpnsCode } from '..';
import { createZpnsMock, type ZpnsMock } from '../jest';

const callKit = CallKit.getInstance();
let phone: ZpnsMock;

beforeEach(() => {
  phone = createZpnsMock();
});

afterEach(() => {
  callKit.off('performAnswerCallAction');
  callKit.off('performEndCallAction');
  callKit.off('didEndCall');
});

test('call UUIDs are those of every other part', async () => {
  const vectors = {
    'call-42': 'F918FA96-D863-5F2C-9BA5-A60EA3CF90A8',
    '通话-1': 'CFEF30A4-EF00-5D2F-B0E8-E228E1B97FBA',
    '1f0e9b52-5f1a-4c0e-9c55-3b1f3f6f2a10': '1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10',
  };
  for (const [callID, uuid] of Object.entries(vectors)) {
    expect(phone.push({ call_id: callID })).toBe(uuid);
    expect(await callKit.callUUID(callID)).toBe(uuid);
  }
  expect(phone.push({})).toMatch(/^[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/);
});

test('answer and end say what the app made of them', async () => {
  const uuid = phone.push({ call_id: 'call-42' });
  callKit.on('performAnswerCallAction', (action) => void action.fulfill());
  expect(await phone.answer(uuid)).toBe('fulfill');
  callKit.on('performEndCallAction', (action) => void action.fail());
  expect(await phone.end(uuid)).toBe('fail');
  expect(phone.calls()).toEqual([]);
});

test('an end waits for an app that does not run yet', async () => {
  const uuid = phone.push({ call_id: 'call-42' });
  const end = phone.end(uuid);
  callKit.on('performEndCallAction', (action) => void action.fulfill());
  expect(await end).toBe('fulfill');
});

test('a call that ends elsewhere settles what waited for it', async () => {
  const uuid = phone.push({ call_id: 'call-42' });
  const ended = jest.fn();
  callKit.on('didEndCall', ended);
  const answer = phone.answer(uuid);
  phone.endElsewhere(uuid, CXCallEndedReason.AnsweredElsewhere);
  expect(await answer).toBe('over');
  expect(ended.mock.calls).toEqual([[{ uuid, callID: 'call-42', reason: 4 }]]);
});

test('a push shows its caller', () => {
  phone.push({
    call_id: 'call-42',
    aps: { alert: { title: '系统通话标题', body: 'your content' } },
    zego: { voip_has_video: true, voip_handle_type: 1, voip_handle_value: '发送方联系人信息' },
  });
  expect(phone.calls()).toMatchObject([
    { callID: 'call-42', callerName: '系统通话标题', handle: { type: 1, value: '发送方联系人信息' }, video: true, state: 'ringing' },
  ]);
});

test('there is no gateway, until respond says what it answers', async () => {
  const invitation = CallInvitation.getInstance();
  await expect(invitation.callInvite(['bob'])).rejects.toMatchObject({ code: String(ZpnsCode.NotConfigured) });
  phone.respond('callInvite', { callID: 'call-42', timeout: 90, errorUserList: [] });
  await expect(invitation.callInvite(['bob'])).resolves.toEqual({ callID: 'call-42', timeout: 90, errorUserList: [] });
});

test('what may be said about the phone shows', async () => {
  phone = createZpnsMock({ bundleID: 'org.example.chat', permission: false, environment: 'development' });
  await expect(ZPNs.getInstance().applyNotificationPermission()).resolves.toBe(false);
  await expect(ZPNs.getRegistration()).resolves.toMatchObject({ bundleID: 'org.example.chat', environment: 'development', state: 'idle' });
});

test('a user who does the impossible is told', () => {
  expect(() => phone.answer('1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10')).toThrow('no call has this UUID');
  expect(() => phone.answer('call-42')).toThrow('uuid must be a UUID');
  expect(() => phone.timeOut(phone.push({}))).toThrow('no action of this call is waiting');
});

test('no more than 256 events wait, the newest ones', () => {
  for (let number = 1; number <= 300; number += 1) phone.emit('registered', { pushID: String(number), errorCode: 0, msg: '' });
  const heard: string[] = [];
  ZPNs.getInstance()
    .addListener('registered', ({ pushID }) => heard.push(pushID))
    .remove();
  expect([heard.length, heard[0], heard.at(-1)]).toEqual([256, '45', '300']);
});

test('what emit makes up goes straight to JavaScript, counts on, and tells the time', () => {
  const events: { type: string; seq: number; at: number; flushed: boolean }[] = [];
  phone.native.onEvent((event) => void events.push(event));
  phone.native.listen('providerDidBegin');
  phone.emit('registered');
  phone.emit('didEndCall');
  expect(events.map(({ type, seq, flushed }) => [type, seq, flushed])).toEqual([
    ['providerDidBegin', 1, true],
    ['registered', 2, false],
    ['didEndCall', 3, false],
  ]);
  expect(Math.abs((events[2]?.at ?? 0) - Date.now())).toBeLessThan(60_000);
});

test('unregisterPush that the gateway does not take is refused, and told again by time until it is', async () => {
  await ZPNs.configure({ serverURL: phone.gateway.url, appID: 'app', userToken: phone.gateway.userToken('bob') });
  await ZPNs.getInstance().registerPush({ enableIOSVoIP: true });
  phone.gateway.answer('unregister', { status: 503, retryAfter: 30 });
  await expect(ZPNs.getInstance().unregisterPush()).rejects.toMatchObject({ code: '6000405' });
  const told = () => phone.gateway.requests.filter(({ name }) => name === 'unregister').length;
  expect((await ZPNs.getRegistration()).state).toBe('unregistering');
  phone.advance(29_000);
  expect(told()).toBe(1);
  phone.advance(1_000);
  expect(told()).toBe(2);
  expect(phone.gateway.installations.size).toBe(0);
  expect((await ZPNs.getRegistration()).state).toBe('idle');
});
