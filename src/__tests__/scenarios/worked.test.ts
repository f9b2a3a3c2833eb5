/** The worked test of docs/testing-your-app.md: the guide holds this file, character for character. */
import ZPNs, { CallKit, CXCallEndedReason } from 'react-native-zpns';
import { createZpnsMock, type ZpnsMock } from 'react-native-zpns/jest';

/** The app: joins the room of a call that the user answers, leaves it when the call is over. */
const room = { join: jest.fn<Promise<void>, [string]>(), leave: jest.fn() };

/** What the app's entry file calls, once. */
function setUpCalls(): void {
  const callKit = CallKit.getInstance();
  callKit.on('performAnswerCallAction', (action) => {
    room.join(action.callUUID).then(
      () => action.fulfill(),
      () => action.fail(),
    );
  });
  callKit.on('performEndCallAction', (action) => {
    room.leave(action.callUUID);
    void action.fulfill();
  });
  callKit.on('didEndCall', ({ uuid }) => room.leave(uuid));
}

let phone: ZpnsMock;

beforeEach(() => {
  jest.resetAllMocks();
  phone = createZpnsMock();
});

test('a call that is answered while the app is killed is joined when JavaScript starts', async () => {
  room.join.mockResolvedValue();
  phone.killApp();

  // The push starts the app in the background. The user answers on the lock screen; no JavaScript runs yet.
  const uuid = phone.invite({ callID: 'call-42', caller: 'alice' });
  const answered = phone.answer(uuid);
  expect(phone.timeline).toContainEqual(expect.objectContaining({ type: 'ringing', uuid }));
  expect(room.join).not.toHaveBeenCalled();

  phone.startJS();
  setUpCalls();

  expect(await answered).toBe('fulfill');
  expect(room.join).toHaveBeenCalledWith(uuid);
  expect(phone.gateway.call('call-42').state).toBe('accepted');
});

test('a caller who hangs up first stops the ring, and the app leaves', () => {
  setUpCalls();
  const uuid = phone.invite({ callID: 'call-42', caller: 'alice' });
  const ended = jest.fn();
  CallKit.getInstance().addListener('didEndCall', ended);

  phone.gateway.user('alice').cancel('call-42');

  expect(ended).toHaveBeenCalledWith({ uuid, callID: 'call-42', reason: CXCallEndedReason.RemoteEnded });
  expect(room.leave).toHaveBeenCalledWith(uuid);
  expect(phone.calls()).toEqual([]);
  expect(phone.timeline.at(-1)).toMatchObject({ type: 'callEnded', uuid, cause: 'remoteEnded' });
  expect(() => phone.answer(uuid)).toThrow('no call has this UUID');
});

test('the far end hangs up after the answer, and the app leaves', async () => {
  room.join.mockResolvedValue();
  setUpCalls();
  const uuid = phone.invite({ callID: 'call-42', caller: 'alice' });
  expect(await phone.answer(uuid)).toBe('fulfill');
  phone.gateway.user('alice').end('call-42');
  expect(room.leave).toHaveBeenCalledWith(uuid);
});

test('an answer that the app can not carry out ends the call and leaves it to the user’s other devices', async () => {
  room.join.mockRejectedValue(new Error('no network'));
  setUpCalls();
  const uuid = phone.invite({ callID: 'call-42' });
  expect(await phone.answer(uuid)).toBe('fail');
  expect(phone.gateway.requests.map(({ name }) => name)).not.toContain('accept');
});

test('nobody answers: after the ring time the call is missed', () => {
  setUpCalls();
  const uuid = phone.invite({ callID: 'call-42', timeout: 30 });
  phone.advance(30_000);
  expect(phone.timeline).toContainEqual(expect.objectContaining({ type: 'callEnded', uuid, cause: 'unanswered' }));
});

test('a user token that the gateway refuses is renewed', async () => {
  const { gateway } = phone;
  const getUserToken = jest.fn(() => Promise.resolve(gateway.userToken('bob')));
  const registered = new Promise((resolve) => ZPNs.getInstance().on('registered', resolve));
  gateway.answer('register', { status: 401 });
  await ZPNs.configure({ serverURL: gateway.url, appID: gateway.appID, getUserToken });
  await ZPNs.getInstance().registerPush({ enableIOSVoIP: true });
  expect(await registered).toMatchObject({ errorCode: 0, pushID: expect.stringMatching(/^zp_/) as string });
  expect(getUserToken).toHaveBeenCalledTimes(2);
});
