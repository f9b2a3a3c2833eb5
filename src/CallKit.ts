/** The system's call screen. A drop-in for the class of `zego-callkit-react-native`. */
import { CALL_KIT_EVENTS } from './callKitEvents';
import { ask, invoke, perform, request, unawaited } from './invoke';
import { Listeners } from './listeners';
import { isIOS } from './native';
import {
  CXPlayDTMFCallActionType,
  type CallKitEventHandler,
  type CXCallEndedReason,
  type CXCallUpdate,
  type CXHandle,
  type CXProviderConfiguration,
  type StartCallOptions,
  type Subscription,
  type ZpnsCall,
} from './types';

const listeners = new Listeners<CallKitEventHandler>(CALL_KIT_EVENTS);
const NOTHING: Subscription = { remove: () => undefined };
let shared: CallKit | undefined;

/**
 * The system's call screen.
 *
 * Call UUIDs are upper case in events and taken in any case. Off iOS, settings and reports of what happened resolve and do nothing; what asks the
 * system for something is refused as `Unavailable`. Every rejection is a `ZpnsError`; CallKit's own errors keep their domain and number.
 */
export class CallKit {
  /** The shared instance. Instances have no state of their own. */
  static getInstance(): CallKit {
    shared ??= new CallKit();
    return shared;
  }

  /**
   * Says how calls of this app look and what they can do. Kept for the next launch, where a push may come before JavaScript runs; used at once if
   * CallKit is there already.
   */
  static setInitConfiguration(config: CXProviderConfiguration): Promise<void> {
    return unawaited(perform('setInitConfiguration', config));
  }

  /**
   * Uses CallKit or not, from now on and at the next launches: CallKit may not be active in mainland China. Switching it off ends the calls on the
   * system's screen and gives the VoIP token up; switching it on asks for the token again.
   *
   * @throws `ZpnsError` `CallKitDisabled` for switching on what the build has switched off (Info.plist `ZPNSCallKitDisabled`).
   */
  static setEnabled(enabled: boolean): Promise<void> {
    return perform('setCallKitEnabled', { enabled });
  }

  /**
   * Sets the listener of an event, in place of the one set before. The first listener of a type gets what waited for it. Does nothing off iOS.
   *
   * @throws `Error` for an unknown type, or no function.
   */
  on<Type extends keyof CallKitEventHandler>(type: Type, listener: CallKitEventHandler[Type]): void {
    if (isIOS()) listeners.on(type, listener);
  }

  /** Takes away the listener that `on` set; those of `addListener` stay. */
  off(type: keyof CallKitEventHandler): void {
    if (isIOS()) listeners.off(type);
  }

  /** Adds a listener beside all others. */
  addListener<Type extends keyof CallKitEventHandler>(type: Type, listener: CallKitEventHandler[Type]): Subscription {
    return isIOS() ? listeners.add(type, listener) : NOTHING;
  }

  /**
   * Reports a call that came by other means than a VoIP push. Resolves when it rings.
   *
   * @throws `ZpnsError` in the domain `IncomingCall` where the system does not let it ring (Do Not Disturb, block list, known already);
   * `Unavailable` off iOS, where it does not ring.
   */
  reportIncomingCall(update: CXCallUpdate, uuid: string): Promise<void> {
    return request('reportIncomingCall', { update, uuid });
  }

  /**
   * Reports that an outgoing call began to connect.
   *
   * @throws `ZpnsError` `UnknownCall`, as all methods below that name a call, if none has this UUID.
   */
  reportOutgoingCallStarted(uuid: string): Promise<void> {
    return perform('reportOutgoingCallStarted', { uuid });
  }

  /** Reports that an outgoing call is connected: its timer starts. */
  reportOutgoingCall(uuid: string): Promise<void> {
    return perform('reportOutgoingCall', { uuid });
  }

  /** Reports that something about a call changed. */
  reportCallUpdate(update: CXCallUpdate, uuid: string): Promise<void> {
    return perform('reportCallUpdate', { update, uuid });
  }

  /**
   * Reports that a call is over for a reason other than the user's own action; for that use `endCall`. No event follows. Saying so again within ten
   * minutes is harmless.
   */
  reportCallEnded(reason: CXCallEndedReason, uuid: string): Promise<void> {
    return perform('reportCallEnded', { reason, uuid });
  }

  /**
   * Starts a call; `performStartCallAction` follows. Resolves with the call's UUID in upper case once CallKit took the request: the one given, or
   * one that is made.
   *
   * @throws `ZpnsError` in the domain `Transaction` where the system refuses; `Unavailable` off iOS.
   */
  startCall(
    handle: CXHandle,
    { video = false, uuid }: StartCallOptions = {},
  ): Promise<{
    /** The call. */
    uuid: string;
  }> {
    return invoke('startCall', { handle, video, uuid });
  }

  /**
   * Answers from the app's own screen; `performAnswerCallAction` follows.
   *
   * @throws `ZpnsError` in the domain `Transaction` where the system refuses, `Unavailable` off iOS; here and below.
   */
  answerCall(uuid: string): Promise<void> {
    return request('answerCall', { uuid });
  }

  /** Declines or hangs up from the app's own screen. No event follows, here and below: the app knows. */
  endCall(uuid: string): Promise<void> {
    return request('endCall', { uuid });
  }

  /** Mutes or unmutes, so that the call screen shows it. */
  setMuted(uuid: string, muted: boolean): Promise<void> {
    return request('setMuted', { uuid, muted });
  }

  /** Holds or resumes, so that the call screen shows it. */
  setHeld(uuid: string, onHold: boolean): Promise<void> {
    return request('setHeld', { uuid, onHold });
  }

  /** Groups the call with another, or with `null` takes it out of its group, so that the call screen shows it. */
  setGroup(uuid: string, callUUIDToGroupWith: string | null): Promise<void> {
    return request('setGroup', { uuid, callUUIDToGroupWith });
  }

  /** Plays tones: `digits` as `12#`, not empty. */
  playDTMF(
    uuid: string,
    digits: string,
    type: CXPlayDTMFCallActionType = CXPlayDTMFCallActionType.CXPlayDTMFCallActionTypeSingleTone,
  ): Promise<void> {
    return request('playDTMF', { uuid, digits, type });
  }

  /** The calls there are, oldest first; none off iOS. */
  getCalls(): Promise<ZpnsCall[]> {
    return ask<ZpnsCall[]>('getCalls', []);
  }

  /**
   * The UUID of a call ID: the same on every device and on the server, without asking anybody.
   *
   * @throws `ZpnsError` `Unavailable` off iOS.
   */
  callUUID(callID: string): Promise<string> {
    return invoke('callUUID', { callID });
  }
}
