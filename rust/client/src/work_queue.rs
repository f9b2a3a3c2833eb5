//! What the background thread was asked to do and has not begun. Any thread adds to it.
//!
//! A deadline and the wish to save are each kept once, however many times they are told: a flood of inputs does not fill it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use zpns_driver::{HttpRequest, StreamRequest};

/// What is done in the order in which it was asked for.
#[derive(Debug)]
pub(crate) enum Command {
    Request(HttpRequest),
    OpenStream(StreamRequest),
    CloseStream(u64),
}

/// What was asked for since the thread looked last.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub(crate) commands: Vec<Command>,
    pub(crate) must_save: bool,
    /// When a tick is due, Unix milliseconds, or never. The latest word, also if it was told before.
    pub(crate) deadline: Option<u64>,
}

#[derive(Debug, Default)]
pub(crate) struct WorkQueue {
    pending: Mutex<Pending>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Pending {
    work: Work,
    has_changed: bool,
    is_closed: bool,
}

/// The queue is closed: nobody would do the work.
#[derive(Debug)]
pub(crate) struct Closed;

impl WorkQueue {
    pub(crate) fn command(&self, command: Command) -> Result<(), Closed> {
        self.change(|work| work.commands.push(command))
    }

    /// This takes the place of the deadline told before, and the clock is looked at anew.
    pub(crate) fn tick_at(&self, deadline: Option<u64>) -> Result<(), Closed> {
        self.change(|work| work.deadline = deadline)
    }

    pub(crate) fn save(&self) -> Result<(), Closed> {
        self.change(|work| work.must_save = true)
    }

    /// Takes no more work. What is there already is still handed out.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_one();
    }

    /// Waits until there is work and takes it. None once the queue is closed and empty.
    pub(crate) async fn next(&self) -> Option<Work> {
        loop {
            {
                let mut pending = self.lock();
                if std::mem::take(&mut pending.has_changed) {
                    let deadline = pending.work.deadline;
                    let rest = Work {
                        deadline,
                        ..Work::default()
                    };
                    return Some(std::mem::replace(&mut pending.work, rest));
                }
                if pending.is_closed {
                    return None;
                }
            }
            self.changed.notified().await;
        }
    }

    fn change(&self, change: impl FnOnce(&mut Work)) -> Result<(), Closed> {
        let mut pending = self.lock();
        if pending.is_closed {
            return Err(Closed);
        }
        change(&mut pending.work);
        let was_known = std::mem::replace(&mut pending.has_changed, true);
        drop(pending);
        if !was_known {
            self.changed.notify_one();
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        // Nothing under the lock can panic.
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime;

    use super::*;

    fn next(queue: &WorkQueue) -> Option<Work> {
        let runtime = runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(queue.next())
    }

    #[test]
    fn a_million_deadlines_and_saves_are_held_as_one() {
        let queue = WorkQueue::default();
        for deadline in 0..1_000_000 {
            queue.tick_at(Some(deadline)).unwrap();
            queue.save().unwrap();
        }
        let work = next(&queue).unwrap();
        assert!(work.commands.is_empty());
        assert!(work.must_save);
        assert_eq!(work.deadline, Some(999_999));
    }

    #[test]
    fn the_deadline_stays_known_and_the_rest_is_handed_out_once() {
        let queue = WorkQueue::default();
        queue.tick_at(Some(7)).unwrap();
        queue.save().unwrap();
        assert!(next(&queue).unwrap().must_save);
        queue.command(Command::CloseStream(1)).unwrap();
        let work = next(&queue).unwrap();
        assert!(!work.must_save);
        assert_eq!(work.commands.len(), 1);
        assert_eq!(work.deadline, Some(7));
    }

    #[test]
    fn a_closed_queue_hands_out_what_it_has_and_takes_nothing_more() {
        let queue = WorkQueue::default();
        queue.save().unwrap();
        queue.close();
        assert!(queue.tick_at(None).is_err());
        assert!(next(&queue).unwrap().must_save);
        assert!(next(&queue).is_none());
    }
}
