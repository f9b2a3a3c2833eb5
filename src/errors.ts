/** Errors: a stable code, the domain it belongs to, and a message that says what to do. */

/** This library's own codes. 6000401 to 6000405 are ZEGO's and mean the same here. */
export enum ZpnsCode {
  /** Apple's push service can't be reached, or gave no token. */
  PushServiceUnavailable = 6000401,
  /** The push service refused what it was given. */
  PushServiceRefused = 6000402,
  /** The gateway could not make a pushID. */
  PushIdFailed = 6000403,
  /** Registration failed. */
  RegistrationFailed = 6000404,
  /** Unregistration failed. */
  UnregistrationFailed = 6000405,
  /** An argument is missing, of the wrong type or out of range. */
  InvalidArgument = 6009001,
  /** JavaScript and native code are of different versions. */
  UnknownMethod = 6009002,
  /** The call needs a gateway, and none is configured. */
  NotConfigured = 6009003,
  /** The gateway wants a (fresh) user token. */
  NotAuthenticated = 6009004,
  /** The gateway can't be reached. */
  Network = 6009005,
  /** The gateway refused or failed. */
  Server = 6009006,
  /** No call has this UUID or ID. */
  UnknownCall = 6009007,
  /** The action was settled before. */
  AlreadySettled = 6009008,
  /** No action has this number. */
  UnknownAction = 6009009,
  /** CallKit is switched off. */
  CallKitDisabled = 6009010,
  /** Not on this platform, or the native module is missing. */
  Unavailable = 6009011,
  /** The verb could not be delivered before the call was over. */
  Expired = 6009012,
  /** The system refused without one of its own codes. */
  System = 6009013,
  /** A defect in this library. */
  Internal = 6009099,
}

/** Domains of codes. The same number means different things in different domains. */
export const ZpnsErrorDomain = {
  /** `ZpnsCode`. */
  Zpns: 'zpns',
  /** ZIM's call invitation codes, as 6000276: the call does not exist. */
  Zim: 'zim',
  /** `CXErrorCode`. */
  CallKit: 'com.apple.CallKit.error',
  /** `CXErrorCodeIncomingCall`. */
  IncomingCall: 'com.apple.CallKit.error.incomingcall',
  /** `CXErrorCodeRequestTransaction`. */
  Transaction: 'com.apple.CallKit.error.requesttransaction',
} as const;

/** What every rejected promise of this package brings. */
export class ZpnsError extends Error {
  /** Always `ZpnsError`. */
  override readonly name = 'ZpnsError';
  /** Number of the error within its domain, as text: React Native's rejections have it so. */
  readonly code: string;
  /** One of `ZpnsErrorDomain`, or another of the system's. */
  readonly domain: string;

  /** `code` is a number of `domain`, which is this library's own unless said otherwise. */
  constructor(code: ZpnsCode | string, message: string, domain: string = ZpnsErrorDomain.Zpns) {
    super(message);
    this.code = String(code);
    this.domain = domain;
  }

  /** Whether it is this error: `error.is('zpns', ZpnsCode.NotConfigured)`. */
  is(domain: string, code: number): boolean {
    return this.domain === domain && this.code === String(code);
  }
}
