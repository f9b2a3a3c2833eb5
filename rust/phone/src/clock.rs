//! The phone's clock: the system's, or one that a test moves.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use zpns_client::Clock;

/// Tells the time to the phone and to the app on it.
#[derive(Debug)]
pub(crate) enum PhoneClock {
    /// The system's.
    System,
    /// Stands still until it is advanced. Unix milliseconds.
    Manual(AtomicU64),
}

impl PhoneClock {
    /// A clock that starts at `start` and stands still, or the system's.
    pub(crate) fn new(start: Option<u64>) -> Self {
        start.map_or(Self::System, |start| Self::Manual(AtomicU64::new(start)))
    }

    /// Whether time only moves by [`PhoneClock::advance`].
    pub(crate) const fn is_manual(&self) -> bool {
        matches!(self, Self::Manual(_))
    }

    /// Moves a manual clock on. Nothing happens to the system's.
    pub(crate) fn advance(&self, milliseconds: u64) {
        if let Self::Manual(time) = self {
            time.fetch_add(milliseconds, Ordering::SeqCst);
        }
    }
}

impl Clock for PhoneClock {
    fn now(&self) -> u64 {
        match self {
            Self::System => {
                let since = SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or_default();
                u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
            }
            Self::Manual(time) => time.load(Ordering::SeqCst),
        }
    }
}
