import Foundation
import UIKit

extension Zpns {
  /// The app has launched: starts the core and takes the places where iOS speaks to the app. On the main thread, once.
  ///
  /// The core decides what is asked for: the VoIP token if VoIP was ever enabled, so that a push that launched the app is delivered.
  @MainActor
  func launch(center: NotificationCenter = .default) {
    if engine.takesDelegates {
      engine.notifications.start()
      #if canImport(ObjectiveC)
        AppDelegateProxy.install(for: self)
      #endif
    }
    observe(UIApplication.didBecomeActiveNotification, in: center) { try $0.system(event: .awake) }
    #if canImport(Network)
      engine.network.start(engine.core)
    #endif
    // The first unlock after a restart.
    observe(UIApplication.protectedDataDidBecomeAvailableNotification, in: center) { try $0.storageReadable() }
  }

  /// For good: this object lives as long as the process.
  private func observe(
    _ name: Notification.Name, in center: NotificationCenter, _ body: @escaping @Sendable (Client) throws -> Void
  ) {
    _ = center.addObserver(forName: name, object: nil, queue: nil) { [engine] _ in engine.core.enter(body) }
  }
}
