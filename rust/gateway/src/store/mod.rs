//! What must survive: one SQLite database, one writer with group commit, a few readers.
//!
//! [`Store`] is the whole surface: methods named for what the gateway needs, so that another database can stand behind the same names. Nothing
//! outside this folder knows SQL. A method that changes something returns once the change is durable (WAL, `synchronous=FULL`).

mod apps;
mod calls;
mod cancels;
mod credentials;
mod deliveries;
mod devices;
mod idempotency;
mod keys;
mod late;
mod pushes;
mod readers;
mod resources;
mod rows;
mod user_events;
mod writer;

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

pub use calls::{CallRow, EventsSince, NewCall};
pub use cancels::PlanCancel;
pub use deliveries::{LEASE, Outcome};
pub use idempotency::Idempotency;
pub use pushes::{Accepted, Recipients};
use readers::Readers;
pub use user_events::{UserEvent, UserEventPage};
use writer::Writer;

const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("../../migrations/0001_initial.sql")),
    M::up(include_str!("../../migrations/0002_push_kind.sql")),
    M::up(include_str!("../../migrations/0003_user_events.sql")),
];

/// Something is wrong with the database.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite says no.
    #[error("the database refused ({0})")]
    Sqlite(Arc<rusqlite::Error>),
    /// A row does not hold what this version writes.
    #[error(
        "the database holds a {what} that can't be read ({problem}): it was written by another version, or damaged"
    )]
    Damaged {
        /// Kind of row.
        what: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// More writes are waiting than the gateway takes.
    #[error("too many writes are waiting: try again in a moment")]
    Busy,
    /// The store was shut down.
    #[error("the gateway is shutting down")]
    Closed,
    /// No thread to be had.
    #[error("the writer thread could not be started ({0})")]
    Thread(Arc<io::Error>),
    /// No randomness for a new ID.
    #[error(transparent)]
    NoRandomness(#[from] crate::random::NoRandomness),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(Arc::new(error))
    }
}

/// The database can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or file is out of reach.
    #[error(
        "the database {path} can't be opened ({source}): check that the folder exists and belongs to this user"
    )]
    Path {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another gateway serves it.
    #[error(
        "another gateway is serving {0}: stop it first, or give this one its own --data folder"
    )]
    Served(PathBuf),
    /// SQLite says no.
    #[error("the database {path} can't be used ({problem})")]
    Database {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: String,
    },
}

/// The database.
#[derive(Debug)]
pub struct Store {
    writer: Writer,
    readers: Readers,
    path: PathBuf,
}

impl Store {
    /// Opens the database, makes it if there is none, and brings its schema up to date.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|source| OpenError::Path {
                path: path.to_owned(),
                source,
            })?;
        }
        let failed = |problem: String| OpenError::Database {
            path: path.to_owned(),
            problem,
        };
        let mut connection =
            connect(path, OpenFlags::default()).map_err(|e| failed(e.to_string()))?;
        Migrations::from_slice(MIGRATIONS)
            .to_latest(&mut connection)
            .map_err(|e| failed(e.to_string()))?;
        let writer = Writer::start(connection).map_err(|e| failed(e.to_string()))?;
        let readers = Readers::open(path).map_err(|e| failed(e.to_string()))?;
        Ok(Self {
            writer,
            readers,
            path: path.to_owned(),
        })
    }

    /// Takes the right to serve this database. Held until the file is dropped; the command line works beside it.
    pub fn claim(&self) -> Result<File, OpenError> {
        let path = self.path.with_extension("lock");
        let failed = |source| OpenError::Path {
            path: path.clone(),
            source,
        };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => Err(OpenError::Served(self.path.clone())),
            Err(std::fs::TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Whether the database answers and can be written.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.read(|c| Ok(c.query_row("SELECT count(*) FROM apps", [], |_| Ok(()))?))
            .await?;
        self.write(|c| Ok::<_, StoreError>(c.execute_batch("SELECT 1")?))
            .await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.read(work).await
    }

    async fn write<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.writer.write(work).await
    }
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection
        .execute_batch("PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}
