//! The phone's clock: it stands still until its host moves it.

use std::sync::atomic::{AtomicU64, Ordering};

use zpns_driver::Clock;

/// Tells the time to the phone and to the app on it. Unix milliseconds.
#[derive(Debug)]
pub(crate) struct PhoneClock(AtomicU64);

impl PhoneClock {
    pub(crate) const fn new(now: u64) -> Self {
        Self(AtomicU64::new(now))
    }

    pub(crate) fn set(&self, now: u64) {
        self.0.store(now, Ordering::SeqCst);
    }
}

impl Clock for PhoneClock {
    fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}
