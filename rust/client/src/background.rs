//! The background thread as the driver sees it: its network and its scheduler. Started when something needs it, ended by
//! [`Background::stop`].

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread::{self, JoinHandle};

use tokio::runtime;
use zpns_driver::{Clock, HttpRequest, Network, PortError, Scheduler, StreamRequest};

use crate::connections::Connections;
use crate::work_queue::{Closed, Command, WorkQueue};
use crate::worker::{Owner, Worker};

/// The thread, or that there is none.
pub(crate) struct Background {
    thread: Mutex<Thread>,
    owner: OnceLock<Weak<dyn Owner>>,
    clock: Arc<dyn Clock>,
    connections: Arc<Connections>,
}

enum Thread {
    NotNeededYet,
    Running {
        queue: Arc<WorkQueue>,
        handle: JoinHandle<()>,
    },
    Stopped,
}

impl Background {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            thread: Mutex::new(Thread::NotNeededYet),
            owner: OnceLock::new(),
            connections: Arc::new(Connections::new(Arc::clone(&clock))),
            clock,
        }
    }

    /// Says who is told what comes. Needed before anything is sent.
    pub(crate) fn attach(&self, owner: Weak<dyn Owner>) {
        // It has one owner all its life.
        let _ = self.owner.set(owner);
    }

    /// Gives up all connections that are kept for later requests.
    pub(crate) fn renew_connections(&self) {
        self.connections.renew();
    }

    /// Has the thread end and waits for that, unless this is the thread. It does nothing any more.
    pub(crate) fn stop(&self) {
        let stopped = std::mem::replace(&mut *self.lock(), Thread::Stopped);
        let Thread::Running { queue, handle } = stopped else {
            return;
        };
        queue.close();
        if handle.thread().id() != thread::current().id() {
            // A panic in there was reported by the panic hook.
            let _ = handle.join();
        }
    }

    /// Asks the thread for something, starting it if need be; does nothing once stopped. Fails if the process can't have another thread.
    fn ask(&self, ask: impl FnOnce(&WorkQueue) -> Result<(), Closed>) -> Result<(), PortError> {
        let mut thread = self.lock();
        if matches!(*thread, Thread::NotNeededYet) {
            *thread = self
                .start()
                .map_err(|error| PortError::new(format!("no thread can be started: {error}")))?;
        }
        thread.ask(ask)
    }

    /// Asks the thread for something if there is one.
    fn ask_if_running(
        &self,
        ask: impl FnOnce(&WorkQueue) -> Result<(), Closed>,
    ) -> Result<(), PortError> {
        self.lock().ask(ask)
    }

    fn start(&self) -> io::Result<Thread> {
        let Some(owner) = self.owner.get().and_then(Weak::upgrade) else {
            return Ok(Thread::Stopped);
        };
        let runtime = runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()?;
        let queue = Arc::new(WorkQueue::default());
        let worker = Worker::new(
            owner,
            Arc::clone(&queue),
            Arc::clone(&self.clock),
            Arc::clone(&self.connections),
        );
        let handle = thread::Builder::new()
            .name("zpns".to_owned())
            .spawn(move || worker.run(runtime))?;
        Ok(Thread::Running { queue, handle })
    }

    #[cfg(test)]
    pub(crate) fn is_running(&self) -> bool {
        matches!(*self.lock(), Thread::Running { .. })
    }

    #[cfg(test)]
    pub(crate) fn connections(&self) -> &Connections {
        &self.connections
    }

    fn lock(&self) -> MutexGuard<'_, Thread> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Thread {
    fn ask(&self, ask: impl FnOnce(&WorkQueue) -> Result<(), Closed>) -> Result<(), PortError> {
        match self {
            Self::Running { queue, .. } => {
                ask(queue).map_err(|Closed| PortError::new("the background thread is gone"))
            }
            Self::NotNeededYet | Self::Stopped => Ok(()),
        }
    }
}

impl Network for Background {
    fn request(&self, request: HttpRequest) -> Result<(), PortError> {
        self.ask(|queue| queue.command(Command::Request(request)))
    }

    fn open_stream(&self, request: StreamRequest) -> Result<(), PortError> {
        self.ask(|queue| queue.command(Command::OpenStream(request)))
    }

    fn close_stream(&self, id: u64) {
        // Without the thread there is no stream.
        let _ = self.ask_if_running(|queue| queue.command(Command::CloseStream(id)));
    }
}

impl Scheduler for Background {
    fn tick_at(&self, deadline: Option<u64>) -> Result<(), PortError> {
        match deadline {
            Some(_) => self.ask(|queue| queue.tick_at(deadline)),
            None => self.ask_if_running(|queue| queue.tick_at(None)),
        }
    }

    fn save_soon(&self) -> Result<(), PortError> {
        self.ask(WorkQueue::save)
    }
}
