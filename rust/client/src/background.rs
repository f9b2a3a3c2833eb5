//! The one thread behind a client: timers, HTTP, streams and saving. Started when something needs it, ended by [`Background::stop`].

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::{self, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use zpns_core::Input;
use zpns_core::effect::{HttpRequest, StreamRequest};

use crate::http;
use crate::ports::Storage;
use crate::saver::Saver;
use crate::shared::Shared;
use crate::stream;

/// Longest sleep before the clock is looked at again. The sleep is measured by a clock that stands still while the device sleeps, and
/// the wall clock may be set.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// What the thread is told.
pub(crate) enum Command {
    Http(HttpRequest),
    OpenStream(StreamRequest),
    /// The state changed: save it.
    Save,
    /// Try once more what could not be saved.
    SaveAgain,
    /// Look at the clock and the deadline anew.
    Rearm,
}

/// The thread, or that there is none.
pub(crate) struct Background {
    thread: Mutex<Thread>,
    storage: Arc<dyn Storage>,
}

enum Thread {
    NotNeededYet,
    Running {
        commands: UnboundedSender<Command>,
        handle: JoinHandle<()>,
    },
    Stopped,
}

impl Background {
    pub(crate) fn new(storage: Arc<dyn Storage>) -> Self {
        Self {
            thread: Mutex::new(Thread::NotNeededYet),
            storage,
        }
    }

    /// Tells the thread, starting it if need be; does nothing once stopped. Fails if the process can't have another thread.
    pub(crate) fn send(&self, shared: &Arc<Shared>, command: Command) -> io::Result<()> {
        let mut thread = self.lock();
        if matches!(*thread, Thread::NotNeededYet) {
            *thread = start(Arc::clone(shared), Saver::new(Arc::clone(&self.storage)))?;
        }
        thread.tell(command);
        Ok(())
    }

    /// Tells the thread if there is one.
    pub(crate) fn send_if_running(&self, command: Command) {
        self.lock().tell(command);
    }

    /// Saves what is still to be saved, drops everything else and waits for the thread to end, unless this is the thread.
    pub(crate) fn stop(&self) {
        let stopped = std::mem::replace(&mut *self.lock(), Thread::Stopped);
        let Thread::Running { commands, handle } = stopped else {
            return;
        };
        drop(commands);
        if handle.thread().id() != thread::current().id() {
            // A panic in there was reported by the panic hook.
            let _ = handle.join();
        }
    }

    #[cfg(test)]
    pub(crate) fn is_running(&self) -> bool {
        matches!(*self.lock(), Thread::Running { .. })
    }

    fn lock(&self) -> MutexGuard<'_, Thread> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Thread {
    fn tell(&self, command: Command) {
        if let Self::Running { commands, .. } = self {
            // The receiver lives as long as the thread, which ends only after this sender is gone.
            let _ = commands.send(command);
        }
    }
}

fn start(shared: Arc<Shared>, saver: Saver) -> io::Result<Thread> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    let (commands, receiver) = unbounded_channel();
    let handle = thread::Builder::new()
        .name("zpns".to_owned())
        .spawn(move || run(&shared, runtime, receiver, saver))?;
    Ok(Thread::Running { commands, handle })
}

fn run(
    shared: &Arc<Shared>,
    runtime: Runtime,
    commands: UnboundedReceiver<Command>,
    mut saver: Saver,
) {
    runtime.block_on(serve(shared, commands, &mut saver));
    // Not dropped: that would wait for a name lookup under way.
    runtime.shutdown_background();
    saver.save(shared);
}

/// Serves commands and the deadline until the sender is gone.
async fn serve(shared: &Arc<Shared>, mut commands: UnboundedReceiver<Command>, saver: &mut Saver) {
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            biased;
            received = commands.recv_many(&mut batch, usize::MAX) => {
                if received == 0 {
                    return;
                }
                for command in batch.drain(..) {
                    match command {
                        Command::Http(request) => _ = tokio::spawn(http::exchange(Arc::clone(shared), request)),
                        Command::OpenStream(request) => {
                            let id = request.id;
                            let task = tokio::spawn(stream::follow(Arc::clone(shared), request));
                            shared.streams.reads(id, task.abort_handle());
                        }
                        Command::Save => saver.changed(),
                        Command::SaveAgain => saver.again(),
                        Command::Rearm => {}
                    }
                }
                saver.save_if_wanted(shared);
            }
            () = deadline(shared) => shared.notice(Input::Tick),
        }
    }
}

/// Sleeps until the core wants to be called, or forever.
async fn deadline(shared: &Shared) {
    loop {
        let Some(deadline) = shared.deadline() else {
            return std::future::pending().await;
        };
        let left = Duration::from_millis(deadline.saturating_sub(shared.now()));
        // At least a moment, so that a deadline which does not move can't keep the processor busy.
        tokio::time::sleep(left.clamp(Duration::from_millis(1), LONGEST_SLEEP)).await;
        if deadline <= shared.now() {
            return;
        }
    }
}
