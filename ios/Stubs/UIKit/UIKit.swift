// Stand-in for the corner of Apple's UIKit that the product touches, where there is none. Members whose names begin with `stub` are for
// tests.

@_exported import Foundation

public enum UIBackgroundFetchResult: UInt, Sendable { case newData = 0, noData = 1, failed = 2 }

public struct UIBackgroundTaskIdentifier: RawRepresentable, Hashable, Sendable {
  public var rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }
  public static let invalid = UIBackgroundTaskIdentifier(rawValue: 0)
}

@MainActor
open class UIApplication {
  public static let shared = UIApplication()

  nonisolated public static let didFinishLaunchingNotification = NSNotification.Name("UIApplicationDidFinishLaunchingNotification")
  nonisolated public static let didBecomeActiveNotification = NSNotification.Name("UIApplicationDidBecomeActiveNotification")
  nonisolated public static let protectedDataDidBecomeAvailableNotification = NSNotification.Name(
    "UIApplicationProtectedDataDidBecomeAvailable")

  public var applicationIconBadgeNumber = 0
  public private(set) var stubIsRegistered = false
  nonisolated private let tasks = BackgroundTasks()

  nonisolated public init() {}

  open func registerForRemoteNotifications() { stubIsRegistered = true }
  open func unregisterForRemoteNotifications() { stubIsRegistered = false }

  nonisolated open func beginBackgroundTask(
    withName taskName: String?, expirationHandler handler: (@MainActor @Sendable () -> Void)? = nil
  ) -> UIBackgroundTaskIdentifier {
    tasks.begin(handler)
  }

  nonisolated open func endBackgroundTask(_ identifier: UIBackgroundTaskIdentifier) { tasks.end(identifier) }
}

// What the system does with background tasks, and what it saw.
extension UIApplication {
  /// The background tasks that were begun, in order.
  nonisolated public var stubBegun: [UIBackgroundTaskIdentifier] { tasks.state.begun }
  /// Every identifier that was ended, in order, also those that were not under way.
  nonisolated public var stubEnded: [UIBackgroundTaskIdentifier] { tasks.state.ended }

  /// From now on no task is begun, or tasks are begun again.
  nonisolated public func stubRefuseBackgroundTasks(_ refuses: Bool = true) { tasks.change { $0.refuses = refuses } }

  /// The time is up: calls the handlers of the tasks under way. When this returns, iOS would kill an app that has not ended them.
  public func stubExpireBackgroundTasks() {
    for handler in tasks.state.handlers.values { handler() }
  }
}

/// The background tasks of one application.
private final class BackgroundTasks: @unchecked Sendable {
  struct State {
    var begun: [UIBackgroundTaskIdentifier] = []
    var ended: [UIBackgroundTaskIdentifier] = []
    var handlers: [UIBackgroundTaskIdentifier: @MainActor @Sendable () -> Void] = [:]
    var refuses = false
  }

  private let lock = NSLock()
  private var current = State()

  var state: State { lock.withLock { current } }

  func change(_ body: (inout State) -> Void) { lock.withLock { body(&current) } }

  func begin(_ handler: (@MainActor @Sendable () -> Void)?) -> UIBackgroundTaskIdentifier {
    lock.withLock {
      guard !current.refuses else { return .invalid }
      let task = UIBackgroundTaskIdentifier(rawValue: current.begun.count + 1)
      current.begun.append(task)
      current.handlers[task] = handler
      return task
    }
  }

  func end(_ task: UIBackgroundTaskIdentifier) {
    change {
      $0.ended.append(task)
      $0.handlers[task] = nil
    }
  }
}

open class UIImage {
  public init?(named name: String) { return nil }
  open func pngData() -> Data? { nil }
}
