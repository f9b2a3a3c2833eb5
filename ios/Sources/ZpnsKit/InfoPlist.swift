import Foundation

/// The keys of Info.plist that this library reads. All are optional.
enum InfoPlist {
  /// YES: register for VoIP pushes at the very first launch, before anything asked for it.
  static let enableVoIP = "ZPNSEnableVoIP"
  /// YES: never touch CallKit nor register for VoIP pushes.
  static let callKitDisabled = "ZPNSCallKitDisabled"
  /// NO: leave the app's delegates alone, those of scenes and of the notification centre too; the app hands over what they are told
  /// (`Zpns.didRegister(deviceToken:)` and so on).
  static let appDelegateProxyEnabled = "ZPNSAppDelegateProxyEnabled"
  /// NO: make no `PKPushRegistry`; the app has its own and hands over what it is told (`Zpns.setVoipToken(_:isProduct:)` and
  /// `Zpns.didReceiveIncomingPush(_:mustReport:completion:)`).
  static let pushRegistryEnabled = "ZPNSPushRegistryEnabled"
  /// NO: leave `AVAudioSession` alone when a call starts or is answered.
  static let configuresAudioSession = "ZPNSConfiguresAudioSession"
  /// YES: hand the VoIP token to ZEGO's own ZPNs SDK, if it is in the process.
  static let forwardsTokenToZego = "ZPNSForwardsTokenToZego"

  /// A switch of the app's Info.plist; also as text, as build settings give it.
  static func flag(_ key: String, default fallback: Bool, in info: [String: Any]) -> Bool {
    switch info[key] {
    case let flag as Bool: flag
    case let text as String: ["YES", "TRUE", "1"].contains(text.uppercased())
    default: fallback
    }
  }
}
