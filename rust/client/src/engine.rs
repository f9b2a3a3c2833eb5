//! A driver that any thread may use, with the background thread behind it.

use std::sync::{Arc, Weak};

use zpns_driver::core::{HttpFailure, HttpResponse, StreamItem};
use zpns_driver::{
    AppFacts, Clock, Driver, DriverError, Input, LogLevel, Platform, Ports, Storage, SystemEvent,
};

use crate::background::Background;
use crate::error::ClientError;
use crate::gate::Gate;
use crate::worker::Owner;

/// The parts of one client.
pub(crate) struct Engine {
    driver: Driver,
    gate: Gate,
    background: Arc<Background>,
}

impl Engine {
    /// Loads what was stored. Nothing else happens before [`Engine::start`].
    pub(crate) fn new(
        app: AppFacts,
        platform: Arc<dyn Platform>,
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, ClientError> {
        let mut entropy = [0; 32];
        getrandom::fill(&mut entropy).map_err(|_| ClientError::Entropy)?;
        let background = Arc::new(Background::new(Arc::clone(&clock)));
        let ports = Ports {
            platform,
            storage,
            network: Arc::<Background>::clone(&background),
            scheduler: Arc::<Background>::clone(&background),
            clock,
        };
        let engine = Arc::new(Self {
            driver: Driver::new(app, ports, entropy)?,
            gate: Gate::default(),
            background,
        });
        let owner: Weak<Self> = Arc::downgrade(&engine);
        engine.background.attach(owner);
        Ok(engine)
    }

    /// Does what is to be done at launch: once, before anything else.
    pub(crate) fn start(&self) -> Result<(), ClientError> {
        self.enter(Driver::start)
    }

    /// Hands in an input and carries out on this thread what it causes. Within a port called by this same thread it only queues: the outer
    /// call carries it out.
    pub(crate) fn handle(&self, input: Input<'_>) -> Result<(), ClientError> {
        self.enter(|driver| driver.handle(input))
    }

    /// The operating system said something else than that there is a VoIP push.
    pub(crate) fn system(&self, event: SystemEvent) -> Result<(), ClientError> {
        if matches!(event, SystemEvent::NetworkChanged | SystemEvent::Awake) {
            // Kept connections may be dead by now. First, so that what the core sends because of it uses none of them.
            self.background.renew_connections();
        }
        self.handle(Input::System(event))
    }

    /// Like [`Engine::handle`], for inputs whose sender has no use for an error.
    pub(crate) fn handle_or_log(&self, input: Input<'_>) {
        self.gate.enter(|| self.driver.handle_or_log(input));
    }

    pub(crate) fn storage_readable(&self) {
        self.gate.enter(|| self.driver.storage_readable());
    }

    pub(crate) fn wake(&self) {
        self.gate.enter(|| self.driver.wake());
    }

    /// Ends everything. Safe on every thread, also from within a port.
    pub(crate) fn shut_down(&self) {
        // First, so that the background thread does not wait for this one, which waits for it.
        self.gate.close();
        self.background.stop();
        // Done already, unless there was no such thread or this is it.
        self.driver.shut_down();
    }

    fn enter(
        &self,
        work: impl FnOnce(&Driver) -> Result<(), DriverError>,
    ) -> Result<(), ClientError> {
        let outcome = self.gate.enter(|| work(&self.driver));
        Ok(outcome.unwrap_or(Err(DriverError::ShutDown))?)
    }

    #[cfg(test)]
    pub(crate) fn background(&self) -> &Background {
        &self.background
    }
}

impl Owner for Engine {
    fn http_finished(&self, id: u64, outcome: Result<HttpResponse, HttpFailure>) {
        self.handle_or_log(Input::Http { id, outcome });
    }

    fn stream_delivered(&self, id: u64, item: StreamItem) {
        self.handle_or_log(Input::Stream { id, item });
    }

    fn tick(&self) {
        self.gate.enter(|| self.driver.tick());
    }

    fn save(&self) {
        // Past the gate: nobody has to wait for a disk.
        self.driver.save();
    }

    fn log(&self, level: LogLevel, message: String) {
        self.driver.log(level, message);
    }

    fn thread_ends(&self) {
        self.driver.shut_down();
    }
}
