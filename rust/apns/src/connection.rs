use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::client::{Connection, SendRequest};
use h2::{Ping, PingPong, Reason as H2Reason};
use http::{HeaderMap, Request, StatusCode};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The body of a rejection is a small JSON object.
const BODY_LIMIT: usize = 4096;
/// How long a PING may stay unanswered; never longer than the interval between two.
const PONG_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens connections to one host.
pub(crate) struct Connector {
    pub(crate) tls: TlsConnector,
    pub(crate) server_name: ServerName<'static>,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) timeout: Duration,
}

pub(crate) type Line = Connection<TlsStream<TcpStream>, Bytes>;

impl Connector {
    /// TCP, TLS and the HTTP/2 preface. The error is a text for people.
    pub(crate) async fn connect(&self) -> Result<(SendRequest<Bytes>, Line), String> {
        match timeout(self.timeout, self.open()).await {
            Ok(result) => result,
            Err(_) => Err(format!(
                "connecting to {}:{} took longer than {:?}",
                self.host, self.port, self.timeout
            )),
        }
    }

    async fn open(&self) -> Result<(SendRequest<Bytes>, Line), String> {
        let failed = |step: &str, error: &dyn fmt::Display| {
            format!("{step} to {}:{} failed: {error}", self.host, self.port)
        };
        let tcp = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .map_err(|e| failed("TCP", &e))?;
        // Without it Nagle's algorithm and delayed acknowledgements add some 40 ms to a lone push.
        tcp.set_nodelay(true).map_err(|e| failed("TCP", &e))?;
        let tls = self
            .tls
            .connect(self.server_name.clone(), tcp)
            .await
            .map_err(|e| failed("TLS", &e))?;
        if tls.get_ref().1.alpn_protocol() != Some(b"h2") {
            return Err(failed("TLS", &"the server does not speak HTTP/2"));
        }
        // One stream until the server's SETTINGS say more: APNs opens with 1 for provider tokens.
        let mut builder = h2::client::Builder::new();
        builder.initial_max_send_streams(1).enable_push(false);
        builder
            .handshake(tls)
            .await
            .map_err(|e| failed("HTTP/2", &e))
    }
}

/// Tests the line at intervals and when asked. Returns when there was no answer.
pub(crate) async fn keep_alive(mut line: PingPong, interval: Duration, suspicion: Arc<Notify>) {
    loop {
        tokio::select! {
            () = sleep(interval) => {}
            () = suspicion.notified() => {}
        }
        match timeout(interval.min(PONG_TIMEOUT), line.ping(Ping::opaque())).await {
            Ok(Ok(_)) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}

/// What came back on one stream.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// A stream that ended without an answer.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) how: Breakage,
    pub(crate) detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breakage {
    /// RST_STREAM with REFUSED_STREAM: not processed, the connection lives on.
    Refused,
    /// Above GOAWAY's last stream, or never sent: not processed, the connection takes no more.
    NotProcessed,
    /// The connection broke while the request was under way.
    ConnectionLost,
    /// Only this stream was reset while the request was under way.
    StreamReset,
}

/// Sends one request and reads the whole answer.
pub(crate) async fn exchange(
    sender: SendRequest<Bytes>,
    request: Request<()>,
    payload: Bytes,
) -> Result<Answer, Broken> {
    let unsent = |error: h2::Error| Broken {
        how: Breakage::NotProcessed,
        detail: error.to_string(),
    };
    let mut sender = sender.ready().await.map_err(unsent)?;
    let (response, mut stream) = sender.send_request(request, false).map_err(unsent)?;
    // A server may answer, or refuse, before it read the payload: what became of the stream is told by the response.
    let unsent_payload = stream.send_data(payload, true).err();
    let response = response
        .await
        .map_err(|error| broken(&unsent_payload.unwrap_or(error)))?;
    let (head, mut incoming) = response.into_parts();
    let mut body = Vec::new();
    while let Some(chunk) = incoming.data().await {
        let chunk = chunk.map_err(|error| broken(&error))?;
        let _ = incoming.flow_control().release_capacity(chunk.len());
        body.extend_from_slice(
            chunk
                .get(..BODY_LIMIT.saturating_sub(body.len()).min(chunk.len()))
                .unwrap_or_default(),
        );
    }
    Ok(Answer {
        status: head.status,
        headers: head.headers,
        body,
    })
}

fn broken(error: &h2::Error) -> Broken {
    let how = if error.is_remote()
        && error.is_reset()
        && error.reason() == Some(H2Reason::REFUSED_STREAM)
    {
        Breakage::Refused
    } else if error.is_remote() && error.is_go_away() {
        Breakage::NotProcessed
    } else if error.is_reset() {
        Breakage::StreamReset
    } else {
        Breakage::ConnectionLost
    };
    Broken {
        how,
        detail: error.to_string(),
    }
}
