import Dispatch
import Foundation

open class CXCallController: NSObject {
  private let queue: DispatchQueue
  public let callObserver = CXCallObserver()
  /// The provider that the system passes accepted actions to; without one every request is refused.
  public weak var stubProvider: CXProvider?

  public init(queue: DispatchQueue) { self.queue = queue }

  open func request(_ transaction: CXTransaction, completion: @escaping @Sendable ((any Error)?) -> Void) {
    let error = refusal(of: transaction)
    queue.async { completion(error) }
    guard error == nil else { return }
    for case let action as CXCallAction in transaction.actions { stubProvider?.stubPerform(action) }
  }

  private func refusal(of transaction: CXTransaction) -> (any Error)? {
    guard let provider = stubProvider, provider.stubIsValid else {
      return CXErrorCodeRequestTransactionError(.unknownCallProvider)
    }
    guard !transaction.actions.isEmpty else { return CXErrorCodeRequestTransactionError(.emptyTransaction) }
    for case let action as CXCallAction in transaction.actions {
      let exists = provider.stubCalls.contains(action.callUUID)
      if action is CXStartCallAction, exists { return CXErrorCodeRequestTransactionError(.callUUIDAlreadyExists) }
      if !(action is CXStartCallAction), !exists { return CXErrorCodeRequestTransactionError(.unknownCallUUID) }
    }
    return nil
  }
}
