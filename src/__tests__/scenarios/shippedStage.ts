/**
 * A phone of the kit in real time, with the gateway binary that ships and its APNs simulator: over real HTTP and event streams. Each stage has a
 * gateway of its own, for stories use the same call IDs.
 */
import { join } from 'node:path';
import { Gateway, gatewayBinary } from '../../../example/demo/gateway';
import { ZpnsMock } from '../../jest';
import { fetchHere, Outside, type Fetch, type FetchResponse } from '../../kit/outside';
import { SimulatorConnection } from '../../kit/simulatorConnection';
import { realTime, World } from '../../kit/world';
import type { Invited, PhoneKind } from './format';
import { openOnce, phoneOptions, type Stage } from './stage';

const BINARY = gatewayBinary(join(__dirname, '../../..'));

/** How long nothing may come so that nothing counts as being on its way. */
const QUIET_MS = 25;
const PATIENCE_MS = 5_000;

/** Sets one up. */
export async function shippedStage(kind?: PhoneKind): Promise<Stage> {
  const options = phoneOptions(kind);
  const gateway = await Gateway.start(BINARY, ['--bundle-id', options.bundleID ?? '', '--resource', 'voip']);
  await gateway.resource('voip-cancel', ['--cancel-mode', 'voip']);
  const traffic = new Traffic();
  const world = new World(Date.now(), realTime);
  const outside = new Outside(world, traffic.fetch);
  world.goOutside((phone, message) => outside.carry(phone, message));
  // Its tokens come from the simulator.
  const phone = new ZpnsMock({ ...options, appleReachable: false }, world);

  /** VoIP pushes of invitations: they are delivered by the story. */
  const invitations = new Map<string, string>();
  const apns = new SimulatorConnection(world, phone.number, gateway.info.simulatorURL, {
    fetch: traffic.fetch,
    deliver: (push, payload) => {
      const { call_id, zpns } = JSON.parse(payload) as { call_id?: string; zpns?: { kind: string } };
      if (call_id !== undefined && zpns?.kind === 'invite') invitations.set(call_id, payload);
      else if (push === 'voip') phone.push(payload);
      else phone.pushAlert(payload);
    },
  });
  const connected = apns.run();
  await eventually(() => phone.happened('simulatorConnected')[0], 'the connection to the simulator');
  openOnce(phone);

  return {
    phone,
    backend: {
      url: gateway.info.gatewayURL,
      appID: gateway.info.appID,
      userToken: (user, number) => gateway.userToken(user, 3600 + number),
    },
    patienceMs: PATIENCE_MS,
    advance: () => {
      throw new Error('here time passes by itself');
    },
    invite: async (invitation) => {
      await registered(gateway, phone, invitation.user ?? 'bob');
      await gateway.invite(invitationBody(invitation));
      return eventually(() => invitations.get(invitation.callID), 'the push of the invitation');
    },
    register: async (user) => {
      const device = { bundleID: gateway.info.bundleID, environment: 'production' };
      const tokens = await simulatorTokens(gateway.info.simulatorURL, device);
      await gateway.act(user, 'PUT', `/v1/installations/${user}-device`, { ...device, tokens });
    },
    act: (user, { verb, callID, body }) => gateway.act(user, 'POST', `/v1/calls/${encodeURIComponent(callID)}/${verb}`, body),
    rotateToken: (which) => apns.rotate(which),
    settle: () => traffic.quiet(),
    dispose: async () => {
      phone.dispose();
      outside.stop();
      await apns.end();
      await connected;
      await gateway.stop();
    },
  };
}

/** The phone counts as a device of this user, as if its app had registered at some time before. */
async function registered(gateway: Gateway, phone: ZpnsMock, user: string): Promise<void> {
  const { apns, voip, installation, bundleID, environment } = phone.identity();
  const tokens = { ...(apns !== null && { apns }), ...(voip !== null && { voip }) };
  await gateway.act(user, 'PUT', `/v1/installations/${installation ?? 'phone'}`, { bundleID, environment, tokens });
}

/** As the app's server sends it. */
function invitationBody({ callID, caller = 'alice', user = 'bob', others = [], timeout = 45, ...rest }: Invited): object {
  const { video = false, extendedData = '', resourcesID = 'voip' } = rest;
  const voIPConfig = { iOSVoIPHandleType: 1, iOSVoIPHandleValue: caller, iOSVoIPHasVideo: video };
  const pushConfig = { resourcesID, title: caller, content: 'Incoming call', payload: 'for the app', voIPConfig };
  return { callID, caller, invitees: [user, ...others], timeout, extendedData, pushConfig };
}

/** Tokens of a device that nobody looks at. */
async function simulatorTokens(url: string, device: object): Promise<unknown> {
  const body = JSON.stringify(device);
  const response = await fetchHere(`${url}/devices`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    signal: new AbortController().signal,
  });
  return (JSON.parse(await response.text()) as { tokens: unknown }).tokens;
}

/** Knows when nothing is on its way between the phone, the gateway and APNs. */
class Traffic {
  #underWay = 0;
  #last = Date.now();

  readonly fetch: Fetch = async (url, init) => {
    this.#underWay += 1;
    try {
      return this.#watched(await fetchHere(url, init));
    } finally {
      this.#underWay -= 1;
      this.#last = Date.now();
    }
  };

  async quiet(): Promise<void> {
    this.#last = Date.now();
    while (this.#underWay > 0 || Date.now() - this.#last < QUIET_MS) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** The same answer; what comes on it counts as traffic. */
  #watched(response: FetchResponse): FetchResponse {
    const { ok, status, headers, body } = response;
    const getReader = () => {
      const reader = body?.getReader();
      const read = async () => {
        const piece = await reader?.read();
        this.#last = Date.now();
        return piece ?? { done: true };
      };
      return { read };
    };
    return { ok, status, headers, body: body && { getReader }, text: () => response.text() };
  }
}

async function eventually<Value>(look: () => Value | undefined, what: string): Promise<Value> {
  const giveUp = Date.now() + PATIENCE_MS;
  for (;;) {
    const value = look();
    if (value !== undefined) return value;
    if (Date.now() > giveUp) throw new Error(`${what} does not come`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
