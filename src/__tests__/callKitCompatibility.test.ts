/** What of `CallKit` shows on the call screen only: reasons, updates, configuration, as ZEGO's numbers and fields say. On the real core. */
import { CallKit, CXCallEndedReason, CXHandleType, CXPlayDTMFCallActionType } from '..';
import { createZpnsMock, type ZpnsMock } from '../jest';
import { settle } from './support/bench';

const callKit = CallKit.getInstance();
const UUID = '1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10';

let phone: ZpnsMock;

beforeEach(() => {
  phone = createZpnsMock();
});

afterEach(() => {
  callKit.off('performAnswerCallAction');
  callKit.off('performStartCallAction');
  phone.dispose();
});

test.each([
  ['failed', CXCallEndedReason.Failed],
  ['remoteEnded', CXCallEndedReason.RemoteEnded],
  ['unanswered', CXCallEndedReason.Unanswered],
  ['answeredElsewhere', CXCallEndedReason.AnsweredElsewhere],
  ['declinedElsewhere', CXCallEndedReason.DeclinedElsewhere],
] as const)('reportCallEnded ends the call on the screen as %s', async (cause, reason) => {
  await callKit.reportIncomingCall({}, UUID);
  await callKit.reportCallEnded(reason, UUID);
  expect(phone.happened('callEnded')[0]).toMatchObject({ uuid: UUID, cause });
});

test('reportCallEnded refuses a reason that is none', async () => {
  await callKit.reportIncomingCall({}, UUID);
  for (const reason of [0, 6, '2', null]) {
    await expect(callKit.reportCallEnded(reason as never, UUID)).rejects.toMatchObject({ code: '6009001', domain: 'zpns' });
  }
  expect(phone.state().calls).toHaveLength(1);
});

test('reportIncomingCall shows every field of its update', async () => {
  const abilities = { supportsHolding: false, supportsGrouping: false, supportsUngrouping: false, supportsDTMF: false };
  const remoteHandle = { type: CXHandleType.EmailAddress, value: 'li@example.com' };
  await callKit.reportIncomingCall({ remoteHandle, localizedCallerName: 'Li hua', hasVideo: true, ...abilities }, UUID.toLowerCase());
  const handle = { type: 3, value: 'li@example.com' };
  expect(phone.state().calls).toMatchObject([{ uuid: UUID, handle, name: 'Li hua', video: true, ...abilities }]);
});

test('reportCallUpdate changes what it names and leaves the rest', async () => {
  const remoteHandle = { type: CXHandleType.PhoneNumber, value: '10086' };
  await callKit.reportIncomingCall({ remoteHandle, localizedCallerName: 'Li hua', hasVideo: true, supportsDTMF: false }, UUID);
  await callKit.reportCallUpdate({ localizedCallerName: 'Wang' }, UUID);
  expect(phone.state().calls).toMatchObject([{ handle: { type: 2, value: '10086' }, name: 'Wang', video: true, supportsDTMF: false }]);
  await callKit.reportCallUpdate({ hasVideo: false }, UUID);
  expect(phone.state().calls).toMatchObject([{ handle: { type: 2, value: '10086' }, name: 'Wang', video: false }]);
  expect(await callKit.getCalls()).toMatchObject([{ handle: remoteHandle, callerName: 'Wang', video: false }]);
});

test('playDTMF plays each kind of tone by the number of the enum', async () => {
  callKit.on('performAnswerCallAction', (action) => action.fulfill());
  await callKit.reportIncomingCall({}, UUID);
  void phone.answer(UUID);
  const { CXPlayDTMFCallActionTypeSingleTone: tone, CXPlayDTMFCallActionTypeHardPause: pause } = CXPlayDTMFCallActionType;
  await callKit.playDTMF(UUID, '12#', tone);
  await callKit.playDTMF(UUID, 'w', pause);
  await settle();
  expect(phone.happened('tonesPlayed')).toMatchObject([{ digits: '12#' }, { digits: 'w' }]);
  await expect(callKit.playDTMF(UUID, '1', 3 as never)).rejects.toMatchObject({ code: '6009001' });
});

test('reportOutgoingCallStarted shows connecting, reportOutgoingCall connected', async () => {
  callKit.on('performStartCallAction', (action) => action.fulfill());
  const { uuid } = await callKit.startCall({ type: CXHandleType.Generic, value: 'Li hua' });
  await callKit.reportOutgoingCallStarted(uuid);
  expect(phone.state().calls).toMatchObject([{ uuid, state: 'connecting' }]);
  await callKit.reportOutgoingCall(uuid);
  expect(phone.state().calls).toMatchObject([{ uuid, state: 'active' }]);
});
