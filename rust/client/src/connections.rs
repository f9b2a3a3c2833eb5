//! What requests and streams are sent with: connections that are kept for the next request, so that the verb of a call that rings does not
//! wait for TCP and TLS. Its receipt and its stream have opened them.
//!
//! A kept connection may be dead without anybody having said so: a phone leaves a network, iOS lets a process stand still and takes its
//! sockets. So all of them are given up when the system says that something like that happened ([`Connections::renew`]), and when nothing was
//! heard from any server for [`TRUSTED_MS`].

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response};
use rustls::ClientConfig;
use zpns_driver::{Clock, HttpFailure};

use crate::tls;

/// How long a connection may take: less than any request's own time, so that a dead network shows as unreachable.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection is kept that nothing uses: about as long as a call rings, and shorter than the 75 s of servers that close idle ones
/// (`keepalive_timeout` of nginx).
const KEPT_MS: u64 = 70_000;

/// How many are kept for one host: those of a few calls.
const MOST_KEPT: usize = 4;

/// How long kept connections are trusted after something was heard. The gateway sends something on every stream each 15 s, so a call that is
/// followed keeps them trusted. By the wall clock, since the one of [`KEPT_MS`] stands still while the device sleeps.
const TRUSTED_MS: u64 = 20_000;

/// Why no request could be sent or no answer was had.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub(crate) struct NetworkError {
    /// What the core is told.
    pub(crate) failure: HttpFailure,
    /// What the log is told: without the URL, which may hold an ID.
    pub(crate) cause: String,
}

impl NetworkError {
    pub(crate) fn broken(cause: String) -> Self {
        let failure = HttpFailure::Broken;
        Self { failure, cause }
    }
}

impl From<reqwest::Error> for NetworkError {
    fn from(error: reqwest::Error) -> Self {
        let failure = if error.is_timeout() {
            HttpFailure::TimedOut
        } else if error.is_builder() {
            HttpFailure::InvalidUrl
        } else if error.is_connect() {
            HttpFailure::Unreachable
        } else {
            HttpFailure::Broken
        };
        let cause = causes(&error.without_url());
        Self { failure, cause }
    }
}

/// Everything is made when first needed: reading the trust store is not free, and a gateway in development has no TLS.
pub(crate) struct Connections {
    clock: Arc<dyn Clock>,
    pools: Mutex<Pools>,
    /// Outlives the pools, so that TLS sessions are resumed.
    tls: OnceLock<ClientConfig>,
    /// When something was heard last or the connections were given up, Unix milliseconds.
    heard: AtomicU64,
}

#[derive(Default)]
struct Pools {
    plain: Option<Pool>,
    secure: Option<Pool>,
}

struct Pool {
    client: Client,
    /// Whether it may hold kept connections: something was answered over it.
    has_answered: bool,
}

impl Connections {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            pools: Mutex::default(),
            tls: OnceLock::new(),
            heard: AtomicU64::new(0),
        }
    }

    /// Gives up all connections that are kept. What is under way goes on over those that it has.
    pub(crate) fn renew(&self) {
        *self.lock() = Pools::default();
        // There is nothing left to be mistrusted.
        self.heard();
    }

    /// Something came from a server.
    pub(crate) fn heard(&self) {
        self.heard.store(self.clock.now(), Ordering::Relaxed);
    }

    /// How long nothing was heard; a clock that was set counts by how much.
    pub(crate) fn silence_ms(&self) -> u64 {
        let heard = self.heard.load(Ordering::Relaxed);
        self.clock.now().abs_diff(heard)
    }

    /// Sends a request and waits for the head of its answer. One whose kept connection the server closed before it said anything is sent
    /// again over a new one: the gateway takes every request twice.
    pub(crate) async fn send(
        &self,
        url: &str,
        request: impl Fn(&Client) -> RequestBuilder,
    ) -> Result<Response, NetworkError> {
        let (client, may_be_kept) = self.to(url)?;
        let mut answer = request(&client).send().await.map_err(NetworkError::from);
        if may_be_kept
            && answer
                .as_ref()
                .is_err_and(|error| error.failure == HttpFailure::Broken)
        {
            self.renew();
            let (client, _) = self.to(url)?;
            answer = request(&client).send().await.map_err(NetworkError::from);
        }
        let response = answer?;
        self.heard();
        if let Some(pool) = self.lock().of(url) {
            pool.has_answered = true;
        }
        Ok(response)
    }

    /// The client for this URL, and whether it may use a kept connection.
    pub(crate) fn to(&self, url: &str) -> Result<(Client, bool), NetworkError> {
        if self.silence_ms() > TRUSTED_MS {
            self.renew();
        }
        let mut pools = self.lock();
        let slot = pools.of(url);
        if let Some(pool) = slot {
            return Ok((pool.client.clone(), pool.has_answered));
        }
        let client = self.client(is_secure(url)).map_err(|error| NetworkError {
            failure: HttpFailure::Unreachable,
            cause: format!("no TLS on this device: {}", causes(&*error)),
        })?;
        *slot = Some(Pool {
            client: client.clone(),
            has_answered: false,
        });
        Ok((client, false))
    }

    fn client(&self, secure: bool) -> Result<Client, Box<dyn Error + Send + Sync>> {
        let tls = if !secure {
            tls::trusting_none()?
        } else if let Some(tls) = self.tls.get() {
            tls.clone()
        } else {
            let tls = tls::trusting_platform()?;
            self.tls.get_or_init(|| tls).clone()
        };
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(concat!("react-native-zpns/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            // An app has no proxy variables, and a gateway under development is on this machine.
            .no_proxy()
            // The gateway never redirects; a token must not follow one.
            .redirect(reqwest::redirect::Policy::none())
            .pool_idle_timeout(Duration::from_millis(KEPT_MS))
            .pool_max_idle_per_host(MOST_KEPT)
            .tcp_nodelay(true)
            .build()?;
        Ok(client)
    }

    #[cfg(test)]
    pub(crate) fn none_made(&self) -> bool {
        let pools = self.lock();
        pools.plain.is_none() && pools.secure.is_none() && self.tls.get().is_none()
    }

    fn lock(&self) -> MutexGuard<'_, Pools> {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
impl Default for Connections {
    fn default() -> Self {
        Self::new(Arc::new(zpns_driver::SystemClock))
    }
}

impl Pools {
    /// The one for this URL.
    fn of(&mut self, url: &str) -> &mut Option<Pool> {
        if is_secure(url) {
            &mut self.secure
        } else {
            &mut self.plain
        }
    }
}

fn is_secure(url: &str) -> bool {
    url.get(..8)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
}

pub(crate) fn authorized(builder: RequestBuilder, bearer: Option<&str>) -> RequestBuilder {
    match bearer {
        Some(token) => builder.bearer_auth(token),
        None => builder,
    }
}

fn causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
