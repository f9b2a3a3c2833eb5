import Foundation

/// Why something that was asked for did not happen.
public struct ZpnsError: Error, Codable, Equatable, Sendable {
  /// Number of the error within its domain, as text.
  public let code: String
  /// ``ZpnsError/domain``, `zim`, or one of Apple's.
  public let domain: String
  /// What is wrong and what to do next. Never a token, handle or payload.
  public let message: String

  /// The domain of ``Code``.
  public static let domain = "zpns"

  /// This library's own codes: the same numbers in Rust and TypeScript.
  public enum Code: Int, CaseIterable, Sendable {
    /// Apple's push service can't be reached, or gave no token.
    case pushServiceUnavailable = 6_000_401
    /// The push service refused what it was given (bundle ID, token, credentials).
    case pushServiceRefused = 6_000_402
    /// The gateway could not make a pushID.
    case pushIdFailed = 6_000_403
    /// Registration failed.
    case registrationFailed = 6_000_404
    /// Unregistration failed.
    case unregistrationFailed = 6_000_405
    /// An argument is missing, of the wrong type or out of range.
    case invalidArgument = 6_009_001
    /// The core does not know the method.
    case unknownMethod = 6_009_002
    /// The call needs a gateway, and none is configured.
    case notConfigured = 6_009_003
    /// The gateway wants a (fresh) user token.
    case notAuthenticated = 6_009_004
    /// The gateway can't be reached.
    case network = 6_009_005
    /// The gateway refused or failed.
    case server = 6_009_006
    /// No call has this UUID or ID.
    case unknownCall = 6_009_007
    /// The action was settled before.
    case alreadySettled = 6_009_008
    /// No action has this number.
    case unknownAction = 6_009_009
    /// CallKit is switched off.
    case callKitDisabled = 6_009_010
    /// Not on this platform, or the native module is missing.
    case unavailable = 6_009_011
    /// The verb could not be delivered before the call was over.
    case expired = 6_009_012
    /// The system refused without one of its own codes.
    case system = 6_009_013
    /// A defect in this library.
    case `internal` = 6_009_099
  }

  init(_ code: Code, _ message: String) {
    self.code = String(code.rawValue)
    domain = Self.domain
    self.message = message
  }

  /// The core could not be entered at all.
  init(entering error: any Error) {
    self = error as? ZpnsError ?? ZpnsError(.internal, "the core of react-native-zpns could not be entered: \(error)")
  }
}

extension ZpnsError: LocalizedError {
  public var errorDescription: String? { message }
}
