//! The control API; what it offers is described at the top of the crate.

mod answer;
mod handlers;
mod pushes;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post, put};
use tokio::net::TcpListener;

use crate::core::Core;

/// Serves the control API until it is dropped.
pub(crate) async fn serve(core: Arc<Core>, listener: TcpListener) {
    let router = Router::new()
        .route("/", get(handlers::about))
        .route("/devices", post(handlers::register))
        .route("/devices/{id}", delete(handlers::unregister))
        .route("/devices/{id}/pushes", get(pushes::stream))
        .route("/devices/{id}/tokens", post(handlers::rotate))
        .route("/tokens/{token}/script", put(handlers::script))
        .route("/log", get(handlers::log))
        .route(
            "/faults",
            put(handlers::set_faults).delete(handlers::clear_faults),
        )
        .route("/keys", post(handlers::mint_key))
        .route("/certificates", post(handlers::mint_certificate))
        .route(
            "/provider-tokens/expire",
            post(handlers::expire_provider_tokens),
        )
        .fallback(handlers::not_found)
        .with_state(core);
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "the control API stopped");
    }
}
