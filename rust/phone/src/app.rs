//! The app on the phone: by default one that consists of this library alone.

use std::sync::Arc;

use zpns_driver::{
    AppFacts, Clock, Driver, DriverError, Input, Network, Platform, Polled, Ports, Storage,
    SystemEvent,
};

use crate::network::NetworkAnswer;

/// A running app, as iOS sees it.
pub trait App: Send + Sync {
    /// PushKit's delegate method. What must be reported must have been reported when it returns.
    fn voip_push(&self, payload: &[u8], must_report: bool) -> Result<(), DriverError>;
    /// Any other delegate method or completion handler.
    fn system(&self, event: SystemEvent) -> Result<(), DriverError>;
    /// JavaScript asks for something; the answer comes by [`Platform::complete`].
    fn invoke(&self, id: u64, method: &str, params: &str) -> Result<(), DriverError>;
    /// JavaScript listens to this type of event.
    fn listen(&self, kind: &str);
    /// It no longer does.
    fn unlisten(&self, kind: &str);
    /// JavaScript is gone.
    fn detach(&self);
    /// The app's files can be read from now on.
    fn storage_readable(&self);
    /// The process ends.
    fn shut_down(&self);

    /// The network brings something that this process asked for. Not called for apps that bring a network of their own.
    fn network(&self, _answer: NetworkAnswer) {}
    /// When the app's next timer is due, Unix milliseconds. None for apps that bring a clock of their own.
    fn next_tick(&self) -> Option<u64> {
        None
    }
    /// That time has come.
    fn tick(&self) {}
    /// Whether iOS can have it stand still: not an app that brings a network and threads of its own.
    fn can_be_suspended(&self) -> bool {
        false
    }
    /// The app has a moment to store what changed.
    fn save(&self) {}
}

/// What a process is given when it starts.
pub struct Launch {
    /// The app and the device.
    pub facts: AppFacts,
    /// iOS.
    pub platform: Arc<dyn Platform>,
    /// The app's files.
    pub storage: Arc<dyn Storage>,
    /// The network that the phone's host provides.
    pub network: Arc<dyn Network>,
    /// The device's clock.
    pub clock: Arc<dyn Clock>,
    /// A random seed.
    pub entropy: [u8; 32],
}

/// Starts the app's process.
pub trait Launcher: Send + Sync {
    /// Called for every launch.
    fn launch(&self, launch: Launch) -> Result<Arc<dyn App>, DriverError>;
}

/// Starts the library: the core and its driver, on the phone's own network and clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct Library;

impl Launcher for Library {
    fn launch(&self, launch: Launch) -> Result<Arc<dyn App>, DriverError> {
        let Launch {
            facts,
            platform,
            storage,
            network,
            clock,
            entropy,
        } = launch;
        let ports = Ports {
            platform,
            storage,
            network,
            scheduler: Arc::new(Polled),
            clock,
        };
        let driver = Driver::new(facts, ports, entropy)?;
        driver.start()?;
        Ok(Arc::new(driver))
    }
}

impl App for Driver {
    fn voip_push(&self, payload: &[u8], must_report: bool) -> Result<(), DriverError> {
        self.handle(Input::VoipPush {
            payload,
            must_report,
        })
    }

    fn system(&self, event: SystemEvent) -> Result<(), DriverError> {
        self.handle(Input::System(event))
    }

    fn invoke(&self, id: u64, method: &str, params: &str) -> Result<(), DriverError> {
        self.handle(Input::Invoke { id, method, params })
    }

    fn listen(&self, kind: &str) {
        self.handle_or_log(Input::Listen(kind));
    }

    fn unlisten(&self, kind: &str) {
        self.handle_or_log(Input::Unlisten(kind));
    }

    fn detach(&self) {
        self.handle_or_log(Input::Detach);
    }

    fn storage_readable(&self) {
        Self::storage_readable(self);
    }

    fn shut_down(&self) {
        Self::shut_down(self);
    }

    fn network(&self, answer: NetworkAnswer) {
        self.handle_or_log(match answer {
            NetworkAnswer::Http { id, outcome } => Input::Http { id, outcome },
            NetworkAnswer::Stream { id, item } => Input::Stream { id, item },
        });
    }

    fn next_tick(&self) -> Option<u64> {
        Self::next_tick(self)
    }

    fn can_be_suspended(&self) -> bool {
        true
    }

    fn tick(&self) {
        Self::tick(self);
    }

    fn save(&self) {
        Self::save(self);
    }
}
