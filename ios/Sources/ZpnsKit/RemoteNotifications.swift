import Foundation
import UIKit

/// UIKit's remote notifications: the device token, and the background notifications that wait for an answer.
final class RemoteNotifications: Sendable {
  private let core: CoreEntry
  private let application: @MainActor @Sendable () -> UIApplication
  private let waiting = Locked(Waiting())

  private struct Waiting {
    var next: UInt64 = 1
    var completions: [UInt64: Handover<(UIBackgroundFetchResult) -> Void>] = [:]
  }

  init(core: CoreEntry, application: @escaping @MainActor @Sendable () -> UIApplication) {
    self.core = core
    self.application = application
  }

  /// Asks for a device token; it comes to the app's delegate.
  func register() {
    DispatchQueue.main.async { [application] in application().registerForRemoteNotifications() }
  }

  func unregister() {
    DispatchQueue.main.async { [application] in application().unregisterForRemoteNotifications() }
  }

  func didRegister(_ deviceToken: Data) {
    core.tell(.tokenUpdated(kind: .apns, token: deviceToken))
  }

  func didFail(_ error: any Error) {
    core.tell(.tokenFailed(kind: .apns, error: SystemError(error)))
  }

  /// A background notification; `completion` is called once, when the core says so.
  func didReceive(_ userInfo: Data, completion: @escaping (UIBackgroundFetchResult) -> Void) {
    let handler = Handover(value: completion)
    let id = waiting.withLock { waiting in
      defer { waiting.next += 1 }
      waiting.completions[waiting.next] = handler
      return waiting.next
    }
    core.enter({ try $0.system(event: .notificationReceived(kind: .background, userInfo: userInfo, completion: id)) }) { [self] error in
      Log.write(.error, "a background notification could not be handled: \(error)")
      try? complete(id, newData: false)
    }
  }

  /// Settles a background notification, on the main thread, where UIKit wants it.
  func complete(_ id: UInt64, newData: Bool) throws {
    guard let completion = waiting.withLock({ $0.completions.removeValue(forKey: id) }) else { throw PortError.unknownNotification }
    DispatchQueue.main.async { completion.value(newData ? .newData : .noData) }
  }
}
