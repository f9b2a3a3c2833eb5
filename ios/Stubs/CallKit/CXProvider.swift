import AVFAudio
import Dispatch
import Foundation

// Every method that the product relies on is a plain requirement: a misspelt label is an error here, where Apple's optional methods
// would only never be called.
public protocol CXProviderDelegate: NSObjectProtocol {
  func providerDidReset(_ provider: CXProvider)
  func providerDidBegin(_ provider: CXProvider)
  func provider(_ provider: CXProvider, execute transaction: CXTransaction) -> Bool
  func provider(_ provider: CXProvider, perform action: CXStartCallAction)
  func provider(_ provider: CXProvider, perform action: CXAnswerCallAction)
  func provider(_ provider: CXProvider, perform action: CXEndCallAction)
  func provider(_ provider: CXProvider, perform action: CXSetHeldCallAction)
  func provider(_ provider: CXProvider, perform action: CXSetMutedCallAction)
  func provider(_ provider: CXProvider, perform action: CXSetGroupCallAction)
  func provider(_ provider: CXProvider, perform action: CXPlayDTMFCallAction)
  func provider(_ provider: CXProvider, timedOutPerforming action: CXAction)
  func provider(_ provider: CXProvider, didActivate audioSession: AVAudioSession)
  func provider(_ provider: CXProvider, didDeactivate audioSession: AVAudioSession)
}

open class CXProvider: NSObject {
  /// What the app reported, in order.
  public enum StubReport: Equatable, Sendable {
    case incoming(UUID, handle: String?, name: String?, video: Bool)
    case updated(UUID, name: String?)
    case ended(UUID, CXCallEndedReason)
    case startedConnecting(UUID)
    case connected(UUID)
  }

  private let lock = NSLock()
  private weak var delegate: (any CXProviderDelegate)?
  private var queue: DispatchQueue = .main
  private var storedConfiguration: CXProviderConfiguration
  private var reports: [StubReport] = []
  private var calls: Set<UUID> = []
  private var valid = true
  private var configurations = 0

  /// What the next incoming call is refused with.
  public var stubIncomingError: (any Error)?

  // Copies both ways, as Apple's does: changing what was read changes nothing.
  public var configuration: CXProviderConfiguration {
    get { lock.withLock { Self.copy(storedConfiguration) } }
    set {
      lock.withLock {
        storedConfiguration = Self.copy(newValue)
        configurations += 1
      }
    }
  }

  public init(configuration: CXProviderConfiguration) { storedConfiguration = Self.copy(configuration) }

  private static func copy(_ configuration: CXProviderConfiguration) -> CXProviderConfiguration {
    configuration.copy() as? CXProviderConfiguration ?? configuration
  }

  open func setDelegate(_ delegate: (any CXProviderDelegate)?, queue: DispatchQueue?) {
    self.delegate = delegate
    self.queue = queue ?? .main
    stubDrive { $1.providerDidBegin($0) }
  }

  open func reportNewIncomingCall(
    with UUID: UUID, update: CXCallUpdate, completion: @escaping @Sendable ((any Error)?) -> Void
  ) {
    let error: (any Error)? = lock.withLock {
      reports.append(
        .incoming(
          UUID, handle: update.remoteHandle?.value, name: update.localizedCallerName, video: update.hasVideo))
      if let error = stubIncomingError { return error }
      return calls.insert(UUID).inserted ? nil : CXErrorCodeIncomingCallError(.callUUIDAlreadyExists)
    }
    queue.async { completion(error) }
  }

  open func reportCall(with UUID: UUID, updated update: CXCallUpdate) {
    lock.withLock { reports.append(.updated(UUID, name: update.localizedCallerName)) }
  }

  open func reportCall(with UUID: UUID, endedAt dateEnded: Date?, reason endedReason: CXCallEndedReason) {
    lock.withLock {
      reports.append(.ended(UUID, endedReason))
      calls.remove(UUID)
    }
  }

  open func reportOutgoingCall(with UUID: UUID, startedConnectingAt dateStartedConnecting: Date?) {
    lock.withLock { reports.append(.startedConnecting(UUID)) }
  }

  open func reportOutgoingCall(with UUID: UUID, connectedAt dateConnected: Date?) {
    lock.withLock { reports.append(.connected(UUID)) }
  }

  open func invalidate() {
    lock.withLock {
      valid = false
      calls.removeAll()
    }
    stubDrive { $1.providerDidReset($0) }
  }
}

// What the system and the user do.
extension CXProvider {
  public var stubReports: [StubReport] { lock.withLock { reports } }
  public var stubCalls: Set<UUID> { lock.withLock { calls } }
  /// How often the configuration was assigned.
  public var stubConfigurations: Int { lock.withLock { configurations } }
  public var stubIsValid: Bool { lock.withLock { valid } }

  /// Calls the delegate on its queue, later.
  public func stubDrive(_ body: @escaping (CXProvider, any CXProviderDelegate) -> Void) {
    nonisolated(unsafe) let call: () -> Void = { [weak self] in
      guard let self, let delegate = self.delegate else { return }
      body(self, delegate)
    }
    queue.async { call() }
  }

  /// The user (or the controller) asks for something.
  public func stubPerform(_ action: CXCallAction) {
    lock.withLock {
      if action is CXStartCallAction { calls.insert(action.callUUID) }
      if action is CXEndCallAction { calls.remove(action.callUUID) }
    }
    stubDrive { provider, delegate in
      if delegate.provider(provider, execute: CXTransaction(action: action)) { return }
      switch action {
      case let action as CXStartCallAction: delegate.provider(provider, perform: action)
      case let action as CXAnswerCallAction: delegate.provider(provider, perform: action)
      case let action as CXEndCallAction: delegate.provider(provider, perform: action)
      case let action as CXSetHeldCallAction: delegate.provider(provider, perform: action)
      case let action as CXSetMutedCallAction: delegate.provider(provider, perform: action)
      case let action as CXSetGroupCallAction: delegate.provider(provider, perform: action)
      case let action as CXPlayDTMFCallAction: delegate.provider(provider, perform: action)
      default: break
      }
    }
  }

  /// The link to the system is lost and every call with it.
  public func stubReset() {
    lock.withLock { calls.removeAll() }
    stubDrive { $1.providerDidReset($0) }
  }
}
