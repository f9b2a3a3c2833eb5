use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use zpns_protocol::Environment;

use crate::authority::{Authority, CertificatePair, CertificateRequest};
use crate::core::{Addresses, Core, now_ms};
use crate::keys::Keys;
use crate::log::{Log, LogPage};
use crate::mailbox::PushStream;
use crate::registry::Registry;
use crate::{
    Faults, RegisteredDevice, ScriptedAnswer, SimulatorConfig, SimulatorError, TokenKind, control,
    listener,
};

/// A running simulator. It stops when it is dropped.
pub struct Simulator {
    core: Arc<Core>,
    tasks: Vec<JoinHandle<()>>,
}

impl Simulator {
    /// Makes the certificates and listens on the three ports.
    pub async fn start(config: SimulatorConfig) -> Result<Self, SimulatorError> {
        let authority = Authority::new()?;
        let tls = TlsAcceptor::from(Arc::new(authority.server_config()?));
        let (development, at_development) = listener::bind(config.development_port).await?;
        let (production, at_production) = listener::bind(config.production_port).await?;
        let (control, at_control) = listener::bind(config.control_port).await?;
        let core = Arc::new(Core {
            authority,
            registry: Registry::default(),
            keys: Keys::default(),
            log: Log::new(config.log_capacity),
            faults: watch::Sender::default(),
            pushes: AtomicU64::new(0),
            addresses: Addresses {
                development: at_development,
                production: at_production,
                control: at_control,
            },
            config,
        });
        let tasks = vec![
            tokio::spawn(listener::listen(
                core.clone(),
                Environment::Development,
                development,
                tls.clone(),
            )),
            tokio::spawn(listener::listen(
                core.clone(),
                Environment::Production,
                production,
                tls,
            )),
            tokio::spawn(control::serve(core.clone(), control)),
        ];
        Ok(Self { core, tasks })
    }

    /// Where the development environment listens.
    pub fn development(&self) -> SocketAddr {
        self.address(Environment::Development)
    }

    /// Where the production environment listens.
    pub fn production(&self) -> SocketAddr {
        self.address(Environment::Production)
    }

    /// Where an environment listens.
    pub fn address(&self, environment: Environment) -> SocketAddr {
        self.core.addresses.of(environment)
    }

    /// Where the control API listens.
    pub fn control(&self) -> SocketAddr {
        self.core.addresses.control
    }

    /// The authority that providers have to trust, in PEM.
    pub fn ca_pem(&self) -> String {
        self.core.authority.server_ca_pem()
    }

    /// Stops listening and cuts every connection.
    pub async fn shutdown(mut self) {
        for task in self.tasks.drain(..) {
            task.abort();
            let _ = task.await;
        }
    }

    /// A new provider key: its private half as the `.p8` file that Apple would give. Without topics it covers all of the team's.
    /// Both IDs have 10 letters and digits.
    pub fn mint_key(
        &self,
        team_id: &str,
        key_id: &str,
        environments: &[Environment],
        topics: &[&str],
    ) -> Result<String, SimulatorError> {
        self.core.keys.mint(team_id, key_id, environments, topics)
    }

    /// A new client certificate with Apple's extensions, and its key.
    pub fn mint_certificate(
        &self,
        request: &CertificateRequest,
    ) -> Result<CertificatePair, SimulatorError> {
        self.core.authority.client_certificate(request)
    }

    /// The same as a `.p12` file (AES-256).
    pub fn mint_p12(
        &self,
        request: &CertificateRequest,
        password: &str,
    ) -> Result<Vec<u8>, SimulatorError> {
        self.core.authority.client_p12(request, password)
    }

    /// From now on every provider token that was seen so far is answered with ExpiredProviderToken.
    pub fn expire_provider_tokens(&self) {
        self.core.keys.expire();
    }

    /// A new device with this app, and its two tokens.
    pub fn register_device(&self, bundle_id: &str, environment: Environment) -> RegisteredDevice {
        self.core.registry.register(bundle_id, environment)
    }

    /// Replaces one of the device's tokens; the old one is unregistered from now on.
    pub fn rotate_token(&self, device_id: &str, kind: TokenKind) -> Result<String, SimulatorError> {
        self.core.registry.rotate(device_id, kind)
    }

    /// Deletes the device: pushes to its tokens are answered with 410.
    pub fn unregister_device(&self, device_id: &str) -> Result<(), SimulatorError> {
        self.core.registry.unregister(device_id)
    }

    /// Connects the device to its pushes. With `last_seen` the pushes that were delivered after that one come again, as far as the
    /// last 100 hold them.
    pub fn pushes(
        &self,
        device_id: &str,
        last_seen: Option<u64>,
    ) -> Result<PushStream, SimulatorError> {
        let device = self.core.registry.device(device_id)?;
        let stream = device.mailbox().listen(last_seen, now_ms() / 1000);
        Ok(stream)
    }

    /// The requests after number `since` that the log still holds; 0 for all.
    pub fn log(&self, since: u64) -> LogPage {
        self.core.log.since(since)
    }

    /// What goes wrong from now on, in place of what was set before.
    pub fn set_faults(&self, faults: Faults) -> Result<(), SimulatorError> {
        faults.check()?;
        self.core.faults.send_replace(Arc::new(faults));
        Ok(())
    }

    /// Nothing goes wrong any more.
    pub fn clear_faults(&self) {
        self.core.faults.send_replace(Arc::default());
    }

    /// The answers for the next pushes to this token, one each, in place of what was set before.
    pub fn script_token(
        &self,
        token: &str,
        answers: Vec<ScriptedAnswer>,
    ) -> Result<(), SimulatorError> {
        self.core.registry.script(token, answers)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl std::fmt::Debug for Simulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulator")
            .field("addresses", &self.core.addresses)
            .finish_non_exhaustive()
    }
}
