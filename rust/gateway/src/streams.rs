//! Who may hold an event stream open: so many in all, and so many of each user.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::limits::Limits;

/// As many streams are open as the gateway takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyStreams;

type Key = (String, String);
/// The numbers of a user's streams, oldest first, and what ends each when it is dropped.
type OfUser = VecDeque<(u64, oneshot::Sender<()>)>;

/// The open event streams.
#[derive(Debug)]
pub struct Streams {
    all: Arc<Semaphore>,
    of_users: Arc<Mutex<HashMap<Key, OfUser>>>,
    most_of_user: usize,
    next: AtomicU64,
}

impl Streams {
    /// None open yet.
    pub fn new(limits: &Limits) -> Self {
        Self {
            all: Arc::new(Semaphore::new(limits.followers)),
            of_users: Arc::default(),
            most_of_user: limits.streams_per_user.get() as usize,
            next: AtomicU64::new(0),
        }
    }

    /// One more.
    pub fn turn(&self) -> Result<OwnedSemaphorePermit, TooManyStreams> {
        let turn = Arc::clone(&self.all).try_acquire_owned();
        turn.map_err(|_| TooManyStreams)
    }

    /// One more of this user, and what is done when it must make room. A phone that changes networks leaves streams behind that look open
    /// for many minutes, so a new one is never refused for them: the user's oldest ends.
    pub fn turn_of_user(
        &self,
        app: &str,
        user: &str,
    ) -> Result<(UserTurn, impl Future<Output = ()> + Send + use<>), TooManyStreams> {
        let turn = self.turn()?;
        let key = (app.to_owned(), user.to_owned());
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        let mut of_users = self.of_users.lock().unwrap_or_else(PoisonError::into_inner);
        let streams = of_users.entry(key.clone()).or_default();
        streams.push_back((number, sender));
        if streams.len() > self.most_of_user {
            streams.pop_front();
        }
        let turn = UserTurn {
            of_users: Arc::clone(&self.of_users),
            key,
            number,
            _turn: turn,
        };
        let replaced = async {
            let _ = receiver.await;
        };
        Ok((turn, replaced))
    }
}

/// A user's stream is open as long as this lives.
#[derive(Debug)]
pub struct UserTurn {
    of_users: Arc<Mutex<HashMap<Key, OfUser>>>,
    key: Key,
    number: u64,
    _turn: OwnedSemaphorePermit,
}

impl Drop for UserTurn {
    fn drop(&mut self) {
        let mut of_users = self.of_users.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(streams) = of_users.get_mut(&self.key) {
            streams.retain(|(number, _)| *number != self.number);
            if streams.is_empty() {
                of_users.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use futures_util::FutureExt as _;

    use super::*;

    fn streams() -> Streams {
        Streams::new(&Limits {
            followers: 4,
            streams_per_user: NonZeroU32::new(2).unwrap(),
            ..Limits::default()
        })
    }

    #[test]
    fn a_stream_too_many_of_one_user_ends_the_oldest_and_no_other() {
        let streams = streams();
        let (_bob, bob_replaced) = streams.turn_of_user("app", "bob").unwrap();
        let (_first, first_replaced) = streams.turn_of_user("app", "alice").unwrap();
        // One that is closed makes room by itself.
        drop(streams.turn_of_user("app", "alice").unwrap());
        let (_second, second_replaced) = streams.turn_of_user("app", "alice").unwrap();
        let mut first_replaced = std::pin::pin!(first_replaced);
        assert!((&mut first_replaced).now_or_never().is_none());
        let (_third, third_replaced) = streams.turn_of_user("app", "alice").unwrap();
        assert!(first_replaced.now_or_never().is_some());
        assert!(second_replaced.now_or_never().is_none());
        assert!(third_replaced.now_or_never().is_none());
        assert!(bob_replaced.now_or_never().is_none());
    }

    #[test]
    fn users_without_a_stream_are_forgotten() {
        let streams = streams();
        drop(streams.turn_of_user("app", "alice").unwrap());
        assert!(streams.of_users.lock().unwrap().is_empty());
    }
}
