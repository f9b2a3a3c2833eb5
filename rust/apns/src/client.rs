use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use http::uri::Authority;
use http::{HeaderValue, StatusCode};
use rustls::pki_types::ServerName;
use serde::Deserialize;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use uuid::Uuid;

use crate::connection::{Answer, Breakage, Broken, Connector, exchange};
use crate::pool::Pool;
use crate::provider_token::{ProviderToken, ProviderTokens};
use crate::request::{APNS_ID, APNS_UNIQUE_ID, RequestHead};
use crate::{
    Accepted, ClientConfig, ConfigError, Credential, Notification, Reason, Rejection, SendError,
    tls,
};

/// Sends notifications with one credential to one host. Clones share connections and provider token; when the last one is
/// dropped, the connections close.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    pool: Arc<Pool>,
    tokens: Option<ProviderTokens>,
    authority: Authority,
    request_timeout: Duration,
    resends: u32,
    counters: Counters,
}

#[derive(Default)]
struct Counters {
    refused: AtomicU64,
    unprocessed: AtomicU64,
    broken: AtomicU64,
}

/// What a client did and how it stands, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Connections open now.
    pub connections: usize,
    /// Connections opened so far.
    pub connections_opened: u64,
    /// Streams under way now.
    pub streams: usize,
    /// Streams that APNs allows now, over all connections.
    pub stream_limit: usize,
    /// Notifications that wait for a stream.
    pub waiting: usize,
    /// Streams that APNs refused (REFUSED_STREAM) and that were sent again.
    pub refused: u64,
    /// Notifications sent again because GOAWAY or a closed connection left them unprocessed.
    pub unprocessed: u64,
    /// Times that the line broke under a notification that may have been processed.
    pub broken: u64,
    /// Provider tokens minted so far.
    pub provider_tokens: u64,
    /// Age of the current provider token.
    pub provider_token_age: Option<Duration>,
}

/// The body of a rejection.
#[derive(Deserialize)]
struct RejectionBody {
    reason: String,
    timestamp: Option<u64>,
}

impl Client {
    /// Checks the configuration. Nothing is opened before the first [`Client::send`].
    pub fn new(config: ClientConfig) -> Result<Self, ConfigError> {
        if config.connections == 0 {
            return Err(ConfigError::NoConnections);
        }
        let host = config.endpoint.host;
        let bad_host = || ConfigError::BadHost { host: host.clone() };
        let server_name = ServerName::try_from(host.clone()).map_err(|_| bad_host())?;
        let bracketed = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        let authority: Authority = format!("{bracketed}:{}", config.endpoint.port)
            .parse()
            .map_err(|_| bad_host())?;
        let tls = TlsConnector::from(Arc::new(tls::configure(&config.roots, &config.credential)?));
        let tokens = match config.credential {
            Credential::Token(key) => Some(ProviderTokens::new(key)),
            Credential::Certificate(_) => None,
        };
        let connector = Connector {
            tls,
            server_name,
            host,
            port: config.endpoint.port,
            timeout: config.connect_timeout,
        };
        let pool = Pool::new(
            connector,
            config.connections,
            config.keep_alive,
            tokens.is_some(),
        );
        let (request_timeout, resends) = (config.request_timeout, config.resends);
        Ok(Self {
            inner: Arc::new(Inner {
                pool,
                tokens,
                authority,
                request_timeout,
                resends,
                counters: Counters::default(),
            }),
        })
    }

    /// Sends one notification and waits for APNs' verdict, at most [`ClientConfig::request_timeout`].
    ///
    /// Dropping the future gives the notification up; it may have been processed all the same.
    pub async fn send(&self, notification: Notification) -> Result<Accepted, SendError> {
        notification.check()?;
        let sending = Sending {
            inner: &self.inner,
            head: RequestHead::new(&self.inner.authority, &notification)?,
            notification,
            under_way: AtomicBool::new(false),
            connection: AtomicU64::new(0),
        };
        let after = self.inner.request_timeout;
        if let Ok(result) = timeout(after, sending.run()).await {
            return result;
        }
        self.inner
            .pool
            .suspect(sending.connection.load(Ordering::Relaxed));
        Err(SendError::Timeout {
            after,
            ambiguous: sending.under_way.load(Ordering::Relaxed),
        })
    }

    /// How the client stands now.
    pub fn statistics(&self) -> Statistics {
        let pool = self.inner.pool.statistics();
        let (provider_tokens, provider_token_age) = self
            .inner
            .tokens
            .as_ref()
            .map(ProviderTokens::statistics)
            .unwrap_or_default();
        let counters = &self.inner.counters;
        Statistics {
            connections: pool.connections,
            connections_opened: pool.opened,
            streams: pool.in_flight,
            stream_limit: pool.stream_limit,
            waiting: pool.waiting,
            refused: counters.refused.load(Ordering::Relaxed),
            unprocessed: counters.unprocessed.load(Ordering::Relaxed),
            broken: counters.broken.load(Ordering::Relaxed),
            provider_tokens,
            provider_token_age,
        }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("authority", &self.inner.authority)
            .field("statistics", &self.statistics())
            .finish_non_exhaustive()
    }
}

/// One notification on its way, over as many attempts as it takes.
struct Sending<'a> {
    inner: &'a Inner,
    head: RequestHead,
    notification: Notification,
    /// An attempt was made whose outcome is not known.
    under_way: AtomicBool,
    connection: AtomicU64,
}

impl Sending<'_> {
    async fn run(&self) -> Result<Accepted, SendError> {
        let mut token = self.current_token()?;
        let (mut renewed, mut refusals, mut losses) = (false, 0_u32, 0_u32);
        loop {
            match self
                .attempt(token.as_ref().map(|token| &token.header))
                .await?
            {
                Ok(Ok(accepted)) => return Ok(accepted),
                Ok(Err(rejection)) => match rejection.reason {
                    // The connection is no good any more; the notification is.
                    Reason::IdleTimeout if losses < self.inner.resends => losses += 1,
                    Reason::ExpiredProviderToken if !renewed => {
                        renewed = true;
                        match self.renew(token.as_ref())? {
                            Some(fresh) => token = Some(fresh),
                            None => return Err(rejection.into()),
                        }
                    }
                    _ => return Err(rejection.into()),
                },
                Err(Broken {
                    how: Breakage::Refused,
                    ..
                }) => {
                    self.inner.counters.refused.fetch_add(1, Ordering::Relaxed);
                    // The server is busy lowering its limit; give its SETTINGS a moment to arrive.
                    sleep(Duration::from_millis(1 << refusals.min(7))).await;
                    refusals += 1;
                }
                Err(Broken {
                    how: Breakage::NotProcessed,
                    ..
                }) => {
                    self.inner
                        .counters
                        .unprocessed
                        .fetch_add(1, Ordering::Relaxed);
                }
                Err(Broken {
                    how: Breakage::ConnectionLost | Breakage::StreamReset,
                    detail,
                }) => {
                    self.inner.counters.broken.fetch_add(1, Ordering::Relaxed);
                    if losses == self.inner.resends {
                        return Err(SendError::Transport {
                            detail,
                            ambiguous: true,
                        });
                    }
                    losses += 1;
                }
            }
        }
    }

    /// One request on one stream. The outer error ends the sending.
    async fn attempt(
        &self,
        authorization: Option<&HeaderValue>,
    ) -> Result<Result<Verdict, Broken>, SendError> {
        let pool = &self.inner.pool;
        let ambiguous = self.under_way.load(Ordering::Relaxed);
        let lease = pool
            .lease()
            .await
            .map_err(|detail| SendError::Transport { detail, ambiguous })?;
        self.connection.store(lease.connection, Ordering::Relaxed);
        self.under_way.store(true, Ordering::Relaxed);
        let outcome = exchange(
            lease.sender.clone(),
            self.head.request(authorization),
            self.notification.payload.clone(),
        )
        .await;
        let outcome = outcome.map(|answer| read(&answer, self.notification.apns_id));
        match &outcome {
            Ok(verdict) => {
                let proven = verdict.as_ref().map_or_else(
                    |rejection| rejection.status != StatusCode::FORBIDDEN,
                    |_| true,
                );
                pool.answered(lease.connection, proven);
                self.under_way.store(ambiguous, Ordering::Relaxed);
                if verdict.as_ref().is_err_and(|rejection| {
                    matches!(rejection.reason, Reason::IdleTimeout | Reason::Shutdown)
                }) {
                    pool.retire(lease.connection);
                }
            }
            Err(Broken {
                how: Breakage::Refused,
                ..
            }) => self.under_way.store(ambiguous, Ordering::Relaxed),
            Err(Broken {
                how: Breakage::NotProcessed,
                ..
            }) => {
                self.under_way.store(ambiguous, Ordering::Relaxed);
                pool.retire(lease.connection);
            }
            Err(Broken {
                how: Breakage::ConnectionLost,
                ..
            }) => pool.retire(lease.connection),
            Err(Broken {
                how: Breakage::StreamReset,
                ..
            }) => {}
        }
        Ok(outcome)
    }

    fn current_token(&self) -> Result<Option<ProviderToken>, SendError> {
        Ok(self
            .inner
            .tokens
            .as_ref()
            .map(ProviderTokens::current)
            .transpose()?)
    }

    fn renew(&self, expired: Option<&ProviderToken>) -> Result<Option<ProviderToken>, SendError> {
        match (&self.inner.tokens, expired) {
            (Some(tokens), Some(expired)) => Ok(tokens.renew(expired)?),
            _ => Ok(None),
        }
    }
}

/// What APNs said.
type Verdict = Result<Accepted, Rejection>;

fn read(answer: &Answer, sent_id: Uuid) -> Verdict {
    let text = |name| {
        answer
            .headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    if answer.status == StatusCode::OK {
        let apns_id = text(APNS_ID)
            .and_then(|id| id.parse().ok())
            .unwrap_or(sent_id);
        return Ok(Accepted {
            apns_id,
            unique_id: text(APNS_UNIQUE_ID).map(str::to_owned),
        });
    }
    let body: Option<RejectionBody> = serde_json::from_slice(&answer.body).ok();
    let (reason, timestamp_ms) = body.map_or_else(
        || (Reason::from_name(""), None),
        |body| (Reason::from_name(&body.reason), body.timestamp),
    );
    Err(Rejection {
        status: answer.status.as_u16(),
        reason,
        timestamp_ms,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http::HeaderMap;

    use super::*;
    use crate::Class;

    fn answer(status: u16, body: &[u8]) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.to_vec(),
        }
    }

    #[test]
    fn an_answer_without_a_readable_body_is_classified_by_its_status() {
        for body in [
            b"".as_slice(),
            b"<html>",
            b"{\"reason\":",
            b"{\"reason\":7}",
            b"\xff\xfe",
        ] {
            let rejection = read(&answer(502, body), Uuid::nil()).unwrap_err();
            assert_eq!(
                (rejection.status, rejection.class()),
                (502, Class::RetryLater)
            );
            assert_eq!(
                read(&answer(418, body), Uuid::nil()).unwrap_err().class(),
                Class::Unknown
            );
        }
    }

    #[test]
    fn an_accepted_push_without_an_id_keeps_its_own() {
        let id = Uuid::new_v4();
        assert_eq!(read(&answer(200, b""), id).unwrap().apns_id, id);
    }

    #[test]
    fn an_id_in_capitals_is_read() {
        let id = Uuid::new_v4();
        let mut accepted = answer(200, b"");
        accepted.headers.insert(
            APNS_ID,
            HeaderValue::try_from(id.to_string().to_uppercase()).unwrap(),
        );
        assert_eq!(read(&accepted, Uuid::nil()).unwrap().apns_id, id);
    }
}
