import Foundation

/// Hands the VoIP token to ZEGO's own ZPNs SDK, for apps whose pushes ZEGO's cloud sends. Only where Info.plist asks for it.
final class ZegoForward: Sendable {
  /// `ZPNs.shared().setVoipToken(_:isProduct:)`.
  typealias Receiver = @Sendable (_ token: Data, _ isProduct: Bool) -> Void

  private let token = Locked<Data?>(nil)
  private let receiver: Receiver

  init(receiver: @escaping Receiver = ZegoForward.sdk) { self.receiver = receiver }

  /// A token came. It is handed over when its environment is known.
  func remember(_ token: Data) {
    self.token.withLock { $0 = token }
  }

  /// The core's registration: the environment that the token belongs to may be new.
  func handOver(registration answer: String) {
    struct Answer: Decodable { let ok: Registration? }
    struct Registration: Decodable { let environment: String? }
    guard let token = token.withLock({ $0 }),
      let environment = (try? JSONDecoder().decode(Answer.self, from: Data(answer.utf8)))?.ok?.environment
    else { return }
    receiver(token, environment == "production")
  }

  #if canImport(ObjectiveC)
    private static let sdk: Receiver = { token, isProduct in
      let setter = NSSelectorFromString("setVoipToken:isProduct:")
      let shared = NSSelectorFromString("shared")
      guard let sdk = NSClassFromString("ZPNs"), class_getClassMethod(sdk, shared) != nil,
        let instance = (sdk as AnyObject).perform(shared)?.takeUnretainedValue() as? NSObject, instance.responds(to: setter)
      else {
        Log.write(.warning, "\(InfoPlist.forwardsTokenToZego) is set, but the app has no ZPNs SDK of ZEGO's")
        return
      }
      // By its implementation: `perform` can't pass a BOOL.
      typealias Setter = @convention(c) (NSObject, Selector, NSData, ObjCBool) -> Void
      let implementation = unsafeBitCast(instance.method(for: setter), to: Setter.self)
      implementation(instance, setter, token as NSData, ObjCBool(isProduct))
    }
  #else
    // ZEGO's SDK exists on iOS only.
    private static let sdk: Receiver = { _, _ in }
  #endif
}
