/** Every event and what its listener gets. A listener may be asynchronous; what it throws is logged and hurts nobody else. */
import type {
  CXAnswerCallAction,
  CXEndCallAction,
  CXPlayDTMFCallAction,
  CXSetGroupCallAction,
  CXSetHeldCallAction,
  CXSetMutedCallAction,
  CXStartCallAction,
  CXTimedOutAction,
} from './actions';
import type { CXCallEndedReason, CXHandle, ZpnsCall } from './calls';
import type {
  ZIMEventOfCallInvitationAnsweredResult,
  ZIMEventOfCallInvitationCancelledResult,
  ZIMEventOfCallInvitationCreatedResult,
  ZIMEventOfCallInvitationEndedResult,
  ZIMEventOfCallInvitationReceivedResult,
  ZIMEventOfCallInvitationTimeoutResult,
  ZIMEventOfCallInviteesAnsweredTimeoutResult,
  ZIMEventOfCallUserStateChangedResult,
} from './invitationEvents';
import type { ZPNsMessage, ZPNsRegisterMessage, ZpnsTokenInvalidated } from './push';

/** Takes a listener away again. */
export interface Subscription {
  /** Does nothing the second time. */
  remove(): void;
}

/**
 * What a listener returns. Anything goes, as with ZEGO's `void`; a promise is waited for where the system waits for the app, and its rejection is
 * logged.
 */
export type Listened = unknown;

/** Events of `ZPNs`. */
export interface ZPNsEventHandler {
  /** A pushID is there, or why not. */
  registered: (message: ZPNsRegisterMessage) => Listened;
  /** A notification arrived in the foreground. */
  notificationArrived: (message: ZPNsMessage) => Listened;
  /** The user opened a notification, even if that started the app. */
  notificationClicked: (message: ZPNsMessage) => Listened;
  /** A background notification. iOS lets the app work until the returned promise settles. */
  throughMessageReceived: (message: ZPNsMessage) => Listened;
  /** The system took a push token back; registering again is up to this library, telling your own server is up to you. */
  tokenInvalidated: (token: ZpnsTokenInvalidated) => Listened;
}

/** Events of `CallKit`. */
export interface CallKitEventHandler {
  /**
   * A call came by push and rings, or was over before it could. `payload` is the whole push, `uuid` the call in upper case.
   */
  // Apps read their own keys from the push with their own types, as ZEGO's declarations let them.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  didReceiveIncomingPush: (payload: Record<string, any>, uuid: string, details: IncomingPushDetails) => Listened;
  /** The system dropped all calls, which are these. */
  providerDidReset: (uuids: string[]) => Listened;
  /** CallKit is ready. */
  providerDidBegin: () => Listened;
  /** Media may start. */
  didActivateAudioSession: () => Listened;
  /** Media must stop. */
  didDeactivateAudioSession: () => Listened;
  /** An action was not settled in time. */
  timedOutPerformingAction: (action: CXTimedOutAction) => Listened;
  /** Start a call. */
  performStartCallAction: (action: CXStartCallAction) => Listened;
  /** Answer. */
  performAnswerCallAction: (action: CXAnswerCallAction) => Listened;
  /** Decline, or hang up. */
  performEndCallAction: (action: CXEndCallAction) => Listened;
  /** Hold or resume. */
  performSetHeldCallAction: (action: CXSetHeldCallAction) => Listened;
  /** Mute or unmute. */
  performSetMutedCallAction: (action: CXSetMutedCallAction) => Listened;
  /** Group or ungroup. */
  performSetGroupCallAction: (action: CXSetGroupCallAction) => Listened;
  /** Play tones. */
  performPlayDTMFCallAction: (action: CXPlayDTMFCallAction) => Listened;
  /** A call is over for a reason other than the user's own action. */
  didEndCall: (call: EndedCall) => Listened;
  /**
   * The calls there are, as `getCalls` answers them: at once to whoever begins to listen, then whenever a call is not as it was, after what the app
   * itself did as well. Never kept for a listener that is not there.
   */
  callsChanged: (calls: ZpnsCall[]) => Listened;
  /** Recents, Siri or Contacts ask for a call. */
  didReceiveStartCallIntent: (intent: StartCallIntent) => Listened;
}

/** More about an incoming push. */
export interface IncomingPushDetails {
  /** Whether the call was over before it could ring. */
  missed: boolean;
  /** When the push came, Unix milliseconds. */
  at: number;
  /** Whether the event waited for this listener. */
  flushed: boolean;
}

/** A call that ended. */
export interface EndedCall {
  /** The call, in upper case. */
  uuid: string;
  /** Its call ID, if it came with one. */
  callID?: string;
  /** Why. */
  reason: CXCallEndedReason;
}

/** A call that the user asks for outside the app. */
export interface StartCallIntent {
  /** Whom. */
  handle: CXHandle;
  /** Whether with video. */
  video: boolean;
}

/** Events of `CallInvitation`; `Invitation` is the instance, as ZIM passes its own. */
export interface CallInvitationEventHandler<Invitation> {
  /** This user invited. */
  callInvitationCreated: (invitation: Invitation, data: ZIMEventOfCallInvitationCreatedResult) => Listened;
  /** This user is invited. */
  callInvitationReceived: (invitation: Invitation, data: ZIMEventOfCallInvitationReceivedResult) => Listened;
  /** The invitation was taken back. */
  callInvitationCancelled: (invitation: Invitation, data: ZIMEventOfCallInvitationCancelledResult) => Listened;
  /** This user did not answer in time. */
  callInvitationTimeout: (invitation: Invitation, data: ZIMEventOfCallInvitationTimeoutResult) => Listened;
  /** An invitee accepted. */
  callInvitationAccepted: (invitation: Invitation, data: ZIMEventOfCallInvitationAnsweredResult) => Listened;
  /** An invitee declined. */
  callInvitationRejected: (invitation: Invitation, data: ZIMEventOfCallInvitationAnsweredResult) => Listened;
  /** Invitees did not answer in time. */
  callInviteesAnsweredTimeout: (invitation: Invitation, data: ZIMEventOfCallInviteesAnsweredTimeoutResult) => Listened;
  /** The call is over. */
  callInvitationEnded: (invitation: Invitation, data: ZIMEventOfCallInvitationEndedResult) => Listened;
  /** What participants did. */
  callUserStateChanged: (invitation: Invitation, data: ZIMEventOfCallUserStateChangedResult) => Listened;
}
