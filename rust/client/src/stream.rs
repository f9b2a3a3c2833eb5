//! One stream of server-sent events.

use std::time::Duration;

use reqwest::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use reqwest::{Response, StatusCode};
use zpns_driver::{HttpFailure, StreamItem, StreamRequest};

use crate::connections::{Connections, NetworkError, authorized};
use crate::date::date;
use zpns_driver::server_events::{EventReader, ServerEvent, TooLarge};

/// How long the server may take to answer.
const OPEN_TIMEOUT: Duration = Duration::from_secs(15);

/// How long nothing may come: the gateway sends a comment every 15 s. A phone that changed networks notices no other way.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(45);

/// Largest event taken.
const EVENT_LIMIT: usize = 256 * 1024;

const EVENT_STREAM: &str = "text/event-stream";

/// Reads a stream to its end and delivers what comes on it. The status is that with which the server refused it, if it did.
pub(crate) async fn read(
    connections: &Connections,
    request: StreamRequest,
    mut deliver: impl FnMut(StreamItem),
) -> Result<Option<u16>, NetworkError> {
    let mut response = open(connections, request).await?;
    if response.status() != StatusCode::OK {
        return Ok(Some(response.status().as_u16()));
    }
    if !is_event_stream(response.headers().get(CONTENT_TYPE)) {
        return Err(NetworkError::broken(format!(
            "the answer is no {EVENT_STREAM}"
        )));
    }
    deliver(StreamItem::Open {
        date: date(response.headers()),
    });
    let mut reader = EventReader::new(EVENT_LIMIT);
    while let Some(chunk) = within(SILENCE_TIMEOUT, response.chunk()).await? {
        connections.heard();
        let events = reader.read(&chunk).map_err(|TooLarge| {
            NetworkError::broken(format!("an event is larger than {EVENT_LIMIT} bytes"))
        })?;
        for ServerEvent { id, event, data } in events {
            deliver(StreamItem::Event { id, event, data });
        }
    }
    Ok(None)
}

async fn open(connections: &Connections, request: StreamRequest) -> Result<Response, NetworkError> {
    let opening = connections.send(&request.url, |client| {
        let mut builder = client
            .get(&request.url)
            .header(ACCEPT, EVENT_STREAM)
            .header(CACHE_CONTROL, "no-store");
        if let Some(last) = &request.last_event_id {
            builder = builder.header("Last-Event-ID", last);
        }
        authorized(builder, request.bearer.as_deref())
    });
    within(OPEN_TIMEOUT, opening).await
}

/// What comes within the time, or that nothing did.
async fn within<T>(
    time: Duration,
    coming: impl Future<Output = Result<T, impl Into<NetworkError>>>,
) -> Result<T, NetworkError> {
    match tokio::time::timeout(time, coming).await {
        Ok(outcome) => outcome.map_err(Into::into),
        Err(_) => Err(NetworkError {
            failure: HttpFailure::TimedOut,
            cause: format!("nothing came for {} s", time.as_secs()),
        }),
    }
}

fn is_event_stream(content_type: Option<&HeaderValue>) -> bool {
    let media_type = content_type
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next());
    media_type.is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(EVENT_STREAM))
}

#[cfg(test)]
mod tests;
