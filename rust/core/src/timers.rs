//! What has to happen to calls at a certain time: at most one time per purpose. The parts of `calls` set times while they handle an input;
//! [`crate::calls`] is told which have come.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::by_time::ByTime;

/// What a time is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
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
    /// Send this invitation of the app again.
    Outgoing(u64),
    /// The end actions of this call have waited long enough for the gateway.
    Closing(Uuid),
}

/// Every operation costs at most O(log n): each of a thousand calls may have several timers.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    times: BTreeMap<Timer, u64>,
    by_time: ByTime<Timer>,
}

impl Timers {
    /// Sets the time, in place of an earlier one.
    pub(crate) fn set(&mut self, timer: Timer, at: u64) {
        if self.times.insert(timer, at) != Some(at) {
            self.by_time.add(at, timer);
            self.tidy();
        }
    }

    /// Sets the time unless an earlier one is set.
    pub(crate) fn set_earlier(&mut self, timer: Timer, at: u64) {
        if self.times.get(&timer).is_none_or(|set| *set > at) {
            self.set(timer, at);
        }
    }

    pub(crate) fn is_set(&self, timer: Timer) -> bool {
        self.times.contains_key(&timer)
    }

    pub(crate) fn cancel(&mut self, timer: Timer) {
        if self.times.remove(&timer).is_some() {
            self.tidy();
        }
    }

    pub(crate) fn next(&self) -> Option<u64> {
        self.by_time.first().map(|(at, _)| at)
    }

    /// The next one whose time has come, taken out.
    pub(crate) fn pop_due(&mut self, now: u64) -> Option<Timer> {
        let (at, timer) = self.by_time.first()?;
        let timer = *timer;
        if at > now {
            return None;
        }
        self.cancel(timer);
        Some(timer)
    }

    fn tidy(&mut self) {
        let times = &self.times;
        let is_current = |at, timer: &Timer| times.get(timer) == Some(&at);
        self.by_time.tidy(times.len(), is_current);
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

    #[test]
    fn the_next_time_is_never_one_that_was_moved_or_cancelled() {
        let mut timers = Timers::default();
        timers.set(Timer::Action(1), 1);
        timers.set(Timer::Action(2), 2);
        timers.set(Timer::Action(3), 3);
        timers.set(Timer::Action(1), 9);
        timers.set(Timer::Action(1), 1);
        timers.cancel(Timer::Action(2));
        assert_eq!(timers.pop_due(100), Some(Timer::Action(1)));
        assert_eq!(timers.next(), Some(3));
        timers.set(Timer::Action(3), 4);
        assert_eq!(timers.next(), Some(4));
        assert_eq!(timers.pop_due(100), Some(Timer::Action(3)));
        assert_eq!(timers.next(), None);
    }
}
