//! For the operator: health, readiness, metrics.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use zpns_protocol::errors::ErrorBody;

use super::{ApiError, Services};
use crate::metrics;

/// The process runs.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "operations",
    responses(
        (status = 200, description = "The process runs", body = Value),
        (status = "4XX", description = "Refused: the code says why", body = ErrorBody),
        (status = "5XX", description = "The gateway could not: see Retry-After", body = ErrorBody)
    ),
)]
pub(super) async fn health() -> Json<Value> {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// The database can be read and written, and the gateway is not going down.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operations",
    responses(
        (status = 200, description = "It takes requests", body = Value),
        (status = "4XX", description = "Refused: the code says why", body = ErrorBody),
        (status = "5XX", description = "The gateway could not: see Retry-After", body = ErrorBody)
    ),
)]
pub(super) async fn ready(State(services): State<Arc<Services>>) -> Result<Json<Value>, ApiError> {
    let not_ready =
        |message: String| ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", message);
    if *services.stopping.borrow() {
        return Err(not_ready("the gateway is going down".into()));
    }
    services
        .store
        .check()
        .await
        .map_err(|error| not_ready(error.to_string()))?;
    Ok(Json(
        json!({ "status": "ready", "deliveriesInHand": services.dispatcher.backlog() }),
    ))
}

/// Prometheus' text format.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operations",
    responses(
        (status = 200, description = "Prometheus text", body = String, content_type = "text/plain"),
        (status = "4XX", description = "Refused: the code says why", body = ErrorBody),
        (status = "5XX", description = "The gateway could not: see Retry-After", body = ErrorBody)
    ),
)]
pub(super) async fn metrics(State(services): State<Arc<Services>>) -> Result<Response, ApiError> {
    for (environment, suspect, count) in services.store.count_devices().await? {
        metrics::devices(environment, suspect, count);
    }
    for credential in services.store.credentials(None).await? {
        if let Some(end) = credential.not_after {
            metrics::certificate(&credential.id, end);
        }
    }
    let unavailable = |e| {
        ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            format!("the recorder could not be installed ({e})"),
        )
    };
    let handle = metrics::handle().map_err(unavailable)?;
    handle.run_upkeep();
    Ok((
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        handle.render(),
    )
        .into_response())
}
