import Dispatch
import Foundation

open class CXCall: NSObject {
  public let uuid: UUID
  public let hasEnded: Bool

  public init(stubUUID: UUID, hasEnded: Bool = false) {
    uuid = stubUUID
    self.hasEnded = hasEnded
  }
}

public protocol CXCallObserverDelegate: NSObjectProtocol {
  func callObserver(_ callObserver: CXCallObserver, callChanged call: CXCall)
}

open class CXCallObserver: NSObject, @unchecked Sendable {
  private let lock = NSLock()
  private var known: [CXCall] = []
  private weak var delegate: (any CXCallObserverDelegate)?
  private var queue: DispatchQueue?

  open var calls: [CXCall] { lock.withLock { known } }

  open func setDelegate(_ delegate: (any CXCallObserverDelegate)?, queue: DispatchQueue?) {
    lock.withLock {
      self.delegate = delegate
      self.queue = queue
    }
  }

  /// The phone has these calls now, and the delegate hears of the last one.
  public func stubObserve(_ calls: [CXCall]) {
    let (delegate, queue) = lock.withLock {
      known = calls
      return (self.delegate, self.queue)
    }
    guard let delegate, let queue, let last = calls.last else { return }
    queue.sync { delegate.callObserver(self, callChanged: last) }
  }
}
