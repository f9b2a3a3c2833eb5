//! Waiting for something on a phone's timeline.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use zpns_phone::{Entry, Timeline, TimelineEvent};

/// Knows the number of the newest entry and wakes those who wait for a newer one.
#[derive(Default)]
pub(super) struct TimelineWatch {
    newest: Mutex<u64>,
    grown: Condvar,
}

/// What was waited for did not happen.
#[derive(Debug, thiserror::Error)]
#[error("it did not happen within {waited:?}; what did:\n{happened}")]
pub struct DidNotHappen {
    /// How long was waited.
    pub waited: Duration,
    /// The timeline, one line each.
    pub happened: String,
}

impl TimelineWatch {
    /// Watches this timeline.
    pub(super) fn start(timeline: &Timeline) -> Arc<Self> {
        let watch = Arc::<Self>::default();
        let observing = Arc::clone(&watch);
        timeline.observe(Box::new(move |entry| {
            *observing.newest.lock().unwrap() = entry.number;
            observing.grown.notify_all();
        }));
        watch
    }

    /// The first entry of the watched timeline after number `after` that `wanted` picks, waiting for it up to `within`.
    pub(super) fn wait_after(
        &self,
        timeline: &Timeline,
        after: u64,
        within: Duration,
        mut wanted: impl FnMut(&TimelineEvent) -> bool,
    ) -> Result<Entry, DidNotHappen> {
        let give_up = Instant::now() + within;
        let mut seen = after;
        loop {
            // Not under the lock: whoever adds an entry has the timeline and takes the lock.
            let entries = timeline.entries();
            for entry in entries.iter().filter(|entry| entry.number > seen) {
                if wanted(&entry.what) {
                    return Ok(entry.clone());
                }
            }
            seen = entries.last().map_or(seen, |entry| seen.max(entry.number));
            let left = give_up.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(DidNotHappen {
                    waited: within,
                    happened: to_lines(&entries),
                });
            }
            let newest = self.newest.lock().unwrap();
            let has_not_grown = |newest: &mut u64| *newest <= seen;
            drop(self.grown.wait_timeout_while(newest, left, has_not_grown));
        }
    }
}

fn to_lines(entries: &[Entry]) -> String {
    let lines: Vec<_> = entries
        .iter()
        .map(|entry| format!("{:>5} {:?}", entry.number, entry.what))
        .collect();
    lines.join("\n")
}
