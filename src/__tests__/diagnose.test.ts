/** `diagnose()` over the real core: it holds each part that a bug report needs, and nothing that names anybody. */
import ZPNs, { CallKit } from '..';
import type { ZpnsDiagnosis } from '../types';
import { createZpnsMock, type ZpnsMock } from '../jest';
import { eventually, settle } from './support/bench';

const NOW = 1_764_000_000_000;
const FINGERPRINT = expect.stringMatching(/^[0-9a-f]{8}$/) as string;
const CALL_42 = 'F918FA96-D863-5F2C-9BA5-A60EA3CF90A8';

let phone: ZpnsMock;

/** A phone that has seen something of everything. Its gateway is down. */
async function afterAnEventfulDay(): Promise<ZpnsDiagnosis> {
  phone = createZpnsMock({ now: NOW, environment: 'development' });
  await ZPNs.configure({ serverURL: 'http://127.0.0.1:9', appID: 'example', userToken: 'header.secret-user-token.signature' });
  await CallKit.setInitConfiguration({ localizedName: 'Example', maximumCallGroups: 2 });
  await ZPNs.enableDebug(false);
  await ZPNs.getInstance().registerPush({ enableIOSVoIP: true });
  await eventually(() => (phone.identity().voip === null ? undefined : true), 'a token');
  // In the background every push must be reported.
  phone.toBackground();
  phone.push({
    call_id: 'secret-call-id',
    aps: { alert: { title: 'Secret name' } },
    zego: { voip_handle_type: 1, voip_handle_value: 'secret-handle', voip_has_video: [] as never },
    payload: 'secret payload',
    zpns: { followURL: 'http://127.0.0.1:9/v1/calls/secret-call-id', followToken: 'secret-follow-token' },
  });
  phone.push({ call_id: 'call-42', zpns: { expiresAt: NOW - 1 } });
  phone.push('no JSON');
  await settle();
  // Declined: the gateway has yet to hear of it. Another call is being answered.
  void phone.end(await CallKit.getInstance().callUUID('secret-call-id'));
  phone.push({ call_id: 'secret-second-call' });
  await settle();
  void phone.answer(await CallKit.getInstance().callUUID('secret-second-call'));
  for (let time = 0; time < 300; time += 1) void phone.throughMessage({ aps: { 'content-available': 1 } });
  await settle();
  return ZPNs.diagnose();
}

let diagnosis: ZpnsDiagnosis;

beforeAll(async () => {
  diagnosis = await afterAnEventfulDay();
});

afterAll(() => {
  phone.dispose();
});

test('says what the app is and what is wrong with its build', () => {
  expect(diagnosis).toMatchObject({
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
    at: NOW,
    app: { bundleID: 'com.example.app', simulator: false, backgroundModes: ['voip', 'remote-notification'], callKitDisabled: false },
    problems: [],
  });
});

test('says the environment, what it is known from, the evidence, and the contradiction', () => {
  expect(diagnosis.registration).toMatchObject({
    environment: 'production',
    environmentSource: 'enableDebug',
    evidence: expect.anything() as unknown,
    warning: expect.stringContaining('enableDebug(false)') as string,
  });
});

test('says how the registration stands, with tokens as fingerprints', () => {
  expect(diagnosis.registration).toMatchObject({
    state: 'registering',
    tokens: { apns: { fingerprint: FINGERPRINT }, voip: { fingerprint: FINGERPRINT } },
    failures: expect.any(Number) as number,
  });
  expect(diagnosis.account).toMatchObject({ serverURL: 'http://127.0.0.1:9', appID: 'example', hasUserToken: true });
});

test('says how CallKit is configured', () => {
  expect(diagnosis.calls).toMatchObject({ provider: { maximumCallGroups: 2 } });
});

test('says of the last pushes what was decided and why', () => {
  expect((diagnosis.calls as { pushes: unknown[] }).pushes).toMatchObject([
    { decision: 'ring', why: 'a new call', followed: true, unusableKeys: ['voip_has_video'], callIDHash: FINGERPRINT, mustReport: true },
    { decision: 'reportAndEnd', why: expect.stringContaining('expiresAt') as string, uuid: CALL_42 },
    { decision: 'reportAndEnd', why: 'no JSON object', bytes: 7, callIDHash: null },
    { decision: 'ring', why: 'a new call', followed: false, unusableKeys: [] },
  ]);
});

test('says which calls and actions are open, and how much waits for the gateway', () => {
  expect(diagnosis.calls).toMatchObject({
    live: [{ state: 'answering', outgoing: false, confirmedByCallKit: true }],
    openActions: [
      { kind: 'end', seq: 'native1', deadline: expect.any(Number) as number },
      { kind: 'answer', seq: 'native2' },
    ],
  });
  expect((diagnosis.calls as { outbox: number }).outbox).toBeGreaterThan(0);
});

test('says which events wait and which had to go', () => {
  expect(diagnosis.events).toMatchObject({ waiting: 256, dropped: { throughMessageReceived: expect.any(Number) as number } });
});

test('names no token, call, caller, handle or payload', async () => {
  const text = JSON.stringify(diagnosis).toLowerCase();
  const { tokens } = await ZPNs.getRegistration();
  for (const secret of [tokens.apns, tokens.voip]) expect(text).not.toContain(secret);
  expect(text).not.toContain('secret');
});
