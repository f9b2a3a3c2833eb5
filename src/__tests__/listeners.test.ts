/** `on`, `off` and `addListener`, the same for all three classes: only the table of events differs. */
import ZPNs, { CallInvitation, CallKit, type ZPNsRegisterMessage } from '..';
import { createZpnsMock, type ZpnsMock } from '../jest';

const zpns = ZPNs.getInstance();
const callKit = CallKit.getInstance();
let phone: ZpnsMock;

beforeEach(() => {
  phone = createZpnsMock();
});

afterEach(() => {
  zpns.off('registered');
  callKit.off('didEndCall');
  jest.restoreAllMocks();
});

function registered(pushID: string): void {
  phone.emit('registered', { pushID, errorCode: 0, msg: '' });
}

test('on replaces the listener before', () => {
  const [first, second] = [jest.fn(), jest.fn()];
  zpns.on('registered', first);
  zpns.on('registered', second);
  registered('a');
  expect(first).not.toHaveBeenCalled();
  expect(second).toHaveBeenCalledTimes(1);
});

test('off takes the listener away, and what comes then waits for the next one', () => {
  const [first, second] = [jest.fn(), jest.fn()];
  zpns.on('registered', first);
  zpns.off('registered');
  registered('a');
  zpns.on('registered', second);
  expect(first).not.toHaveBeenCalled();
  expect(second).toHaveBeenCalledWith({ pushID: 'a', errorCode: 0, msg: '' });
});

test('Z25: addListener adds beside on, and its subscription takes away only its own', () => {
  const heard: string[] = [];
  const listen = (who: string) => (message: ZPNsRegisterMessage) => heard.push(`${who} ${message.pushID}`);
  zpns.on('registered', listen('on'));
  const one = zpns.addListener('registered', listen('one'));
  const two = zpns.addListener('registered', listen('two'));
  registered('a');
  one.remove();
  one.remove();
  zpns.off('registered');
  registered('b');
  two.remove();
  expect(heard).toEqual(['on a', 'one a', 'two a', 'two b']);
});

test('the same function added twice is heard twice and removed once at a time', () => {
  const listener = jest.fn();
  const subscriptions = [zpns.addListener('registered', listener), zpns.addListener('registered', listener)];
  registered('a');
  expect(listener).toHaveBeenCalledTimes(2);
  subscriptions[0]?.remove();
  registered('b');
  expect(listener).toHaveBeenCalledTimes(3);
  subscriptions[1]?.remove();
});

test.each([
  ['ZPNs', zpns],
  ['CallKit', callKit],
  ['CallInvitation', CallInvitation.getInstance()],
])('%s refuses an unknown type and what is no function, in the words of ZEGO', (_name, instance) => {
  const anything = instance as unknown as Record<'on' | 'addListener', (type: string, listener?: unknown) => void> & {
    off: (type: string) => void;
  };
  for (const type of ['register', 'toString', '__proto__', '']) {
    const refusal = new Error(`${type} is not a supported event type.`);
    expect(() => anything.on(type, () => undefined)).toThrow(refusal);
    expect(() => anything.addListener(type, () => undefined)).toThrow(refusal);
    expect(() => anything.off(type)).toThrow(refusal);
  }
  const known = instance === zpns ? 'registered' : instance === callKit ? 'didEndCall' : 'callInvitationEnded';
  for (const listener of [undefined, null, 'listener', {}]) {
    expect(() => anything.on(known, listener)).toThrow(new Error('listener must be a function.'));
    expect(() => anything.addListener(known, listener)).toThrow(new Error('listener must be a function.'));
  }
});

test('a listener that throws, now or later, is logged and keeps nobody from hearing', async () => {
  const logged = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const failure = new Error('from the app');
  const late = zpns.addListener('registered', () => Promise.reject(failure));
  const other = zpns.addListener('registered', jest.fn());
  const last = jest.fn();
  const third = zpns.addListener('registered', last);
  zpns.on('registered', () => {
    throw failure;
  });
  registered('a');
  expect(last).toHaveBeenCalledTimes(1);
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(logged.mock.calls).toEqual([
    ['[ZPNs] The listener of "registered" failed:', failure],
    ['[ZPNs] The listener of "registered" failed:', failure],
  ]);
  for (const subscription of [late, other, third]) subscription.remove();
});

test('the native side hears of every listener, and of the last one that goes', () => {
  const listen = jest.spyOn(phone.native, 'listen');
  const unlisten = jest.spyOn(phone.native, 'unlisten');
  zpns.on('registered', jest.fn());
  zpns.on('registered', jest.fn());
  const subscription = zpns.addListener('registered', jest.fn());
  zpns.off('registered');
  expect(listen.mock.calls).toEqual([['registered'], ['registered'], ['registered']]);
  expect(unlisten).not.toHaveBeenCalled();
  subscription.remove();
  expect(unlisten.mock.calls).toEqual([['registered']]);
});

test('an event that was on its way when its listener went waits in the core for the next one', async () => {
  // A native module on another thread hears of it too late.
  jest.spyOn(phone.native, 'unlisten').mockImplementation(() => undefined);
  const waiting = async () => (await ZPNs.diagnose()).events?.waiting ?? NaN;
  const before = await waiting();
  const listener = jest.fn();
  zpns.on('registered', jest.fn());
  zpns.off('registered');
  registered('late');
  expect(await waiting()).toBe(before + 1);
  zpns.on('registered', listener);
  expect(listener.mock.calls).toEqual([[{ pushID: 'late', errorCode: 0, msg: '' }]]);
});

test('how the calls stood when the last listener went is not shown to the next one', async () => {
  const unlisten = jest.spyOn(phone.native, 'unlisten').mockImplementation(() => undefined);
  callKit.addListener('callsChanged', jest.fn()).remove();
  const uuid = phone.push({ call_id: 'call-42' });
  unlisten.mockRestore();
  phone.native.unlisten('callsChanged');
  await CallKit.getInstance().reportCallEnded(2, uuid);
  const heard: unknown[] = [];
  const subscription = callKit.addListener('callsChanged', (calls) => heard.push(calls));
  await ZPNs.diagnose();
  expect(heard).toEqual([[]]);
  subscription.remove();
});

test('a module that takes the place of another is heard from then on, what waited there first', () => {
  const listener = jest.fn();
  zpns.on('registered', listener);
  const other = createZpnsMock();
  other.emit('registered', { pushID: 'b', errorCode: 0, msg: '' });
  registered('a');
  expect(listener.mock.calls).toEqual([[{ pushID: 'b', errorCode: 0, msg: '' }]]);
});

test('getInstance gives the same instance, and new instances share its listeners', () => {
  expect(ZPNs.getInstance()).toBe(zpns);
  expect(CallKit.getInstance()).toBe(callKit);
  expect(CallInvitation.getInstance()).toBe(CallInvitation.getInstance());
  const [mine, shared] = [jest.fn(), jest.fn()];
  new ZPNs().on('registered', mine);
  zpns.on('registered', shared);
  registered('a');
  expect(mine).not.toHaveBeenCalled();
  expect(shared).toHaveBeenCalledTimes(1);
});

test('the events of call invitations bring the instance first, as those of ZIM do', () => {
  const listener = jest.fn();
  const subscription = CallInvitation.getInstance().addListener('callInvitationTimeout', listener);
  phone.emit('callInvitationTimeout', { callID: 'call-42', mode: 0 });
  expect(listener.mock.calls).toEqual([[CallInvitation.getInstance(), { callID: 'call-42', mode: 0 }]]);
  subscription.remove();
});
