import CallKit
import Foundation

/// Tells the core which calls there are on the phone, of whichever app, as long as this app uses CallKit. Which of them are its own the core
/// knows.
final class CallObserver: NSObject, @unchecked Sendable {
  private let core: CoreEntry
  private let observer: CXCallObserver

  init(core: CoreEntry, observer: CXCallObserver) {
    self.core = core
    self.observer = observer
  }

  /// From now on every change is told, and at once how things stand.
  func start() {
    observer.setDelegate(self, queue: core.queue)
    tell(observer.calls)
  }

  /// Nothing is told any more; nothing is known to go on.
  func stop() {
    observer.setDelegate(nil, queue: nil)
    tell([])
  }

  private func tell(_ calls: [CXCall]) {
    core.tell(.callsObserved(calls: calls.filter { !$0.hasEnded }.map(\.uuid)))
  }
}

extension CallObserver: CXCallObserverDelegate {
  func callObserver(_ callObserver: CXCallObserver, callChanged call: CXCall) {
    tell(callObserver.calls)
  }
}
