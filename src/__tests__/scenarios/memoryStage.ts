/** The phone of `react-native-zpns/jest` with the gateway in memory. */
import { createZpnsMock } from '../../jest';
import type { PhoneKind } from './format';
import { openOnce, phoneOptions, type Stage } from './stage';

/** When the clock begins, Unix milliseconds. */
const START = 1_764_000_000_000;

/** Sets one up. */
export function memoryStage(kind?: PhoneKind): Stage {
  const phone = createZpnsMock({ ...phoneOptions(kind), now: START });
  openOnce(phone);
  const { gateway } = phone;
  return {
    phone,
    backend: {
      url: gateway.url,
      appID: gateway.appID,
      userToken: (user, number) => gateway.userToken(user, { expiresIn: 3600 + number }),
    },
    patienceMs: 0,
    advance: (milliseconds) => phone.advance(milliseconds),
    invite: (invitation) => Promise.resolve(JSON.stringify(gateway.invite(invitation))),
    register: (user) => {
      gateway.user(user).register();
      return Promise.resolve();
    },
    act: (user, { verb, callID, body: { invitees, ...config } }) => {
      const actor = gateway.user(user);
      if (verb === 'cancel') actor.cancel(callID, invitees, config);
      else actor[verb](callID, config);
      return Promise.resolve();
    },
    rotateToken: (kind) => {
      phone.rotateToken(kind);
      return Promise.resolve();
    },
    // What a call to the phone causes has happened when it returns; only promises of JavaScript are left.
    settle: () => new Promise((resolve) => void setTimeout(resolve, 0)),
    dispose: () => {
      phone.dispose();
      return Promise.resolve();
    },
  };
}
