/** The methods of the native module's `invoke`, as the core names them. */
export const METHODS = [
  'configure',
  'setUserToken',
  'getVersion',
  'enableDebug',
  'setPushConfig',
  'applyNotificationPermission',
  'registerPush',
  'unregisterPush',
  'addLocalNotification',
  'setServerBadge',
  'setLocalBadge',
  'completeThroughMessage',
  'getRegistration',
  'diagnose',
  'returnEvent',
  'setInitConfiguration',
  'setCallKitEnabled',
  'reportIncomingCall',
  'reportOutgoingCall',
  'reportOutgoingCallStarted',
  'reportCallUpdate',
  'reportCallEnded',
  'completeAction',
  'startCall',
  'answerCall',
  'endCall',
  'setMuted',
  'setHeld',
  'setGroup',
  'playDTMF',
  'getCalls',
  'callUUID',
  'callInvite',
  'callCancel',
  'callAccept',
  'callReject',
  'callEnd',
  'queryCallInvitation',
] as const;

/**
 * One of them.
 *
 * @inline
 * @useDeclaredType
 */
export type Method = (typeof METHODS)[number];
