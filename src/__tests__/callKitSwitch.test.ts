/** The switch of CallKit, for mainland China: on the virtual iPhone over the real core. */
import ZPNs, { CallKit, CXHandleType, ZpnsCode, type ZPNsRegisterMessage } from '..';
import { createZpnsMock, type ZpnsMock, type ZpnsMockOptions } from '../jest';
import { eventually, settle } from './support/bench';

const zpns = ZPNs.getInstance();
const callKit = CallKit.getInstance();
const DISABLED = { code: String(ZpnsCode.CallKitDisabled), domain: 'zpns' };
const TOKEN = expect.stringMatching(/^[0-9a-f]{64}$/) as string;

let phone: ZpnsMock;

function start(options: ZpnsMockOptions = {}): void {
  phone = createZpnsMock(options);
}

async function register(): Promise<ZPNsRegisterMessage> {
  let last: ZPNsRegisterMessage | undefined;
  const subscription = zpns.addListener('registered', (message) => (last = message));
  await zpns.registerPush({ enableIOSVoIP: true });
  const message = await eventually(() => last, 'registered');
  subscription.remove();
  return message;
}

afterEach(() => {
  callKit.off('providerDidReset');
  phone.dispose();
});

test('switched off, calls end as in a provider reset, the VoIP token goes, and alerts go on', async () => {
  start();
  await register();
  const reset = jest.fn();
  callKit.on('providerDidReset', reset);
  await callKit.reportIncomingCall({}, '1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10');
  await CallKit.setEnabled(false);
  await settle();
  // The provider that goes says so itself as well: JavaScript has heard of it.
  expect(reset.mock.calls).toEqual([[['1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10']]]);
  expect([phone.state().calls, await callKit.getCalls()]).toEqual([[], []]);
  expect((await ZPNs.getRegistration()).tokens).toEqual({ apns: TOKEN, voip: null });
  await expect(callKit.startCall({ type: CXHandleType.Generic, value: 'Li hua' })).rejects.toMatchObject(DISABLED);
});

test('the switch holds at the next launch, and back on the VoIP token is asked for again', async () => {
  start();
  await register();
  await CallKit.setEnabled(false);
  await settle();
  phone.killApp();
  phone.startJS();
  await expect(callKit.reportIncomingCall({}, '1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10')).rejects.toMatchObject(DISABLED);
  await CallKit.setEnabled(true);
  await settle();
  expect((await ZPNs.getRegistration()).tokens).toMatchObject({ voip: TOKEN });
  await expect(callKit.reportIncomingCall({}, '1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10')).resolves.toBeUndefined();
});

test('a build without CallKit registers for alerts only, with a warning in the log, and can not be switched on', async () => {
  start({ callKitDisabled: true });
  expect(await register()).toMatchObject({ errorCode: 0 });
  expect((await ZPNs.getRegistration()).tokens).toEqual({ apns: TOKEN, voip: null });
  expect(phone.happened('log')).toContainEqual(
    expect.objectContaining({ level: 'warning', message: expect.stringContaining('CallKit is switched off') as string }),
  );
  await expect(CallKit.setEnabled(true)).rejects.toMatchObject(DISABLED);
  await expect(CallKit.setEnabled(false)).resolves.toBeUndefined();
});
