//! `GET /v1/calls/{id}/events`: server-sent events (WHATWG HTML, section 9.2) that follow a call to its end.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, watch};
use zpns_protocol::calls::CallEvent;
use zpns_protocol::errors::{ErrorBody, InvalidField};

use super::extract::{Authenticated, Id};
use super::{ApiError, Services};

const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Follows a call: all its events from the start, or those after `Last-Event-ID`, then each as it comes; ends after the last.
#[utoipa::path(
    get,
    path = "/v1/calls/{id}/events",
    tag = "calls",
    params(("id" = String, Path, description = "ID of the call"), ("Last-Event-ID" = Option<u64>, Header, description = "Number of the last event that is known; all events come without it")),
    responses(
        (status = 200, description = "Server-sent events; the data of each is a CallEvent. The stream ends with the call", body = CallEvent, content_type = "text/event-stream"),
        (status = "4XX", description = "Refused: the code says why", body = ErrorBody),
        (status = "5XX", description = "The gateway could not: see Retry-After", body = ErrorBody)
    ),
    security(("userToken" = []), ("apiKey" = []), ("followToken" = []))
)]
pub(super) async fn follow(
    State(services): State<Arc<Services>>,
    Authenticated(principal): Authenticated,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let after = last_event_id(&headers)?;
    services.visible_call(&principal, &id).await?;
    let turn = Arc::clone(&services.followers).try_acquire_owned();
    let turn = turn.map_err(|_| {
        ApiError::busy(
            "too many event streams are open: try again in a moment",
            Duration::from_secs(5),
        )
    })?;
    let app = principal.app().to_owned();
    // Followed before the first read, so that nothing falls between.
    let changes = services.calls.hub().follow(&app, &id);
    let stopping = services.stopping.clone();
    let follower = Follower {
        services,
        app,
        call: id,
        after,
        waiting: VecDeque::new(),
        over: false,
        changes,
        stopping,
        _turn: turn,
    };
    let events = stream::unfold(follower, |mut follower| async move {
        follower.next().await.map(|event| (event, follower))
    });
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE).text("keep-alive");
    let mut response = Sse::new(events).keep_alive(keep_alive).into_response();
    // Otherwise nginx collects events before it passes them on.
    response.headers_mut().insert(
        "x-accel-buffering",
        axum::http::HeaderValue::from_static("no"),
    );
    Ok(response)
}

fn last_event_id(headers: &HeaderMap) -> Result<u64, InvalidField> {
    let Some(value) = headers.get("last-event-id") else {
        return Ok(0);
    };
    let number = value
        .to_str()
        .ok()
        .filter(|text| !text.is_empty())
        .map_or(Some(0), |text| text.parse().ok());
    number.ok_or_else(|| {
        InvalidField::new(
            "Last-Event-ID",
            "is the id of an event of this call: a number",
        )
    })
}

struct Follower {
    services: Arc<Services>,
    app: String,
    call: String,
    after: u64,
    waiting: VecDeque<CallEvent>,
    over: bool,
    changes: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    _turn: OwnedSemaphorePermit,
}

impl Follower {
    /// The next event; `None` ends the stream.
    async fn next(&mut self) -> Option<Result<Event, Infallible>> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                self.after = event.seq;
                return Some(Ok(encode(&event)));
            }
            if self.over {
                return None;
            }
            let since = self
                .services
                .store
                .call_events(&self.app, &self.call, self.after)
                .await
                .ok()?;
            self.over = since.over;
            if since.events.is_empty() {
                if self.over {
                    return None;
                }
                tokio::select! {
                    changed = self.changes.changed() => changed.ok()?,
                    _ = self.stopping.wait_for(|stopping| *stopping) => return None,
                }
            }
            self.waiting.extend(since.events);
        }
    }
}

fn encode(event: &CallEvent) -> Event {
    let kind = serde_json::to_value(event.kind)
        .ok()
        .and_then(|kind| kind.as_str().map(str::to_owned))
        .unwrap_or_default();
    // Written by serde_json, so it is one line.
    let json = serde_json::to_string(event).unwrap_or_default();
    Event::default()
        .id(event.seq.to_string())
        .event(kind)
        .data(json)
}
