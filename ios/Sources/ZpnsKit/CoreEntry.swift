import Foundation

/// The way into the core: one serial queue for PushKit, CallKit and everything else that happens to it. Never the main queue, and nothing
/// may block on it: iOS kills an app that has not reported a push within seconds.
final class CoreEntry: Sendable {
  let queue = DispatchQueue(label: "dev.zpns.core", qos: .userInteractive)
  private let state = Locked(State())
  /// Marks the queue with whose it is.
  private static let owner = Handover(value: DispatchSpecificKey<ObjectIdentifier>())

  private struct State {
    var client: Client?
    var start: (@Sendable () throws -> Client)?
  }

  init() { queue.setSpecific(key: Self.owner.value, value: ObjectIdentifier(self)) }

  /// How to start the core. It is started when it is first entered; a start that failed is tried again at the next entry.
  func open(_ start: @escaping @Sendable () throws -> Client) {
    state.withLock { $0.start = start }
  }

  /// Enters the core later, on the queue, in the order of these calls. `failed` hears why the core could not be entered.
  func enter(
    _ body: @escaping @Sendable (Client) throws -> Void,
    failed: @escaping @Sendable (any Error) -> Void = { Log.write(.error, "the core could not be entered: \($0)") }
  ) {
    queue.async { [self] in
      do {
        try body(client())
      } catch {
        failed(error)
      }
    }
  }

  /// Tells the core something, later, on the queue.
  func tell(_ event: SystemEvent) {
    enter { try $0.system(event: event) }
  }

  /// Enters the core now: what it asks for in answer is done when this returns. On the queue, where PushKit and CallKit call their
  /// delegates; an app that calls from another one waits for its turn.
  func enterNow<Result>(_ body: (Client) throws -> Result) throws -> Result {
    if DispatchQueue.getSpecific(key: Self.owner.value) == ObjectIdentifier(self) { return try body(client()) }
    return try queue.sync { try body(client()) }
  }

  /// Tells the core something now.
  func tellNow(_ event: SystemEvent) throws {
    try enterNow { try $0.system(event: event) }
  }

  /// The core, started if need be. Only on the queue.
  private func client() throws -> Client {
    let (client, start) = state.withLock { ($0.client, $0.start) }
    if let client { return client }
    guard let start else { throw ClientError.ShutDown }
    // Without the lock: starting calls the ports.
    let started = try start()
    state.withLock { $0.client = started }
    return started
  }

  /// Stops the core for good.
  func close() {
    queue.sync {
      let client = state.withLock {
        $0.start = nil
        return $0.client.take()
      }
      try? client?.shutdown()
    }
  }
}
