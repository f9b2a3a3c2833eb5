//! The log of everything that happened on the phone, in order, to read and to wait on.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::happening::Happening;

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
    pub what: Happening,
}

/// Hears every entry as it is made.
pub type Observer = Box<dyn Fn(&Entry) + Send>;

/// Everything that happened.
#[derive(Default)]
pub struct Timeline {
    log: Mutex<Log>,
    grown: Condvar,
}

#[derive(Default)]
struct Log {
    entries: VecDeque<Entry>,
    seq: u64,
    observer: Option<Observer>,
}

/// What was waited for did not happen.
#[derive(Debug, thiserror::Error)]
#[error("it did not happen within {waited:?}; what did:\n{happened}")]
pub struct NotYet {
    /// How long was waited.
    pub waited: Duration,
    /// The timeline, one line each.
    pub happened: String,
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

    /// The first entry that `wanted` picks, waiting for it up to `within`. Also looks at what happened before.
    pub fn wait_for(
        &self,
        within: Duration,
        wanted: impl FnMut(&Happening) -> bool,
    ) -> Result<Entry, NotYet> {
        self.wait_after(0, within, wanted)
    }

    /// Like [`Timeline::wait_for`], but only looks at entries after number `seq`.
    pub fn wait_after(
        &self,
        seq: u64,
        within: Duration,
        mut wanted: impl FnMut(&Happening) -> bool,
    ) -> Result<Entry, NotYet> {
        let give_up = Instant::now() + within;
        let mut seen = seq;
        let mut log = self.log();
        loop {
            for entry in log.entries.iter().filter(|entry| entry.number > seen) {
                if wanted(&entry.what) {
                    return Ok(entry.clone());
                }
            }
            seen = seen.max(log.seq);
            let left = give_up.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let lines: Vec<_> = log
                    .entries
                    .iter()
                    .map(|entry| format!("{:>5} {:?}", entry.number, entry.what))
                    .collect();
                let happened = lines.join("\n");
                return Err(NotYet {
                    waited: within,
                    happened,
                });
            }
            log = self
                .grown
                .wait_timeout(log, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Hears every further entry, in order, on the thread that makes it. It must not block and not use this timeline.
    pub fn observe(&self, observer: Observer) {
        self.log().observer = Some(observer);
    }

    pub(crate) fn record(&self, at: u64, what: Happening) {
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
        drop(log);
        self.grown.notify_all();
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
    fn waiting_finds_what_happened_before_and_what_happens_meanwhile() {
        let timeline = Timeline::default();
        timeline.record(1, Happening::Foreground);
        assert_eq!(
            timeline
                .wait_for(Duration::ZERO, |what| *what == Happening::Foreground)
                .unwrap()
                .at,
            1
        );
        std::thread::scope(|scope| {
            scope.spawn(|| timeline.record(2, Happening::Background));
            let found = timeline.wait_for(Duration::from_secs(5), |what| {
                *what == Happening::Background
            });
            assert_eq!(found.unwrap().number, 2);
        });
    }

    #[test]
    fn waiting_in_vain_tells_what_did_happen() {
        let timeline = Timeline::default();
        timeline.record(1, Happening::Foreground);
        let error = timeline
            .wait_for(Duration::ZERO, |what| *what == Happening::Background)
            .unwrap_err();
        assert!(error.to_string().contains("Foreground"), "{error}");
    }

    #[test]
    fn an_entry_as_json_has_its_type_beside_its_number() {
        let timeline = Timeline::default();
        timeline.record(7, Happening::BackgroundExpired { completion: 3 });
        let json = serde_json::to_value(timeline.entries()).unwrap();
        assert_eq!(
            json,
            serde_json::json!([{"number": 1, "at": 7, "type": "backgroundExpired", "completion": 3}])
        );
    }
}
