//! The app on the phone: by default one that consists of [`zpns_client::Client`].

use std::sync::Arc;

use zpns_client::{AppFacts, Client, ClientError, Clock, Platform, Storage, SystemEvent};

/// A running app, as iOS sees it.
pub trait App: Send + Sync {
    /// PushKit's delegate method. What must be reported must have been reported when it returns.
    fn voip_push(&self, payload: &[u8], must_report: bool) -> Result<(), ClientError>;
    /// Any other delegate method or completion handler.
    fn system(&self, event: SystemEvent) -> Result<(), ClientError>;
    /// JavaScript asks for something; the answer comes by [`Platform::complete`].
    fn invoke(&self, id: u64, method: &str, params: &str) -> Result<(), ClientError>;
    /// JavaScript listens to this type of event.
    fn listen(&self, kind: &str);
    /// It no longer does.
    fn unlisten(&self, kind: &str);
    /// JavaScript is gone.
    fn detach(&self);
    /// The app's files can be read from now on.
    fn storage_readable(&self);
    /// The clock was moved.
    fn wake(&self);
    /// The process ends.
    fn shutdown(&self);
}

/// What a process is given when it starts.
pub struct Launch {
    /// The app and the device.
    pub facts: AppFacts,
    /// iOS.
    pub platform: Arc<dyn Platform>,
    /// The app's files.
    pub storage: Arc<dyn Storage>,
    /// The device's clock.
    pub clock: Arc<dyn Clock>,
}

/// Starts the app's process.
pub trait Launcher: Send + Sync {
    /// Called on the phone's queue for every launch.
    fn launch(&self, launch: Launch) -> Result<Arc<dyn App>, ClientError>;
}

/// Starts the library as an app has it: a client for the life of the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Library;

impl Launcher for Library {
    fn launch(
        &self,
        Launch {
            facts,
            platform,
            storage,
            clock,
        }: Launch,
    ) -> Result<Arc<dyn App>, ClientError> {
        Ok(Client::start_with_clock(facts, platform, storage, clock)?)
    }
}

impl App for Client {
    fn voip_push(&self, payload: &[u8], must_report: bool) -> Result<(), ClientError> {
        Self::voip_push(self, payload, must_report)
    }

    fn system(&self, event: SystemEvent) -> Result<(), ClientError> {
        Self::system(self, event)
    }

    fn invoke(&self, id: u64, method: &str, params: &str) -> Result<(), ClientError> {
        Self::invoke(self, id, method, params)
    }

    fn listen(&self, kind: &str) {
        Self::listen(self, kind);
    }

    fn unlisten(&self, kind: &str) {
        Self::unlisten(self, kind);
    }

    fn detach(&self) {
        Self::detach(self);
    }

    fn storage_readable(&self) {
        Self::storage_readable(self);
    }

    fn wake(&self) {
        Self::wake(self);
    }

    fn shutdown(&self) {
        Self::shutdown(self);
    }
}
