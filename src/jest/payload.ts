/** What the phone reads from a VoIP push of the gateway: liberally, as the core does. */
import { CXHandleType, type CXHandle } from '../types';

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
}

const DEFAULT_TIMEOUT = 90;

/** Reads a push: an object, or text that need not be JSON. */
export function readPush(push: object | string, appName: string): Push {
  const payload = typeof push === 'string' ? parse(push) : push;
  const top = object(payload) ?? {};
  const aps = object(top.aps) ?? {};
  const zego = object(top.zego) ?? object(aps.zego) ?? {};
  const zpns = object(top.zpns) ?? object(aps.zpns) ?? {};
  const alert = object(aps.alert);
  const title = text(alert ? alert.title : aps.alert);
  const fallback = title ?? (appName === '' ? 'Unknown' : appName);
  const value = text(zego.voip_handle_value);
  const type = number(zego.voip_handle_type);
  const known = [CXHandleType.PhoneNumber, CXHandleType.EmailAddress].find((kind) => kind.valueOf() === type) ?? CXHandleType.Generic;
  const [url, token] = [text(zpns.followURL), text(zpns.followToken)];
  return {
    payload,
    readable: object(payload) !== undefined,
    callID: text(top.call_id) ?? text(aps.call_id),
    kind: zpns.kind === 'cancel' ? 'cancel' : 'invite',
    name: title ?? value ?? fallback,
    // A title is no phone number, whatever type was named for the handle that is missing.
    handle: value === null ? { type: CXHandleType.Generic, value: fallback } : { type: known, value },
    video: flag(zego.voip_has_video),
    expiresAt: number(zpns.expiresAt),
    timeout: number(zpns.timeout) ?? DEFAULT_TIMEOUT,
    sentAt: number(zpns.sentAt),
    caller: text(zpns.caller),
    user: text(zpns.user),
    mode: number(zpns.mode) ?? 0,
    extendedData: text(zpns.extendedData) ?? '',
    follow: url !== null && token !== null && /^https?:\/\//.test(url) ? { url, token } : null,
  };
}

/** When the call is or was over, as far as the push says. */
export function overAt({ expiresAt, sentAt, timeout }: Push): number | null {
  return expiresAt ?? (sentAt === null ? null : sentAt + timeout * 1000);
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

function object(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

/** Text that is not blank; numbers are spelled out. */
function text(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

function number(value: unknown): number | null {
  const found = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof found === 'number' && found >= 0 && Number.isFinite(found) ? found : null;
}

function flag(value: unknown): boolean {
  return typeof value === 'string' ? ['true', 'yes', '1'].includes(value.trim().toLowerCase()) : Boolean(value);
}
