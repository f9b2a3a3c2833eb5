use std::sync::Arc;

use zpns_driver::{AppFacts, Clock, Input, Platform, Storage, SystemClock, SystemEvent};

use crate::engine::Engine;
use crate::error::ClientError;

/// The core of this process, running. See the [crate] for how it behaves.
///
/// Dropping it shuts it down.
pub struct Client {
    engine: Arc<Engine>,
}

impl Client {
    /// Loads what was stored and starts. Takes a few milliseconds at most: no network, no TLS set-up.
    pub fn start(
        app: AppFacts,
        platform: Arc<dyn Platform>,
        storage: Arc<dyn Storage>,
    ) -> Result<Arc<Self>, ClientError> {
        Self::start_with_clock(app, platform, storage, Arc::new(SystemClock))
    }

    /// Like [`Client::start`], with a clock of one's own: say [`Client::wake`] after moving it.
    pub fn start_with_clock(
        app: AppFacts,
        platform: Arc<dyn Platform>,
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, ClientError> {
        let engine = Engine::new(app, platform, storage, clock)?;
        // Dropped, and so shut down, if the start fails.
        let client = Self { engine };
        client.engine.start()?;
        Ok(Arc::new(client))
    }

    /// PushKit delivered a VoIP push: any bytes are taken. When this returns, [`Platform::call`] has been asked to report it, on this
    /// thread. `must_report` is `PKVoIPPushMetadata.mustReport`, true before iOS 26.4.
    pub fn voip_push(&self, payload: &[u8], must_report: bool) -> Result<(), ClientError> {
        self.engine.handle(Input::VoipPush {
            payload,
            must_report,
        })
    }

    /// The operating system said something else.
    pub fn system(&self, event: SystemEvent) -> Result<(), ClientError> {
        self.engine.system(event)
    }

    /// JavaScript asks for something: `params` is a JSON object. [`Platform::complete`] is called exactly once with `id`, which is unique
    /// within the process.
    pub fn invoke(&self, id: u64, method: &str, params: &str) -> Result<(), ClientError> {
        self.engine.handle(Input::Invoke { id, method, params })
    }

    /// JavaScript listens to this type of event from now on; what waited for it is emitted before this returns.
    pub fn listen(&self, kind: &str) {
        self.engine.handle_or_log(Input::Listen(kind));
    }

    /// It no longer does: from now on events of this type wait.
    pub fn unlisten(&self, kind: &str) {
        self.engine.handle_or_log(Input::Unlisten(kind));
    }

    /// JavaScript is gone (reload): nothing listens.
    pub fn detach(&self) {
        self.engine.handle_or_log(Input::Detach);
    }

    /// Storage that could not be read at start can be read now, as after the first unlock.
    pub fn storage_readable(&self) {
        self.engine.storage_readable();
    }

    /// Does on this thread what is due, and looks at the clock anew: for clocks that jump.
    pub fn wake(&self) {
        self.engine.wake();
    }

    /// Stops timers, streams and requests, saves what is still to be saved and lets go of the ports. What is under way is not answered.
    /// Further calls do nothing or fail with [`ClientError::ShutDown`].
    pub fn shutdown(&self) {
        self.engine.shut_down();
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.shutdown();
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use zpns_driver::{CallRequest, Event, LogEntry, PortError, PushRequest};

    use super::*;

    struct Nothing {
        readable: bool,
    }

    impl Platform for Nothing {
        fn call(&self, _: CallRequest) -> Result<(), PortError> {
            Ok(())
        }
        fn push(&self, _: PushRequest) -> Result<(), PortError> {
            Ok(())
        }
        fn emit(&self, _: Event) -> Result<(), PortError> {
            Ok(())
        }
        fn complete(&self, _: u64, _: String) -> Result<(), PortError> {
            Ok(())
        }
        fn log(&self, _: LogEntry) -> Result<(), PortError> {
            Ok(())
        }
    }

    impl Storage for Nothing {
        fn load(&self) -> Result<Option<Vec<u8>>, PortError> {
            if self.readable {
                Ok(None)
            } else {
                Err(PortError::new("locked"))
            }
        }
        fn save(&self, _: Vec<u8>) -> Result<(), PortError> {
            Ok(())
        }
    }

    fn start(readable: bool) -> Arc<Client> {
        Client::start(
            AppFacts::default(),
            Arc::new(Nothing { readable }),
            Arc::new(Nothing { readable }),
        )
        .unwrap()
    }

    #[test]
    fn a_start_sets_up_no_http_and_no_tls() {
        assert!(start(true).engine.background().connections().none_made());
    }

    #[test]
    fn a_start_that_has_nothing_to_save_starts_no_thread() {
        assert!(!start(false).engine.background().is_running());
    }

    #[test]
    fn nothing_is_left_of_a_dropped_client() {
        let client = start(true);
        client.voip_push(b"{}", true).unwrap();
        assert!(
            client.engine.background().is_running(),
            "there is something to be left"
        );
        let engine = Arc::downgrade(&client.engine);
        drop(client);
        assert!(engine.upgrade().is_none());
    }
}
