/** What a caller says about a push, in the names of ZIM. */

/** Kind of a call handle; the numbers are Apple's. */
export enum ZIMCXHandleType {
  /** Any text. */
  Generic = 1,
  /** A phone number. */
  PhoneNumber = 2,
  /** An e-mail address. */
  EmailAddress = 3,
}

/** How a call is shown on the callee's iPhone. */
export interface ZIMVoIPConfig {
  /** Kind of the handle. Default: generic. */
  iOSVoIPHandleType?: ZIMCXHandleType;
  /** The caller, as shown and as kept in Recents: digits for a phone number, an address for e-mail, any text for generic. */
  iOSVoIPHandleValue?: string;
  /** Whether it is a video call. Default false. */
  iOSVoIPHasVideo?: boolean;
}

/** What to push. */
export interface ZIMPushConfig {
  /** Title; on a VoIP call the caller's name. */
  title?: string;
  /** Body text. */
  content?: string;
  /** Passed through to the callee's app unread. */
  payload?: string;
  /** Names the strategy (VoIP or alert) that the gateway's operator set up, at most 32 characters. Without one the push is an alert. */
  resourcesID?: string;
  /** Groups alerts. */
  threadID?: string;
  /** Whether this push changes the badge. */
  enableBadge?: boolean;
  /** By how much, if so. */
  badgeIncrement?: number;
  /** How a call is shown. */
  voIPConfig?: ZIMVoIPConfig;
  /** Taken and without effect: ZIM has it for OPPO's push service. */
  privateMessageTemplate?: object;
}
