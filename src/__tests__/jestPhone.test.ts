/** What a phone of `react-native-zpns/jest` can do because a real one can: files, permission, notifications, a new installation. */
import ZPNs, { CallKit, type Subscription } from '..';
import { createZpnsMock, type ZpnsMock } from '../jest';
import { settle } from './support/bench';

const zpns = ZPNs.getInstance();
let phone: ZpnsMock;
const subscriptions: Subscription[] = [];

afterEach(() => {
  for (const subscription of subscriptions.splice(0)) subscription.remove();
  phone.dispose();
});

async function signIn(): Promise<void> {
  const { gateway } = phone;
  await ZPNs.configure({ serverURL: gateway.url, appID: gateway.appID, userToken: gateway.userToken('bob') });
  await zpns.registerPush({ enableIOSVoIP: true });
  await settle();
}

test('what the app stored is there when it runs again', async () => {
  phone = createZpnsMock();
  await signIn();
  const { pushID } = await ZPNs.getRegistration();
  phone.killApp();
  phone.launch();
  phone.startJS();
  await settle();
  expect(await ZPNs.getRegistration()).toMatchObject({ pushID, state: 'registered' });
});

test('a decline that the gateway could not hear reaches it at the next launch', async () => {
  phone = createZpnsMock();
  const uuid = phone.invite({ callID: 'call-42' });
  phone.gateway.answer('reject', { status: 0 });
  void phone.end(uuid);
  phone.killApp();
  expect(phone.gateway.call('call-42').state).toBe('ringing');
  phone.launch();
  phone.advance(5_000);
  expect(phone.gateway.call('call-42').state).toBe('rejected');
  await settle();
});

test('before the first unlock a call rings although nothing can be read', () => {
  phone = createZpnsMock({ storageReadable: false });
  const uuid = phone.push({ call_id: 'call-42' });
  expect(phone.calls()).toMatchObject([{ uuid, state: 'ringing' }]);
  phone.unlock();
  expect(phone.happened('unlocked')).toHaveLength(1);
});

test('the user is asked for permission and answers as the phone was made', async () => {
  phone = createZpnsMock({ permission: false });
  await expect(zpns.applyNotificationPermission()).resolves.toBe(false);
  expect(phone.happened('permissionAsked')).toMatchObject([{ granted: false }]);
  phone.pushAlert({ aps: { alert: 'Hello' } });
  expect(phone.happened('pushDropped')).toMatchObject([{ kind: 'alert', reason: 'notPermitted' }]);
});

test('an alert is in the notification list, and a tap on it opens the app and is told', async () => {
  phone = createZpnsMock();
  await zpns.applyNotificationPermission();
  phone.killApp();
  phone.pushAlert({ aps: { alert: { title: 'Li hua', body: 'Hello' } }, payload: 'p' });
  const [notification] = phone.notifications();
  expect(notification).toMatchObject({ title: 'Li hua', body: 'Hello', local: false });
  const clicked = jest.fn();
  subscriptions.push(zpns.addListener('notificationClicked', clicked));
  if (notification) phone.tapNotification(notification);
  phone.startJS();
  expect(clicked).toHaveBeenCalledWith(expect.objectContaining({ title: 'Li hua', payload: 'p' }));
  expect([phone.notifications(), phone.state().app]).toEqual([[], 'foreground']);
  expect(() => phone.tapNotification({ notification: 4711 })).toThrow('notifications() lists what is');
});

test('an app in the background is suspended, and runs again for the next call', () => {
  phone = createZpnsMock();
  phone.toBackground();
  phone.advance(60_000);
  expect(phone.state().app).toBe('suspended');
  phone.invite({ callID: 'call-42' });
  expect(phone.happened('ringing')).toHaveLength(1);
  expect(phone.state().app).toBe('background');
});

test('a phone that is told so is never suspended', () => {
  phone = createZpnsMock({ suspends: false });
  phone.toBackground();
  phone.advance(60_000);
  expect(phone.state().app).toBe('background');
});

test('a phone without a network hears that the caller gave up as soon as it has one', () => {
  phone = createZpnsMock();
  const uuid = phone.invite({ callID: 'call-42', caller: 'alice' });
  phone.changeNetwork('lost');
  phone.gateway.user('alice').cancel('call-42');
  expect(phone.happened('callEnded')).toEqual([]);
  phone.changeNetwork('back');
  expect(phone.happened('callEnded')).toMatchObject([{ uuid, cause: 'remoteEnded' }]);
});

test('a clock that is set changes nothing for the test', () => {
  phone = createZpnsMock({ clockOffsetMs: -120_000 });
  const { now } = phone;
  phone.jumpClock(3_600_000);
  phone.advance(1_000);
  expect(phone.now).toBe(now + 1_000);
  expect(phone.timeline.every(({ at }) => at <= now + 1_000)).toBe(true);
  expect(() => phone.jumpClock(1.5)).toThrow('jumpClock wants ms: a whole number');
});

test('an app whose files are damaged keeps its installation', () => {
  phone = createZpnsMock();
  phone.launch();
  phone.killApp();
  const { installation } = phone.identity();
  for (const change of ['damaged', 'newer'] as const) {
    phone.changeStorage(change);
    phone.launch();
    phone.killApp();
    expect(phone.identity().installation).toBe(installation);
  }
});

test('a local notification and a badge show', async () => {
  phone = createZpnsMock();
  await zpns.applyNotificationPermission();
  phone.toBackground();
  await zpns.addLocalNotification({ title: 'title', content: 'content' });
  await zpns.setLocalBadge(3);
  expect(phone.notifications()).toMatchObject([{ title: 'title', local: true }]);
  expect(phone.state().badge).toBe(3);
});

test('a new installation has other tokens and has stored nothing', async () => {
  phone = createZpnsMock();
  await signIn();
  const before = phone.identity();
  phone.reinstall();
  expect(phone.state()).toMatchObject({ app: 'notRunning', calls: [] });
  phone.launch();
  phone.startJS();
  expect(phone.identity()).not.toMatchObject({ voip: before.voip });
  expect((await ZPNs.getRegistration()).state).toBe('idle');
});

test('an app that has not asked for VoIP pushes gets none', () => {
  phone = createZpnsMock({ voipAtLaunch: false });
  expect(phone.push({ call_id: 'call-42' })).toBe('');
  expect(phone.timeline.at(-1)).toMatchObject({ type: 'pushDropped', reason: 'notRegistered' });
});

test('calls() answers while no JavaScript runs, and nobody sees it', () => {
  phone = createZpnsMock();
  phone.killApp();
  const uuid = phone.push({ call_id: 'call-42' });
  const { length } = phone.timeline;
  expect(phone.calls()).toMatchObject([{ uuid, state: 'ringing' }]);
  expect(phone.timeline).toHaveLength(length);
  expect(phone.state().jsRunning).toBe(false);
});

test('background notifications resolve when the app has finished with them, one after the other', async () => {
  phone = createZpnsMock();
  const finished: string[] = [];
  subscriptions.push(zpns.addListener('throughMessageReceived', () => settle()));
  const both = [1, 2].map((number) => phone.throughMessage({ payload: String(number) }).then(() => finished.push(String(number))));
  expect(finished).toEqual([]);
  await Promise.all(both);
  expect(finished).toEqual(['1', '2']);
});

test('the user calls back from Recents, and asks for a call elsewhere', async () => {
  phone = createZpnsMock();
  expect(() => phone.callBack()).toThrow('nobody to call back');
  await CallKit.setInitConfiguration({ localizedName: 'Example', supportedHandleTypes: [1] });
  const intents = jest.fn();
  subscriptions.push(CallKit.getInstance().addListener('didReceiveStartCallIntent', intents));
  const uuid = phone.push({ call_id: 'call-42', zego: { voip_handle_value: 'Li hua', voip_handle_type: 1 } });
  void phone.end(uuid);
  phone.advance(10_000);
  phone.callBack();
  phone.startCallIntent({ type: 2, value: '10086' }, true);
  expect(intents.mock.calls).toMatchObject([[{ handle: { value: 'Li hua' } }], [{ handle: { value: '10086' }, video: true }]]);
});
