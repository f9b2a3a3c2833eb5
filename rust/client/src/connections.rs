//! What requests and streams are sent with.

use std::error::Error;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::RequestBuilder;
use zpns_driver::HttpFailure;

use crate::tls;

/// How long a connection may take: less than any request's own time, so that a dead network shows as unreachable.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

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

/// What requests are sent with, made when first needed: reading the trust store is not free, and a gateway in development has no TLS.
#[derive(Default)]
pub(crate) struct Connections {
    plain: OnceLock<reqwest::Client>,
    secure: OnceLock<reqwest::Client>,
}

impl Connections {
    /// The client for this URL.
    pub(crate) fn to(&self, url: &str) -> Result<&reqwest::Client, NetworkError> {
        let secure = url
            .get(..8)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
        let slot = if secure { &self.secure } else { &self.plain };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let client = client(secure).map_err(|error| NetworkError {
            failure: HttpFailure::Unreachable,
            cause: format!("no TLS on this device: {}", causes(&*error)),
        })?;
        Ok(slot.get_or_init(|| client))
    }

    #[cfg(test)]
    pub(crate) fn none_made(&self) -> bool {
        self.plain.get().is_none() && self.secure.get().is_none()
    }
}

fn client(secure: bool) -> Result<reqwest::Client, Box<dyn Error + Send + Sync>> {
    let tls = if secure {
        tls::trusting_platform()?
    } else {
        tls::trusting_none()?
    };
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(concat!("react-native-zpns/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        // An app has no proxy variables, and a gateway under development is on this machine.
        .no_proxy()
        // The gateway never redirects; a token must not follow one.
        .redirect(reqwest::redirect::Policy::none())
        // Requests are rare, and after the device slept a kept connection is a dead one that costs a whole time-out to find out.
        .pool_max_idle_per_host(0)
        .tcp_nodelay(true)
        .build()?;
    Ok(client)
}

pub(crate) fn authorized(builder: RequestBuilder, bearer: Option<String>) -> RequestBuilder {
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
