//! The driver: inputs in, effects out in order.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zpns_core::effect::{LogEntry, LogLevel};
use zpns_core::{AppFacts, Core, Effect, Input, Snapshot, Stored, StreamItem, Time};

use crate::error::DriverError;
use crate::perform::{call_port, close_stream, perform, write_log};
use crate::ports::{Clock, PortError, Ports};

/// One core with its ports.
///
/// Use it from one thread at a time, but for [`Driver::save`], [`Driver::log`], [`Driver::next_tick`] and [`Driver::shut_down`], which may
/// be called from any thread at any moment. A port that it calls may call it back: what that causes is carried out after the current
/// effect, by the call that is under way.
pub struct Driver {
    /// Held for a moment at a time and never while a port runs.
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
}

struct State {
    core: Core,
    queue: VecDeque<Effect>,
    /// An effect is being carried out, or the next one is about to be.
    is_performing: bool,
    /// None once shut down.
    ports: Option<Arc<Ports>>,
    /// Streams that the core opened and that are not over: the end closes them.
    open_streams: Vec<u64>,
    /// What the scheduler was told last.
    armed: Option<u64>,
    /// The core has changed since it was stored.
    is_unsaved: bool,
    is_saving: bool,
}

impl Driver {
    /// Loads what was stored and makes the core of a process. Nothing else happens before [`Driver::start`]. `entropy` is a random seed.
    pub fn new(app: AppFacts, ports: Ports, entropy: [u8; 32]) -> Result<Self, DriverError> {
        let loaded = call_port(|| ports.storage.load());
        let stored = match &loaded {
            Ok(Some(bytes)) => Stored::Bytes(bytes),
            Ok(None) => Stored::Empty,
            Err(_) => Stored::Unreadable,
        };
        let clock = Arc::clone(&ports.clock);
        let now = time(&*clock);
        let (core, effects) = catch_unwind(AssertUnwindSafe(|| {
            let mut core = Core::new(app, stored, entropy, now);
            let effects = core.start(now);
            (core, effects)
        }))
        .map_err(|_| DriverError::Defect)?;
        let mut state = State {
            core,
            queue: VecDeque::new(),
            is_performing: false,
            ports: Some(Arc::new(ports)),
            open_streams: Vec::new(),
            armed: None,
            is_unsaved: false,
            is_saving: false,
        };
        if let Err(error) = loaded {
            state.queue.push_back(Effect::Log(LogEntry {
                level: LogLevel::Info,
                message: format!("storage can't be read yet: {error}"),
            }));
        }
        state.enqueue(effects);
        let state = Mutex::new(state);
        Ok(Self { state, clock })
    }

    /// Does what is to be done at launch: once, before anything else.
    pub fn start(&self) -> Result<(), DriverError> {
        self.perform_queued(self.lock())
    }

    /// Hands an input to the core and carries out what it asks for before this returns. Called from within a port it only queues.
    pub fn handle(&self, input: Input<'_>) -> Result<(), DriverError> {
        let mut state = self.lock();
        let handled = state.handle(input, time(&*self.clock));
        self.perform_queued(state).and(handled)
    }

    /// Like [`Driver::handle`], for inputs whose sender has no use for an error.
    pub fn handle_or_log(&self, input: Input<'_>) {
        if self.handle(input) == Err(DriverError::Defect) {
            self.log(LogLevel::Error, DriverError::Defect.to_string());
        }
    }

    /// When [`Driver::tick`] is due next, by [`Clock::steady`]. None once shut down.
    pub fn next_tick(&self) -> Option<u64> {
        let state = self.lock();
        state
            .ports
            .as_ref()
            .and_then(|_| state.core.next_deadline())
    }

    /// Does what is due. Harmless at any time.
    pub fn tick(&self) {
        self.handle_or_log(Input::Tick);
    }

    /// The clock jumped: does what is due and tells the scheduler anew.
    pub fn wake(&self) {
        self.tick();
        let mut state = self.lock();
        state.armed = None;
        // Fails only if there is nothing left to tell.
        let _ = self.perform_queued(state);
    }

    /// Storage that could not be read at start can be read now, as after the first unlock.
    pub fn storage_readable(&self) {
        let Some(ports) = self.ports() else { return };
        match call_port(|| ports.storage.load()) {
            Ok(bytes) => self.handle_or_log(Input::StorageReadable(bytes.as_deref())),
            Err(error) => self.log(
                LogLevel::Warning,
                format!("storage still can't be read: {error}"),
            ),
        }
        let may_be_unsaved = {
            let state = self.lock();
            state.is_unsaved || state.is_saving
        };
        if may_be_unsaved && let Err(error) = call_port(|| ports.scheduler.save_soon()) {
            self.log(
                LogLevel::Error,
                format!("state could not be saved: {error}"),
            );
        }
    }

    /// Stores the state if it changed since it was stored last. What can't be stored waits for the next change, for
    /// [`Driver::storage_readable`] or for the end.
    pub fn save(&self) {
        if let Some(ports) = self.ports()
            && let Err(error) = self.save_to(&ports)
        {
            let retry = "state could not be saved and will be tried again with the next change";
            write_log(&ports, LogLevel::Error, format!("{retry}: {error}"));
        }
    }

    /// Closes streams, stores what is still to be stored, lets go of the ports. What is under way is not answered; further calls do
    /// nothing or fail with [`DriverError::ShutDown`].
    pub fn shut_down(&self) {
        // Dropped at the end, without the lock: a port may hold the last reference to something that calls back.
        let (ports, streams) = {
            let mut state = self.lock();
            (state.ports.take(), std::mem::take(&mut state.open_streams))
        };
        let Some(ports) = ports else { return };
        for stream in streams {
            close_stream(&ports, stream);
        }
        if let Err(error) = self.save_to(&ports) {
            let loss = "state could not be saved at the end";
            write_log(&ports, LogLevel::Error, format!("{loss}: {error}"));
        }
    }

    /// Writes to the log, at once and past the queue.
    pub fn log(&self, level: LogLevel, message: String) {
        if let Some(ports) = self.ports() {
            write_log(&ports, level, message);
        }
    }

    fn save_to(&self, ports: &Ports) -> Result<(), PortError> {
        let mut state = self.lock();
        // Whoever is saving looks again when it is done.
        if std::mem::replace(&mut state.is_saving, true) {
            return Ok(());
        }
        let mut outcome = Ok(());
        while state.is_unsaved && outcome.is_ok() {
            let Some(snapshot) = state.snapshot() else {
                break;
            };
            state.is_unsaved = false;
            drop(state);
            outcome = call_port(|| ports.storage.save(snapshot.to_bytes()));
            state = self.lock();
            state.is_unsaved |= outcome.is_err();
        }
        state.is_saving = false;
        outcome
    }

    /// Carries out the queued effects, unless the call that is under way does.
    fn perform_queued<'a>(&'a self, mut state: MutexGuard<'a, State>) -> Result<(), DriverError> {
        if std::mem::replace(&mut state.is_performing, true) {
            return Ok(());
        }
        let mut outcome = Ok(());
        // Ports are called, and let go of, without the lock: they may call back, and these may be the last references.
        while let Some(ports) = state.ports.clone() {
            if let Some(effect) = state.next_effect() {
                drop(state);
                let answers = perform(&ports, effect);
                drop(ports);
                state = self.lock();
                for answer in answers {
                    outcome = outcome.and(state.handle(answer, time(&*self.clock)));
                }
            } else if state.rearm(self.clock.steady()) {
                let deadline = state.armed;
                drop(state);
                let told = call_port(|| ports.scheduler.tick_at(deadline));
                drop(ports);
                state = self.lock();
                if told.is_err() {
                    // Tried again with the next input.
                    state.armed = None;
                }
                if state.queue.is_empty() {
                    break;
                }
            } else {
                break;
            }
        }
        state.is_performing = false;
        if state.ports.is_none() {
            return Err(DriverError::ShutDown);
        }
        outcome
    }

    fn ports(&self) -> Option<Arc<Ports>> {
        self.lock().ports.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic under the lock goes uncaught, and a phone must ring rather than give up.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").finish_non_exhaustive()
    }
}

fn time(clock: &dyn Clock) -> Time {
    Time {
        steady: clock.steady(),
        wall: clock.now(),
    }
}

impl State {
    fn handle(&mut self, input: Input<'_>, now: Time) -> Result<(), DriverError> {
        if self.ports.is_none() {
            return Err(DriverError::ShutDown);
        }
        if let Input::Stream {
            id,
            item: StreamItem::Closed { .. },
        } = &input
        {
            self.open_streams.retain(|open| open != id);
        }
        let effects = catch_unwind(AssertUnwindSafe(|| self.core.handle(input, now)))
            .map_err(|_| DriverError::Defect)?;
        self.enqueue(effects);
        Ok(())
    }

    fn enqueue(&mut self, effects: Vec<Effect>) {
        self.is_unsaved |= effects.contains(&Effect::Persist);
        self.queue.extend(effects);
    }

    fn snapshot(&self) -> Option<Snapshot> {
        catch_unwind(AssertUnwindSafe(|| self.core.snapshot()))
            .ok()
            .flatten()
    }

    fn next_effect(&mut self) -> Option<Effect> {
        let effect = self.queue.pop_front()?;
        match &effect {
            Effect::OpenStream(request) => self.open_streams.push(request.id),
            Effect::CloseStream(id) => self.open_streams.retain(|open| open != id),
            _ => {}
        }
        Some(effect)
    }

    /// Whether the scheduler has to be told of the deadline, as it does not know it or slept through it.
    fn rearm(&mut self, now: u64) -> bool {
        let deadline = self.core.next_deadline();
        let is_known = deadline == self.armed;
        self.armed = deadline;
        !is_known || deadline.is_some_and(|deadline| deadline <= now)
    }
}
