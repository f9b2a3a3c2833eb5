/** The gateway's answers that are no success, and what the app hears of them. */
import { ZpnsCode, ZpnsError, ZpnsErrorDomain } from '../errors';
import { notAuthenticated } from './account';
import type { GatewayAnswer } from './gateway';

/** The gateway's names for what ZIM has numbers for. */
const ZIM_CODES: Record<string, string> = {
  call_exists: '6000275',
  no_such_call: '6000276',
  not_the_inviter: '6000273',
  not_an_invitee: '6000274',
  not_a_participant: '6000274',
};

/** Whether the gateway took it. */
export function isTaken({ status }: GatewayAnswer): boolean {
  return status >= 200 && status < 300;
}

/** Whether the same may be taken later: the gateway was not reached, is in trouble, or has too much to do. */
export function isPassing({ status }: GatewayAnswer): boolean {
  return status === 0 || status === 408 || status === 425 || status === 429 || status >= 500;
}

/** What the app hears. */
export function refusal({ status, body }: GatewayAnswer): ZpnsError {
  const { code = '', message = `the gateway answered with status ${status}` } =
    (body as { error?: { code?: string; message?: string } } | undefined)?.error ?? {};
  const zim = ZIM_CODES[code];
  if (zim !== undefined) return new ZpnsError(zim, message, ZpnsErrorDomain.Zim);
  if (status === 401) return notAuthenticated();
  if (status === 0) return new ZpnsError(ZpnsCode.Network, "the gateway can't be reached: try again");
  return new ZpnsError(ZpnsCode.Server, message);
}

/** What the app hears where the gateway does not take what is said about this device. */
export function refusalOfDevice({ status }: GatewayAnswer): ZpnsError {
  const code = [400, 403, 404, 422].includes(status) ? ZpnsCode.PushServiceRefused : ZpnsCode.RegistrationFailed;
  return new ZpnsError(code, status === 0 ? "the gateway can't be reached" : `the gateway refused: HTTP status ${status}`);
}

/** A call ID that is taken here. */
export function callExists(): ZpnsError {
  const text = 'there is a call with this callID, or it is still being taken back: leave callID out, or choose a new one';
  return new ZpnsError('6000275', text, ZpnsErrorDomain.Zim);
}
