//! The log of everything that happened on the phone, in order.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::timeline_event::TimelineEvent;

/// Most entries that are kept; older ones go.
const MOST: usize = 20_000;

/// One line of the timeline. As JSON, `number` and `at` stand beside the fields of what happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Counts up from 1.
    pub number: u64,
    /// When, Unix milliseconds.
    pub at: u64,
    /// What.
    #[serde(flatten)]
    pub what: TimelineEvent,
}

/// Hears every entry as it is made.
pub type Observer = Box<dyn Fn(&Entry) + Send>;

/// Everything that happened.
#[derive(Default)]
pub struct Timeline {
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    entries: VecDeque<Entry>,
    seq: u64,
    observer: Option<Observer>,
}

impl Timeline {
    /// What happened so far, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        self.log().entries.iter().cloned().collect()
    }

    /// Number of the newest entry, 0 if nothing happened.
    pub fn last(&self) -> u64 {
        self.log().seq
    }

    /// Hears every further entry, in order, on the thread that makes it. It must not block and not use this timeline.
    pub fn observe(&self, observer: Observer) {
        self.log().observer = Some(observer);
    }

    pub(crate) fn record(&self, at: u64, what: TimelineEvent) {
        let mut log = self.log();
        log.seq = log.seq.saturating_add(1);
        let entry = Entry {
            number: log.seq,
            at,
            what,
        };
        if let Some(observer) = &log.observer {
            observer(&entry);
        }
        if log.entries.len() >= MOST {
            log.entries.pop_front();
        }
        log.entries.push_back(entry);
    }

    fn log(&self) -> std::sync::MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Timeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Timeline")
            .field("entries", &self.last())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_as_json_has_its_type_beside_its_number() {
        let timeline = Timeline::default();
        timeline.record(7, TimelineEvent::BackgroundExpired { completion: 3 });
        let json = serde_json::to_value(timeline.entries()).unwrap();
        assert_eq!(
            json,
            serde_json::json!([{"number": 1, "at": 7, "type": "backgroundExpired", "completion": 3}])
        );
    }
}
