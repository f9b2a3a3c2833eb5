//! `/v1/calls`: invitations and verbs.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use zpns_protocol::calls::{Actor, Call, Invite, Invited, Verb, VerbBody, VerbResult};
use zpns_protocol::errors::{ErrorBody, InvalidField};

use super::extract::{Body, Id};
use super::{ApiError, Services, error, idempotency};
use crate::auth::Principal;
use crate::calls::check;
use crate::calls::machine::{self, Doing, Input};
use crate::refusal::Refusal;

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
    principal: Principal,
    headers: HeaderMap,
    Body {
        value: invite,
        bytes,
    }: Body<Invite>,
) -> Result<Response, ApiError> {
    let (app, caller) = match principal {
        Principal::Server { app, .. } => {
            let caller = invite.caller.clone();
            (
                app,
                caller.ok_or_else(|| {
                    InvalidField::new("caller", "is required with an API key: the user who calls")
                })?,
            )
        }
        Principal::User { app, user } => {
            if invite.caller.as_ref().is_some_and(|caller| *caller != user) {
                return Err(ApiError::forbidden(
                    "caller is not the user of the token: leave it out, or call as that user",
                ));
            }
            (app, user)
        }
        Principal::Follower { .. } => {
            return Err(ApiError::forbidden(
                "a follow token is for the call that it came with, not for new ones",
            ));
        }
    };
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
    principal: Principal,
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
    principal: Principal,
    Path((id, verb)): Path<(String, String)>,
    Body { value: body, .. }: Body<VerbBody>,
) -> Result<Json<VerbResult>, ApiError> {
    let Some(verb) = Verb::ALL.into_iter().find(|v| v.as_str() == verb) else {
        return Err(error::no_such_route().await);
    };
    check::extended_data(&body.extended_data)?;
    if let Some(installation) = &body.installation {
        check::installation("installation", installation)?;
    }
    let by = actor(&principal, &id, verb, &body)?;
    let doing = Doing {
        by,
        extended_data: body.extended_data,
    };
    let input = match verb {
        Verb::Accept => Input::Accept(doing),
        Verb::Reject => Input::Reject(doing),
        Verb::Cancel => Input::Cancel(doing, body.invitees),
        Verb::End => Input::End(doing),
    };
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
        if let Principal::Follower { call, .. } = principal
            && call != id
        {
            return Err(other_call());
        }
        let call = self.calls.get(principal.app(), id).await?;
        match principal {
            Principal::Server { .. } => Ok(call),
            Principal::User { user, .. } | Principal::Follower { user, .. } => {
                // A stranger learns no more than about a call that does not exist.
                if machine::participant(&call, user).is_some() {
                    Ok(call)
                } else {
                    Err(Refusal::NoSuchCall.into())
                }
            }
        }
    }
}

pub(super) fn other_call() -> ApiError {
    ApiError::forbidden(
        "this follow token is for another call: use the one that the push of this call carried",
    )
}

fn actor(principal: &Principal, id: &str, verb: Verb, body: &VerbBody) -> Result<Actor, ApiError> {
    let same_user = |user: &str| match &body.user {
        Some(other) if other != user => Err(ApiError::forbidden(
            "user is not the user of the token: leave it out, or act as that user",
        )),
        _ => Ok(()),
    };
    match principal {
        Principal::Server { .. } => {
            let user = body.user.clone().ok_or_else(|| {
                InvalidField::new("user", "is required with an API key: the user who acts")
            })?;
            Ok(Actor {
                user_id: user,
                installation: body.installation.clone(),
            })
        }
        Principal::User { user, .. } => {
            same_user(user)?;
            Ok(Actor {
                user_id: user.clone(),
                installation: body.installation.clone(),
            })
        }
        Principal::Follower { call, .. } if call != id => Err(other_call()),
        Principal::Follower { .. } if verb == Verb::Cancel => Err(ApiError::forbidden(
            "a follow token is an invitee's: it accepts, rejects and ends, but does not cancel",
        )),
        Principal::Follower {
            user, installation, ..
        } => {
            same_user(user)?;
            Ok(Actor {
                user_id: user.clone(),
                installation: Some(installation.clone()),
            })
        }
    }
}
