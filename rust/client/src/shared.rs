//! The core under its lock, and the way of every input: into the core, effects into the queue, effects out in order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use zpns_core::effect::{LogEntry, LogLevel};
use zpns_core::{AppFacts, Core, Effect, Input, Snapshot, Stored};

use crate::background::{Background, Command};
use crate::clock::Clock;
use crate::effects::perform;
use crate::error::ClientError;
use crate::http::Connections;
use crate::ports::{Platform, Storage};
use crate::streams::Streams;
use crate::turns::{Turn, Turns};

/// What the threads of one client share.
pub(crate) struct Shared {
    state: Mutex<State>,
    /// Signalled when an effect was carried out while another thread waits for its turn.
    turn: Condvar,
    clock: Arc<dyn Clock>,
    pub(crate) background: Background,
    pub(crate) connections: Connections,
    pub(crate) streams: Streams,
}

struct State {
    core: Core,
    turns: Turns<Effect>,
    /// Threads waiting for their turn.
    waiting: usize,
    /// None once shut down.
    ports: Option<Ports>,
    /// The deadline that the background thread knows of.
    armed: Option<u64>,
    /// The core has changed since its last snapshot.
    unsaved: bool,
}

struct Ports {
    platform: Arc<dyn Platform>,
    storage: Arc<dyn Storage>,
}

impl Shared {
    pub(crate) fn start(
        app: AppFacts,
        platform: Arc<dyn Platform>,
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, ClientError> {
        let mut entropy = [0; 32];
        getrandom::fill(&mut entropy).map_err(|_| ClientError::Entropy)?;
        let loaded = storage.load();
        let stored = match &loaded {
            Ok(Some(bytes)) => Stored::Bytes(bytes),
            Ok(None) => Stored::Empty,
            Err(_) => Stored::Unreadable,
        };
        let now = clock.now();
        let (core, effects) = catch_unwind(AssertUnwindSafe(|| {
            let mut core = Core::new(app, stored, entropy, now);
            let effects = core.start(now);
            (core, effects)
        }))
        .map_err(|_| ClientError::Defect)?;
        let unsaved = has_changed(&effects);
        let mut turns = Turns::new();
        turns.enqueue(thread::current().id(), effects);
        let background = Background::new(Arc::clone(&storage));
        let state = State {
            core,
            turns,
            waiting: 0,
            ports: Some(Ports { platform, storage }),
            armed: None,
            unsaved,
        };
        let shared = Arc::new(Self {
            state: Mutex::new(state),
            turn: Condvar::new(),
            clock,
            background,
            connections: Connections::default(),
            streams: Streams::default(),
        });
        if let Err(error) = loaded {
            shared.log(
                LogLevel::Info,
                format!("storage can't be read yet: {error}"),
            );
        }
        shared.take_turns(shared.lock())?;
        Ok(shared)
    }

    /// Hands an input to the core and carries out, on this thread, what it asks for. Within a port called by this same thread it only
    /// queues: the outer call carries it out.
    pub(crate) fn feed(self: &Arc<Self>, input: Input<'_>) -> Result<(), ClientError> {
        let mut state = self.lock();
        let handled = self.handle(&mut state, input);
        self.take_turns(state).and(handled)
    }

    /// Like [`Shared::feed`], for inputs whose sender has no use for an error.
    pub(crate) fn notice(self: &Arc<Self>, input: Input<'_>) {
        if self.feed(input) == Err(ClientError::Defect) {
            self.log(LogLevel::Error, ClientError::Defect.to_string());
        }
    }

    pub(crate) fn storage_readable(self: &Arc<Self>) {
        let Some(storage) = self
            .lock()
            .ports
            .as_ref()
            .map(|ports| Arc::clone(&ports.storage))
        else {
            return;
        };
        match storage.load() {
            Ok(bytes) => self.notice(Input::StorageReadable(bytes.as_deref())),
            Err(error) => self.log(
                LogLevel::Warning,
                format!("storage still can't be read: {error}"),
            ),
        }
        self.background.send_if_running(Command::SaveAgain);
    }

    pub(crate) fn wake(self: &Arc<Self>) {
        if self
            .deadline()
            .is_some_and(|deadline| deadline <= self.now())
        {
            self.notice(Input::Tick);
        }
        self.background.send_if_running(Command::Rearm);
    }

    pub(crate) fn shutdown(self: &Arc<Self>) {
        // Dropped at the end, without the lock: a port may hold the last reference to something that calls back.
        let (ports, unsaved) = {
            let mut state = self.lock();
            state.turns.clear();
            (state.ports.take(), state.unsaved)
        };
        self.turn.notify_all();
        // The end may come before the effect that asks for it. Where no thread can be started there is nowhere to say so any more.
        if unsaved {
            let _ = self.background.send(self, Command::Save);
        }
        self.background.stop();
        self.streams.close_all();
        drop(ports);
    }

    /// Writes to the log, at once and past the queue.
    pub(crate) fn log(&self, level: LogLevel, message: String) {
        let Some(platform) = self
            .lock()
            .ports
            .as_ref()
            .map(|ports| Arc::clone(&ports.platform))
        else {
            return;
        };
        // There is nowhere to say that the log failed.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            platform.log(LogEntry { level, message })
        }));
    }

    pub(crate) fn now(&self) -> u64 {
        self.clock.now()
    }

    /// When the core wants to be called next, Unix milliseconds. None once shut down.
    pub(crate) fn deadline(&self) -> Option<u64> {
        let state = self.lock();
        state
            .ports
            .as_ref()
            .and_then(|_| state.core.next_deadline())
    }

    /// What must survive the process, as it is now, even after the end. None if nothing is to be saved.
    pub(crate) fn snapshot(&self) -> Option<Snapshot> {
        let mut state = self.lock();
        state.unsaved = false;
        catch_unwind(AssertUnwindSafe(|| state.core.snapshot()))
            .ok()
            .flatten()
    }

    fn handle(&self, state: &mut State, input: Input<'_>) -> Result<(), ClientError> {
        if state.ports.is_none() {
            return Err(ClientError::ShutDown);
        }
        let now = self.clock.now();
        let effects = catch_unwind(AssertUnwindSafe(|| state.core.handle(input, now)))
            .map_err(|_| ClientError::Defect)?;
        state.unsaved |= has_changed(&effects);
        state.turns.enqueue(thread::current().id(), effects);
        Ok(())
    }

    /// Carries out this thread's effects, waiting for those of other threads that came before.
    fn take_turns<'a>(
        self: &'a Arc<Self>,
        mut state: MutexGuard<'a, State>,
    ) -> Result<(), ClientError> {
        let me = thread::current().id();
        let mut outcome = Ok(());
        loop {
            let Some(ports) = &state.ports else {
                return Err(ClientError::ShutDown);
            };
            let platform = Arc::clone(&ports.platform);
            match state.turns.next(me) {
                Turn::Done => {
                    self.arm(&mut state);
                    return outcome;
                }
                Turn::Wait => {
                    state.waiting += 1;
                    state = self
                        .turn
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                    state.waiting -= 1;
                }
                Turn::Perform(effect) => {
                    drop(state);
                    let answers = perform(self, &*platform, effect);
                    state = self.lock();
                    state.turns.finished();
                    for answer in answers {
                        outcome = outcome.and(self.handle(&mut state, answer));
                    }
                    if state.waiting > 0 {
                        self.turn.notify_all();
                    }
                }
            }
        }
    }

    /// Tells the background thread about a deadline that it does not know of, or that it slept through: its sleep is measured by a
    /// clock that stands still while the device sleeps.
    fn arm(self: &Arc<Self>, state: &mut State) {
        let deadline = state.core.next_deadline();
        let due = deadline.is_some_and(|deadline| deadline <= self.clock.now());
        if deadline == state.armed && !due {
            return;
        }
        state.armed = deadline;
        if deadline.is_none() {
            self.background.send_if_running(Command::Rearm);
        } else if self.background.send(self, Command::Rearm).is_err() {
            // Tried again with the next input.
            state.armed = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic under the lock goes uncaught, and a phone must ring rather than give up.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn has_changed(effects: &[Effect]) -> bool {
    effects.contains(&Effect::Persist)
}
