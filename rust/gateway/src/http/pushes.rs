//! `/v1/pushes`: send a push, and see what became of it.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use zpns_calls::check;
use zpns_calls::push::{self, ALERT_LIFETIME, Envelope};
use zpns_protocol::errors::{ErrorBody, InvalidField};
use zpns_protocol::payload::PushKind;
use zpns_protocol::pushes::{MAX_RECIPIENTS, Push, PushRequest};

use super::extract::{Body, Id, Server};
use super::{ApiError, Services, idempotency};
use crate::clock::now_ms;
use crate::model::{Device, Job, Strategy};
use crate::refusal::Refusal;
use crate::store::Recipients;

/// Accepts a push: answered once it is durable, with one delivery for each device.
#[utoipa::path(
    post,
    path = "/v1/pushes",
    tag = "pushes",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body get the first answer again for a day, \
        marked `Idempotent-Replayed: true`, and nothing is pushed twice; the same key with another body is refused with 422")),
    request_body = PushRequest,
    responses(
        (status = 202, description = "Durable; one delivery for each device", body = Push),
        (status = "4XX", description = "Refused: the code says why", body = ErrorBody),
        (status = "5XX", description = "The gateway could not: see Retry-After", body = ErrorBody)
    ),
    security(("apiKey" = []))
)]
pub(super) async fn send(
    State(services): State<Arc<Services>>,
    Server { app }: Server,
    headers: HeaderMap,
    Body {
        value: request,
        bytes,
    }: Body<PushRequest>,
) -> Result<Response, ApiError> {
    let idempotency = idempotency::of(&headers, "POST /v1/pushes", &bytes)?;
    if let Some(answer) = services
        .replayed(StatusCode::ACCEPTED, &app, idempotency.as_ref())
        .await?
    {
        return Ok(answer);
    }
    services.check_backlog()?;
    let to = recipients(&request)?;
    let (config, now) = (request.push_config, now_ms());
    let app_id = app.clone();
    let plan = move |push_id: &str, strategy: &Strategy, devices: &[Device]| {
        let envelope = Envelope {
            kind: PushKind::Invite,
            sent_at: now,
            expires_at: now.saturating_add(u64::from(strategy.ring_time) * 1000),
            call: None,
        };
        let alert_expires_at = now.saturating_add(ALERT_LIFETIME);
        let job = |device| {
            let planned = push::plan(strategy, device, &config, &envelope, alert_expires_at)?;
            Ok(Job::new(push_id, &app_id, planned))
        };
        devices.iter().map(job).collect()
    };
    let accepted = services
        .store
        .accept_push(&app, idempotency, to, now, plan)
        .await?;
    Ok(idempotency::answer(
        StatusCode::ACCEPTED,
        accepted,
        |jobs| services.dispatcher.take(jobs),
    ))
}

/// What became of a push.
#[utoipa::path(
    get,
    path = "/v1/pushes/{id}",
    tag = "pushes",
    params(("id" = String, Path, description = "ID of the push")),
    responses(
        (status = 200, description = "The push as it stands", body = Push),
        (status = "4XX", description = "Refused: the code says why", body = ErrorBody),
        (status = "5XX", description = "The gateway could not: see Retry-After", body = ErrorBody)
    ),
    security(("apiKey" = []))
)]
pub(super) async fn show(
    State(services): State<Arc<Services>>,
    Server { app }: Server,
    Id(id): Id,
) -> Result<Json<Push>, ApiError> {
    Ok(Json(
        services
            .store
            .push(&app, &id)
            .await?
            .ok_or(Refusal::NoSuchPush)?,
    ))
}

impl Services {
    /// Whether there is room for more deliveries.
    pub(super) fn check_backlog(&self) -> Result<(), ApiError> {
        if self.dispatcher.backlog() < self.limits.backlog {
            return Ok(());
        }
        Err(ApiError::busy(
            "too many deliveries are waiting for APNs: try again in a moment",
            Duration::from_secs(2),
        ))
    }
}

fn recipients(request: &PushRequest) -> Result<Recipients, InvalidField> {
    let (to, config) = (&request.to, &request.push_config);
    let count = to.push_ids.len() + to.user_ids.len();
    if count == 0 || count > MAX_RECIPIENTS {
        return Err(InvalidField::new(
            "to",
            format!(
                "takes 1 to {MAX_RECIPIENTS} recipients in pushIDs and userIDs, this one has {count}"
            ),
        ));
    }
    config.check()?;
    for (position, user) in to.user_ids.iter().enumerate() {
        check::user_id(&format!("to.userIDs[{position}]"), user)?;
    }
    let (mut push_ids, mut local) = (Vec::new(), Vec::new());
    for (position, id) in to.push_ids.iter().enumerate() {
        match id.device() {
            None => push_ids.push(id.clone()),
            Some(device) => local.push(local_device(&format!("to.pushIDs[{position}]"), device)?),
        }
    }
    let badge_increment = config.enable_badge.then_some(config.badge_increment);
    Ok(Recipients {
        push_ids,
        user_ids: to.user_ids.clone(),
        local,
        resources_id: config.resources_id.clone(),
        badge_increment,
    })
}

/// A device that a local pushID describes. It is not stored, so nothing is known of it but what it says.
fn local_device(
    field: &str,
    device: Result<zpns_protocol::LocalPushId, zpns_protocol::InvalidPushId>,
) -> Result<Device, InvalidField> {
    let device =
        device.map_err(|error| InvalidField::new(field, format!("can't be read: {error}")))?;
    check::bundle_id(field, &device.bundle_id)?;
    let (mut apns, mut voip) = (device.apns, device.voip);
    check::token(field, &mut apns)?;
    check::token(field, &mut voip)?;
    let (push_id, user, installation) = (None, None, None);
    Ok(Device {
        push_id,
        user,
        installation,
        bundle_id: device.bundle_id,
        environment: device.env,
        apns,
        voip,
        badge: 0,
        suspect_since: None,
        registered_at: 0,
    })
}
