//! Keys in the order of their times, where times are moved and cancelled often. The owner keeps the times; this only knows which is first.
//! Used by the timers and by the memory of ended calls.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// So many outdated entries are worth no tidying.
const SMALL: usize = 16;

/// Entries whose time was moved or cancelled stay in it for a while, but never as the first. Every operation costs O(log n).
#[derive(Debug)]
pub(crate) struct ByTime<K>(BinaryHeap<Reverse<(u64, K)>>);

impl<K: Ord> ByTime<K> {
    /// An entry for this time. Call [`ByTime::tidy`] once the owner knows the time.
    pub(crate) fn add(&mut self, at: u64, key: K) {
        self.0.push(Reverse((at, key)));
    }

    /// The earliest entry.
    pub(crate) fn first(&self) -> Option<(u64, &K)> {
        self.0.peek().map(|Reverse((at, key))| (*at, key))
    }

    /// Drops outdated entries: those that come first, and all of them where they are more than the `count` others.
    pub(crate) fn tidy(&mut self, count: usize, is_current: impl Fn(u64, &K) -> bool) {
        while self.first().is_some_and(|(at, key)| !is_current(at, key)) {
            self.0.pop();
        }
        if self.0.len() > 2 * count + SMALL {
            self.0.retain(|Reverse((at, key))| is_current(*at, key));
        }
    }
}

impl<K: Ord> Default for ByTime<K> {
    fn default() -> Self {
        Self(BinaryHeap::new())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn entries_that_are_moved_again_and_again_take_no_more_room() {
        let mut times = HashMap::from([(0, 1)]);
        let mut by_time = ByTime::default();
        by_time.add(1, 0);
        for at in 2..10_000 {
            times.insert(1, at);
            by_time.add(at, 1);
            by_time.tidy(times.len(), |at, key| times.get(key) == Some(&at));
        }
        assert_eq!(by_time.first(), Some((1, &0)));
        assert!(by_time.0.len() <= 2 * times.len() + SMALL);
    }
}
