//! `GET /v1/calls/{id}/events`: follows a call to its end.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use zpns_protocol::calls::CallEvent;
use zpns_protocol::errors::ErrorBody;

use super::extract::{Authenticated, Id};
use super::stream::{self, Page, Source, Upkeep};
use super::{ApiError, Services};
use crate::calls::hub::Followed;
use crate::store::StoreError;

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
    let after = stream::last_event_id(&headers)?.unwrap_or_default();
    services.visible_call(&principal, &id).await?;
    let turn = services.streams.turn()?;
    let app = principal.app().to_owned();
    let upkeep = Upkeep {
        changes: services.calls.hub().follow(Followed::call(&app, &id)),
        ended: Box::pin(services.stopped()),
        _turn: Box::new(turn),
    };
    let source = CallEvents {
        services,
        app,
        call: id,
        after,
    };
    Ok(stream::answer(source, upkeep))
}

struct CallEvents {
    services: Arc<Services>,
    app: String,
    call: String,
    after: u64,
}

impl Source for CallEvents {
    async fn read(&mut self) -> Result<Page, StoreError> {
        let store = &self.services.store;
        let since = store.call_events(&self.app, &self.call, self.after).await?;
        if let Some(last) = since.events.last() {
            self.after = last.seq;
        }
        let encode = |event: &CallEvent| stream::encode(event.seq, event);
        Ok(Page {
            events: since.events.iter().map(encode).collect(),
            is_last: since.over,
        })
    }
}
