import UIKit

/// Time in the background: the one background task of UIKit's that keeps the app running while the core wants it to.
///
/// All of it happens on the main thread, although Apple allows to begin and end a task on any: `UIApplication.shared` is to be had there
/// only, and iOS calls the expiration handler there. So nothing happens at the same time, and a task is ended exactly once without a lock.
@MainActor
final class BackgroundTime {
  private let core: CoreEntry
  private let application: @MainActor @Sendable () -> UIApplication
  /// The task that is under way. `.invalid` where there is none, as UIKit answers if it gives none.
  private var task = UIBackgroundTaskIdentifier.invalid

  nonisolated init(core: CoreEntry, application: @escaping @MainActor @Sendable () -> UIApplication) {
    self.core = core
    self.application = application
  }

  /// Begins a task, or ends it, later, in the order of these calls.
  nonisolated func keepAwake(_ on: Bool) {
    DispatchQueue.main.async { [self] in
      if on { begin() } else { end() }
    }
  }

  private func begin() {
    guard task == .invalid else { return }
    task = application().beginBackgroundTask(withName: "dev.zpns.core") { [self] in expire() }
    // There is no time to be had.
    if task == .invalid { core.tell(.backgroundTimeExpired) }
  }

  private func end() {
    guard task != .invalid else { return }
    let ended = task
    task = .invalid
    application().endBackgroundTask(ended)
  }

  /// iOS kills an app that returns from here with the task still under way, and may suspend it right after: the core hears of it now or when
  /// the app runs again, and is not waited for.
  private func expire() {
    core.tell(.backgroundTimeExpired)
    end()
  }
}
