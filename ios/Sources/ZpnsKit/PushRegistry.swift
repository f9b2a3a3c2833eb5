import Foundation
import PushKit

/// PushKit: one `PKPushRegistry` for the process, made when VoIP pushes are first wanted.
final class PushRegistry: NSObject, @unchecked Sendable {
  private let core: CoreEntry
  private let calls: CallProvider
  /// Whether the app has no registry of its own.
  private let isEnabled: Bool
  private let state = Locked<PKPushRegistry?>(nil)

  init(core: CoreEntry, calls: CallProvider, isEnabled: Bool) {
    self.core = core
    self.calls = calls
    self.isEnabled = isEnabled
  }

  /// PushKit's registry, once VoIP pushes were wanted.
  var registry: PKPushRegistry? { state.withLock { $0 } }

  /// Asks for VoIP pushes. A token that PushKit has already is told again.
  func register() {
    guard isEnabled else { return }
    let registry = state.withLock {
      let registry = $0 ?? PKPushRegistry(queue: core.queue)
      $0 = registry
      return registry
    }
    registry.delegate = self
    registry.desiredPushTypes = [.voIP]
    if let token = registry.pushToken(for: .voIP) { didUpdate(token) }
  }

  private func didUpdate(_ token: Data) {
    core.tell(.tokenUpdated(kind: .voip, token: token))
  }

  /// Gives VoIP pushes and the token up.
  func unregister() {
    state.withLock { $0 }?.desiredPushTypes = []
  }

  /// Hands a push to the core. When this returns, it is reported; `completion` is called once that is done.
  func receive(_ payload: PKPushPayload, mustReport: Bool, completion: @escaping () -> Void) {
    guard payload.type == .voIP else { return completion() }
    let bytes = Payload.json(payload.dictionaryPayload)
    calls.whileHandlingPush(mustReport: mustReport, completion: completion) {
      do {
        try core.enterNow { try $0.voipPush(payload: bytes, mustReport: mustReport) }
      } catch {
        Log.write(.error, "a VoIP push could not be handled: \(error)")
      }
    }
  }
}

// Completions are not asked to be `@Sendable` here: so these methods fit the protocol of older and newer SDKs alike.
extension PushRegistry: PKPushRegistryDelegate {
  func pushRegistry(_ registry: PKPushRegistry, didUpdate pushCredentials: PKPushCredentials, for type: PKPushType) {
    guard type == .voIP else { return }
    didUpdate(pushCredentials.token)
  }

  func pushRegistry(_ registry: PKPushRegistry, didInvalidatePushTokenFor type: PKPushType) {
    guard type == .voIP else { return }
    core.tell(.tokenInvalidated(kind: .voip))
  }

  /// iOS 11 to 26.3: every push must be reported.
  func pushRegistry(
    _ registry: PKPushRegistry, didReceiveIncomingPushWith payload: PKPushPayload, for type: PKPushType,
    completion: @escaping () -> Void
  ) {
    receive(payload, mustReport: true, completion: completion)
  }

  // The SDK of iOS 26.4 comes with Swift 6.3; the stand-ins have its class, too.
  #if compiler(>=6.3) || os(Linux)
    /// iOS 26.4 and later: the system says whether the push must be reported.
    @available(iOS 26.4, *)
    func pushRegistry(
      _ registry: PKPushRegistry, didReceiveIncomingVoIPPushWith payload: PKPushPayload, metadata: PKVoIPPushMetadata,
      withCompletionHandler completion: @escaping () -> Void
    ) {
      receive(payload, mustReport: metadata.mustReport, completion: completion)
    }
  #endif
}
