import Foundation
import UIKit
import UserNotifications

/// `UNUserNotificationCenter`: permission, local notifications, the badge, and what arrives or is opened.
///
/// The centre has one delegate. This takes the place of the one it finds and passes everything on to it.
final class UserNotificationCenter: NSObject, @unchecked Sendable {
  private let center: UNUserNotificationCenter
  private let core: CoreEntry
  private let state = Locked(State())

  private struct State {
    var presentation: UNNotificationPresentationOptions = []
    weak var next: (any UNUserNotificationCenterDelegate)?
  }

  init(center: UNUserNotificationCenter, core: CoreEntry) {
    self.center = center
    self.core = core
  }

  /// Takes the delegate's place. To be called before the app has finished launching: what opened it comes right after.
  func start() {
    guard center.delegate !== self else { return }
    let next = center.delegate
    state.withLock { $0.next = next }
    center.delegate = self
  }

  /// A notification arrived while the app is in the foreground. Returns how to show it.
  func willPresent(_ notification: UNNotification) -> UNNotificationPresentationOptions {
    let userInfo = notification.request.content.userInfo
    core.tell(.notificationReceived(kind: .arrived, userInfo: Payload.json(userInfo), completion: nil))
    return state.withLock { $0.presentation }
  }

  /// The user did something with a notification.
  func didReceive(_ response: UNNotificationResponse) {
    let kind: NotificationKind = response.actionIdentifier == UNNotificationDismissActionIdentifier ? .dismissed : .clicked
    let userInfo = response.notification.request.content.userInfo
    core.tell(.notificationReceived(kind: kind, userInfo: Payload.json(userInfo), completion: nil))
  }

  func requestPermission(_ id: UInt64) {
    center.requestAuthorization(options: [.badge, .sound, .alert]) { [core] granted, error in
      core.tell(.permissionAnswered(id: id, granted: granted, error: error.map(SystemError.init)))
    }
  }

  func setPresentation(badge: Bool, sound: Bool, alert: Bool) {
    var options: UNNotificationPresentationOptions = []
    if badge { options.insert(.badge) }
    if sound { options.insert(.sound) }
    if alert { options.formUnion([.banner, .list]) }
    state.withLock { $0.presentation = options }
  }

  func add(_ notification: LocalNotification, as id: UInt64) {
    let content = UNMutableNotificationContent()
    content.title = notification.title
    content.body = notification.body
    content.userInfo = Payload.userInfo(of: notification)
    content.sound =
      notification.sound.isEmpty ? .default : UNNotificationSound(named: UNNotificationSoundName(rawValue: notification.sound))
    let request = UNNotificationRequest(identifier: notification.identifier, content: content, trigger: nil)
    center.add(request) { [core] error in core.tell(.requestAnswered(id: id, error: error.map(SystemError.init))) }
  }

  func setBadge(_ badge: Int, as id: UInt64) {
    if #available(iOS 16, *) {
      center.setBadgeCount(badge) { [core] error in core.tell(.requestAnswered(id: id, error: error.map(SystemError.init))) }
    } else {
      DispatchQueue.main.async { [core] in
        UIApplication.shared.applicationIconBadgeNumber = badge
        core.tell(.requestAnswered(id: id, error: nil))
      }
    }
  }
}

extension UserNotificationCenter: UNUserNotificationCenterDelegate {
  func userNotificationCenter(
    _ center: UNUserNotificationCenter, willPresent notification: UNNotification,
    withCompletionHandler completionHandler: @escaping (UNNotificationPresentationOptions) -> Void
  ) {
    let ours = willPresent(notification)
    let next = state.withLock { $0.next }
    let passedOn = next?.passWillPresent(center, notification) { theirs in completionHandler(ours.union(theirs)) } ?? false
    if !passedOn { completionHandler(ours) }
  }

  func userNotificationCenter(
    _ center: UNUserNotificationCenter, didReceive response: UNNotificationResponse,
    withCompletionHandler completionHandler: @escaping () -> Void
  ) {
    didReceive(response)
    let passedOn = state.withLock { $0.next }?.passDidReceive(center, response, completionHandler) ?? false
    if !passedOn { completionHandler() }
  }

  func userNotificationCenter(_ center: UNUserNotificationCenter, openSettingsFor notification: UNNotification?) {
    state.withLock { $0.next }?.passOpenSettings(center, notification)
  }
}

// Apple's delegate methods are optional, which exists only with Objective-C's runtime.
#if canImport(ObjectiveC)
  extension UNUserNotificationCenterDelegate {
    /// Whether the delegate takes it; if so, it calls `completion`.
    fileprivate func passWillPresent(
      _ center: UNUserNotificationCenter, _ notification: UNNotification,
      _ completion: @escaping (UNNotificationPresentationOptions) -> Void
    ) -> Bool {
      userNotificationCenter?(center, willPresent: notification, withCompletionHandler: completion) != nil
    }

    /// Whether the delegate takes it; if so, it calls `completion`.
    fileprivate func passDidReceive(
      _ center: UNUserNotificationCenter, _ response: UNNotificationResponse, _ completion: @escaping () -> Void
    ) -> Bool {
      userNotificationCenter?(center, didReceive: response, withCompletionHandler: completion) != nil
    }

    fileprivate func passOpenSettings(_ center: UNUserNotificationCenter, _ notification: UNNotification?) {
      userNotificationCenter?(center, openSettingsFor: notification)
    }
  }
#else
  extension UNUserNotificationCenterDelegate {
    fileprivate func passWillPresent(
      _ center: UNUserNotificationCenter, _ notification: UNNotification,
      _ completion: @escaping (UNNotificationPresentationOptions) -> Void
    ) -> Bool {
      userNotificationCenter(center, willPresent: notification, withCompletionHandler: completion)
      return true
    }

    fileprivate func passDidReceive(
      _ center: UNUserNotificationCenter, _ response: UNNotificationResponse, _ completion: @escaping () -> Void
    ) -> Bool {
      userNotificationCenter(center, didReceive: response, withCompletionHandler: completion)
      return true
    }

    fileprivate func passOpenSettings(_ center: UNUserNotificationCenter, _ notification: UNNotification?) {
      userNotificationCenter(center, openSettingsFor: notification)
    }
  }
#endif
