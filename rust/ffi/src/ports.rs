//! What Swift provides, and how the client sees it.

use std::sync::Arc;

use uniffi::UnexpectedUniFFICallbackError;
use zpns_client as client;
use zpns_client::{CallRequest, Event, LogEntry, PushRequest};

/// The operating system and the app's JavaScript. Called one effect at a time, from any thread.
///
/// No method may block: the next effect waits for it. A method may call the client back on the same thread; what that causes is carried
/// out after the current effect. The implementation must not hold the client strongly if the client is to be dropped without `shutdown`.
#[uniffi::export(foreign)]
pub trait Platform: Send + Sync {
    /// Tells CallKit. An error is taken as CallKit's own refusal would be.
    fn call(&self, request: CallRequest) -> Result<(), PortError>;
    /// Tells PushKit, UIKit or UserNotifications. An error is taken as the system's own refusal would be.
    fn push(&self, request: PushRequest) -> Result<(), PortError>;
    /// Hands an event to JavaScript.
    fn emit(&self, event: Event) -> Result<(), PortError>;
    /// Settles an invocation with JSON, `{"ok": …}` or `{"error": {code, domain, message}}`.
    fn complete(&self, invocation: u64, answer: String) -> Result<(), PortError>;
    /// Writes to the log.
    fn log(&self, entry: LogEntry) -> Result<(), PortError>;
}

/// A place for a few kilobytes that survive the process.
#[uniffi::export(foreign)]
pub trait Storage: Send + Sync {
    /// What was saved last; nil if nothing was. An error means that it can't be read now, as before the first unlock of a device.
    fn load(&self) -> Result<Option<Vec<u8>>, PortError>;
    /// Replaces what is there, all or nothing. Called from the client's own thread only.
    fn save(&self, bytes: Vec<u8>) -> Result<(), PortError>;
}

/// A port could not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum PortError {
    /// It was refused.
    #[error("{message}")]
    Refused {
        /// `NSError.domain`, or another that `code` belongs to; this library's own if nil.
        domain: Option<String>,
        /// Number within the domain; 6009013 if nil.
        code: Option<i64>,
        /// What is wrong. It is logged and reaches the app: never a token, handle or payload.
        message: String,
    },
}

impl From<UnexpectedUniFFICallbackError> for PortError {
    // The reason is left out: it is the text of an error that nobody wrote for a log.
    fn from(_: UnexpectedUniFFICallbackError) -> Self {
        let message =
            "a port threw something other than a PortError: throw PortError to say what is wrong"
                .to_owned();
        Self::Refused {
            domain: None,
            code: None,
            message,
        }
    }
}

impl From<PortError> for client::PortError {
    fn from(
        PortError::Refused {
            domain,
            code,
            message,
        }: PortError,
    ) -> Self {
        Self {
            domain,
            code,
            message,
        }
    }
}

/// A foreign [`Platform`] as the client's.
pub(crate) struct ForeignPlatform(pub(crate) Arc<dyn Platform>);

impl client::Platform for ForeignPlatform {
    fn call(&self, request: CallRequest) -> Result<(), client::PortError> {
        Ok(self.0.call(request)?)
    }

    fn push(&self, request: PushRequest) -> Result<(), client::PortError> {
        Ok(self.0.push(request)?)
    }

    fn emit(&self, event: Event) -> Result<(), client::PortError> {
        Ok(self.0.emit(event)?)
    }

    fn complete(&self, invocation: u64, answer: String) -> Result<(), client::PortError> {
        Ok(self.0.complete(invocation, answer)?)
    }

    fn log(&self, entry: LogEntry) -> Result<(), client::PortError> {
        Ok(self.0.log(entry)?)
    }
}

/// A foreign [`Storage`] as the client's.
pub(crate) struct ForeignStorage(pub(crate) Arc<dyn Storage>);

impl client::Storage for ForeignStorage {
    fn load(&self) -> Result<Option<Vec<u8>>, client::PortError> {
        Ok(self.0.load()?)
    }

    fn save(&self, bytes: Vec<u8>) -> Result<(), client::PortError> {
        Ok(self.0.save(bytes)?)
    }
}
