//! HTTP requests and what becomes of them.

use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response};
use zpns_core::effect::{HttpMethod, HttpRequest, LogLevel};
use zpns_core::{HttpFailure, HttpResponse, Input};

use crate::retry_after::retry_after;
use crate::shared::Shared;
use crate::tls;

/// Longest body taken. The gateway's answers are a few kilobytes.
pub(crate) const BODY_LIMIT: usize = 1024 * 1024;

/// How long a connection may take: less than any request's own time, so that a dead network shows as unreachable.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

const JSON: &str = "application/json";

/// Why no request could be sent or no answer was had.
pub(crate) type Refused = (HttpFailure, String);

/// What requests are sent with, made when first needed: reading the trust store is not free, and a gateway in development has no TLS.
#[derive(Default)]
pub(crate) struct Connections {
    plain: OnceLock<reqwest::Client>,
    secure: OnceLock<reqwest::Client>,
}

impl Connections {
    /// The client for this URL.
    pub(crate) fn to(&self, url: &str) -> Result<&reqwest::Client, Refused> {
        let secure = url
            .get(..8)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
        let slot = if secure { &self.secure } else { &self.plain };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let client = client(secure).map_err(|error| {
            (
                HttpFailure::Unreachable,
                format!("no TLS on this device: {}", causes(&*error)),
            )
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
        tls::of_the_platform()?
    } else {
        tls::with_nobody()?
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

/// Sends a request and tells the core what became of it.
pub(crate) async fn exchange(shared: Arc<Shared>, request: HttpRequest) {
    let id = request.id;
    let outcome = send(&shared.connections, request)
        .await
        .map_err(|(failure, cause)| {
            shared.log(LogLevel::Warning, format!("request {id} failed: {cause}"));
            failure
        });
    shared.notice(Input::Http { id, outcome });
}

async fn send(connections: &Connections, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let method = match request.method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Delete => Method::DELETE,
    };
    let mut builder = connections
        .to(&request.url)?
        .request(method, &request.url)
        .header(ACCEPT, JSON);
    builder = builder.timeout(Duration::from_millis(request.timeout_ms));
    if let Some(key) = request.idempotency_key {
        builder = builder.header(IDEMPOTENCY_KEY, key);
    }
    if let Some(body) = request.body {
        builder = builder.header(CONTENT_TYPE, JSON).body(body);
    }
    let response = authorized(builder, request.bearer)
        .send()
        .await
        .map_err(refused)?;
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| retry_after(value.to_str().ok()?, SystemTime::now()));
    Ok(HttpResponse {
        status: response.status().as_u16(),
        retry_after,
        body: body(response).await?,
    })
}

pub(crate) fn authorized(builder: RequestBuilder, bearer: Option<String>) -> RequestBuilder {
    match bearer {
        Some(token) => builder.bearer_auth(token),
        None => builder,
    }
}

async fn body(mut response: Response) -> Result<Vec<u8>, Refused> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(refused)? {
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err((
                HttpFailure::Broken,
                format!("the answer is larger than {BODY_LIMIT} bytes"),
            ));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What the core is told of an error, and what the log is told: without the URL, which may hold an ID.
pub(crate) fn refused(error: reqwest::Error) -> Refused {
    let failure = if error.is_timeout() {
        HttpFailure::TimedOut
    } else if error.is_builder() {
        HttpFailure::InvalidUrl
    } else if error.is_connect() {
        HttpFailure::Unreachable
    } else {
        HttpFailure::Broken
    };
    (failure, causes(&error.without_url()))
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
