//! CallKit's errors. They carry nothing but domain and code, like the real ones.

use zpns_driver::SystemError;
use zpns_driver::core::error::{INCOMING_CALL_DOMAIN, TRANSACTION_DOMAIN};

/// `CXErrorCodeIncomingCallError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Incoming {
    Unknown = 0,
    Unentitled = 1,
    CallUuidAlreadyExists = 2,
    FilteredByDoNotDisturb = 3,
    FilteredByBlockList = 4,
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

impl From<Incoming> for SystemError {
    fn from(error: Incoming) -> Self {
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
