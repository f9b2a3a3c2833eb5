//! `GET /v1/users/me/events`: tells a user of all calls that the user takes part in.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::response::sse::Event;
use zpns_calls::user_events::Begin;
use zpns_protocol::calls::{CallEvent, READY, Ready};
use zpns_protocol::errors::ErrorBody;

use super::extract::SignedIn;
use super::stream::{self, Page, Source, Upkeep};
use super::{ApiError, Services};
use crate::calls::hub::Followed;
use crate::clock::now_ms;
use crate::store::{StoreError, UserEvent};

/// Tells a user of all their calls, from the invitation on.
///
/// First how each call stands that is not over, or every event after `Last-Event-ID`; then `ready`; then each event as it comes. Ends with the
/// user token.
#[utoipa::path(
    get,
    path = "/v1/users/me/events",
    tag = "calls",
    params(("Last-Event-ID" = Option<u64>, Header, description = "The id that came last on an earlier stream of the same user: this one goes on after it. \
        One above all of this user counts as none, which `ready` says")),
    responses(
        (status = 200, description = "Server-sent events; the data of each is a CallEvent, that of `ready` a Ready", body = CallEvent, content_type = "text/event-stream"),
        (status = "4XX", description = "Refused: the code says why", body = ErrorBody),
        (status = "5XX", description = "The gateway could not: see Retry-After", body = ErrorBody)
    ),
    security(("userToken" = []))
)]
pub(super) async fn follow_user(
    State(services): State<Arc<Services>>,
    SignedIn {
        app,
        user,
        stream_ends_at,
    }: SignedIn,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let known = stream::last_event_id(&headers)?;
    let (turn, replaced) = services.streams.turn_of_user(&app, &user)?;
    let changes = services.calls.hub().follow(Followed::user(&app, &user));
    let newest = services.store.newest_user_event(&app, &user).await?;
    let (after, until, resumed) = match Begin::of(known, newest) {
        Begin::WithStanding => (0, Some(newest), false),
        Begin::After(cursor) => (cursor, None, true),
    };
    let open_for = Duration::from_millis(stream_ends_at.saturating_sub(now_ms()));
    let stopped = services.stopped();
    let upkeep = Upkeep {
        changes,
        ended: Box::pin(async move {
            tokio::select! {
                () = stopped => {}
                () = replaced => {}
                () = tokio::time::sleep(open_for) => {}
            }
        }),
        _turn: Box::new(turn),
    };
    let source = UserEvents {
        services,
        app,
        user,
        after,
        standing_until: until,
        ready: Some(Ready { resumed }),
    };
    Ok(stream::answer(source, upkeep))
}

struct UserEvents {
    services: Arc<Services>,
    app: String,
    user: String,
    /// Cursor of the last event that was read.
    after: u64,
    /// As long as it tells how calls stand: the newest cursor when it began. What comes after that is an event like any other.
    standing_until: Option<u64>,
    /// What is still to be said once everything from before is told.
    ready: Option<Ready>,
}

impl Source for UserEvents {
    async fn read(&mut self) -> Result<Page, StoreError> {
        let (store, app, user) = (&self.services.store, &self.app, &self.user);
        let page = match self.standing_until {
            Some(until) => {
                store
                    .standing_user_events(app, user, self.after, until)
                    .await?
            }
            None => store.user_events(app, user, self.after).await?,
        };
        if let Some(last) = page.events.last() {
            self.after = last.cursor;
        }
        let encode = |event: &UserEvent| stream::encode(event.cursor, &event.event);
        let mut events: Vec<_> = page.events.iter().map(encode).collect();
        if !page.is_full
            && let Some(ready) = self.ready.take()
        {
            // A call that changed meanwhile has its newest event after this.
            self.after = self.standing_until.take().unwrap_or(self.after);
            let json = serde_json::to_string(&ready).unwrap_or_default();
            let id = self.after.to_string();
            events.push(Event::default().id(id).event(READY).data(json));
        }
        Ok(Page {
            events,
            is_last: false,
        })
    }
}
