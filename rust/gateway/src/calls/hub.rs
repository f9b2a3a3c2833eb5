//! Tells followers that there is something new. What it is they read from the store, so that none is missed and all come in order.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

/// What can be followed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Followed {
    /// One call.
    Call {
        /// The app.
        app: String,
        /// The call.
        call: String,
    },
    /// All calls of a user.
    User {
        /// The app.
        app: String,
        /// The user.
        user: String,
    },
}

impl Followed {
    /// The call with this ID.
    pub fn call(app: &str, call: &str) -> Self {
        Self::Call {
            app: app.to_owned(),
            call: call.to_owned(),
        }
    }

    /// The calls of this user.
    pub fn user(app: &str, user: &str) -> Self {
        Self::User {
            app: app.to_owned(),
            user: user.to_owned(),
        }
    }
}

/// Who follows what.
#[derive(Debug, Default)]
pub struct Hub(Mutex<HashMap<Followed, watch::Sender<()>>>);

impl Hub {
    /// Follows it: the receiver changes when there are new events.
    pub fn follow(&self, followed: Followed) -> watch::Receiver<()> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(followed)
            .or_insert_with(|| watch::Sender::new(()))
            .subscribe()
    }

    /// New events are in the store.
    pub fn announce(&self, followed: &Followed) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(followers) = all.get(followed) {
            followers.send_replace(());
        }
    }

    /// Forgets what nobody follows.
    pub fn forget_idle(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, followers| followers.receiver_count() > 0);
    }
}
