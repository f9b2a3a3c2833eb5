/** The events of `CallInvitation`, in ZIM's shapes. */
import type { ZIMCallInvitationMode, ZIMCallUserInfo } from './invitation';

/** This user invited. */
export interface ZIMEventOfCallInvitationCreatedResult {
  /** The call. */
  callID: string;
  /** How it lives. */
  mode: ZIMCallInvitationMode;
  /** Who made it. */
  caller: string;
  /** What the caller passed along. */
  extendedData: string;
  /** Ring time in seconds. */
  timeout: number;
  /** When it was made. */
  createTime: number;
  /** Everyone in it. */
  callUserList: ZIMCallUserInfo[];
}

/** This user is invited. */
export interface ZIMEventOfCallInvitationReceivedResult extends ZIMEventOfCallInvitationCreatedResult {
  /** Who invited this user. */
  inviter: string;
}

/** The invitation was taken back. */
export interface ZIMEventOfCallInvitationCancelledResult {
  /** The call. */
  callID: string;
  /** How it lived. */
  mode: ZIMCallInvitationMode;
  /** Who had invited. */
  inviter: string;
  /** What that user passed along. */
  extendedData: string;
}

/** This user did not answer in time. */
export interface ZIMEventOfCallInvitationTimeoutResult {
  /** The call. */
  callID: string;
  /** How it lived. */
  mode: ZIMCallInvitationMode;
}

/** An invitee accepted or declined. */
export interface ZIMEventOfCallInvitationAnsweredResult {
  /** The call. */
  callID: string;
  /** Who. */
  invitee: string;
  /** What that user passed along. */
  extendedData: string;
}

/** These users did not answer in time. */
export interface ZIMEventOfCallInviteesAnsweredTimeoutResult {
  /** The call. */
  callID: string;
  /** Who. */
  invitees: string[];
}

/** The call is over. */
export interface ZIMEventOfCallInvitationEndedResult {
  /** The call. */
  callID: string;
  /** How it lived. */
  mode: ZIMCallInvitationMode;
  /** Who had made it. */
  caller: string;
  /** Who ended it. */
  operatedUserID: string;
  /** What that user passed along. */
  extendedData: string;
  /** When it ended. */
  endTime: number;
}

/** What participants did. */
export interface ZIMEventOfCallUserStateChangedResult {
  /** The call. */
  callID: string;
  /** Whose state changed, and to what. */
  callUserList: ZIMCallUserInfo[];
}
