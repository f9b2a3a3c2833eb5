import Foundation
import PushKit
import UIKit
import UserNotifications

/// Everything that lives as long as the process: the core, and what it reaches of Apple's. React Native's module comes and goes; this
/// stays.
final class Engine: Sendable {
  let core: CoreEntry
  let calls: CallProvider
  let pushes: PushRegistry
  let remote: RemoteNotifications
  let background: BackgroundTime
  let notifications: UserNotificationCenter
  /// Whether to hear by itself what iOS tells the app's delegates.
  let takesDelegates: Bool
  #if canImport(Network)
    let network = NetworkWatch()
  #endif
  /// ZEGO's own SDK, where Info.plist asks to hand the VoIP token to it.
  private let zego: ZegoSDK?
  private let invocations = Invocations()
  private let listener = Locked<(any EventListener)?>(nil)

  /// `info` is Info.plist; the other parameters are what it works with.
  init(
    facts: AppFacts, info: [String: Any], storage: any Storage, center: UNUserNotificationCenter,
    application: @escaping @MainActor @Sendable () -> UIApplication, zego: @escaping ZegoSDK = ZegoForward.sdk
  ) {
    let core = CoreEntry()
    let calls = CallProvider(
      core: core, facts: facts, configuresAudioSession: InfoPlist.flag(InfoPlist.configuresAudioSession, default: true, in: info))
    self.core = core
    self.calls = calls
    self.zego = InfoPlist.flag(InfoPlist.forwardsTokenToZego, default: false, in: info) ? zego : nil
    pushes = PushRegistry(
      core: core, calls: calls, isEnabled: InfoPlist.flag(InfoPlist.pushRegistryEnabled, default: true, in: info))
    remote = RemoteNotifications(core: core, application: application)
    background = BackgroundTime(core: core, application: application)
    takesDelegates = InfoPlist.flag(InfoPlist.appDelegateProxyEnabled, default: true, in: info)
    notifications = UserNotificationCenter(center: center, core: core)
    core.open { [self] in try Client.start(app: facts, platform: self, storage: storage) }
  }

  /// Starts the core, which asks for the tokens that were wanted before. Later calls do nothing.
  func start() {
    core.enter { _ in }
  }

  /// Stops for good.
  func stop() {
    core.close()
  }

  // MARK: The app's side

  /// Takes the VoIP token of a registry of the app's own.
  func setVoipToken(_ token: Data, isProduct: Bool) {
    let hex = token.map { String(format: "%02x", $0) }.joined()
    invoke("setVoipToken", #"{"token":"\#(hex)","isProduct":\#(isProduct)}"#) { answer in
      if case .failure(let error) = answer { Log.write(.error, "the VoIP token could not be handed over: \(error)") }
    }
  }

  /// Asks the core for something; `completion` gets the answer's JSON, or why there is none.
  func invoke(_ method: String, _ params: String, completion: @escaping Invocations.Completion) {
    let id = invocations.add(completion)
    core.enter({ try $0.invoke(id: id, method: method, params: params) }) { [invocations] error in
      invocations.settle(id, .failure(error))
    }
  }

  func listen(to type: String) { core.enter { try $0.listen(kind: type) } }

  func unlisten(to type: String) { core.enter { try $0.unlisten(kind: type) } }

  /// Takes the place of whoever got the events until now. Nothing comes before `listen(to:)`.
  func attach(_ new: any EventListener) {
    core.enter { [listener] client in
      let old = listener.withLock { listener in
        let old = listener
        listener = new
        return old
      }
      if let old, old !== new { try client.detach() }
    }
  }

  /// Events wait from now on, unless another listener has taken the place already.
  func detach(_ old: any EventListener) {
    core.enter { [listener] client in
      let attached = listener.withLock {
        guard $0 === old else { return false }
        $0 = nil
        return true
      }
      if attached { try client.detach() }
    }
  }
}

/// Whoever gets the events: React Native's module, or a native app's delegate.
protocol EventListener: AnyObject, Sendable {
  /// Takes an event, on any thread. False if it can't any more.
  func receive(_ event: Event) -> Bool
}

// What the core asks for, one thing at a time, on any thread.
extension Engine: Platform {
  func call(request: CallRequest) throws {
    try calls.perform(request)
  }

  func push(request: PushRequest) throws {
    switch request {
    case .register(let apns, let voip):
      if apns { remote.register() }
      if voip { pushes.register() }
    case .unregister(let apns, let voip):
      if apns { remote.unregister() }
      if voip { pushes.unregister() }
    case .handOverVoipToken(let token, let isProduct): zego?(token, isProduct)
    case .requestPermission(let id): notifications.requestPermission(id)
    case .setPresentation(let badge, let sound, let alert): notifications.setPresentation(badge: badge, sound: sound, alert: alert)
    case .addNotification(let id, let notification): notifications.add(notification, as: id)
    case .keepAwake(let on): background.keepAwake(on)
    case .setBadge(let id, let badge): notifications.setBadge(Int(badge), as: id)
    case .completeNotification(let id, let newData): try remote.complete(id, newData: newData)
    }
  }

  func emit(event: Event) throws {
    guard let listener = listener.withLock({ $0 }), listener.receive(event) else { throw PortError.nobodyListens }
  }

  func complete(invocation: UInt64, answer: String) throws {
    invocations.settle(invocation, .success(answer))
  }

  func log(entry: LogEntry) throws {
    Log.write(entry.level, entry.message)
  }
}
