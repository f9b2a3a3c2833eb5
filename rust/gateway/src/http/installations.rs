//! `/v1/installations`: devices and their tokens.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use zpns_protocol::errors::{ErrorBody, InvalidField};
use zpns_protocol::registration::{Badge, Registered, Registration};

use super::extract::{Body, Id, User};
use super::{ApiError, Services};
use crate::calls::check;
use crate::clock::now_ms;
use crate::refusal::Refusal;

/// Highest badge.
const MAX_BADGE: u32 = 99_999;

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
    User { app, user }: User,
    Id(id): Id,
    Body {
        value: mut registration,
        ..
    }: Body<Registration>,
) -> Result<Json<Registered>, ApiError> {
    check::installation("the installation ID in the path", &id)?;
    check_registration(&mut registration)?;
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
    User { app, user }: User,
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
    User { app, user }: User,
    Id(id): Id,
    Body {
        value: Badge { badge },
        ..
    }: Body<Badge>,
) -> Result<StatusCode, ApiError> {
    if badge > MAX_BADGE {
        return Err(InvalidField::new(
            "badge",
            format!("is 0 to {MAX_BADGE}, this one is {badge}"),
        )
        .into());
    }
    if services.store.set_badge(&app, &user, &id, badge).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Refusal::NoSuchInstallation.into())
    }
}

fn check_registration(registration: &mut Registration) -> Result<(), InvalidField> {
    bundle_id("bundleID", &registration.bundle_id)?;
    if registration.tokens.apns.is_none() && registration.tokens.voip.is_none() {
        return Err(InvalidField::new(
            "tokens",
            "needs at least one of apns and voip",
        ));
    }
    token("tokens.apns", &mut registration.tokens.apns)?;
    token("tokens.voip", &mut registration.tokens.voip)?;
    for (field, text) in [("sdk", &registration.sdk), ("locale", &registration.locale)] {
        if text.len() > 128 || text.chars().any(char::is_control) {
            return Err(InvalidField::new(
                field,
                "is at most 128 bytes without control characters",
            ));
        }
    }
    Ok(())
}

/// A bundle ID: letters, digits, dots and hyphens (Apple, `CFBundleIdentifier`), since an APNs topic is made of it.
pub(super) fn bundle_id(field: &str, text: &str) -> Result<(), InvalidField> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    if (1..=155).contains(&text.len())
        && text.bytes().all(plain)
        && text.strip_suffix(".voip").is_none()
    {
        return Ok(());
    }
    Err(InvalidField::new(
        field,
        "is the app's bundle ID (letters, digits, dots, hyphens) without the suffix .voip",
    ))
}

/// A device token: it goes into the path of Apple's URL, so it is hex and nothing else. Apple fixes no length.
pub(super) fn token(field: &str, token: &mut Option<String>) -> Result<(), InvalidField> {
    let Some(token) = token else { return Ok(()) };
    if !(32..=200).contains(&token.len())
        || !token.len().is_multiple_of(2)
        || !token.bytes().all(|b| b.is_ascii_hexdigit())
    {
        return Err(InvalidField::new(
            field,
            "is a device token in hexadecimal: 32 to 200 digits",
        ));
    }
    token.make_ascii_lowercase();
    Ok(())
}
