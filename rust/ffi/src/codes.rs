//! What Swift has to know without a client.

use uuid::Uuid;
use zpns_client::{Code, core};

use crate::error::ClientError;

/// One of this library's own error codes, in the domain `zpns`.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ErrorCode {
    /// Its name, as `InvalidArgument`.
    pub name: String,
    /// Its number, as 6009001.
    pub number: u32,
}

/// All of this library's own error codes, to compare them with those of another language.
#[uniffi::export]
pub fn error_codes() -> Result<Vec<ErrorCode>, ClientError> {
    Ok(Code::ALL
        .into_iter()
        .map(|code| ErrorCode {
            name: format!("{code:?}"),
            number: code.number(),
        })
        .collect())
}

/// The UUID by which CallKit, the gateway and JavaScript know the call with this ID.
#[uniffi::export]
pub fn call_uuid(call_id: &str) -> Result<Uuid, ClientError> {
    Ok(zpns_client::call_uuid(call_id))
}

/// Who is shown as the caller where nothing says who calls.
#[uniffi::export]
pub fn unnamed_caller(app_name: &str) -> Result<String, ClientError> {
    Ok(core::unnamed_caller(app_name).to_owned())
}

/// Version of this library, as `getVersion` answers it.
#[uniffi::export]
pub fn version() -> Result<String, ClientError> {
    Ok(core::VERSION.to_owned())
}
