import Foundation

/// A value that several threads reach, one at a time. The lock is not recursive: never call what may come back here while holding it.
final class Locked<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  init(_ value: Value) { self.value = value }

  func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}

/// Carries something of Apple's that is not `Sendable` to the one place that uses it next.
struct Handover<Value>: @unchecked Sendable {
  let value: Value
}
