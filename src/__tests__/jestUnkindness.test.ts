/** What a phone of `react-native-zpns/jest` does that iOS does: other calls, late audio, refused reports, Recents, reloads. */
import { CallKit, type CXAction, type Subscription } from '..';
import { createZpnsMock, type IncomingCallError, type ZpnsMock, type ZpnsMockOptions } from '../jest';
import { settle } from './support/bench';

const callKit = CallKit.getInstance();
const subscriptions: Subscription[] = [];
let phone: ZpnsMock;

afterEach(() => {
  for (const subscription of subscriptions.splice(0)) subscription.remove();
  phone.dispose();
});

/** The app fulfils whatever it is asked for; the audio events that it hears. */
function fulfils(): string[] {
  const heard: string[] = [];
  const fulfil = (action: Pick<CXAction, 'fulfill'>) => void action.fulfill();
  for (const type of ['performAnswerCallAction', 'performEndCallAction', 'performSetHeldCallAction'] as const)
    subscriptions.push(callKit.addListener(type, fulfil));
  for (const type of ['didActivateAudioSession', 'didDeactivateAudioSession'] as const)
    subscriptions.push(callKit.addListener(type, () => void heard.push(type)));
  return heard;
}

/** A phone in a call. */
async function inACall(options: ZpnsMockOptions = {}): Promise<{ uuid: string; audio: string[] }> {
  phone = createZpnsMock(options);
  const audio = fulfils();
  const uuid = phone.invite({ callID: 'call-42' });
  await phone.answer(uuid);
  return { uuid, audio };
}

test('a cellular call holds the app’s call, and nothing is resumed when it is over', async () => {
  const { uuid, audio } = await inACall();
  phone.otherCall('rings');
  phone.otherCall('answered');
  await settle();
  phone.otherCall('ended');
  expect(phone.calls()).toMatchObject([{ uuid, onHold: true }]);
  expect(audio).toEqual(['didActivateAudioSession', 'didDeactivateAudioSession']);

  expect(await phone.setHeld(uuid, false)).toBe('fulfill');
  expect(phone.calls()).toMatchObject([{ uuid, onHold: false }]);
  expect(phone.happened('audioActivated')).toMatchObject([{ told: true }, { told: false }]);
  expect(audio).toHaveLength(2);
});

test('a cellular call that ends the app’s call is told to the gateway', async () => {
  await inACall();
  phone.otherCall('rings');
  phone.otherCall('answered', 'end');
  await settle();
  expect(phone.gateway.call('call-42').state).toBe('ended');
  expect(phone.calls()).toEqual([]);
});

test('a cellular call that does not ring can not be answered', () => {
  phone = createZpnsMock();
  expect(() => phone.otherCall('answered')).toThrow('none rings or is on hold');
  expect(() => phone.otherCall('began' as 'rings')).toThrow('rings, is answered or ended');
});

test('audio comes as late as the phone was told', async () => {
  const { audio } = await inACall({ audioActivation: { afterMs: 700 } });
  expect(audio).toEqual([]);
  phone.advance(700);
  expect(audio).toEqual(['didActivateAudioSession']);
});

test('audio comes before the app has fulfilled the answer', () => {
  phone = createZpnsMock({ audioActivation: 'beforeFulfil' });
  void phone.answer(phone.invite({ callID: 'call-42' }));
  expect(phone.happened('audioActivated')).toHaveLength(1);
  expect(phone.happened('callConnected')).toEqual([]);
});

test('audio never comes', async () => {
  const { audio } = await inACall({ audioActivation: 'never' });
  phone.advance(60_000);
  expect(audio).toEqual([]);
});

test('every report is refused as the test says, until calls are taken again', () => {
  phone = createZpnsMock({ refuseReports: 'filteredByBlockList' });
  phone.invite({ callID: 'call-1' });
  phone.refuseReports('filteredBySensitiveParticipants');
  phone.invite({ callID: 'call-2' });
  expect(phone.happened('reportRefused')).toMatchObject([{ code: 4 }, { code: 7 }]);
  expect(phone.happened('ringing')).toEqual([]);
  phone.refuseReports(null);
  phone.invite({ callID: 'call-3' });
  expect(phone.happened('ringing')).toHaveLength(1);
  expect(() => phone.refuseReports('busy' as IncomingCallError)).toThrow('the error of a reported call');
});

test('Recents tells missed, declined and answered calls apart', async () => {
  const { uuid } = await inACall();
  await phone.end(uuid);
  await phone.end(phone.invite({ callID: 'call-43' }));
  phone.invite({ callID: 'call-44', caller: 'alice' });
  phone.gateway.user('alice').cancel('call-44');
  expect(phone.state().recents).toMatchObject([{ kind: 'answered' }, { kind: 'declined' }, { kind: 'missed' }]);
  expect(phone.happened('recentAdded').at(-1)).toMatchObject({ recent: 3, kind: 'missed' });
});

test('old JavaScript that is torn down after the new one began takes nothing from it', async () => {
  phone = createZpnsMock();
  phone.startJS();
  fulfils();
  phone.stopJS('old');
  expect(phone.state().jsRunning).toBe(true);
  expect(await phone.answer(phone.invite({ callID: 'call-42' }))).toBe('fulfill');
});

test('an event that JavaScript can not take comes again when it listens anew', async () => {
  phone = createZpnsMock();
  const uuid = phone.invite({ callID: 'call-42' });
  const early = callKit.addListener('performAnswerCallAction', () => undefined);
  phone.refuseEvent('performAnswerCallAction');
  const answered = phone.answer(uuid);
  expect(phone.happened('eventRefused')).toMatchObject([{ kind: 'performAnswerCallAction' }]);
  early.remove();
  fulfils();
  expect(await answered).toBe('fulfill');
});
