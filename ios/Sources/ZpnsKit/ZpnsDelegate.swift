import Foundation

/// Hears the events, in apps without JavaScript.
#if canImport(ObjectiveC)
  @objc
#endif
public protocol ZpnsDelegate: AnyObject, Sendable {
  /// An event of a type that was listened to. On any thread, in order.
  func zpns(_ zpns: Zpns, didReceive event: ZpnsEvent)
}

/// Something that happened.
#if canImport(ObjectiveC)
  @objcMembers
#endif
public final class ZpnsEvent: NSObject, Sendable {
  /// Its name, as in JavaScript: `registered`, `performAnswerCallAction`, …
  public let type: String
  /// Counts up from 1 over all events of this process.
  public let seq: UInt64
  /// When it happened, Unix milliseconds.
  public let at: UInt64
  /// Whether it waited for a listener.
  public let flushed: Bool
  /// JSON object, as JavaScript gets it.
  public let body: String

  init(_ event: Event) {
    type = event.kind
    seq = event.seq
    at = event.at
    flushed = event.flushed
    body = event.body
  }
}

/// Passes the core's events on to a delegate.
final class DelegateListener: EventListener, @unchecked Sendable {
  private(set) weak var delegate: (any ZpnsDelegate)?
  private weak var zpns: Zpns?

  init(_ delegate: any ZpnsDelegate, of zpns: Zpns) {
    self.delegate = delegate
    self.zpns = zpns
  }

  func receive(_ event: Event) -> Bool {
    guard let delegate, let zpns else { return false }
    delegate.zpns(zpns, didReceive: ZpnsEvent(event))
    return true
  }
}
