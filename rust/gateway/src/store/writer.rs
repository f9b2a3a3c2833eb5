//! The one writer: a thread that commits whatever is queued as one transaction.
//!
//! With `synchronous=FULL` a commit costs one fsync, a few milliseconds on a disk. While one is under way the next jobs queue up, so the
//! batch grows with the load and nobody waits for a timer. Each job runs in its own savepoint: one that fails takes back only its own rows.

use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::StoreError;

/// Most jobs in one transaction.
const BATCH: usize = 256;
/// Most jobs waiting. Beyond that the caller is told to come back.
const QUEUE: usize = 8192;

/// Tells the job's owner how the commit went.
type Reply = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
type Job = Box<dyn FnOnce(&Connection) -> Reply + Send>;

/// Handle of the writer thread.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let thread = thread::Builder::new()
            .name("zpns-writer".into())
            .spawn(move || run(&connection, queue))
            .map_err(|e| StoreError::Thread(e.into()))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Runs the work and returns once it is durable.
    pub(super) async fn write<T, E>(&self, work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let result = in_savepoint(connection, work);
            Box::new(move |committed| {
                // Nobody to tell if the request was dropped meanwhile; what was committed stays.
                let _ = reply.send(committed.map_err(E::from).and(result));
            })
        });
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => StoreError::Closed,
        })?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // The thread ends once the queue is empty, so that what was queued is written.
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(connection: &Connection, mut queue: mpsc::Receiver<Job>) {
    while let Some(first) = queue.blocking_recv() {
        let mut replies = Vec::new();
        let committed = batch(connection, first, &mut queue, &mut replies);
        if let Err(error) = &committed {
            tracing::error!(%error, jobs = replies.len(), "a transaction could not be committed");
        }
        for reply in replies {
            reply(committed.clone());
        }
    }
}

fn batch(connection: &Connection, first: Job, queue: &mut mpsc::Receiver<Job>, replies: &mut Vec<Reply>) -> Result<(), StoreError> {
    // Jobs that meet a broken transaction still have to be answered, so they run (and fail) in any case.
    let begun = connection.execute_batch("BEGIN IMMEDIATE");
    replies.push(first(connection));
    while replies.len() < BATCH
        && let Ok(job) = queue.try_recv()
    {
        replies.push(job(connection));
    }
    begun?;
    connection.execute_batch("COMMIT").map_err(|error| {
        let _ = connection.execute_batch("ROLLBACK");
        error.into()
    })
}

fn in_savepoint<T, E: From<StoreError>>(connection: &Connection, work: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
    let sql = |sql: &str| connection.prepare_cached(sql).and_then(|mut s| s.execute([])).map_err(StoreError::from);
    sql("SAVEPOINT job")?;
    let result = work(connection);
    if result.is_err() {
        sql("ROLLBACK TO job")?;
    }
    sql("RELEASE job")?;
    result
}
