/// What was asked of the core and is not answered yet.
final class Invocations: Sendable {
  /// Gets the answer's JSON, or why there is none; once, on any thread.
  typealias Completion = @Sendable (Result<String, any Error>) -> Void

  private let state = Locked(State())

  private struct State {
    var next: UInt64 = 1
    var waiting: [UInt64: Completion] = [:]
  }

  /// Keeps `completion` and gives it a number that no other has.
  func add(_ completion: @escaping Completion) -> UInt64 {
    state.withLock { state in
      defer { state.next += 1 }
      state.waiting[state.next] = completion
      return state.next
    }
  }

  /// Answers, if that was not done before.
  func settle(_ id: UInt64, _ answer: Result<String, any Error>) {
    state.withLock { $0.waiting.removeValue(forKey: id) }?(answer)
  }
}
