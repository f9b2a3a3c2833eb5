/** The virtual iPhone as a developer uses it: the package's own code in it, over the real core. */
import type { AppExports, VirtualPhone, VirtualPhoneOptions } from '..';
import { createVirtualPhone, waitFor } from '..';

const UUID = 'F918FA96-D863-5F2C-9BA5-A60EA3CF90A8';
const PUSH = {
  aps: { alert: { title: 'Alice', body: 'calls' } },
  zego: { version: 1, voip_has_video: true, voip_handle_type: 1, voip_handle_value: 'alice' },
  call_id: 'call-42',
  payload: 'for the app',
};

const phones: VirtualPhone[] = [];

function phoneWith(options: VirtualPhoneOptions = {}): VirtualPhone {
  const phone = createVirtualPhone({ voipAtLaunch: true, ...options });
  phones.push(phone);
  return phone;
}

/** A phone whose app was opened once and does not run. */
function installed(options: VirtualPhoneOptions = {}): VirtualPhone {
  const phone = phoneWith(options);
  phone.launch();
  phone.killApp();
  return phone;
}

/** Answers calls as an app does: notes what it hears and fulfils. */
function answering({ CallKit }: AppExports): string[] {
  const heard: string[] = [];
  const callKit = CallKit.getInstance();
  callKit.on('didReceiveIncomingPush', (_extras, uuid) => heard.push(`push ${uuid}`));
  callKit.on('performAnswerCallAction', (action) => {
    heard.push(`answer ${action.callUUID}`);
    void action.fulfill();
  });
  return heard;
}

afterEach(() => {
  for (const phone of phones.splice(0)) phone.switchOff();
});

test('the package that runs on a phone is the real one, over the real core', async () => {
  const { ZPNs } = phoneWith().startJS();
  await expect(ZPNs.getVersion()).resolves.toMatch(/^\d+\.\d+\.\d+$/);
});

test('two phones run the same package without sharing it', () => {
  const [one, other] = [phoneWith().startJS(), phoneWith().startJS()];
  expect(one.ZPNs).not.toBe(other.ZPNs);
});

test('without a server a pushID of its own is registered', async () => {
  const phone = phoneWith();
  const { ZPNs } = phone.startJS();
  const registered = new Promise((resolve) => ZPNs.getInstance().on('registered', resolve));
  await ZPNs.getInstance().registerPush({ enableIOSVoIP: true });
  await expect(registered).resolves.toMatchObject({ errorCode: 0, pushID: expect.stringMatching(/^zpl_/) as string });
});

test('a push rings with no JavaScript, and JavaScript that starts later hears of it and answers', async () => {
  const phone = installed();
  phone.deliverPush('voip', PUSH);
  await phone.waitFor('ringing', ({ uuid }) => uuid === UUID);
  expect(phone.state).toMatchObject({ app: 'background', jsRunning: false });
  expect(phone.ringing).toMatchObject([{ uuid: UUID, name: 'Alice', video: true, handle: { type: 1, value: 'alice' } }]);

  phone.answer(UUID);
  const heard = answering(phone.startJS());
  await phone.waitFor('callConnected', ({ uuid }) => uuid === UUID);
  await phone.settle();
  expect(heard).toEqual([`push ${UUID}`, `answer ${UUID}`]);
  expect(phone.calls).toMatchObject([{ state: 'active' }]);
});

test('JavaScript of a process that was killed hears nothing any more', async () => {
  const phone = phoneWith();
  const before = answering(phone.startJS());
  phone.killApp();
  const after = answering(phone.startJS());
  phone.deliverPush('voip', PUSH);
  await waitFor('the push in JavaScript', () => after.length > 0);
  expect(before).toEqual([]);
});

test('what an app awaits stays pending when its process is killed', async () => {
  const phone = phoneWith();
  const { ZPNs } = phone.startJS();
  const settled = jest.fn();
  void ZPNs.getVersion().then(settled, settled);
  phone.killApp();
  phone.startJS();
  await phone.settle();
  expect(settled).not.toHaveBeenCalled();
});

test('JavaScript that is started again right after a kill is not ended by that kill', async () => {
  const phone = phoneWith();
  phone.startJS();
  phone.killApp();
  phone.startJS();
  phone.killApp();
  const { ZPNs } = phone.startJS();
  await phone.settle();
  await expect(ZPNs.getVersion()).resolves.toBeDefined();
});

test('JavaScript that is reloaded leaves the process and its calls alone', async () => {
  const phone = installed();
  phone.deliverPush('voip', PUSH);
  await phone.waitFor('ringing');
  phone.startJS();
  phone.stopJS();
  expect(phone.state).toMatchObject({ jsRunning: false, app: 'background' });
  const heard = answering(phone.startJS());
  phone.answer(UUID);
  await waitFor('the answer in JavaScript', () => heard.includes(`answer ${UUID}`));
});

test('code that is loaded already can use the native module', async () => {
  const phone = phoneWith();
  const native = phone.attachJS();
  expect(phone.native).toBe(native);
  await expect(native.invoke('getVersion', '{}')).resolves.toMatch(/^\{"ok":/);
});

test('without JavaScript there is no native module', () => {
  const phone = phoneWith();
  expect(() => phone.native).toThrow(/startJS\(\) or attachJS\(\) first/);
});

test('time on a manual clock only passes by advancing it', async () => {
  const phone = installed({ manualClock: 1_764_000_000_000, ringLimitMs: 60_000 });
  phone.deliverPush('voip', PUSH);
  await phone.waitFor('ringing');
  phone.advance(120_000);
  await phone.waitFor('callEnded', ({ uuid }) => uuid === UUID);
  expect(phone.timeline.of('callEnded')[0]?.at).toBeLessThanOrEqual(1_764_000_120_000);
});

test('a decline without JavaScript ends the call as the user ended it', async () => {
  const phone = installed({ manualClock: 1_764_000_000_000 });
  phone.deliverPush('voip', PUSH);
  await phone.waitFor('ringing');
  phone.decline(UUID);
  expect(phone.calls).toEqual([]);
  phone.advance(30_000);
  await expect(phone.waitFor('callEnded')).resolves.toMatchObject({ uuid: UUID, cause: 'user' });
});

test('a call that is reset is gone for the user and for the app', async () => {
  const phone = installed();
  phone.deliverPush('voip', PUSH);
  await phone.waitFor('ringing');
  phone.resetProvider();
  await expect(phone.waitFor('callEnded')).resolves.toMatchObject({ cause: 'reset' });
  expect(phone.calls).toEqual([]);
});

test('mistakes are errors that say what to do', () => {
  const phone = phoneWith();
  expect(() => phone.answer(UUID)).toThrow(/calls\(\) lists what is/);
  expect(() => phone.answer('no uuid')).toThrow(/"no uuid" is no UUID/);
  expect(() => phone.killApp()).toThrow(/launch\(\) it first/);
  expect(() => phone.advance(1)).toThrow(/manualClock/);
  expect(() => phone.tapNotification(9)).toThrow(/notifications\(\) lists what is/);
  expect(() => createVirtualPhone({ bundleId: 'misspelt' } as VirtualPhoneOptions)).toThrow(/bundleId/);
});

test('a phone that is switched off can not be used', () => {
  const phone = createVirtualPhone();
  phone.switchOff();
  expect(() => phone.launch()).toThrow(/switched off/);
  expect(() => phone.switchOff()).not.toThrow();
});

test('tokens are there before the app asks for them and change with the installation', () => {
  const phone = phoneWith();
  const { voip } = phone.tokens;
  expect(voip).toMatch(/^[0-9a-f]{64}$/);
  phone.reinstall();
  expect(phone.tokens.voip).not.toBe(voip);
});
