/** Call invitations in ZIM's names, numbers and shapes (`zego-zim-react-native` 2.28). Times are Unix milliseconds, durations seconds. */
import type { ZIMPushConfig } from './pushConfig';

/** How a call lives. */
export enum ZIMCallInvitationMode {
  /** Not known. */
  Unknown = -1,
  /** It ends when its two sides end it. */
  General = 0,
  /** Participants come and go. */
  Advanced = 1,
}

/** Where a call stands. */
export enum ZIMCallState {
  /** Not known. */
  Unknown = -1,
  /** Ringing or accepted. */
  Started = 1,
  /** Over. */
  Ended = 2,
}

/** What a user did. */
export enum ZIMCallUserState {
  /** Not known. */
  Unknown = -1,
  /** Is being invited. */
  Inviting = 0,
  /** Takes part. */
  Accepted = 1,
  /** Declined. */
  Rejected = 2,
  /** The caller, having taken the invitation back. */
  Cancelled = 3,
  /** Has no device that could be reached. */
  Offline = 4,
  /** A device has the invitation. */
  Received = 5,
  /** Did not answer in time. */
  Timeout = 6,
  /** Left an advanced call. */
  Quit = 7,
  /** The call ended. */
  Ended = 8,
  /** No device has reported the invitation yet. */
  NotYetReceived = 9,
  /** An invitee whose invitation was taken back. */
  BeCancelled = 10,
}

/** One user of a call. */
export interface ZIMCallUserInfo {
  /** The user. */
  userID: string;
  /** What the user did. */
  state: ZIMCallUserState;
  /** What the user passed along. */
  extendedData: string;
}

/** A user for whom an invitation did not work. */
export interface ZIMErrorUserInfo {
  /** The user. */
  userID: string;
  /** ZIM's number, as 6000281 for a user without a device. */
  code: number;
  /** What to do about it. */
  reason: string;
}

/** How to invite. */
export interface ZIMCallInviteConfig {
  /** Ring time, 1 to 600 seconds. Default 90. */
  timeout?: number;
  /** Default: general. */
  mode?: ZIMCallInvitationMode;
  /** Passed to the invitees; at most 1024 bytes of UTF-8. */
  extendedData?: string;
  /** Taken and without effect: that the invitation was received is always told, by the invitee's state. */
  enableNotReceivedCheck?: boolean;
  /** What to push. Without it the invitees' devices are not woken. */
  pushConfig?: ZIMPushConfig;
}

/** How to accept or decline. */
export interface ZIMCallVerbConfig {
  /** Passed to the other participants; at most 1024 bytes of UTF-8. */
  extendedData?: string;
}

/** How to cancel or end. */
export interface ZIMCallPushedVerbConfig extends ZIMCallVerbConfig {
  /** Taken and without effect: a push that takes an invitation back is made by the gateway, from what `callInvite` said. */
  pushConfig?: ZIMPushConfig;
}

/** Answer of `callInvite`. */
export interface ZIMCallInvitationSentResult {
  /** The call. */
  callID: string;
  /** Ring time in seconds. */
  timeout: number;
  /** Who could not be invited, and why. */
  errorUserList: ZIMErrorUserInfo[];
}

/** Answer of `callCancel`. */
export interface ZIMCallCancelSentResult {
  /** The call. */
  callID: string;
  /** For whom it did not work. */
  errorInvitees: string[];
}

/** Answer of `callAccept`. */
export interface ZIMCallAcceptanceSentResult {
  /** The call. */
  callID: string;
}

/** Answer of `callReject`. */
export interface ZIMCallRejectionSentResult {
  /** The call. */
  callID: string;
}

/** Answer of `callEnd`. */
export interface ZIMCallEndSentResult {
  /** The call. */
  callID: string;
  /** When it was made. */
  createTime: number;
  /** When it was accepted; 0 if it never was. */
  acceptTime: number;
  /** When it ended. */
  endTime: number;
}

/** A call as ZIM tells it. */
export interface ZIMCallInfo {
  /** The call. */
  callID: string;
  /** Who made it. */
  caller: string;
  /** Who invited this user. */
  inviter: string;
  /** When it was made. */
  createTime: number;
  /** When it ended; 0 if it has not. */
  endTime: number;
  /** Where it stands. */
  state: ZIMCallState;
  /** How it lives. */
  mode: ZIMCallInvitationMode;
  /** What the caller passed along. */
  extendedData: string;
  /** Everyone in it. */
  callUserList: ZIMCallUserInfo[];
}
