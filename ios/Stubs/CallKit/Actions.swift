import Foundation

open class CXAction: NSObject {
  public enum StubOutcome: Equatable, Sendable { case pending, fulfilled, failed }
  public let uuid = UUID()
  open var timeoutDate = Date(timeIntervalSinceNow: 30)
  open var isComplete: Bool { stubOutcome != .pending }

  private let lock = NSLock()
  private var outcomes: [StubOutcome] = []
  /// What was decided first; Apple's ignores the rest.
  public var stubOutcome: StubOutcome { lock.withLock { outcomes.first ?? .pending } }
  /// How often the app completed the action: more than once is a defect of the app.
  public var stubCompletions: Int { lock.withLock { outcomes.count } }

  override public init() {}
  open func fulfill() { lock.withLock { outcomes.append(.fulfilled) } }
  open func fail() { lock.withLock { outcomes.append(.failed) } }
}

open class CXCallAction: CXAction {
  public let callUUID: UUID
  public init(call callUUID: UUID) {
    self.callUUID = callUUID
    super.init()
  }
}

open class CXStartCallAction: CXCallAction {
  public var handle: CXHandle
  public var contactIdentifier: String?
  public var isVideo = false
  public init(call callUUID: UUID, handle: CXHandle) {
    self.handle = handle
    super.init(call: callUUID)
  }
}

open class CXAnswerCallAction: CXCallAction {}

open class CXEndCallAction: CXCallAction {}

open class CXSetHeldCallAction: CXCallAction {
  public var isOnHold: Bool
  public init(call callUUID: UUID, onHold: Bool) {
    isOnHold = onHold
    super.init(call: callUUID)
  }
}

open class CXSetMutedCallAction: CXCallAction {
  public var isMuted: Bool
  public init(call callUUID: UUID, muted: Bool) {
    isMuted = muted
    super.init(call: callUUID)
  }
}

open class CXSetGroupCallAction: CXCallAction {
  public var callUUIDToGroupWith: UUID?
  public init(call callUUID: UUID, callUUIDToGroupWith: UUID?) {
    self.callUUIDToGroupWith = callUUIDToGroupWith
    super.init(call: callUUID)
  }
}

open class CXPlayDTMFCallAction: CXCallAction {
  public enum ActionType: Int, Sendable { case singleTone = 1, softPause = 2, hardPause = 3 }
  public var digits: String
  public var type: ActionType
  public init(call callUUID: UUID, digits: String, type: ActionType) {
    self.digits = digits
    self.type = type
    super.init(call: callUUID)
  }
}

open class CXTransaction: NSObject {
  public let actions: [CXAction]
  public init(actions: [CXAction]) { self.actions = actions }
  public convenience init(action: CXAction) { self.init(actions: [action]) }
}
