/** Phones and copies of the package: several phones on one gateway, cold starts, reloads, and the end of a phone. */
import type * as Package from '..';
import { CallKit } from '..';
import { createZpnsMock, type ZpnsMock } from '../jest';
import { settle } from './support/bench';

type App = typeof Package;

/** An app of its own on this phone. */
function start(phone: ZpnsMock): App {
  let app: App | undefined;
  jest.isolateModules(() => {
    app = phone.load(() => jest.requireActual<App>('..'));
  });
  if (app === undefined) throw new Error('The app did not load.');
  return app;
}

/** Signs in and registers. */
async function signIn({ ZPNs }: App, { gateway }: ZpnsMock, user: string): Promise<void> {
  await ZPNs.configure({ serverURL: gateway.url, appID: gateway.appID, userToken: gateway.userToken(user) });
  await ZPNs.getInstance().registerPush({ enableIOSVoIP: true });
  await settle();
}

let phone: ZpnsMock;
const phones: ZpnsMock[] = [];

beforeEach(() => {
  phones.push((phone = createZpnsMock()));
});

afterEach(() => {
  for (const other of phones.splice(0)) other.dispose();
  CallKit.getInstance().off('performAnswerCallAction');
  CallKit.getInstance().off('didReceiveIncomingPush');
});

describe('several phones', () => {
  test('two users call each other, each on a phone and with a copy of the package of their own', async () => {
    const bobs = createZpnsMock({ gateway: phone.gateway, bundleID: 'com.example.app' });
    phones.push(bobs);
    const [alice, bob] = [start(phone), start(bobs)];
    await signIn(alice, phone, 'alice');
    await signIn(bob, bobs, 'bob');
    const accepted = jest.fn();
    alice.CallInvitation.getInstance().on('callInvitationAccepted', (_, body) => accepted(body));
    bob.CallKit.getInstance().on('performAnswerCallAction', (action) => action.fulfill());

    const { callID } = await alice.CallInvitation.getInstance().callInvite(['bob'], {
      pushConfig: { resourcesID: 'voip', title: 'Alice' },
    });
    const [call] = bobs.calls();
    expect(call).toMatchObject({ callID, callerName: 'Alice', state: 'ringing' });
    expect(phone.calls()).toEqual([]);
    expect(await bobs.answer(call?.uuid ?? '')).toBe('fulfill');
    await settle();
    expect(accepted).toHaveBeenCalledWith(expect.objectContaining({ callID, invitee: 'bob' }));
    expect(phone.gateway.requests).toBe(bobs.gateway.requests);
  });

  test('two phones of one user ring, and the one that is not answered hears of the other', async () => {
    const second = createZpnsMock({ gateway: phone.gateway });
    phones.push(second);
    const [first, other] = [start(phone), start(second)];
    for (const [app, of] of [[first, phone] as const, [other, second] as const]) {
      await signIn(app, of, 'bob');
      app.CallKit.getInstance().on('performAnswerCallAction', (action) => action.fulfill());
    }
    phone.gateway.user('alice').invite(['bob'], { callID: 'call-42' });
    const [uuid] = phone.calls().map((call) => call.uuid);
    expect(second.calls()).toMatchObject([{ uuid, state: 'ringing' }]);
    await phone.answer(uuid ?? '');
    await settle();
    expect(second.happened('callEnded')).toMatchObject([{ uuid, cause: 'answeredElsewhere' }]);
  });

  test('phones of different gateways do not meet', async () => {
    const elsewhere = createZpnsMock();
    phones.push(elsewhere);
    await signIn(start(elsewhere), elsewhere, 'bob');
    phone.gateway.user('alice').invite(['bob']);
    expect(elsewhere.calls()).toEqual([]);
  });
});

describe('a cold start', () => {
  /** An app that answers every call with what it is told. */
  const answering = ({ CallKit: of }: App, outcome: 'fulfill' | 'fail') =>
    of.getInstance().on('performAnswerCallAction', (action) => action[outcome]());

  test('after jest.resetModules() the app that is required again is the one that hears', async () => {
    answering({ CallKit } as App, 'fail');
    phone.killApp();
    const uuid = phone.invite({ callID: 'call-42' });
    const answered = phone.answer(uuid);
    jest.resetModules();
    phone.startJS();
    answering(jest.requireActual<App>('..'), 'fulfill');
    expect(await answered).toBe('fulfill');
  });

  test('an app that is required again before startJS() is the one that hears', async () => {
    answering({ CallKit } as App, 'fail');
    phone.killApp();
    const answered = phone.answer(phone.invite({ callID: 'call-42' }));
    jest.resetModules();
    answering(jest.requireActual<App>('..'), 'fulfill');
    phone.startJS();
    expect(await answered).toBe('fulfill');
  });

  test('in an app that runs, the copy that is required again takes over, as after a reload', async () => {
    const before = jest.fn();
    CallKit.getInstance().on('didReceiveIncomingPush', before);
    jest.resetModules();
    const again = jest.requireActual<App>('..');
    const after = jest.fn();
    again.CallKit.getInstance().on('didReceiveIncomingPush', after);
    phone.push({ call_id: 'call-42' });
    expect([before.mock.calls.length, after.mock.calls.length]).toEqual([0, 1]);
    // What only the old copy listened to waits.
    expect(await again.CallKit.getInstance().getCalls()).toHaveLength(1);
  });

  test('load starts the app anew with modules of its own', async () => {
    answering(start(phone), 'fail');
    phone.killApp();
    const answered = phone.answer(phone.invite({ callID: 'call-42' }));
    answering(start(phone), 'fulfill');
    expect(await answered).toBe('fulfill');
  });

  test('startJS without jest.resetModules() keeps the listeners', async () => {
    answering({ CallKit } as App, 'fulfill');
    phone.killApp();
    const answered = phone.answer(phone.invite({ callID: 'call-42' }));
    phone.startJS();
    expect(await answered).toBe('fulfill');
  });

  test('what a killed app awaits never comes', async () => {
    const came = jest.fn();
    phone.killApp();
    void CallKit.getInstance().getCalls().then(came, came);
    phone.startJS();
    await settle();
    expect(came).not.toHaveBeenCalled();
  });
});

describe('events', () => {
  test('come in order, also when a listener has the phone do more', async () => {
    const heard: string[] = [];
    const callKit = CallKit.getInstance();
    callKit.on('didReceiveIncomingPush', ({ call_id: id }) => {
      heard.push(`begin ${String(id)}`);
      if (id === 'first') phone.push({ call_id: 'second' });
      heard.push(`end ${String(id)}`);
    });
    phone.push({ call_id: 'first' });
    expect(heard).toEqual(['begin first', 'end first', 'begin second', 'end second']);
    expect(phone.calls()).toHaveLength(2);
    await settle();
  });
});

describe('dispose', () => {
  test('ends the phone: the package has no native module, and whatever is asked of the phone says why', async () => {
    phone.dispose();
    phone.dispose();
    expect(() => phone.push({})).toThrow('This phone was disposed: make another one by createZpnsMock().');
    expect(() => phone.advance(1)).toThrow('disposed');
    await expect(CallKit.getInstance().getCalls()).rejects.toThrow(/createZpnsMock/);
  });

  test('the setup file disposes the phones of a test after it', () => {
    const after: (() => void)[] = [];
    const { afterEach: real } = globalThis;
    try {
      globalThis.afterEach = ((work: () => void) => void after.push(work)) as typeof afterEach;
      jest.isolateModules(() => jest.requireActual('../jest/setup'));
    } finally {
      globalThis.afterEach = real;
    }
    for (const work of after) work();
    expect(() => phone.state()).toThrow('disposed');
  });
});
