/**
 * Phones for the tests of apps: the library's real core on a model of an iPhone, and behind it a gateway with the rules of the one that ships,
 * all in memory. No native code, no network, and a clock that stands still until it is moved.
 *
 * ```ts
 * const phone = createZpnsMock();                       // from now on the package talks to it
 * const uuid = phone.invite({ callID: 'call-42' });     // somebody calls: it rings; events wait if nobody listens yet
 * expect(await phone.answer(uuid)).toBe('fulfill');     // what the app made of the user's answer
 * phone.gateway.user('alice').end('call-42');           // the far end hangs up
 * ```
 *
 * @module react-native-zpns/jest
 */
import { ZpnsMock } from './mock';
import type { ZpnsMockOptions } from './options';

export { KitError } from '../kit/world';
export type * from '../kit/state';
export type { PushPayload } from '../kit/push';
export type { EndCause, HappeningType, Happenings, TimelineEntry } from '../kit/timeline';
export { Gateway, GatewayUser } from './gateway';
export type * from '../kit/gateway';
export { ZpnsMock } from './mock';
export type { ActionOutcome } from '../kit/actions';
export type { Invocation } from './mock';
export type { MockOptions, ZpnsMockOptions } from './options';

/** Makes a phone, its app running in the foreground, and puts it in the place of the native module. The newest one counts. */
export function createZpnsMock(options: ZpnsMockOptions = {}): ZpnsMock {
  const phone = new ZpnsMock(options);
  phone.startJS();
  return phone;
}
