//! What a driver needs from its host.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use zpns_core::effect::{HttpRequest, LogEntry, StreamRequest};
use zpns_core::{CallRequest, Code, Event, PushRequest, SystemError};

/// The operating system and the app's JavaScript. Called one effect at a time.
///
/// No method may block: the next effect waits for it. A method may call the driver back; what that causes is carried out after the
/// current effect.
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
    /// say [`Driver::storage_readable`](crate::Driver::storage_readable) when it can.
    fn load(&self) -> Result<Option<Vec<u8>>, PortError>;
    /// Replaces what is there, all or nothing. Called by [`Driver::save`](crate::Driver::save) and
    /// [`Driver::shut_down`](crate::Driver::shut_down), one call at a time.
    fn save(&self, bytes: Vec<u8>) -> Result<(), PortError>;
}

/// HTTP and streams of server-sent events. No method may block; what comes is handed to [`Driver::handle`](crate::Driver::handle).
pub trait Network: Send + Sync + 'static {
    /// Sends a request; answer with [`Input::Http`](zpns_core::Input::Http). An error counts as unreachable.
    fn request(&self, request: HttpRequest) -> Result<(), PortError>;
    /// Opens a stream; answer with [`Input::Stream`](zpns_core::Input::Stream), at the end with `Closed`. An error counts as
    /// unreachable.
    fn open_stream(&self, request: StreamRequest) -> Result<(), PortError>;
    /// Closes a stream. What is handed in of it all the same changes nothing.
    fn close_stream(&self, id: u64);
}

/// Calls the driver back later. A host that asks [`Driver::next_tick`](crate::Driver::next_tick) after everything it hands in, and saves
/// then, uses [`Polled`].
pub trait Scheduler: Send + Sync + 'static {
    /// From now on [`Driver::tick`](crate::Driver::tick) is due at this moment ([`Clock::steady`], perhaps past), or never.
    fn tick_at(&self, deadline: Option<u64>) -> Result<(), PortError>;
    /// Call [`Driver::save`](crate::Driver::save) soon, off the path of a push.
    fn save_soon(&self) -> Result<(), PortError>;
}

/// The scheduler of a host that asks by itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Polled;

impl Scheduler for Polled {
    fn tick_at(&self, _deadline: Option<u64>) -> Result<(), PortError> {
        Ok(())
    }

    fn save_soon(&self) -> Result<(), PortError> {
        Ok(())
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync + 'static {
    /// What the device's clock shows, Unix time in milliseconds. It may be wrong, and it may jump.
    fn now(&self) -> u64;

    /// Milliseconds by a clock that nobody sets, to measure how much time has passed. Without one the device's clock serves for it.
    fn steady(&self) -> u64 {
        self.now()
    }
}

/// The device's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// When the steady clock was begun, by it and by the one that people set.
static BEGUN: OnceLock<(Instant, u64)> = OnceLock::new();

impl Clock for SystemClock {
    fn now(&self) -> u64 {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        milliseconds(since_epoch)
    }

    /// Begins with what the other clock shows at the first call. On iOS it stands still while the device sleeps, which no device does
    /// that rings.
    fn steady(&self) -> u64 {
        let (instant, at) = *BEGUN.get_or_init(|| (Instant::now(), self.now()));
        at.saturating_add(milliseconds(instant.elapsed()))
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// All ports of one driver.
#[derive(Clone)]
pub struct Ports {
    /// The operating system and JavaScript.
    pub platform: Arc<dyn Platform>,
    /// The app's files.
    pub storage: Arc<dyn Storage>,
    /// HTTP.
    pub network: Arc<dyn Network>,
    /// Ticks and saving.
    pub scheduler: Arc<dyn Scheduler>,
    /// The time.
    pub clock: Arc<dyn Clock>,
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
