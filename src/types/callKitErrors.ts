/** The numbers of CallKit's own errors, for `ZpnsError.is`. Apple: `CXErrorCode`, `CXErrorCodeIncomingCallError`, `CXErrorCodeRequestTransactionError`. */

/** In the domain `ZpnsErrorDomain.CallKit`. */
export enum CXErrorCode {
  /** Not said. */
  Unknown = 0,
  /** The app may not use CallKit. */
  Unentitled = 1,
  /** An argument is wrong. */
  InvalidArgument = 2,
  /** Info.plist lacks the `voip` background mode. */
  MissingVoIPBackgroundMode = 3,
}

/** Why a reported call does not ring; in the domain `ZpnsErrorDomain.IncomingCall`. */
export enum CXErrorCodeIncomingCall {
  /** Not said. */
  Unknown = 0,
  /** The app may not use CallKit. */
  Unentitled = 1,
  /** The call is there already. */
  CallUUIDAlreadyExists = 2,
  /** The user wants no calls now (Focus, Do Not Disturb). */
  FilteredByDoNotDisturb = 3,
  /** The user blocked the caller. */
  FilteredByBlockList = 4,
  /** The device is in a restricted sharing mode. */
  FilteredDuringRestrictedSharingMode = 5,
  /** The call is protected. */
  CallIsProtected = 6,
  /** Participants are sensitive. */
  FilteredBySensitiveParticipants = 7,
}

/** Why a requested action was refused; in the domain `ZpnsErrorDomain.Transaction`. */
export enum CXErrorCodeRequestTransaction {
  /** Not said. */
  Unknown = 0,
  /** The app may not use CallKit. */
  Unentitled = 1,
  /** There is no provider. */
  UnknownCallProvider = 2,
  /** Nothing was asked for. */
  EmptyTransaction = 3,
  /** No call has this UUID. */
  UnknownCallUUID = 4,
  /** The call is there already. */
  CallUUIDAlreadyExists = 5,
  /** The call can't do that. */
  InvalidAction = 6,
  /** More groups than the configuration allows. */
  MaximumCallGroupsReached = 7,
  /** The call is protected. */
  CallIsProtected = 8,
}
