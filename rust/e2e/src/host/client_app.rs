//! The app on the phone: the real client, with its own background thread, HTTP and TLS.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use zpns_client::{Client, ClientError, Clock, SystemEvent};
use zpns_phone::driver::DriverError;
use zpns_phone::{App, Launch, Launcher};

/// How often a client is woken while a clock is moved by hand, in milliseconds. Its timers are its own, so nobody knows when to.
const WAKE_EVERY: u64 = 100;

/// Starts a client for each process.
pub(super) struct ClientLauncher {
    pub(super) clock: Arc<dyn Clock>,
    /// Whether the clock jumps, so that the client can't wait for a time by itself.
    pub(super) is_manual: bool,
}

impl Launcher for ClientLauncher {
    fn launch(&self, launch: Launch) -> Result<Arc<dyn App>, DriverError> {
        let clock = Arc::clone(&self.clock);
        let woken_at = AtomicU64::new(clock.now());
        let client = Client::start_with_clock(launch.facts, launch.platform, launch.storage, clock);
        Ok(Arc::new(ClientApp {
            client: client.map_err(to_driver_error)?,
            clock: Arc::clone(&self.clock),
            is_manual: self.is_manual,
            woken_at,
        }))
    }
}

struct ClientApp {
    client: Arc<Client>,
    clock: Arc<dyn Clock>,
    is_manual: bool,
    woken_at: AtomicU64,
}

impl App for ClientApp {
    fn voip_push(&self, payload: &[u8], must_report: bool) -> Result<(), DriverError> {
        self.client
            .voip_push(payload, must_report)
            .map_err(to_driver_error)
    }

    fn system(&self, event: SystemEvent) -> Result<(), DriverError> {
        self.client.system(event).map_err(to_driver_error)
    }

    fn invoke(&self, id: u64, method: &str, params: &str) -> Result<(), DriverError> {
        self.client
            .invoke(id, method, params)
            .map_err(to_driver_error)
    }

    fn listen(&self, kind: &str) {
        self.client.listen(kind);
    }

    fn unlisten(&self, kind: &str) {
        self.client.unlisten(kind);
    }

    fn detach(&self) {
        self.client.detach();
    }

    fn storage_readable(&self) {
        self.client.storage_readable();
    }

    fn shut_down(&self) {
        self.client.shutdown();
    }

    /// At once if the clock was moved, and from time to time while it moves on. On the system's clock the client wakes by itself.
    fn next_tick(&self) -> Option<u64> {
        if !self.is_manual {
            return None;
        }
        let (now, woken_at) = (self.clock.now(), self.woken_at.load(Ordering::SeqCst));
        Some(if now > woken_at {
            now
        } else {
            woken_at.saturating_add(WAKE_EVERY)
        })
    }

    fn tick(&self) {
        self.woken_at.store(self.clock.now(), Ordering::SeqCst);
        self.client.wake();
    }
}

fn to_driver_error(error: ClientError) -> DriverError {
    match error {
        ClientError::ShutDown => DriverError::ShutDown,
        ClientError::Defect => DriverError::Defect,
        ClientError::Entropy => panic!("{error}"),
    }
}
