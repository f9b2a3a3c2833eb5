//! Tells followers that there is something new. What it is they read from the store, so that none is missed and all come in order.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

type Key = (String, String);

/// Who follows which call.
#[derive(Debug, Default)]
pub struct Hub(Mutex<HashMap<Key, watch::Sender<u64>>>);

impl Hub {
    /// Follows a call: the receiver changes when there are new events.
    pub fn follow(&self, app: &str, call: &str) -> watch::Receiver<u64> {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        calls
            .entry((app.to_owned(), call.to_owned()))
            .or_insert_with(|| watch::Sender::new(0))
            .subscribe()
    }

    /// Events up to this number are in the store.
    pub fn announce(&self, app: &str, call: &str, seq: u64) {
        let calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(followers) = calls.get(&(app.to_owned(), call.to_owned())) {
            followers.send_if_modified(|known| {
                let newer = seq > *known;
                *known = seq.max(*known);
                newer
            });
        }
    }

    /// Forgets calls that nobody follows.
    pub fn forget_idle(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, followers| followers.receiver_count() > 0);
    }
}
