//! `/v1/calls`: invitations and verbs.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use zpns_calls::auth::{self, Principal};
use zpns_calls::check;
use zpns_protocol::calls::{Call, Invite, Invited, Verb, VerbBody, VerbResult};
use zpns_protocol::errors::ErrorBody;

use super::extract::{Authenticated, Body, Id};
use super::{ApiError, Services, error, idempotency};

/// Invites users to a call.
#[utoipa::path(
    post,
    path = "/v1/calls",
    tag = "calls",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body from the same caller get the first answer \
        again for a day, marked `Idempotent-Replayed: true`, and nobody rings twice; the same key with another body is refused with 422. \
        Choose one for each invitation and send it with every attempt")),
    request_body = Invite,
    responses(
        (status = 201, description = "The call began", body = Invited),
        (status = "4XX", description = "Refused: the code says why", body = ErrorBody),
        (status = "5XX", description = "The gateway could not: see Retry-After", body = ErrorBody)
    ),
    security(("userToken" = []), ("apiKey" = []))
)]
pub(super) async fn invite(
    State(services): State<Arc<Services>>,
    Authenticated(principal): Authenticated,
    headers: HeaderMap,
    Body {
        value: invite,
        bytes,
    }: Body<Invite>,
) -> Result<Response, ApiError> {
    let app = principal.app().to_owned();
    let caller = auth::caller(&principal, &invite)?;
    check::invite(&caller, &invite)?;
    // Two users may choose the same key.
    let route = format!("POST /v1/calls {caller}");
    let idempotency = idempotency::of(&headers, &route, &bytes)?;
    if let Some(answer) = services
        .replayed(StatusCode::CREATED, &app, idempotency.as_ref())
        .await?
    {
        return Ok(answer);
    }
    services.check_backlog()?;
    services.meter.caller(&app, &caller)?;
    invite
        .invitees
        .iter()
        .try_for_each(|invitee| services.meter.callee(&app, invitee))?;
    let accepted = services
        .calls
        .invite(&app, caller, invite, idempotency)
        .await?;
    Ok(idempotency::answer(StatusCode::CREATED, accepted, |_| ()))
}

/// The call as it stands.
#[utoipa::path(
    get,
    path = "/v1/calls/{id}",
    tag = "calls",
    params(("id" = String, Path, description = "ID of the call")),
    responses(
        (status = 200, description = "The call as it stands", body = Call),
        (status = "4XX", description = "Refused: the code says why", body = ErrorBody),
        (status = "5XX", description = "The gateway could not: see Retry-After", body = ErrorBody)
    ),
    security(("userToken" = []), ("apiKey" = []), ("followToken" = []))
)]
pub(super) async fn show(
    State(services): State<Arc<Services>>,
    Authenticated(principal): Authenticated,
    Id(id): Id,
) -> Result<Json<Call>, ApiError> {
    Ok(Json(services.visible_call(&principal, &id).await?))
}

/// Accept, reject, cancel, end.
#[utoipa::path(
    post,
    path = "/v1/calls/{id}/{verb}",
    tag = "calls",
    params(("id" = String, Path, description = "ID of the call"), ("verb" = Verb, Path, description = "What to do; a follow token does not cancel")),
    request_body = VerbBody,
    responses(
        (status = 200, description = "Whether it was applied, and the call as it stands", body = VerbResult),
        (status = "4XX", description = "Refused: the code says why", body = ErrorBody),
        (status = "5XX", description = "The gateway could not: see Retry-After", body = ErrorBody)
    ),
    security(("userToken" = []), ("apiKey" = []), ("followToken" = []))
)]
pub(super) async fn verb(
    State(services): State<Arc<Services>>,
    Authenticated(principal): Authenticated,
    Path((id, verb)): Path<(String, String)>,
    Body { value: body, .. }: Body<VerbBody>,
) -> Result<Json<VerbResult>, ApiError> {
    let Some(verb) = Verb::ALL.into_iter().find(|v| v.as_str() == verb) else {
        return Err(error::no_such_route().await);
    };
    check::verb(&body)?;
    let by = auth::actor(&principal, &id, verb, &body)?;
    let input = auth::input(verb, by, body);
    Ok(Json(
        services.calls.apply(principal.app(), &id, input).await?,
    ))
}

impl Services {
    /// The call, if this principal may see it.
    pub(super) async fn visible_call(
        &self,
        principal: &Principal,
        id: &str,
    ) -> Result<Call, ApiError> {
        let call = self.store.call(principal.app(), id).await?;
        Ok(auth::visible(principal, id, call)?)
    }
}
