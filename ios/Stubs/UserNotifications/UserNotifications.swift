// Stand-in for the corner of Apple's UserNotifications that the product touches, where there is none. Members whose names begin with
// `stub` are for tests.

import Foundation

public struct UNAuthorizationOptions: OptionSet, Sendable {
  public let rawValue: UInt
  public init(rawValue: UInt) { self.rawValue = rawValue }
  public static let badge = UNAuthorizationOptions(rawValue: 1)
  public static let sound = UNAuthorizationOptions(rawValue: 2)
  public static let alert = UNAuthorizationOptions(rawValue: 4)
}

public struct UNNotificationPresentationOptions: OptionSet, Sendable {
  public let rawValue: UInt
  public init(rawValue: UInt) { self.rawValue = rawValue }
  public static let badge = UNNotificationPresentationOptions(rawValue: 1)
  public static let sound = UNNotificationPresentationOptions(rawValue: 2)
  public static let list = UNNotificationPresentationOptions(rawValue: 8)
  public static let banner = UNNotificationPresentationOptions(rawValue: 16)
}

public struct UNNotificationSoundName: RawRepresentable, Hashable, Sendable {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
}

open class UNNotificationSound: NSObject {
  public let stubName: UNNotificationSoundName?
  public init(named name: UNNotificationSoundName) { stubName = name }
  private init(default: Void) { stubName = nil }
  public static var `default`: UNNotificationSound { UNNotificationSound(default: ()) }
}

open class UNNotificationContent: NSObject {
  open fileprivate(set) var title = ""
  open fileprivate(set) var body = ""
  open fileprivate(set) var sound: UNNotificationSound?
  open fileprivate(set) var userInfo: [AnyHashable: Any] = [:]
}

open class UNMutableNotificationContent: UNNotificationContent {
  override public init() {}
  override open var title: String {
    get { super.title }
    set { super.title = newValue }
  }
  override open var body: String {
    get { super.body }
    set { super.body = newValue }
  }
  override open var sound: UNNotificationSound? {
    get { super.sound }
    set { super.sound = newValue }
  }
  override open var userInfo: [AnyHashable: Any] {
    get { super.userInfo }
    set { super.userInfo = newValue }
  }
}

open class UNNotificationTrigger: NSObject {}

open class UNPushNotificationTrigger: UNNotificationTrigger {
  public init(stub: Void) {}
}

open class UNNotificationRequest: NSObject {
  public let identifier: String
  public let content: UNNotificationContent
  public let trigger: UNNotificationTrigger?
  public init(identifier: String, content: UNNotificationContent, trigger: UNNotificationTrigger?) {
    self.identifier = identifier
    self.content = content
    self.trigger = trigger
  }
}

open class UNNotification: NSObject {
  public let request: UNNotificationRequest
  public init(stubRequest: UNNotificationRequest) { request = stubRequest }
}

public let UNNotificationDefaultActionIdentifier = "com.apple.UNNotificationDefaultActionIdentifier"
public let UNNotificationDismissActionIdentifier = "com.apple.UNNotificationDismissActionIdentifier"

open class UNNotificationResponse: NSObject {
  public let notification: UNNotification
  public let actionIdentifier: String
  public init(stubNotification: UNNotification, actionIdentifier: String) {
    notification = stubNotification
    self.actionIdentifier = actionIdentifier
  }
}

public protocol UNUserNotificationCenterDelegate: NSObjectProtocol {
  func userNotificationCenter(
    _ center: UNUserNotificationCenter, willPresent notification: UNNotification,
    withCompletionHandler completionHandler: @escaping (UNNotificationPresentationOptions) -> Void)
  func userNotificationCenter(
    _ center: UNUserNotificationCenter, didReceive response: UNNotificationResponse,
    withCompletionHandler completionHandler: @escaping () -> Void)
  func userNotificationCenter(_ center: UNUserNotificationCenter, openSettingsFor notification: UNNotification?)
}

open class UNUserNotificationCenter: NSObject {
  public weak var delegate: (any UNUserNotificationCenterDelegate)?
  /// The user's answer.
  public var stubGranted = true
  /// What adding and the badge fail with.
  public var stubError: (any Error)?
  public private(set) var stubRequests: [UNNotificationRequest] = []
  public private(set) var stubBadge: Int?

  override public init() {}
  nonisolated(unsafe) private static let shared = UNUserNotificationCenter()
  open class func current() -> UNUserNotificationCenter { shared }

  open func requestAuthorization(
    options: UNAuthorizationOptions = [], completionHandler: @escaping @Sendable (Bool, (any Error)?) -> Void
  ) {
    let granted = stubGranted
    DispatchQueue.global().async { completionHandler(granted, nil) }
  }

  open func add(_ request: UNNotificationRequest, withCompletionHandler completionHandler: (@Sendable ((any Error)?) -> Void)? = nil) {
    let error = stubError
    if error == nil { stubRequests.append(request) }
    DispatchQueue.global().async { completionHandler?(error) }
  }

  open func setBadgeCount(_ newBadgeCount: Int, withCompletionHandler completionHandler: (@Sendable ((any Error)?) -> Void)? = nil) {
    let error = stubError
    if error == nil { stubBadge = newBadgeCount }
    DispatchQueue.global().async { completionHandler?(error) }
  }
}
