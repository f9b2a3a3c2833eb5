import UIKit

/// The completion handler of one background notification, shared by those who handle it: the app itself and this library. Called once,
/// when all of them are done, however often each calls its part.
final class FetchCompletion: @unchecked Sendable {
  private let completion: (UIBackgroundFetchResult) -> Void
  private let state = Locked(State())

  private struct State {
    /// One for each part not done, and one until all parts are given out.
    var open = 1
    var result = UIBackgroundFetchResult.noData
  }

  init(_ completion: @escaping (UIBackgroundFetchResult) -> Void) { self.completion = completion }

  /// A completion handler for one of those who handle it.
  func part() -> (UIBackgroundFetchResult) -> Void {
    state.withLock { $0.open += 1 }
    let done = Locked(false)
    return { [self] result in
      let first = done.withLock { done in
        defer { done = true }
        return !done
      }
      if first { close(result) }
    }
  }

  /// No more parts are given out.
  func partsAreGiven() { close(.noData) }

  private func close(_ result: UIBackgroundFetchResult) {
    let final: UIBackgroundFetchResult? = state.withLock {
      $0.open -= 1
      // New data of one is new data; a failure shows only where nobody had any.
      if result == .newData || $0.result == .noData { $0.result = result }
      return $0.open == 0 ? $0.result : nil
    }
    if let final { completion(final) }
  }
}
