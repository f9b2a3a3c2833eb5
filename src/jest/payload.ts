/** What the phone reads from a VoIP push of the gateway. */
import { CXHandleType, type CXHandle } from '../types';

/** A VoIP push. Everything may be missing, as on a phone; what else is in it reaches the app unread. */
export interface PushPayload {
  /** Names the call. */
  call_id?: string;
  /** Apple's part. */
  aps?: { alert?: string | { title?: string; body?: string } };
  /** How the call shows. */
  zego?: { voip_has_video?: boolean; voip_handle_type?: CXHandleType; voip_handle_value?: string };
  /** The sender's own. */
  payload?: string;
  [key: string]: unknown;
}

/** How the call shows. */
export interface Shown {
  readonly callID: string | null;
  readonly handle: CXHandle | null;
  readonly callerName: string | null;
  readonly video: boolean;
}

/** Reads it. */
export function shown({ call_id, aps, zego }: PushPayload): Shown {
  const alert = aps?.alert;
  const value = zego?.voip_handle_value;
  return {
    callID: call_id ?? null,
    handle: value === undefined ? null : { type: zego?.voip_handle_type ?? CXHandleType.Generic, value },
    callerName: (typeof alert === 'string' ? alert : alert?.title) ?? null,
    video: zego?.voip_has_video === true,
  };
}
