//! Things to do at a time: the phone's one queue. Equal times keep their order.

use litemap::LiteMap;

/// Items in the order of their due times.
#[derive(Debug)]
pub(crate) struct Schedule<T> {
    items: LiteMap<(u64, u64), T>,
    added: u64,
}

impl<T> Default for Schedule<T> {
    fn default() -> Self {
        Self {
            items: LiteMap::new(),
            added: 0,
        }
    }
}

impl<T> Schedule<T> {
    /// Adds an item, due at `due` (Unix milliseconds).
    pub(crate) fn add(&mut self, due: u64, item: T) {
        self.added = self.added.saturating_add(1);
        self.items.insert((due, self.added), item);
    }

    /// How many items were ever added.
    pub(crate) const fn added(&self) -> u64 {
        self.added
    }

    /// Takes the first item that is due.
    pub(crate) fn take_due(&mut self, now: u64) -> Option<T> {
        let (key, _) = self.items.first()?;
        let key = Some(*key).filter(|(due, _)| *due <= now)?;
        self.items.remove(&key)
    }

    /// When the first item is due.
    pub(crate) fn next_due(&self) -> Option<u64> {
        self.items.first().map(|((due, _), _)| *due)
    }

    /// Drops the items that `keep` refuses.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.items.retain(|_, item| keep(item));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_out_by_time_and_then_in_the_order_they_went_in() {
        let mut schedule = Schedule::default();
        for (due, item) in [(20, 'c'), (10, 'a'), (10, 'b'), (30, 'd')] {
            schedule.add(due, item);
        }
        let mut out = String::new();
        while let Some(item) = schedule.take_due(20) {
            out.push(item);
        }
        assert_eq!(out, "abc");
        assert_eq!(schedule.next_due(), Some(30));
    }
}
