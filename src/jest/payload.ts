/** What the phone reads from a VoIP push of the gateway: liberally, as the core does. */
import { CXCallEndedReason, CXHandleType, type CXHandle } from '../types';

/** A VoIP push. Everything may be missing, as on a phone; what else is in it reaches the app unread. */
export interface PushPayload {
  /** Names the call. */
  call_id?: string;
  /** Apple's part. */
  aps?: {
    /** What an alert would show; its title, or the text itself, is the caller's name. */
    alert?:
      | string
      | {
          /** The caller's name. */
          title?: string;
          /** Not shown for a call. */
          body?: string;
        };
  };
  /** How the call shows. */
  zego?: {
    /** Whether with video. Default false. */
    voip_has_video?: boolean;
    /** Kind of the handle. Default: generic. */
    voip_handle_type?: CXHandleType;
    /** The caller's handle. Default: the title, or the app's name. */
    voip_handle_value?: string;
  };
  /** The sender's own. */
  payload?: string;
  [key: string]: unknown;
}

/** A push as far as it could be read. */
export interface Push {
  /** The whole push; null if it was no JSON. */
  readonly payload: unknown;
  /** Whether it is a JSON object. */
  readonly readable: boolean;
  readonly callID: string | null;
  readonly kind: 'invite' | 'cancel';
  /** How a call ended that a cancel is about. */
  readonly reason: CXCallEndedReason;
  readonly name: string;
  readonly handle: CXHandle;
  readonly video: boolean;
  /** When the call is over, Unix milliseconds, as far as the push says. */
  readonly expiresAt: number | null;
  /** Seconds. */
  readonly timeout: number;
  readonly sentAt: number | null;
  readonly caller: string | null;
  readonly user: string | null;
  readonly mode: number;
  readonly extendedData: string;
  /** Where the call can be followed. */
  readonly follow: { readonly url: string; readonly token: string } | null;
  /** Keys that could not be used. */
  readonly unusableKeys: readonly string[];
}

type Fields = Record<string, unknown>;

const DEFAULT_TIMEOUT = 90;
const LONGEST_TIMEOUT = 600;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const MORE_THAN_64_BITS = 2 ** 64;

/** Reads a push: an object, or text that need not be JSON. */
export function readPush(push: object | string, appName: string): Push {
  const payload = typeof push === 'string' ? parse(push) : push;
  const reader = new Reader();
  const top = object(payload) ?? {};
  const aps = reader.object(top, 'aps') ?? {};
  const zego = reader.object(top, 'zego') ?? reader.object(aps, 'zego') ?? {};
  const zpns = reader.object(top, 'zpns') ?? reader.object(aps, 'zpns') ?? {};
  const alert = object(aps.alert);
  const title = alert ? reader.text(alert, 'title') : reader.text(aps, 'alert');
  const fallback = title ?? (appName === '' ? 'Unknown' : appName);
  const value = reader.text(zego, 'voip_handle_value');
  const type = reader.number(zego, 'voip_handle_type');
  const { Generic, PhoneNumber, EmailAddress } = CXHandleType;
  const known = [Generic, PhoneNumber, EmailAddress].find((kind) => kind.valueOf() === type);
  if (type !== null && known === undefined) reader.unusable.push('voip_handle_type');
  const timeout = reader.positive(zpns, 'timeout');
  const mode = reader.number(zpns, 'mode') ?? 0;
  const url = reader.text(zpns, 'followURL');
  const reachable = url !== null && /^https?:\/\//.test(url);
  if (url !== null && !reachable) reader.unusable.push('followURL');
  const token = reader.text(zpns, 'followToken');
  return {
    payload,
    readable: object(payload) !== undefined,
    callID: reader.text(top, 'call_id') ?? reader.text(aps, 'call_id'),
    kind: zpns.kind === 'cancel' ? 'cancel' : 'invite',
    reason: endedReason(zpns.reason),
    name: title ?? value ?? fallback,
    // A title is no phone number, whatever type was named for the handle that is missing.
    handle: value === null ? { type: Generic, value: fallback } : { type: known ?? Generic, value },
    video: reader.flag(zego, 'voip_has_video'),
    sentAt: reader.positive(zpns, 'sentAt'),
    expiresAt: reader.positive(zpns, 'expiresAt'),
    timeout: Math.min(timeout ?? DEFAULT_TIMEOUT, LONGEST_TIMEOUT),
    caller: reader.text(zpns, 'caller'),
    user: reader.text(zpns, 'user'),
    mode,
    extendedData: reader.text(zpns, 'extendedData') ?? '',
    follow: reachable && token !== null ? { url, token } : null,
    unusableKeys: reader.unusable,
  };
}

/** One that does not say was taken back. */
function endedReason(reason: unknown): CXCallEndedReason {
  if (reason === 'answeredElsewhere') return CXCallEndedReason.AnsweredElsewhere;
  return reason === 'declinedElsewhere' ? CXCallEndedReason.DeclinedElsewhere : CXCallEndedReason.RemoteEnded;
}

/** When the call is or was over, as far as the push says. */
export function overAt({ expiresAt, sentAt, timeout }: Push): number | null {
  return expiresAt ?? (sentAt === null ? null : sentAt + timeout * 1000);
}

/** What the sender of a notification passed through: at the top level, or within `aps` as ZEGO's pushes have it. */
export function passedThrough(userInfo: Record<string, unknown>): string {
  const found = 'payload' in userInfo ? userInfo.payload : object(userInfo.aps)?.payload;
  if (found === undefined || found === null) return '';
  return typeof found === 'string' ? found : JSON.stringify(found);
}

/** Reads keys liberally, and notes those that can not be used. */
class Reader {
  readonly unusable: string[] = [];

  object(from: Fields, key: string): Fields | null {
    const value = from[key] ?? null;
    return value === null ? null : (object(value) ?? this.#problem(key));
  }

  /** Text that is not blank; numbers are spelled out. */
  text(from: Fields, key: string): string | null {
    const value = from[key] ?? null;
    if (value === null) return null;
    if (typeof value === 'number') return String(value);
    if (typeof value !== 'string') return this.#problem(key);
    return value.trim() === '' ? null : value;
  }

  /** A number that is not negative, as such or as text. */
  number(from: Fields, key: string): number | null {
    const value = from[key] ?? null;
    if (value === null) return null;
    const found = typeof value === 'string' && DECIMAL.test(value.trim()) ? Number(value) : value;
    return typeof found === 'number' && found >= 0 && found < MORE_THAN_64_BITS ? Math.trunc(found) : this.#problem(key);
  }

  /** Such a number, where 0 counts as not given. */
  positive(from: Fields, key: string): number | null {
    const found = this.number(from, key);
    return found === 0 ? null : found;
  }

  flag(from: Fields, key: string): boolean {
    const value = from[key] ?? false;
    if (typeof value === 'boolean' || typeof value === 'number') return Boolean(value);
    const word = typeof value === 'string' ? value.trim().toLowerCase() : undefined;
    if (word !== undefined && ['true', 'yes', '1'].includes(word)) return true;
    if (word === undefined || !['false', 'no', '0', ''].includes(word)) this.#problem(key);
    return false;
  }

  #problem(key: string): null {
    this.unusable.push(key);
    return null;
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

function object(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
