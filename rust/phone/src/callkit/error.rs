//! CallKit's errors. They carry nothing but domain and code, like the real ones.

use serde::{Deserialize, Serialize};
use zpns_driver::SystemError;
use zpns_driver::core::error::{INCOMING_CALL_DOMAIN, TRANSACTION_DOMAIN};

/// What a reported call can be refused with: `CXErrorCodeIncomingCallError.Code`. As JSON in Apple's spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[repr(u8)]
pub enum IncomingCallError {
    /// 0: the system does not say why.
    Unknown = 0,
    /// 1: the app may not use `CallKit`.
    Unentitled = 1,
    /// 2: a call with this UUID is there.
    #[serde(rename = "callUUIDAlreadyExists")]
    CallUuidAlreadyExists = 2,
    /// 3: Do Not Disturb or another Focus.
    FilteredByDoNotDisturb = 3,
    /// 4: the user blocked the caller.
    FilteredByBlockList = 4,
    /// 5: calls are kept back while something is shared, as the screen.
    FilteredDuringRestrictedSharingMode = 5,
    /// 6: the system protects the call.
    CallIsProtected = 6,
    /// 7: calls with sensitive participants are kept back.
    FilteredBySensitiveParticipants = 7,
}

/// `CXErrorCodeRequestTransactionError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Transaction {
    Unentitled = 1,
    UnknownCallProvider = 2,
    UnknownCallUuid = 4,
    CallUuidAlreadyExists = 5,
    InvalidAction = 6,
    MaximumCallGroupsReached = 7,
}

impl From<IncomingCallError> for SystemError {
    fn from(error: IncomingCallError) -> Self {
        bare(INCOMING_CALL_DOMAIN, error as u8)
    }
}

impl From<Transaction> for SystemError {
    fn from(error: Transaction) -> Self {
        bare(TRANSACTION_DOMAIN, error as u8)
    }
}

/// The description that `NSError` makes where there is no user info.
fn bare(domain: &str, code: u8) -> SystemError {
    let message = format!("The operation couldn’t be completed. ({domain} error {code}.)");
    SystemError {
        domain: domain.to_owned(),
        code: code.into(),
        message,
    }
}
