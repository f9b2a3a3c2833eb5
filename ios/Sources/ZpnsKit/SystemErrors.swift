import Foundation

extension SystemError {
  /// What the system says, without its user info. CallKit's own errors have no text of their own: the core words them.
  init(_ error: any Error) {
    let error = error as NSError
    self.init(domain: error.domain, code: Int64(error.code), message: error.localizedDescription)
  }
}

extension PortError {
  /// The system refused.
  init(_ error: any Error) {
    let error = error as NSError
    self = .Refused(domain: error.domain, code: Int64(error.code), message: error.localizedDescription)
  }

  /// CallKit was switched off.
  static let callKitDisabled = PortError(.callKitDisabled, "CallKit is switched off: see ZPNSCallKitDisabled in Info.plist")
  /// The action was settled, timed out or reset.
  static let unknownAction = PortError(
    .unknownAction, "CallKit waits for no such action: it was settled or timed out, or the provider was reset")
  /// The background notification was completed before.
  static let unknownNotification = PortError(.unknownAction, "no such notification waits to be completed")
  /// JavaScript went away.
  static let nobodyListens = PortError(.unavailable, "nobody listens any more")

  private init(_ code: ZpnsError.Code, _ message: String) {
    self = .Refused(domain: ZpnsError.domain, code: Int64(code.rawValue), message: message)
  }
}
