use std::sync::Arc;

use zpns_client as client;
use zpns_client::{AppFacts, SystemEvent};

use crate::error::ClientError;
use crate::ports::{ForeignPlatform, ForeignStorage, Platform, Storage};

/// The core of this process, running. Every method may be called from any thread, and has carried out its effects on that thread when it
/// returns, unless it is called from within a port: then they follow after the current one.
#[derive(Debug, uniffi::Object)]
pub struct Client(Arc<client::Client>);

#[uniffi::export]
impl Client {
    /// Loads what was stored and starts: a few milliseconds, no network.
    #[uniffi::constructor]
    pub fn start(
        app: AppFacts,
        platform: Arc<dyn Platform>,
        storage: Arc<dyn Storage>,
    ) -> Result<Arc<Self>, ClientError> {
        let client = client::Client::start(
            app,
            Arc::new(ForeignPlatform(platform)),
            Arc::new(ForeignStorage(storage)),
        )?;
        Ok(Arc::new(Self(client)))
    }

    /// PushKit delivered a VoIP push: any bytes are taken. When this returns, `Platform.call` has been asked to report it. `mustReport` is
    /// `PKVoIPPushMetadata.mustReport`, true before iOS 26.4.
    pub fn voip_push(&self, payload: &[u8], must_report: bool) -> Result<(), ClientError> {
        Ok(self.0.voip_push(payload, must_report)?)
    }

    /// The operating system said something else.
    pub fn system(&self, event: SystemEvent) -> Result<(), ClientError> {
        Ok(self.0.system(event)?)
    }

    /// JavaScript asks for something: `params` is a JSON object. `Platform.complete` is called exactly once with `id`, which is unique
    /// within the process.
    pub fn invoke(&self, id: u64, method: &str, params: &str) -> Result<(), ClientError> {
        Ok(self.0.invoke(id, method, params)?)
    }

    /// JavaScript listens to this type of event from now on; what waited for it is emitted before this returns.
    pub fn listen(&self, kind: &str) -> Result<(), ClientError> {
        self.0.listen(kind);
        Ok(())
    }

    /// It no longer does: from now on events of this type wait.
    pub fn unlisten(&self, kind: &str) -> Result<(), ClientError> {
        self.0.unlisten(kind);
        Ok(())
    }

    /// JavaScript is gone (reload): nothing listens.
    pub fn detach(&self) -> Result<(), ClientError> {
        self.0.detach();
        Ok(())
    }

    /// Storage that could not be read at start can be read now, as after the first unlock.
    pub fn storage_readable(&self) -> Result<(), ClientError> {
        self.0.storage_readable();
        Ok(())
    }

    /// Stops timers, streams and requests, saves what is still to be saved and lets go of the ports.
    pub fn shutdown(&self) -> Result<(), ClientError> {
        self.0.shutdown();
        Ok(())
    }
}
