use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;
use zpns_protocol::Environment;

use super::answer::{Answer, parse};
use crate::core::Core;
use crate::{CertificateRequest, Faults, ScriptedAnswer, SimulatorError, TokenKind};

pub(super) async fn about(State(core): State<Arc<Core>>) -> Response {
    Json(json!({
        "development": core.addresses.development.port(),
        "production": core.addresses.production.port(),
        "caPem": core.authority.server_ca_pem(),
        "devices": core.registry.device_count(),
        "pushes": core.pushes.load(Ordering::Relaxed),
    }))
    .into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Registration {
    #[serde(rename = "bundleID")]
    bundle_id: String,
    environment: Environment,
}

pub(super) async fn register(State(core): State<Arc<Core>>, body: Bytes) -> Answer {
    let registration: Registration = parse(&body)?;
    if registration.bundle_id.is_empty() {
        return Err(SimulatorError::BadRequest(
            "bundleID must not be empty".to_owned(),
        ));
    }
    let device = core
        .registry
        .register(&registration.bundle_id, registration.environment);
    Ok((StatusCode::CREATED, Json(device)).into_response())
}

pub(super) async fn unregister(State(core): State<Arc<Core>>, Path(id): Path<String>) -> Answer {
    core.registry.unregister(&id)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    kind: TokenKind,
}

pub(super) async fn rotate(
    State(core): State<Arc<Core>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    let Rotation { kind } = parse(&body)?;
    let token = core.registry.rotate(&id, kind)?;
    Ok((
        StatusCode::CREATED,
        Json(json!({"kind": kind, "token": token})),
    )
        .into_response())
}

pub(super) async fn script(
    State(core): State<Arc<Core>>,
    Path(token): Path<String>,
    body: Bytes,
) -> Answer {
    let answers: Vec<ScriptedAnswer> = parse(&body)?;
    core.registry.script(&token, answers)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) async fn log(
    State(core): State<Arc<Core>>,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    let since = match query.get("since") {
        None => 0,
        Some(text) => text.parse().map_err(|_| {
            SimulatorError::BadRequest(
                "since must be a number from an earlier answer's next".to_owned(),
            )
        })?,
    };
    Ok(Json(core.log.since(since)).into_response())
}

pub(super) async fn set_faults(State(core): State<Arc<Core>>, body: Bytes) -> Answer {
    let faults: Faults = parse(&body)?;
    faults.check()?;
    core.faults.send_replace(Arc::new(faults));
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) async fn clear_faults(State(core): State<Arc<Core>>) -> StatusCode {
    core.faults.send_replace(Arc::default());
    StatusCode::NO_CONTENT
}

fn both() -> Vec<Environment> {
    Environment::ALL.to_vec()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyRequest {
    #[serde(rename = "teamID")]
    team_id: String,
    #[serde(rename = "keyID")]
    key_id: String,
    #[serde(default = "both")]
    environments: Vec<Environment>,
    #[serde(default)]
    topics: Vec<String>,
}

pub(super) async fn mint_key(State(core): State<Arc<Core>>, body: Bytes) -> Answer {
    let request: KeyRequest = parse(&body)?;
    let topics: Vec<_> = request.topics.iter().map(String::as_str).collect();
    let p8 = core.keys.mint(
        &request.team_id,
        &request.key_id,
        &request.environments,
        &topics,
    )?;
    Ok((StatusCode::CREATED, Json(json!({"p8": p8}))).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CertificateOrder {
    topics: Vec<String>,
    #[serde(default = "both")]
    environments: Vec<Environment>,
}

pub(super) async fn mint_certificate(State(core): State<Arc<Core>>, body: Bytes) -> Answer {
    let CertificateOrder {
        topics,
        environments,
    } = parse(&body)?;
    let pair = core.authority.client_certificate(&CertificateRequest {
        topics,
        environments,
        ..CertificateRequest::for_app("")
    })?;
    let body = json!({"certificatePem": pair.certificate_pem, "keyPem": pair.key_pem});
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

pub(super) async fn expire_provider_tokens(State(core): State<Arc<Core>>) -> StatusCode {
    core.keys.expire();
    StatusCode::NO_CONTENT
}

pub(super) async fn not_found() -> Response {
    let body = json!({"error": {"code": "notFound", "message": "no such path: see the table in the documentation of zpns-apns-sim"}});
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}
