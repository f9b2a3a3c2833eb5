/** The scenes of the demo. Each plays on the same stage; each step is an assertion. */
import { expect, type Report } from './report';
import { PUSH_CONFIG, type Person, type Stage } from './stage';

export interface Scene {
  readonly name: string;
  readonly title: string;
  play(stage: Stage, report: Report): Promise<void>;
}

const register: Scene = {
  name: 'a',
  title: 'Two phones register: one signed for development, one from the App Store',
  async play({ alice, bob, gateway }, report) {
    for (const [person, debug, environment] of [
      [alice, true, 'development'],
      [bob, false, 'production'],
    ] as const) {
      await report.step(`${person.userID}: the app starts and asks for permission`, () => person.openApp());
      await report.step(`${person.userID}: enableDebug(${debug}), registerPush, on('registered')`, async () => {
        const { pushID, errorCode, environment: registered, warning } = await person.app.register(debug);
        expect([errorCode, registered, warning], [0, environment, undefined], 'registered');
        return `pushID ${pushID.slice(0, 6)}…, ${environment}`;
      });
    }
    await report.step('each is pushed to on its own APNs host', async () => {
      const seen: string[] = [];
      for (const [caller, callee] of [
        [alice, bob],
        [bob, alice],
      ] as const) {
        const { callID, uuid } = await ring(caller, callee);
        await caller.app.cancel(callID);
        await stopsRinging(callee, uuid, 'remoteEnded');
      }
      for (const push of await gateway.apnsLog()) seen.push(`${push.environment} ${push.host}`);
      expect(new Set(seen).size, 2, 'hosts');
      return seen.sort().join(', ');
    });
  },
};

const answer: Scene = {
  name: 'b',
  title: 'Alice calls with the documented push config, Bob answers, both hang up',
  async play({ alice, bob }, report) {
    let callID = '';
    let uuid = '';
    await report.step('alice invites; her own call screen shows the outgoing call', async () => {
      callID = await alice.app.invite(bob.userID, PUSH_CONFIG);
      uuid = await alice.app.callUUID(callID);
      await alice.app.showOutgoing(bob.userID, uuid);
      await alice.waitFor('callStarted', (call) => call.uuid === uuid);
    });
    await report.step('bob rings natively, with that caller and video', async () => {
      const shown = await bob.waitFor('incomingReported', (call) => call.uuid === uuid);
      await bob.waitFor('ringing', (call) => call.uuid === uuid);
      expect([shown.name, shown.handle, shown.video], ['系统通话标题', { type: 1, value: '发送方联系人信息' }, true], 'call screen');
      return `${shown.name}, ${shown.handle?.value}, video`;
    });
    await report.step('bob: JavaScript hears didReceiveIncomingPush with the payload', async () => {
      const { payload } = (await bob.app.hears('didReceiveIncomingPush', hasUUID(uuid))) as { payload: { payload: string } };
      expect(payload.payload, PUSH_CONFIG.payload, 'payload');
      return payload.payload;
    });
    await report.step('bob answers, JavaScript fulfils', async () => {
      void bob.phone.answer(uuid);
      await bob.app.hears('performAnswerCallAction', hasUUID(uuid));
      await bob.waitFor('callConnected', (call) => call.uuid === uuid);
    });
    await report.step('alice hears accepted, her call is connected', async () => {
      await alice.app.hears('callInvitationAccepted', hasCallID(callID));
      await alice.waitFor('callConnected', (call) => call.uuid === uuid);
    });
    await report.step('bob hangs up, alice hears it', async () => {
      void bob.phone.end(uuid);
      await bob.app.hears('performEndCallAction', hasUUID(uuid));
      await bob.waitFor('callEnded', (call) => call.uuid === uuid);
      await alice.app.hears('callInvitationEnded', hasCallID(callID));
    });
    await report.step("alice's call screen closes: remote ended", async () => {
      const { cause } = await alice.waitFor('callEnded', (call) => call.uuid === uuid);
      expect(cause, 'remoteEnded', 'cause');
    });
  },
};

const cancel: Scene = {
  name: 'c',
  title: 'Alice cancels before Bob answers',
  async play({ alice, bob }, report) {
    let call = { callID: '', uuid: '' };
    await report.step('bob rings', async () => {
      call = await ring(alice, bob);
    });
    await report.step('alice cancels, bob stops ringing: remote ended', async () => {
      await alice.app.cancel(call.callID);
      await stopsRinging(bob, call.uuid, 'remoteEnded');
      await bob.app.hears('callInvitationCancelled', hasCallID(call.callID));
    });
  },
};

const killed: Scene = {
  name: 'd',
  title: "Bob's app is killed; the push launches it, and he declines with no JavaScript",
  async play({ alice, bob }, report) {
    let callID = '';
    let uuid = '';
    await report.step("bob's app is killed", () => bob.killApp());
    await report.step('the push launches it, it rings, no JavaScript runs', async () => {
      const before = bob.phone.timeline.length;
      ({ callID, uuid } = await ring(alice, bob));
      const { by } = await bob.waitFor('launched', undefined, before);
      expect([by, bob.phone.state().jsRunning], ['push', false], 'launch');
    });
    await report.step('bob declines, alice hears rejected', async () => {
      void bob.phone.end(uuid);
      await alice.app.hears('callInvitationRejected', hasCallID(callID));
    });
    await report.step('JavaScript starts afterwards and receives what happened, in order', async () => {
      await bob.openApp();
      await bob.app.hears('performEndCallAction', hasUUID(uuid));
      const heard = bob.app.heard.map(({ event }) => event).filter((event) => /IncomingPush|perform/.test(event));
      expect(heard, ['didReceiveIncomingPush', 'performEndCallAction'], 'events');
      await bob.app.register(false);
      return heard.join(', ');
    });
  },
};

const wrongEnvironment: Scene = {
  name: 'e',
  title: 'A development build says enableDebug(false)',
  async play({ alice, gateway }, report) {
    await report.step('registered warns', async () => {
      const { errorCode, environment, warning } = await alice.app.register(false);
      expect([errorCode, environment], [0, 'production'], 'registered');
      if (!warning?.includes('enableDebug(true)')) throw new Error(`no useful warning: ${warning}`);
      return warning;
    });
    await report.step("APNs answers BadDeviceToken, the push's status says why and what to do", async () => {
      const { push = '' } = await gateway.invite({ caller: 'bob', invitees: ['alice'], pushConfig: PUSH_CONFIG, timeout: 30 });
      const delivery = await settled(gateway, push);
      expect([delivery.environment, delivery.status, delivery.reason], ['production', 'rejected', 'BadDeviceToken'], 'delivery');
      if (!delivery.advice?.includes('enableDebug')) throw new Error(`no useful advice: ${delivery.advice}`);
      return delivery.advice;
    });
    await report.step('corrected, it rings', async () => {
      const { environment, warning } = await alice.app.register(true);
      expect([environment, warning], ['development', undefined], 'registered');
      const { call } = await gateway.invite({ caller: 'bob', invitees: ['alice'], pushConfig: PUSH_CONFIG, timeout: 30 });
      const uuid = await alice.app.callUUID(call.callID);
      await alice.waitFor('ringing', (ringing) => ringing.uuid === uuid);
      void alice.phone.end(uuid);
      await alice.waitFor('callEnded', (ended) => ended.uuid === uuid);
    });
  },
};

const timeOut: Scene = {
  name: 'f',
  title: 'Nobody answers',
  async play({ alice, bob }, report) {
    let call = { callID: '', uuid: '' };
    await report.step('bob rings for two seconds', async () => {
      call = await ring(alice, bob, 2);
    });
    await report.step('bob stops ringing: unanswered, and JavaScript hears it', async () => {
      await stopsRinging(bob, call.uuid, 'unanswered');
      await bob.app.hears('callInvitationTimeout', hasCallID(call.callID));
    });
    await report.step('alice hears that nobody answered', async () => {
      await alice.app.hears('callInviteesAnsweredTimeout', hasCallID(call.callID));
    });
  },
};

export const SCENES: readonly Scene[] = [register, answer, cancel, killed, wrongEnvironment, timeOut];

/** Invites and waits until the callee's phone rings. */
async function ring(caller: Person, callee: Person, timeout?: number): Promise<{ callID: string; uuid: string }> {
  const callID = await caller.app.invite(callee.userID, PUSH_CONFIG, timeout);
  const uuid = await caller.app.callUUID(callID);
  await callee.waitFor('ringing', (ringing) => ringing.uuid === uuid);
  return { callID, uuid };
}

async function stopsRinging(person: Person, uuid: string, expected: string): Promise<void> {
  const { cause } = await person.waitFor('callEnded', (ended) => ended.uuid === uuid);
  expect(cause, expected, 'cause');
}

/** The only delivery of a push, once APNs has answered. */
async function settled(gateway: Stage['gateway'], push: string) {
  for (const giveUp = Date.now() + 5000; Date.now() < giveUp; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const [delivery] = await gateway.deliveries(push);
    if (delivery && delivery.status !== 'queued' && delivery.status !== 'sent') return delivery;
  }
  throw new Error('APNs did not answer within 5000 ms');
}

const hasCallID = (callID: string) => (data: { callID: string }) => data.callID === callID;
const hasUUID = (uuid: string) => (data: { uuid: string }) => data.uuid === uuid;
