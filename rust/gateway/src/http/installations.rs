//! `/v1/installations`: devices and their tokens.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use zpns_calls::{CallError, check};
use zpns_protocol::errors::ErrorBody;
use zpns_protocol::registration::{Badge, Registered, Registration};

use super::extract::{Body, Id, SignedIn};
use super::{ApiError, Services};
use crate::clock::now_ms;

/// Registers a device of the user, or changes what is known of it.
#[utoipa::path(
    put,
    path = "/v1/installations/{id}",
    tag = "installations",
    params(("id" = String, Path, description = "ID of the installation, chosen by the app")),
    request_body = Registration,
    responses(
        (status = 200, description = "Registered", body = Registered),
        (status = "4XX", description = "Refused: the code says why", body = ErrorBody),
        (status = "5XX", description = "The gateway could not: see Retry-After", body = ErrorBody)
    ),
    security(("userToken" = []))
)]
pub(super) async fn register(
    State(services): State<Arc<Services>>,
    SignedIn { app, user, .. }: SignedIn,
    Id(id): Id,
    Body {
        value: mut registration,
        ..
    }: Body<Registration>,
) -> Result<Json<Registered>, ApiError> {
    check::installation("the installation ID in the path", &id)?;
    check::registration(&mut registration)?;
    let push_id = services
        .store
        .register(&app, &user, &id, registration, now_ms())
        .await?;
    if let Err(error) = services.calls.ring_late(&app, &user, &push_id).await {
        // The device is registered all the same.
        tracing::error!(%error, "a waiting invitation could not be sent to a new device");
    }
    Ok(Json(Registered { push_id }))
}

/// Forgets a device of the user. It is no error if there is none.
#[utoipa::path(
    delete,
    path = "/v1/installations/{id}",
    tag = "installations",
    params(("id" = String, Path, description = "ID of the installation")),
    responses(
        (status = 204, description = "Forgotten"),
        (status = "4XX", description = "Refused: the code says why", body = ErrorBody),
        (status = "5XX", description = "The gateway could not: see Retry-After", body = ErrorBody)
    ),
    security(("userToken" = []))
)]
pub(super) async fn unregister(
    State(services): State<Arc<Services>>,
    SignedIn { app, user, .. }: SignedIn,
    Id(id): Id,
) -> Result<StatusCode, ApiError> {
    services.store.unregister(&app, &user, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets the badge that the next increments start from.
#[utoipa::path(
    put,
    path = "/v1/installations/{id}/badge",
    tag = "installations",
    params(("id" = String, Path, description = "ID of the installation")),
    request_body = Badge,
    responses(
        (status = 204, description = "Set"),
        (status = "4XX", description = "Refused: the code says why", body = ErrorBody),
        (status = "5XX", description = "The gateway could not: see Retry-After", body = ErrorBody)
    ),
    security(("userToken" = []))
)]
pub(super) async fn set_badge(
    State(services): State<Arc<Services>>,
    SignedIn { app, user, .. }: SignedIn,
    Id(id): Id,
    Body {
        value: Badge { badge },
        ..
    }: Body<Badge>,
) -> Result<StatusCode, ApiError> {
    check::badge(badge)?;
    if services.store.set_badge(&app, &user, &id, badge).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(CallError::NoSuchInstallation.into())
    }
}
