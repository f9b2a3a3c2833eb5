//! Which streams of server-sent events are open.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::task::AbortHandle;

/// The open streams by number. A stream that is not in here delivers nothing more, however much of it was read already.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    open: Mutex<HashMap<u64, Option<AbortHandle>>>,
}

impl Streams {
    /// The core asked for it; no task reads it yet.
    pub(crate) fn open(&self, id: u64) {
        self.lock().insert(id, None);
    }

    /// This task reads it. If it was closed in the meantime the task is stopped.
    pub(crate) fn reads(&self, id: u64, task: AbortHandle) {
        match self.lock().get_mut(&id) {
            Some(reader) => *reader = Some(task),
            None => task.abort(),
        }
    }

    pub(crate) fn is_open(&self, id: u64) -> bool {
        self.lock().contains_key(&id)
    }

    /// Closes it. False if it was not open.
    pub(crate) fn close(&self, id: u64) -> bool {
        let Some(reader) = self.lock().remove(&id) else {
            return false;
        };
        if let Some(task) = reader {
            task.abort();
        }
        true
    }

    pub(crate) fn close_all(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Option<AbortHandle>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn closing_a_stream_stops_its_reader() {
        let streams = Streams::default();
        let task = tokio::spawn(pending::<()>());
        streams.open(1);
        streams.reads(1, task.abort_handle());
        assert!(streams.close(1));
        assert!(task.await.unwrap_err().is_cancelled());
        assert!(!streams.is_open(1));
    }

    #[tokio::test]
    async fn a_stream_that_was_closed_before_its_reader_came_is_not_read() {
        let streams = Streams::default();
        streams.open(1);
        streams.close(1);
        let task = tokio::spawn(pending::<()>());
        streams.reads(1, task.abort_handle());
        assert!(task.await.unwrap_err().is_cancelled());
    }

    #[test]
    fn only_the_first_close_counts() {
        let streams = Streams::default();
        streams.open(1);
        assert!(streams.close(1));
        assert!(!streams.close(1), "the end of a stream is told once");
    }
}
