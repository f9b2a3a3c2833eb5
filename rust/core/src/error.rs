//! Every error that reaches the app: a stable code, the domain that the code belongs to, and what to do next.

use serde::Serialize;

/// Domain of [`Code`]s.
pub const DOMAIN: &str = "zpns";
/// Domain of ZIM's call invitation codes.
pub const ZIM_DOMAIN: &str = "zim";
/// CallKit's general errors (`CXErrorDomain`).
pub const CALL_KIT_DOMAIN: &str = "com.apple.CallKit.error";
/// CallKit's answers to a reported call (`CXErrorDomainIncomingCall`).
pub const INCOMING_CALL_DOMAIN: &str = "com.apple.CallKit.error.incomingcall";
/// CallKit's answers to a requested transaction (`CXErrorDomainRequestTransaction`).
pub const TRANSACTION_DOMAIN: &str = "com.apple.CallKit.error.requesttransaction";

/// This library's own codes. 6000401 to 6000405 are ZEGO's and mean the same here; the others are ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Code {
    /// Apple's push service can't be reached, or gave no token.
    PushServiceUnavailable = 6_000_401,
    /// The push service refused what it was given (bundle ID, token, credentials).
    PushServiceRefused = 6_000_402,
    /// The gateway could not make a pushID.
    PushIdFailed = 6_000_403,
    /// Registration failed.
    RegistrationFailed = 6_000_404,
    /// Unregistration failed.
    UnregistrationFailed = 6_000_405,
    /// An argument is missing, of the wrong type or out of range.
    InvalidArgument = 6_009_001,
    /// The native side does not know the method: JavaScript and native code are of different versions.
    UnknownMethod = 6_009_002,
    /// The call needs a gateway, and none is configured.
    NotConfigured = 6_009_003,
    /// The gateway wants a (fresh) user token.
    NotAuthenticated = 6_009_004,
    /// The gateway can't be reached.
    Network = 6_009_005,
    /// The gateway refused or failed.
    Server = 6_009_006,
    /// No call has this UUID or ID.
    UnknownCall = 6_009_007,
    /// The action was settled before.
    AlreadySettled = 6_009_008,
    /// No action has this number.
    UnknownAction = 6_009_009,
    /// CallKit is switched off.
    CallKitDisabled = 6_009_010,
    /// Not on this platform, or the native module is missing.
    Unavailable = 6_009_011,
    /// The verb could not be delivered before the call was over.
    Expired = 6_009_012,
    /// The system refused without one of its own codes.
    System = 6_009_013,
    /// A defect in this library.
    Internal = 6_009_099,
}

impl Code {
    /// All codes.
    pub const ALL: [Self; 19] = [
        Self::PushServiceUnavailable,
        Self::PushServiceRefused,
        Self::PushIdFailed,
        Self::RegistrationFailed,
        Self::UnregistrationFailed,
        Self::InvalidArgument,
        Self::UnknownMethod,
        Self::NotConfigured,
        Self::NotAuthenticated,
        Self::Network,
        Self::Server,
        Self::UnknownCall,
        Self::AlreadySettled,
        Self::UnknownAction,
        Self::CallKitDisabled,
        Self::Unavailable,
        Self::Expired,
        Self::System,
        Self::Internal,
    ];

    /// The number.
    pub const fn number(self) -> u32 {
        self as u32
    }
}

/// An error as the app sees it (`ZpnsError`): `code` is text, as React Native's rejections have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message} ({domain} {code})")]
pub struct Error {
    /// Number of the error within its domain, as text.
    pub code: String,
    /// [`DOMAIN`], [`ZIM_DOMAIN`] or one of Apple's.
    pub domain: String,
    /// What is wrong and what to do next. Never a token, handle or payload.
    pub message: String,
}

impl Error {
    /// One of ours.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code: code.number().to_string(),
            domain: DOMAIN.to_owned(),
            message: message.into(),
        }
    }

    /// An argument that can't be used; the message names it.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, message)
    }

    /// What was asked for in the name of somebody who is not signed in any more.
    pub(crate) fn another_user() -> Self {
        Self::new(
            Code::NotAuthenticated,
            "another user signed in before the gateway answered",
        )
    }

    /// One of ZIM's.
    pub fn zim(code: u32, message: impl Into<String>) -> Self {
        Self {
            code: code.to_string(),
            domain: ZIM_DOMAIN.to_owned(),
            message: message.into(),
        }
    }
}

/// An error that the operating system gave: `NSError` without its user info.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemError {
    /// `NSError.domain`.
    pub domain: String,
    /// `NSError.code`.
    pub code: i64,
    /// `NSError.localizedDescription`.
    pub message: String,
}
