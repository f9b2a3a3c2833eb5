// Stand-in for Apple's PushKit where there is none: the same names, labels and types, and enough behaviour to drive a delegate.
// Members whose names begin with `stub` are for tests; Apple has none of them.

import Dispatch
import Foundation

public struct PKPushType: RawRepresentable, Hashable, Sendable {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  public static let voIP = PKPushType(rawValue: "PKPushTypeVoIP")
}

open class PKPushCredentials: NSObject {
  public let type: PKPushType
  public let token: Data
  public init(stubType: PKPushType, token: Data) {
    type = stubType
    self.token = token
  }
}

open class PKPushPayload: NSObject {
  public let type: PKPushType
  public let dictionaryPayload: [AnyHashable: Any]
  public init(stubType: PKPushType, dictionaryPayload: [AnyHashable: Any]) {
    type = stubType
    self.dictionaryPayload = dictionaryPayload
  }
}

/// iOS 26.4 and later.
public final class PKVoIPPushMetadata: NSObject, Sendable {
  public let mustReport: Bool
  public init(stubMustReport: Bool) { mustReport = stubMustReport }
}

// Every method that the product relies on is a plain requirement: a misspelt label is an error here, where Apple's optional methods
// would only never be called.
public protocol PKPushRegistryDelegate: NSObjectProtocol {
  func pushRegistry(_ registry: PKPushRegistry, didUpdate pushCredentials: PKPushCredentials, for type: PKPushType)
  func pushRegistry(
    _ registry: PKPushRegistry, didReceiveIncomingPushWith payload: PKPushPayload, for type: PKPushType,
    completion: @escaping @Sendable () -> Void)
  func pushRegistry(
    _ registry: PKPushRegistry, didReceiveIncomingVoIPPushWith payload: PKPushPayload, metadata: PKVoIPPushMetadata,
    withCompletionHandler completion: @escaping @Sendable () -> Void)
  func pushRegistry(_ registry: PKPushRegistry, didInvalidatePushTokenFor type: PKPushType)
}

open class PKPushRegistry: NSObject {
  public weak var delegate: (any PKPushRegistryDelegate)?
  public let stubQueue: DispatchQueue
  /// The token that the system gives, if it gives one.
  public var stubToken: Data?

  /// Asking for VoIP brings the token, on the delegate's queue, as Apple's does.
  public var desiredPushTypes: Set<PKPushType>? {
    didSet {
      guard let token = stubToken, desiredPushTypes?.contains(.voIP) == true, oldValue?.contains(.voIP) != true else { return }
      stubDeliver(token: token)
    }
  }

  public init(queue: DispatchQueue?) { stubQueue = queue ?? .main }

  open func pushToken(for type: PKPushType) -> Data? { type == .voIP ? stubToken : nil }

  /// Gives a token to the delegate.
  public func stubDeliver(token: Data) {
    nonisolated(unsafe) let registry = self
    stubQueue.async {
      registry.delegate?.pushRegistry(registry, didUpdate: PKPushCredentials(stubType: .voIP, token: token), for: .voIP)
    }
  }

  /// Takes the token back.
  public func stubInvalidateToken() {
    nonisolated(unsafe) let registry = self
    stubQueue.async { registry.delegate?.pushRegistry(registry, didInvalidatePushTokenFor: .voIP) }
  }

  /// Delivers a push on the delegate's queue and returns when the delegate method has returned. `mustReport` nil: by the method of
  /// iOS 11 to 26.3.
  public func stubDeliver(
    _ payload: [AnyHashable: Any], type: PKPushType = .voIP, mustReport: Bool? = nil, onReturn: () -> Void = {},
    completion: @escaping @Sendable () -> Void
  ) {
    stubQueue.sync {
      let payload = PKPushPayload(stubType: type, dictionaryPayload: payload)
      if let mustReport {
        delegate?.pushRegistry(
          self, didReceiveIncomingVoIPPushWith: payload, metadata: PKVoIPPushMetadata(stubMustReport: mustReport),
          withCompletionHandler: completion)
      } else {
        delegate?.pushRegistry(self, didReceiveIncomingPushWith: payload, for: type, completion: completion)
      }
      onReturn()
    }
  }
}
