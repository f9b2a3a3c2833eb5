//! What has to happen at a certain time: at most one time per purpose.

use litemap::LiteMap;
use uuid::Uuid;

/// What a time is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// Nobody answered this call.
    Ring(Uuid),
    /// CallKit did not complete a report of this call.
    Report(Uuid),
    /// Nobody settled the action with this number.
    Action(u64),
    /// CallKit did not complete this transaction.
    Transaction(u64),
    /// Connect again to this call's events.
    Follow(Uuid),
    /// Try this delivery again.
    Delivery(u64),
    /// Send this invitation again.
    Invitation(u64),
}

#[derive(Debug, Default)]
pub(super) struct Timers {
    order: LiteMap<(u64, Timer), ()>,
    times: LiteMap<Timer, u64>,
}

impl Timers {
    /// Sets the time, in place of an earlier one.
    pub(super) fn set(&mut self, timer: Timer, at: u64) {
        if let Some(earlier) = self.times.insert(timer, at) {
            self.order.remove(&(earlier, timer));
        }
        self.order.insert((at, timer), ());
    }

    pub(super) fn cancel(&mut self, timer: Timer) {
        if let Some(at) = self.times.remove(&timer) {
            self.order.remove(&(at, timer));
        }
    }

    pub(super) fn is_set(&self, timer: Timer) -> bool {
        self.times.contains_key(&timer)
    }

    pub(super) fn next(&self) -> Option<u64> {
        self.order.first().map(|((at, _), ())| *at)
    }

    /// The next one whose time has come, taken out.
    pub(super) fn pop_due(&mut self, now: u64) -> Option<Timer> {
        let ((at, timer), ()) = self.order.first()?;
        let (at, timer) = (*at, *timer);
        if at > now {
            return None;
        }
        self.cancel(timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_come_in_order_once_and_a_later_time_replaces_an_earlier_one() {
        let mut timers = Timers::default();
        timers.set(Timer::Delivery(2), 10);
        timers.set(Timer::Action(1), 5);
        timers.set(Timer::Delivery(2), 7);
        assert_eq!(timers.next(), Some(5));
        assert_eq!(timers.pop_due(4), None);
        assert_eq!(timers.pop_due(100), Some(Timer::Action(1)));
        assert_eq!(timers.pop_due(100), Some(Timer::Delivery(2)));
        assert_eq!(timers.pop_due(100), None);
        assert_eq!(timers.next(), None);
    }
}
