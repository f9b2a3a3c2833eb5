// Stand-in for the corner of Apple's UIKit that the product touches, where there is none. Members whose names begin with `stub` are for
// tests.

@_exported import Foundation

public enum UIBackgroundFetchResult: UInt, Sendable { case newData = 0, noData = 1, failed = 2 }

@MainActor
open class UIApplication {
  public static let shared = UIApplication()

  nonisolated public static let didFinishLaunchingNotification = NSNotification.Name("UIApplicationDidFinishLaunchingNotification")
  nonisolated public static let didBecomeActiveNotification = NSNotification.Name("UIApplicationDidBecomeActiveNotification")
  nonisolated public static let protectedDataDidBecomeAvailableNotification = NSNotification.Name(
    "UIApplicationProtectedDataDidBecomeAvailable")

  public var applicationIconBadgeNumber = 0
  public private(set) var stubIsRegistered = false

  nonisolated public init() {}

  open func registerForRemoteNotifications() { stubIsRegistered = true }
  open func unregisterForRemoteNotifications() { stubIsRegistered = false }
}

open class UIImage {
  public init?(named name: String) { return nil }
  open func pngData() -> Data? { nil }
}
