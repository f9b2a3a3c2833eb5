// Stand-in for Apple's CallKit where there is none: what is passed around. Names, labels, defaults and raw values are Apple's; members
// whose names begin with `stub` are for tests.

import Foundation

open class CXHandle: NSObject, NSCopying {
  public enum HandleType: Int, Sendable { case generic = 1, phoneNumber = 2, emailAddress = 3 }
  public let type: HandleType
  public let value: String
  public init(type: HandleType, value: String) {
    self.type = type
    self.value = value
  }
  open func copy(with zone: NSZone? = nil) -> Any { self }
}

open class CXProviderConfiguration: NSObject, NSCopying {
  public var ringtoneSound: String?
  public var iconTemplateImageData: Data?
  public var maximumCallGroups = 2
  public var maximumCallsPerCallGroup = 5
  public var includesCallsInRecents = true
  public var supportsVideo = false
  public var supportedHandleTypes: Set<CXHandle.HandleType> = []
  override public init() {}
  open func copy(with zone: NSZone? = nil) -> Any {
    let copy = CXProviderConfiguration()
    copy.ringtoneSound = ringtoneSound
    copy.iconTemplateImageData = iconTemplateImageData
    copy.maximumCallGroups = maximumCallGroups
    copy.maximumCallsPerCallGroup = maximumCallsPerCallGroup
    copy.includesCallsInRecents = includesCallsInRecents
    copy.supportsVideo = supportsVideo
    copy.supportedHandleTypes = supportedHandleTypes
    return copy
  }
}

open class CXCallUpdate: NSObject {
  public var remoteHandle: CXHandle?
  public var localizedCallerName: String?
  // What the app set is kept, where Apple keeps its own default.
  public private(set) var stubFlags: [String: Bool] = [:]
  public var supportsHolding: Bool {
    get { stubFlags["holding"] ?? true }
    set { stubFlags["holding"] = newValue }
  }
  public var supportsGrouping: Bool {
    get { stubFlags["grouping"] ?? true }
    set { stubFlags["grouping"] = newValue }
  }
  public var supportsUngrouping: Bool {
    get { stubFlags["ungrouping"] ?? true }
    set { stubFlags["ungrouping"] = newValue }
  }
  public var supportsDTMF: Bool {
    get { stubFlags["dtmf"] ?? true }
    set { stubFlags["dtmf"] = newValue }
  }
  public var hasVideo: Bool {
    get { stubFlags["video"] ?? false }
    set { stubFlags["video"] = newValue }
  }
  override public init() {}
}

public enum CXCallEndedReason: Int, Sendable {
  case failed = 1
  case remoteEnded = 2
  case unanswered = 3
  case answeredElsewhere = 4
  case declinedElsewhere = 5
}

public let CXErrorDomainIncomingCall = "com.apple.CallKit.error.incomingcall"
public let CXErrorDomainRequestTransaction = "com.apple.CallKit.error.requesttransaction"

public struct CXErrorCodeIncomingCallError: Error, CustomNSError {
  public enum Code: Int, Sendable {
    case unknown = 0
    case unentitled = 1
    case callUUIDAlreadyExists = 2
    case filteredByDoNotDisturb = 3
    case filteredByBlockList = 4
  }
  public let code: Code
  public init(_ code: Code) { self.code = code }
  public static var errorDomain: String { CXErrorDomainIncomingCall }
  public var errorCode: Int { code.rawValue }
}

public struct CXErrorCodeRequestTransactionError: Error, CustomNSError {
  public enum Code: Int, Sendable {
    case unknown = 0
    case unentitled = 1
    case unknownCallProvider = 2
    case emptyTransaction = 3
    case unknownCallUUID = 4
    case callUUIDAlreadyExists = 5
  }
  public let code: Code
  public init(_ code: Code) { self.code = code }
  public static var errorDomain: String { CXErrorDomainRequestTransaction }
  public var errorCode: Int { code.rawValue }
}
