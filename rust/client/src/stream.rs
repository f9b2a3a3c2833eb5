//! Following a stream of server-sent events.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use reqwest::{Response, StatusCode};
use zpns_core::effect::{LogLevel, StreamRequest};
use zpns_core::{HttpFailure, Input, StreamItem};

use crate::http::{Refused, authorized, refused};
use crate::server_events::{EventReader, ServerEvent};
use crate::shared::Shared;

/// How long the server may take to answer.
const OPEN_TIMEOUT: Duration = Duration::from_secs(15);

/// How long nothing may come, comments that keep the line alive included. A phone that changed networks notices no other way.
const SILENCE_TIMEOUT: Duration = Duration::from_mins(1);

/// Largest event taken.
const EVENT_LIMIT: usize = 256 * 1024;

const EVENT_STREAM: &str = "text/event-stream";

/// Why a stream is over: the status with which the server refused, or the failure; neither if it just ended.
type Closed = (Option<u16>, Option<HttpFailure>);

/// Opens a stream and hands the core what comes, until it is closed by either side.
pub(crate) async fn follow(shared: Arc<Shared>, client: Result<reqwest::Client, Refused>, request: StreamRequest) {
    let id = request.id;
    let (status, failure) = match client {
        Ok(client) => read(&shared, &client, request).await,
        Err((failure, cause)) => {
            shared.log(LogLevel::Warning, format!("stream {id} failed: {cause}"));
            (None, Some(failure))
        }
    };
    if shared.streams.close(id) {
        shared.notice(Input::Stream { id, item: StreamItem::Closed { status, failure } });
    }
}

async fn read(shared: &Arc<Shared>, client: &reqwest::Client, request: StreamRequest) -> Closed {
    let id = request.id;
    let failed = |(failure, cause): Refused| {
        shared.log(LogLevel::Warning, format!("stream {id} failed: {cause}"));
        (None, Some(failure))
    };
    let mut response = match open(client, request).await {
        Ok(response) if response.status() == StatusCode::OK => response,
        Ok(response) => return (Some(response.status().as_u16()), None),
        Err(refused) => return failed(refused),
    };
    if !is_event_stream(response.headers().get(CONTENT_TYPE)) {
        return failed((HttpFailure::Broken, format!("the answer is no {EVENT_STREAM}")));
    }
    deliver(shared, id, StreamItem::Open);
    let mut reader = EventReader::new(EVENT_LIMIT);
    loop {
        let chunk = match tokio::time::timeout(SILENCE_TIMEOUT, response.chunk()).await {
            Ok(Ok(Some(chunk))) => chunk,
            Ok(Ok(None)) => return (None, None),
            Ok(Err(error)) => return failed(refused(error)),
            Err(_) => return failed((HttpFailure::TimedOut, format!("nothing came for {} s", SILENCE_TIMEOUT.as_secs()))),
        };
        let Ok(events) = reader.read(&chunk) else {
            return failed((HttpFailure::Broken, format!("an event is larger than {EVENT_LIMIT} bytes")));
        };
        for ServerEvent { id: event_id, event, data } in events {
            deliver(shared, id, StreamItem::Event { id: event_id, event, data });
        }
    }
}

/// Hands an item over, unless the stream was closed while it was on its way.
fn deliver(shared: &Arc<Shared>, id: u64, item: StreamItem) {
    if shared.streams.is_open(id) {
        shared.notice(Input::Stream { id, item });
    }
}

async fn open(client: &reqwest::Client, request: StreamRequest) -> Result<Response, Refused> {
    let mut builder = client.get(&request.url).header(ACCEPT, EVENT_STREAM).header(CACHE_CONTROL, "no-store");
    if let Some(last) = request.last_event_id {
        builder = builder.header("Last-Event-ID", last);
    }
    match tokio::time::timeout(OPEN_TIMEOUT, authorized(builder, request.bearer).send()).await {
        Ok(answer) => answer.map_err(refused),
        Err(_) => Err((HttpFailure::TimedOut, format!("no answer within {} s", OPEN_TIMEOUT.as_secs()))),
    }
}

fn is_event_stream(content_type: Option<&HeaderValue>) -> bool {
    let media_type = content_type.and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next());
    media_type.is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(EVENT_STREAM))
}
