import Foundation
import Intents
import PushKit
import UIKit
import UserNotifications

/// Incoming calls by VoIP push, for the whole process.
///
/// Apps with React Native need nothing of this class: it starts by itself when the app has launched and serves the JavaScript of
/// `react-native-zpns`. Native apps use it directly: ``delegate`` and ``listen(to:)`` for events, `call(_:_:)` or
/// ``invoke(_:params:completion:)`` for everything else, by the same names as JavaScript.
///
/// All methods may be called on any thread; what they ask for happens in the order of the calls.
#if canImport(ObjectiveC)
  @objcMembers
#endif
public final class Zpns: NSObject, Sendable {
  /// The one of this process. Starts the core when it is first used.
  public static let shared = Zpns(
    engine: Engine(
      facts: .ofThisApp(), info: Bundle.main.infoDictionary ?? [:], storage: FileStorage(), center: .current(),
      application: { .shared }))

  let engine: Engine
  private let events = Locked<DelegateListener?>(nil)

  init(engine: Engine) {
    self.engine = engine
    super.init()
    engine.start()
  }

  // MARK: Events and methods, for apps without JavaScript

  /// Gets the events of the types listened to, once it is set. It takes the place of JavaScript: an app that has both leaves it nil.
  /// Held weakly.
  public var delegate: (any ZpnsDelegate)? {
    get { events.withLock { $0?.delegate } }
    set {
      let new = newValue.map { DelegateListener($0, of: self) }
      let old = events.withLock { events in
        let old = events
        events = new
        return old
      }
      if let new { engine.attach(new) } else if let old { engine.detach(old) }
    }
  }

  /// From now on events of this type reach the delegate, those that waited first.
  public func listen(to type: String) { engine.listen(to: type) }

  /// From now on events of this type wait.
  public func unlisten(to type: String) { engine.unlisten(to: type) }

  /// Calls a method of the core. `params` is a JSON object; `completion` gets `{"ok": …}` or `{"error": {code, domain, message}}`, once, on
  /// any thread.
  public func invoke(_ method: String, params: String, completion: @escaping @Sendable (String) -> Void) {
    engine.invoke(method, params) { completion($0.answer) }
  }

  // MARK: What the app is told

  /// Hands over the VoIP token of a `PKPushRegistry` of the app's own (`ZPNSPushRegistryEnabled` is NO then) and registers with it; the
  /// event `registered` follows. `isProduct`: whether the app is signed for distribution, so that its tokens belong to APNs' production
  /// environment.
  public func setVoipToken(_ voipToken: Data, isProduct: Bool) {
    engine.setVoipToken(voipToken, isProduct: isProduct)
  }

  /// Hands over a VoIP push of a `PKPushRegistry` of the app's own, from within its delegate method. It is reported when this returns;
  /// `completion` is called once. `mustReport` is `PKVoIPPushMetadata.mustReport`, true before iOS 26.4.
  public func didReceiveIncomingPush(_ payload: PKPushPayload, mustReport: Bool, completion: @escaping () -> Void) {
    engine.pushes.receive(payload, mustReport: mustReport, completion: completion)
  }

  /// For `application(_:didRegisterForRemoteNotificationsWithDeviceToken:)`. Not needed unless `ZPNSAppDelegateProxyEnabled` is NO.
  public func didRegister(deviceToken: Data) { engine.remote.didRegister(deviceToken) }

  /// For `application(_:didFailToRegisterForRemoteNotificationsWithError:)`. Not needed unless `ZPNSAppDelegateProxyEnabled` is NO.
  public func didFailToRegister(error: any Error) { engine.remote.didFail(error) }

  /// For `application(_:didReceiveRemoteNotification:fetchCompletionHandler:)`; calls `completion` once, on the main thread. Not needed
  /// unless `ZPNSAppDelegateProxyEnabled` is NO.
  public func didReceive(
    remoteNotification userInfo: [AnyHashable: Any], completion: @escaping (UIBackgroundFetchResult) -> Void
  ) {
    engine.remote.didReceive(Payload.json(userInfo), completion: completion)
  }

  /// For `userNotificationCenter(_:willPresent:withCompletionHandler:)`; returns how to show the notification, as `registerPush` was told.
  /// Not needed unless `ZPNSAppDelegateProxyEnabled` is NO.
  public func willPresent(_ notification: UNNotification) -> UNNotificationPresentationOptions {
    engine.notifications.willPresent(notification)
  }

  /// For `userNotificationCenter(_:didReceive:withCompletionHandler:)`. Not needed unless `ZPNSAppDelegateProxyEnabled` is NO.
  public func didReceive(_ response: UNNotificationResponse) { engine.notifications.didReceive(response) }

  /// For `scene(_:continue:)`, `application(_:continue:restorationHandler:)`, and each of `connectionOptions.userActivities` in
  /// `scene(_:willConnectTo:options:)`: a call that the user asked for in Recents, by Siri or in Contacts. False if the activity is
  /// something else.
  @discardableResult
  public func continueUserActivity(_ activity: NSUserActivity) -> Bool {
    guard let intent = StartCallIntent(activity) else { return false }
    engine.core.tell(.startCallIntent(handle: intent.handle, video: intent.video))
    return true
  }
}

extension Zpns {
  /// Calls a method of the core and returns what it answers, or throws ``ZpnsError``.
  public func call<Params: Encodable, Ok: Decodable>(
    _ method: String, _ params: Params, returning: Ok.Type = Ok.self
  ) async throws -> Ok {
    let params = String(decoding: try JSONEncoder().encode(params), as: UTF8.self)
    let answer = try await withCheckedThrowingContinuation { continuation in
      engine.invoke(method, params) { continuation.resume(with: $0) }
    }
    return try Answer<Ok>(json: answer).get()
  }
}

/// `{"ok": …}` or `{"error": …}`.
private struct Answer<Ok: Decodable>: Decodable {
  let ok: Ok?
  let error: ZpnsError?

  init(json: String) throws {
    self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
  }

  func get() throws -> Ok {
    if let ok { return ok }
    throw error ?? ZpnsError(.internal, "the core answered neither with a result nor with an error")
  }
}

extension Result<String, any Error> {
  /// The core's answer, or one in its words if it could not be entered.
  fileprivate var answer: String {
    switch self {
    case .success(let answer): return answer
    case .failure(let error):
      let json = try? JSONEncoder().encode(["error": ZpnsError(entering: error)])
      return String(decoding: json ?? Data(), as: UTF8.self)
    }
  }
}
