//! Following a stream of server-sent events.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use reqwest::{Response, StatusCode};
use zpns_core::effect::{LogLevel, StreamRequest};
use zpns_core::{HttpFailure, Input, StreamItem};

use crate::http::{Connections, Refused, authorized, refused};
use crate::server_events::{EventReader, ServerEvent, TooLarge};
use crate::shared::Shared;

/// How long the server may take to answer.
const OPEN_TIMEOUT: Duration = Duration::from_secs(15);

/// How long nothing may come: the gateway sends a comment every 15 s. A phone that changed networks notices no other way.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(45);

/// Largest event taken.
const EVENT_LIMIT: usize = 256 * 1024;

const EVENT_STREAM: &str = "text/event-stream";

/// Opens a stream and hands the core what comes, until it is closed by either side.
pub(crate) async fn follow(shared: Arc<Shared>, request: StreamRequest) {
    let id = request.id;
    let deliver = |item| {
        // What was read already is of no use once the core closed the stream.
        if shared.streams.is_open(id) {
            shared.notice(Input::Stream { id, item });
        }
    };
    let (status, failure) = match read(&shared.connections, request, deliver).await {
        Ok(status) => (status, None),
        Err((failure, cause)) => {
            shared.log(LogLevel::Warning, format!("stream {id} failed: {cause}"));
            (None, Some(failure))
        }
    };
    if shared.streams.close(id) {
        shared.notice(Input::Stream {
            id,
            item: StreamItem::Closed { status, failure },
        });
    }
}

/// Reads a stream to its end. The status is that with which the server refused it, if it did.
async fn read(
    connections: &Connections,
    request: StreamRequest,
    mut deliver: impl FnMut(StreamItem),
) -> Result<Option<u16>, Refused> {
    let mut response = open(connections, request).await?;
    if response.status() != StatusCode::OK {
        return Ok(Some(response.status().as_u16()));
    }
    if !is_event_stream(response.headers().get(CONTENT_TYPE)) {
        return Err((
            HttpFailure::Broken,
            format!("the answer is no {EVENT_STREAM}"),
        ));
    }
    deliver(StreamItem::Open);
    let mut reader = EventReader::new(EVENT_LIMIT);
    while let Some(chunk) = within(SILENCE_TIMEOUT, response.chunk()).await? {
        let events = reader.read(&chunk).map_err(|TooLarge| {
            (
                HttpFailure::Broken,
                format!("an event is larger than {EVENT_LIMIT} bytes"),
            )
        })?;
        for ServerEvent { id, event, data } in events {
            deliver(StreamItem::Event { id, event, data });
        }
    }
    Ok(None)
}

async fn open(connections: &Connections, request: StreamRequest) -> Result<Response, Refused> {
    let mut builder = connections
        .to(&request.url)?
        .get(&request.url)
        .header(ACCEPT, EVENT_STREAM)
        .header(CACHE_CONTROL, "no-store");
    if let Some(last) = request.last_event_id {
        builder = builder.header("Last-Event-ID", last);
    }
    within(OPEN_TIMEOUT, authorized(builder, request.bearer).send()).await
}

/// What comes within the time, or that nothing did.
async fn within<T>(
    time: Duration,
    coming: impl Future<Output = reqwest::Result<T>>,
) -> Result<T, Refused> {
    match tokio::time::timeout(time, coming).await {
        Ok(came) => came.map_err(refused),
        Err(_) => Err((
            HttpFailure::TimedOut,
            format!("nothing came for {} s", time.as_secs()),
        )),
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
