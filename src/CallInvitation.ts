/** Call invitations through the gateway, in ZIM's verbs. */
import { invoke } from './invoke';
import { Listeners, type EventTable } from './listeners';
import type {
  CallInvitationEventHandler,
  Subscription,
  ZIMCallAcceptanceSentResult,
  ZIMCallCancelSentResult,
  ZIMCallEndSentResult,
  ZIMCallInfo,
  ZIMCallInvitationSentResult,
  ZIMCallInviteConfig,
  ZIMCallPushedVerbConfig,
  ZIMCallRejectionSentResult,
  ZIMCallVerbConfig,
} from './types';

/** @inline */
type Events = CallInvitationEventHandler<CallInvitation>;

let shared: CallInvitation | undefined;

/**
 * Call invitations through the gateway that `ZPNs.configure` names.
 *
 * What the user does on the call screen reaches the gateway by itself: `callAccept` and `callReject` are for the app's own screen. Every rejection
 * is a `ZpnsError`: ZIM's numbers in the domain `zim`, `NotConfigured` without a gateway, `NotAuthenticated` without a user, `Network` where the
 * gateway does not answer, `Unavailable` off iOS. `callCancel`, `callAccept`, `callReject` and `callEnd` go on after `Network`: they are tried again
 * as long as they are of use.
 */
export class CallInvitation {
  /** The shared instance; events pass it as their first argument. Instances have no state of their own. */
  static getInstance(): CallInvitation {
    shared ??= new CallInvitation();
    return shared;
  }

  /**
   * Invites 1 to 9 users. Name a `callID` of at most 128 bytes to make the call known under your own; otherwise the gateway makes one. Events of
   * the call follow: who accepts, who declines, who does not answer in time, who ends it.
   *
   * An answer that gets lost is asked for again, and a user token that is missing or has run out is waited for, half a minute at most.
   *
   * @throws `ZpnsError` `InvalidArgument` naming the field; 6000275 in the domain `zim` where there is a call of this ID.
   */
  callInvite(invitees: string[], config: ZIMCallInviteConfig = {}, callID?: string): Promise<ZIMCallInvitationSentResult> {
    return invoke('callInvite', { invitees, config, callID });
  }

  /**
   * Takes the invitation back, from these users or, if none are named, from all. From all also ends the caller's own call on the call screen.
   *
   * @throws `ZpnsError` 6000271 in the domain `zim` once somebody has accepted: then use `callEnd`.
   */
  callCancel(invitees: string[], callID: string, config: ZIMCallPushedVerbConfig = {}): Promise<ZIMCallCancelSentResult> {
    return invoke('callCancel', { invitees, callID, config });
  }

  /**
   * Accepts. Where the call rings on the call screen that is answered too: `performAnswerCallAction` follows, its `source` being `app`.
   *
   * @throws `ZpnsError` `Expired` if the call was cancelled, over, or answered on another device before.
   */
  callAccept(callID: string, config: ZIMCallVerbConfig = {}): Promise<ZIMCallAcceptanceSentResult> {
    return invoke('callAccept', { callID, config });
  }

  /** Declines, and stops the ring on the call screen. No event follows. */
  callReject(callID: string, config: ZIMCallVerbConfig = {}): Promise<ZIMCallRejectionSentResult> {
    return invoke('callReject', { callID, config });
  }

  /** Ends an accepted call for everyone, and takes it off the call screen. No event follows. */
  callEnd(callID: string, config: ZIMCallPushedVerbConfig = {}): Promise<ZIMCallEndSentResult> {
    return invoke('callEnd', { callID, config });
  }

  /**
   * Asks the gateway how a call stands. Waits while `getUserToken` is asked for a user token.
   *
   * @throws `ZpnsError` 6000276 in the domain `zim` for a call that does not exist; `NotAuthenticated` where a user token is needed and none is to be had.
   */
  queryCallInvitation(callID: string): Promise<ZIMCallInfo> {
    return invoke('queryCallInvitation', { callID });
  }

  /**
   * Sets the listener of an event, in place of the one set before. The first listener of a type gets what waited for it.
   *
   * @throws `Error` for an unknown type, or no function.
   */
  on<Type extends keyof Events>(type: Type, listener: Events[Type]): void {
    listeners.on(type, listener);
  }

  /** Takes away the listener that `on` set; those of `addListener` stay. */
  off(type: keyof Events): void {
    listeners.off(type);
  }

  /** Adds a listener beside all others. */
  addListener<Type extends keyof Events>(type: Type, listener: Events[Type]): Subscription {
    return listeners.add(type, listener);
  }
}

/** ZIM's data, behind the instance. */
function data<Data>(body: Data): { args: [CallInvitation, Data] } {
  return { args: [CallInvitation.getInstance(), body] };
}

/** How the arguments of `CallInvitation`'s listeners are made. */
export const CALL_INVITATION_EVENTS: EventTable<Events> = {
  callInvitationCreated: data,
  callInvitationReceived: data,
  callInvitationCancelled: data,
  callInvitationTimeout: data,
  callInvitationAccepted: data,
  callInvitationRejected: data,
  callInviteesAnsweredTimeout: data,
  callInvitationEnded: data,
  callUserStateChanged: data,
};

const listeners = new Listeners<Events>(CALL_INVITATION_EVENTS);
