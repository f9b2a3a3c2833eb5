/** What comes to a phone of the kit. */
import type { CXHandleType } from '../types';

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
