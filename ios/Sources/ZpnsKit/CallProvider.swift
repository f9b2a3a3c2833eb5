import CallKit
import Foundation

/// CallKit: one `CXProvider` for the process, made when it is first needed, and one `CXCallController`.
///
/// Carries out what the core asks for, on the thread that asks (a push must be reported before PushKit's delegate method returns), and
/// tells the core what CallKit says. CallKit's classes are safe to call from any thread; its delegate runs on the library's queue.
final class CallProvider: NSObject, @unchecked Sendable {
  let core: CoreEntry
  let controller: CXCallController
  private let observer: CallObserver
  private let configuresAudioSession: Bool
  let state = Locked(State())
  /// Whom a placeholder is from; nil only if the core is broken through and through.
  private let placeholderName: String?

  struct State {
    var provider: CXProvider?
    var disabled = false
    /// Actions that are neither fulfilled nor failed, by `CXAction.uuid`.
    var actions: [UUID: CXAction] = [:]
    /// Which of the core's transactions an action belongs to, by `CXAction.uuid`.
    var transactions: [UUID: UInt64] = [:]
    /// While a push is handled: completes when the reports made for it have.
    var push: DispatchGroup?
    /// Reports of incoming calls made so far.
    var reports = 0
  }

  init(core: CoreEntry, facts: AppFacts, configuresAudioSession: Bool) {
    self.core = core
    self.configuresAudioSession = configuresAudioSession
    let controller = CXCallController(queue: core.queue)
    self.controller = controller
    observer = CallObserver(core: core, observer: controller.callObserver)
    placeholderName = try? unnamedCaller(appName: facts.appName)
    super.init()
    state.withLock { $0.disabled = facts.callKitDisabled }
  }

  /// Does one thing that the core asks for.
  func perform(_ request: CallRequest) throws {
    switch request {
    case .configure(let configuration): configure(CXProviderConfiguration(configuration))
    case .reportIncoming(let id, let uuid, let update): try reportIncoming(id, uuid, CXCallUpdate(update))
    case .reportUpdate(let uuid, let update): try provider().reportCall(with: uuid, updated: CXCallUpdate(update))
    case .reportEnded(let uuid, let reason):
      try provider().reportCall(with: uuid, endedAt: nil, reason: CXCallEndedReason(reason))
    case .reportOutgoingStarted(let uuid): try provider().reportOutgoingCall(with: uuid, startedConnectingAt: nil)
    case .reportOutgoingConnected(let uuid): try provider().reportOutgoingCall(with: uuid, connectedAt: nil)
    case .prepareAudio(let video): if configuresAudioSession { AudioSession.prepareForCall(video: video) }
    case .fulfill(let action): try take(action).fulfill()
    case .fail(let action): try take(action).fail()
    case .transaction(let id, let action): self.request(CXCallAction.requested(action), as: id)
    case .disable: disable()
    }
  }

  /// Does `body`, which handles a push, and calls `completion` once, on the queue, after `body` and the reports that it made. Where
  /// `mustReport` and `body` reported nothing, a placeholder is reported and ended: iOS kills an app that leaves a push unreported, and
  /// stops waking it after a few.
  func whileHandlingPush(mustReport: Bool, completion: @escaping () -> Void, _ body: () -> Void) {
    let group = DispatchGroup()
    group.enter()
    let before = state.withLock {
      $0.push = group
      return $0.reports
    }
    body()
    let reported = state.withLock { $0.reports != before }
    if mustReport && !reported { reportPlaceholder() }
    state.withLock { $0.push = nil }
    group.leave()
    let done = Handover(value: completion)
    group.notify(queue: core.queue) { done.value() }
  }

  // MARK: Provider

  private func configure(_ configuration: CXProviderConfiguration) {
    state.withLock {
      $0.disabled = false
      if let provider = $0.provider {
        provider.configuration = configuration
      } else {
        $0.provider = makeProvider(configuration)
      }
    }
    observer.start()
  }

  private func makeProvider(_ configuration: CXProviderConfiguration) -> CXProvider {
    let provider = CXProvider(configuration: configuration)
    provider.setDelegate(self, queue: core.queue)
    return provider
  }

  private func provider() throws -> CXProvider {
    try state.withLock {
      if $0.disabled { throw PortError.callKitDisabled }
      let provider = $0.provider ?? makeProvider(CXProviderConfiguration())
      $0.provider = provider
      return provider
    }
  }

  private func disable() {
    observer.stop()
    let provider = state.withLock { state in
      state.disabled = true
      return state.provider.take()
    }
    provider?.invalidate()
  }

  // MARK: Incoming calls

  private func reportIncoming(_ id: UInt64, _ uuid: UUID, _ update: CXCallUpdate) throws {
    let provider = try provider()
    // Without this, iOS 26 sometimes never activates the audio session of the call (FB19429215).
    provider.configuration = provider.configuration
    let push = state.withLock {
      $0.reports += 1
      return $0.push
    }
    push?.enter()
    provider.reportNewIncomingCall(with: uuid, update: update) { [self] error in
      tell(.reportCompleted(id: id, uuid: uuid, error: error.map(SystemError.init)))
      push?.leave()
    }
  }

  private func reportPlaceholder() {
    let uuid = UUID()
    let update = CXCallUpdate()
    update.remoteHandle = placeholderName.map { CXHandle(type: .generic, value: $0) }
    Log.write(.error, "a VoIP push could not be handled: reporting a call that ends at once")
    do {
      let provider = try provider()
      let push = state.withLock { $0.push }
      push?.enter()
      let ending = Handover(value: provider)
      provider.reportNewIncomingCall(with: uuid, update: update) { _ in
        ending.value.reportCall(with: uuid, endedAt: nil, reason: .failed)
        push?.leave()
      }
    } catch {
      Log.write(.error, "a VoIP push arrived although CallKit is disabled: \(error)")
    }
  }

  // MARK: Transactions

  private func request(_ action: CXCallAction, as id: UInt64) {
    let uuid = action.uuid
    state.withLock { $0.transactions[uuid] = id }
    controller.request(CXTransaction(action: action)) { [self] error in
      if error != nil { state.withLock { $0.transactions[uuid] = nil } }
      tell(.transactionCompleted(id: id, error: error.map(SystemError.init)))
    }
  }

  private func take(_ action: UUID) throws -> CXAction {
    guard let action = state.withLock({ $0.actions.removeValue(forKey: action) }) else { throw PortError.unknownAction }
    return action
  }

  /// Tells the core what can only be logged if the core does not take it.
  func tell(_ event: SystemEvent) {
    do {
      try core.tellNow(event)
    } catch {
      Log.write(.error, "what CallKit said could not be handled: \(error)")
    }
  }
}
