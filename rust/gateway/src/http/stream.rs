//! Server-sent events (WHATWG HTML, section 9.2) from the store: what is there, then each as it comes.
//!
//! The next page is read once the client has taken the last: what waits for a slow reader stays in the database.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use tokio::sync::watch;
use zpns_calls::check;
use zpns_protocol::calls::CallEvent;
use zpns_protocol::errors::InvalidField;

use crate::store::StoreError;

const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Where a stream's events come from.
pub(super) trait Source: Send + 'static {
    /// What there is that was not read yet, some of it at a time; nothing if there is no more.
    fn read(&mut self) -> impl Future<Output = Result<Page, StoreError>> + Send;
}

/// Events that were read at once.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) events: Vec<Event>,
    /// Whether none will follow.
    pub(super) is_last: bool,
}

/// What a stream depends on beside its source.
pub(super) struct Upkeep {
    /// Changes when there is something new to read. Followed before the first read, so that nothing falls between.
    pub(super) changes: watch::Receiver<()>,
    /// Done when the stream must end.
    pub(super) ended: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// Kept as long as the stream is open.
    pub(super) _turn: Box<dyn Send>,
}

/// The answer that streams the events of a source.
pub(super) fn answer(source: impl Source, upkeep: Upkeep) -> Response {
    let follower = Follower {
        source,
        upkeep,
        waiting: VecDeque::new(),
        over: false,
    };
    let events = stream::unfold(follower, |mut follower| async move {
        follower.next().await.map(|event| (event, follower))
    });
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE).text("keep-alive");
    let mut response = Sse::new(events).keep_alive(keep_alive).into_response();
    // Otherwise nginx collects events before it passes them on.
    response
        .headers_mut()
        .insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// The event that the client had last.
pub(super) fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, InvalidField> {
    let Some(value) = headers.get("last-event-id") else {
        return Ok(None);
    };
    // What is no text is no number either.
    check::last_event_id(value.to_str().unwrap_or("?"))
}

/// A call event under this ID.
pub(super) fn encode(id: u64, event: &CallEvent) -> Event {
    let kind = serde_json::to_value(event.kind)
        .ok()
        .and_then(|kind| kind.as_str().map(str::to_owned))
        .unwrap_or_default();
    // Written by serde_json, so it is one line.
    let json = serde_json::to_string(event).unwrap_or_default();
    Event::default().id(id.to_string()).event(kind).data(json)
}

struct Follower<S> {
    source: S,
    upkeep: Upkeep,
    waiting: VecDeque<Event>,
    over: bool,
}

impl<S: Source> Follower<S> {
    /// The next event; `None` ends the stream.
    async fn next(&mut self) -> Option<Result<Event, Infallible>> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(Ok(event));
            }
            if self.over {
                return None;
            }
            let page = self.source.read().await.ok()?;
            self.over = page.is_last;
            if page.events.is_empty() && !self.over {
                tokio::select! {
                    changed = self.upkeep.changes.changed() => changed.ok()?,
                    () = &mut self.upkeep.ended => return None,
                }
            }
            self.waiting.extend(page.events);
        }
    }
}
