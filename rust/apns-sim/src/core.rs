use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use zpns_protocol::Environment;

use crate::authority::Authority;
use crate::keys::Keys;
use crate::log::Log;
use crate::registry::Registry;
use crate::{Faults, SimulatorConfig};

/// What all connections and the control API share. Each part has its own lock, held for moments and never over cryptography.
pub(crate) struct Core {
    pub(crate) config: SimulatorConfig,
    pub(crate) authority: Authority,
    pub(crate) registry: Registry,
    pub(crate) keys: Keys,
    pub(crate) log: Log,
    pub(crate) faults: watch::Sender<Arc<Faults>>,
    /// Pushes that broke no rule.
    pub(crate) pushes: AtomicU64,
    pub(crate) addresses: Addresses,
}

/// Where the three listeners are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addresses {
    pub(crate) development: SocketAddr,
    pub(crate) production: SocketAddr,
    pub(crate) control: SocketAddr,
}

impl Addresses {
    pub(crate) fn of(&self, environment: Environment) -> SocketAddr {
        match environment {
            Environment::Development => self.development,
            Environment::Production => self.production,
        }
    }
}

impl Core {
    /// The number of the next push that breaks no rule, from 1.
    pub(crate) fn next_number(&self) -> u64 {
        self.pushes.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
