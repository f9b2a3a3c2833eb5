//! The phone's clock: it stands still until its host moves it, and what it shows may be wrong.
//!
//! The phone itself, its timers, its suspension and its timeline, goes by the time; the app sees what the clock shows.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use zpns_driver::Clock;

/// Tells the time to the phone, and what it shows to the app on it. Unix milliseconds.
#[derive(Debug)]
pub(crate) struct PhoneClock {
    time: AtomicU64,
    /// How far the clock is ahead of the time, in milliseconds.
    offset: AtomicI64,
}

impl PhoneClock {
    pub(crate) const fn new(time: u64, offset: i64) -> Self {
        Self {
            time: AtomicU64::new(time),
            offset: AtomicI64::new(offset),
        }
    }

    /// The time.
    pub(crate) fn time(&self) -> u64 {
        self.time.load(Ordering::SeqCst)
    }

    pub(crate) fn set_time(&self, time: u64) {
        self.time.store(time, Ordering::SeqCst);
    }

    /// What the clock shows is set forward, or back.
    pub(crate) fn jump(&self, milliseconds: i64) {
        let offset = self.offset().saturating_add(milliseconds);
        self.offset.store(offset, Ordering::SeqCst);
    }

    /// What the clock shows at a time, as it goes now.
    pub(crate) fn shown_at(&self, time: u64) -> u64 {
        time.saturating_add_signed(self.offset())
    }

    fn offset(&self) -> i64 {
        self.offset.load(Ordering::SeqCst)
    }
}

impl Clock for PhoneClock {
    fn now(&self) -> u64 {
        self.shown_at(self.time())
    }

    fn steady(&self) -> u64 {
        self.time()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_shows_differs_from_the_time_by_its_offset() {
        let clock = PhoneClock::new(10_000, -3_000);
        assert_eq!((clock.time(), clock.now()), (10_000, 7_000));
        clock.jump(5_000);
        assert_eq!((clock.time(), clock.now()), (10_000, 12_000));
        clock.set_time(11_000);
        assert_eq!((clock.now(), clock.steady()), (13_000, 11_000));
        clock.jump(i64::MIN);
        assert_eq!(clock.now(), 0);
    }
}
