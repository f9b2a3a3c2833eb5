//! What the client needs from the operating system and the app.

use zpns_core::effect::LogEntry;
use zpns_core::{CallRequest, Code, Event, PushRequest, SystemError};

/// The operating system and the app's JavaScript. Called one effect at a time, from any thread.
///
/// No method may block, least of all on a thread that calls into the client: the next effect waits for it. A method may call the
/// client back on the same thread; what that causes is carried out after the current effect.
pub trait Platform: Send + Sync + 'static {
    /// Tells CallKit. An error is answered to the core as CallKit's own refusal would be.
    fn call(&self, request: CallRequest) -> Result<(), PortError>;
    /// Tells PushKit, UIKit or UserNotifications. An error is answered to the core as the system's own refusal would be.
    fn push(&self, request: PushRequest) -> Result<(), PortError>;
    /// Hands an event to JavaScript.
    fn emit(&self, event: Event) -> Result<(), PortError>;
    /// Settles an invocation with JSON, `{"ok": …}` or `{"error": {code, domain, message}}`.
    fn complete(&self, invocation: u64, answer: String) -> Result<(), PortError>;
    /// Writes to the log.
    fn log(&self, entry: LogEntry) -> Result<(), PortError>;
}

/// A place for a few kilobytes that survive the process and are written as a whole.
pub trait Storage: Send + Sync + 'static {
    /// What was saved last; none if nothing was. An error means that it can't be read now, as before the first unlock of a device:
    /// say [`Client::storage_readable`](crate::Client::storage_readable) when it can.
    fn load(&self) -> Result<Option<Vec<u8>>, PortError>;
    /// Replaces what is there, all or nothing. Called from the background thread only.
    fn save(&self, bytes: Vec<u8>) -> Result<(), PortError>;
}

/// A port could not do what it was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PortError {
    /// `NSError.domain`, or another that `code` belongs to; this library's own if none.
    pub domain: Option<String>,
    /// Number within the domain; [`Code::System`] if none.
    pub code: Option<i64>,
    /// What is wrong. It is logged and reaches the app: never a token, handle or payload.
    pub message: String,
}

impl PortError {
    /// An error without a code of its own.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            domain: None,
            code: None,
            message: message.into(),
        }
    }
}

impl From<PortError> for SystemError {
    fn from(error: PortError) -> Self {
        Self {
            domain: error
                .domain
                .unwrap_or_else(|| zpns_core::error::DOMAIN.to_owned()),
            code: error.code.unwrap_or_else(|| Code::System.number().into()),
            message: error.message,
        }
    }
}
