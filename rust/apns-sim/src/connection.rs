use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{FuturesUnordered, StreamExt};
use h2::RecvStream;
use h2::server::SendResponse;
use http::request::Parts;
use http::{HeaderValue, Response};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_rustls::server::TlsStream;
use uuid::Uuid;
use zpns_protocol::Environment;

use crate::Faults;
use crate::apple_extensions::Scope;
use crate::authority;
use crate::core::{Core, now_ms};
use crate::faults::is_nth;
use crate::headers::{APNS_ID, APNS_UNIQUE_ID};
use crate::provider::Provider;
use crate::rules::{VOIP_PAYLOAD_LIMIT, Verdict, judge};
use crate::wire::{Injector, Wire};

/// What APNs announces (frame dump in jchambers/pushy issue 476).
const MAX_HEADER_LIST_SIZE: u32 = 8000;
const CONNECTION_WINDOW: u32 = 16 * 1024 * 1024;
/// How long a client may take to leave after GOAWAY.
const DRAIN: Duration = Duration::from_secs(5);

type Answering = Pin<Box<dyn Future<Output = (SendResponse<Bytes>, Verdict)> + Send>>;
type Reading = Pin<Box<dyn Future<Output = Option<Received>> + Send>>;

/// A request with its whole payload.
struct Received {
    head: Parts,
    payload: Bytes,
    respond: SendResponse<Bytes>,
}

/// One connection of a provider.
struct Connection {
    core: Arc<Core>,
    environment: Environment,
    provider: Provider,
    faults: watch::Receiver<Arc<Faults>>,
    injector: Injector,
    /// What the client was told last.
    limit: u32,
    /// Whether it may have more than one stream: it showed a certificate, or its last provider token was good.
    trusted: bool,
    /// Streams that are not answered yet.
    open: u32,
    streams: u64,
    /// Streams that were not refused.
    requests: u64,
    judged: u64,
    reading: FuturesUnordered<Reading>,
    answering: FuturesUnordered<Answering>,
    /// Set by GOAWAY; later streams are never answered.
    draining: Option<Draining>,
}

#[derive(Default)]
struct Draining {
    deadline: Option<Instant>,
    ignored: Vec<SendResponse<Bytes>>,
}

/// Whether the connection lives on.
#[derive(PartialEq, Eq)]
enum Next {
    Continue,
    Cut,
}

/// Speaks HTTP/2 with one provider until one of the two ends it.
pub(crate) async fn serve(core: Arc<Core>, environment: Environment, tls: TlsStream<TcpStream>) {
    let scope = authority::scope(tls.get_ref().1.peer_certificates());
    let faults = core.faults.subscribe();
    let mut connection = Connection::new(core, environment, scope, faults);
    let (wire, injector) = Wire::new(tls, connection.limit);
    connection.injector = injector;
    let mut builder = h2::server::Builder::new();
    builder
        .max_header_list_size(MAX_HEADER_LIST_SIZE)
        .initial_connection_window_size(CONNECTION_WINDOW);
    if let Ok(mut h2) = builder.handshake(wire).await {
        connection.run(&mut h2).await;
    }
}

impl Connection {
    fn new(
        core: Arc<Core>,
        environment: Environment,
        scope: Option<Scope>,
        faults: watch::Receiver<Arc<Faults>>,
    ) -> Self {
        let trusted = scope.is_some();
        let mut connection = Self {
            core,
            environment,
            provider: Provider::new(scope),
            faults,
            injector: Injector::default(),
            limit: 1,
            trusted,
            open: 0,
            streams: 0,
            requests: 0,
            judged: 0,
            reading: FuturesUnordered::new(),
            answering: FuturesUnordered::new(),
            draining: None,
        };
        connection.limit = connection.allowed();
        connection
    }

    async fn run(&mut self, h2: &mut h2::server::Connection<Wire<TlsStream<TcpStream>>, Bytes>) {
        loop {
            let deadline = self
                .draining
                .as_ref()
                .and_then(|draining| draining.deadline);
            tokio::select! {
                biased;
                Some(received) = self.reading.next(), if !self.reading.is_empty() => {
                    let Some(received) = received else {
                        self.close_stream();
                        continue;
                    };
                    if self.receive(received) == Next::Cut {
                        return;
                    }
                }
                Some((respond, verdict)) = self.answering.next(), if !self.answering.is_empty() => self.answer(respond, &verdict),
                stream = h2.accept() => match stream {
                    Some(Ok((request, respond))) => self.accept(request, respond),
                    Some(Err(_)) | None => return,
                },
                Ok(()) = self.faults.changed() => self.announce_limit(),
                () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => return,
            }
        }
    }

    /// A new stream: refused, ignored after GOAWAY, or read.
    fn accept(&mut self, request: http::Request<RecvStream>, mut respond: SendResponse<Bytes>) {
        if let Some(draining) = &mut self.draining {
            draining.ignored.push(respond);
            return;
        }
        self.streams += 1;
        let faults = self.faults.borrow().clone();
        if self.open >= self.limit || is_nth(self.streams, faults.refuse_every) {
            respond.send_reset(h2::Reason::REFUSED_STREAM);
            return;
        }
        self.open += 1;
        self.requests += 1;
        if is_nth(self.requests, faults.go_away_every) {
            let text = json!({"reason": "Shutdown", "timestamp": now_ms()}).to_string();
            self.injector
                .go_away(respond.stream_id().as_u32(), text.as_bytes());
            self.draining = Some(Draining::default());
        }
        let (head, body) = request.into_parts();
        self.reading.push(Box::pin(read(head, body, respond)));
    }

    fn receive(&mut self, received: Received) -> Next {
        let Received {
            head,
            payload,
            respond,
        } = received;
        let verdict = judge(
            &self.core,
            self.environment,
            &mut self.provider,
            head,
            payload,
        );
        let faults = self.faults.borrow().clone();
        self.judged += 1;
        if is_nth(self.judged, faults.drop_every) {
            return Next::Cut;
        }
        let delay = verdict.delay.max(Duration::from_millis(faults.delay_ms));
        if delay.is_zero() {
            self.answer(respond, &verdict);
        } else {
            self.answering
                .push(Box::pin(answer_later(respond, verdict, delay)));
        }
        Next::Continue
    }

    fn answer(&mut self, mut respond: SendResponse<Bytes>, verdict: &Verdict) {
        self.close_stream();
        match &verdict.rejection {
            None => self.trust(true),
            Some(rejection) if rejection.status == 403 => self.trust(false),
            Some(_) => {}
        }
        let mut response = Response::new(());
        if let Ok(id) = HeaderValue::from_str(&verdict.apns_id) {
            response.headers_mut().insert(APNS_ID, id);
        }
        match &verdict.rejection {
            None => {
                if self.environment == Environment::Development
                    && let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string())
                {
                    response.headers_mut().insert(APNS_UNIQUE_ID, id);
                }
                let _ = respond.send_response(response, true);
            }
            Some(rejection) => {
                *response.status_mut() =
                    http::StatusCode::from_u16(rejection.status).unwrap_or_default();
                if let Ok(mut body) = respond.send_response(response, false) {
                    let _ = body.send_data(rejection.body().into(), true);
                }
            }
        }
    }

    fn close_stream(&mut self) {
        self.open = self.open.saturating_sub(1);
        if self.open == 0
            && let Some(draining) = &mut self.draining
        {
            draining.deadline = Some(Instant::now() + DRAIN);
        }
    }

    /// A good provider token opens more streams, a bad one closes them (jchambers/pushy issue 476).
    fn trust(&mut self, good: bool) {
        if matches!(self.provider, Provider::Token(_)) && self.trusted != good {
            self.trusted = good;
            self.announce_limit();
        }
    }

    fn allowed(&self) -> u32 {
        let configured = self
            .faults
            .borrow()
            .stream_limit
            .unwrap_or(self.core.config.stream_limit);
        if self.trusted {
            configured
        } else {
            configured.min(1)
        }
    }

    fn announce_limit(&mut self) {
        let limit = self.allowed();
        if limit != self.limit {
            self.limit = limit;
            self.injector.stream_limit(limit);
        }
    }
}

/// Waits until it is time to answer, or the client gave the stream up.
async fn answer_later(
    mut respond: SendResponse<Bytes>,
    verdict: Verdict,
    delay: Duration,
) -> (SendResponse<Bytes>, Verdict) {
    tokio::select! {
        () = sleep(delay) => {}
        _ = poll_fn(|context| respond.poll_reset(context)) => {}
    }
    (respond, verdict)
}

/// Reads the payload, as far as it may be accepted. `None` if the client gave the stream up.
async fn read(head: Parts, mut body: RecvStream, respond: SendResponse<Bytes>) -> Option<Received> {
    let mut payload = Bytes::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk.ok()?;
        let _ = body.flow_control().release_capacity(chunk.len());
        payload = if payload.is_empty() {
            chunk
        } else {
            joined(&payload, &chunk)
        };
        if payload.len() > VOIP_PAYLOAD_LIMIT {
            break;
        }
    }
    Some(Received {
        head,
        payload,
        respond,
    })
}

fn joined(first: &[u8], second: &[u8]) -> Bytes {
    let mut all = BytesMut::with_capacity(first.len() + second.len());
    all.extend_from_slice(first);
    all.extend_from_slice(second);
    all.freeze()
}
