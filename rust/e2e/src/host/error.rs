//! What can go wrong when using a phone that runs on a thread of its own.

use zpns_phone::PhoneError;

/// Why a hosted phone can't do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// The phone itself refused.
    #[error(transparent)]
    Phone(#[from] PhoneError),
    /// The phone's thread has ended, by a panic if nobody switched the phone off.
    #[error("the phone's thread has ended: look for its panic")]
    Ended,
    /// The clock is the system's.
    #[error("this phone runs on the system's clock: set HostOptions::manual_clock to advance it")]
    SystemClock,
}
