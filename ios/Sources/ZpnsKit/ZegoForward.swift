import Foundation

/// `ZPNs.shared().setVoipToken(_:isProduct:)`.
typealias ZegoSDK = @Sendable (_ token: Data, _ isProduct: Bool) -> Void

/// ZEGO's own ZPNs SDK, for apps whose pushes ZEGO's cloud sends: found at run time, since most apps have none.
enum ZegoForward {
  #if canImport(ObjectiveC)
    static let sdk: ZegoSDK = { token, isProduct in
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
    static let sdk: ZegoSDK = { _, _ in }
  #endif
}
