use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream;

use super::answer::Answer;
use crate::SimulatorError;
use crate::core::{Core, now_ms};

/// The device's pushes as server-sent events.
pub(super) async fn stream(
    State(core): State<Arc<Core>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let bad = |_| SimulatorError::BadRequest("Last-Event-ID must be the id of a push".to_owned());
    let last_seen = headers
        .get("last-event-id")
        .map(|value| value.to_str().unwrap_or_default().parse())
        .transpose()
        .map_err(bad)?;
    let pushes = core
        .registry
        .device(&id)?
        .mailbox()
        .listen(last_seen, now_ms() / 1000);
    let events = stream::unfold(pushes, |mut pushes| async move {
        let push = pushes.next().await?;
        let data = serde_json::to_string(&*push).unwrap_or_default();
        Some((
            Ok::<_, Infallible>(
                Event::default()
                    .id(push.id.to_string())
                    .event("push")
                    .data(data),
            ),
            pushes,
        ))
    });
    Ok(Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response())
}
