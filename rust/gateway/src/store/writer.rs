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
/// Does the work in the open transaction, or learns that none could be opened.
type Job = Box<dyn FnOnce(Result<&Connection, StoreError>) -> Reply + Send>;

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
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Runs the work and returns once it is durable.
    pub(super) async fn write<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |transaction| {
            let result = transaction
                .map_err(E::from)
                .and_then(|connection| in_savepoint(connection, work));
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

fn batch(
    connection: &Connection,
    first: Job,
    queue: &mut mpsc::Receiver<Job>,
    replies: &mut Vec<Reply>,
) -> Result<(), StoreError> {
    // Without a transaction nothing may be done: a savepoint on its own would commit what is then reported as failed.
    let begun = connection
        .execute_batch("BEGIN IMMEDIATE")
        .map(|()| connection)
        .map_err(StoreError::from);
    replies.push(first(begun.clone()));
    while replies.len() < BATCH
        && let Ok(job) = queue.try_recv()
    {
        replies.push(job(begun.clone()));
    }
    begun?.execute_batch("COMMIT").map_err(|error| {
        let _ = connection.execute_batch("ROLLBACK");
        error.into()
    })
}

fn in_savepoint<T, E: From<StoreError>>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    let sql = |sql: &str| {
        connection
            .prepare_cached(sql)
            .and_then(|mut s| s.execute([]))
            .map_err(StoreError::from)
    };
    sql("SAVEPOINT job")?;
    let result = work(connection);
    if result.is_err() {
        sql("ROLLBACK TO job")?;
    }
    sql("RELEASE job")?;
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> (tempfile::TempDir, Writer, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let other = Connection::open(&path).unwrap();
        other
            .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER)")
            .unwrap();
        let writer = Writer::start(Connection::open(&path).unwrap()).unwrap();
        (folder, writer, other)
    }

    async fn insert(writer: &Writer, n: u32, fail: bool) -> Result<(), StoreError> {
        writer
            .write(move |c| {
                c.execute("INSERT INTO t VALUES (?1)", [n])?;
                if fail { Err(StoreError::Busy) } else { Ok(()) }
            })
            .await
    }

    fn rows(other: &Connection) -> Vec<u32> {
        let mut statement = other.prepare("SELECT n FROM t ORDER BY n").unwrap();
        statement
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }

    #[tokio::test]
    async fn of_jobs_in_one_batch_the_one_that_fails_takes_back_only_its_own_rows() {
        let (_folder, writer, other) = writer();
        let jobs = (0..20).map(|n| insert(&writer, n, n % 5 == 0));
        let results = futures_util::future::join_all(jobs).await;
        assert_eq!(results.iter().filter(|r| r.is_err()).count(), 4);
        assert_eq!(
            rows(&other),
            (0..20).filter(|n| n % 5 != 0).collect::<Vec<_>>()
        );
    }

    #[tokio::test]
    async fn a_job_without_a_transaction_fails_and_writes_nothing() {
        let (_folder, writer, other) = writer();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        writer
            .write(|c| Ok::<_, StoreError>(c.busy_timeout(std::time::Duration::ZERO)?))
            .await
            .unwrap_err();
        assert!(matches!(
            insert(&writer, 1, false).await,
            Err(StoreError::Sqlite(_))
        ));
        other.execute_batch("COMMIT").unwrap();
        assert_eq!(rows(&other), [0_u32; 0]);
        insert(&writer, 2, false).await.unwrap();
        assert_eq!(rows(&other), [2]);
    }

    #[tokio::test]
    async fn what_is_queued_when_the_store_closes_is_still_written() {
        let (_folder, writer, other) = writer();
        // Polled once, so that it is queued; then nobody waits for it any longer.
        assert!(futures_util::FutureExt::now_or_never(insert(&writer, 1, false)).is_none());
        drop(writer);
        assert_eq!(rows(&other), [1]);
    }
}
