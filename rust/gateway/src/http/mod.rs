//! The HTTP API, version 1.

mod calls;
mod error;
mod events;
mod extract;
mod idempotency;
mod installations;
mod operations;
mod pushes;
mod receipts;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{get, post, put};
use tokio::sync::{Semaphore, watch as stop};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::auth::follow_token::FollowTokens;
use crate::calls::Calls;
use crate::dispatch::Dispatcher;
use crate::limits::{Limits, Meter};
use crate::seal::MasterKey;
use crate::store::Store;
pub use error::ApiError;

/// Largest body of a request, in bytes.
const BODY: usize = 16 * 1024;
/// Largest body of `POST /v1/pushes`, in bytes: room for the most recipients.
const PUSH_BODY: usize = 512 * 1024;
/// Longest time a request may take, event streams aside.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What the handlers work with.
#[derive(Debug)]
pub struct Services {
    /// What is kept.
    pub store: Arc<Store>,
    /// Opens app secrets.
    pub master: MasterKey,
    /// Verifies follow tokens.
    pub follow_tokens: FollowTokens,
    /// Calls.
    pub calls: Arc<Calls>,
    /// To APNs.
    pub dispatcher: Dispatcher,
    /// Counts requests.
    pub meter: Meter,
    /// What it counts against.
    pub limits: Limits,
    /// Turns of event streams.
    pub followers: Arc<Semaphore>,
    /// True once the gateway is going down: event streams end.
    pub stopping: stop::Receiver<bool>,
}

/// The routes.
pub fn router(services: Arc<Services>) -> Router {
    let timed = Router::new()
        .route("/v1/installations/{id}", put(installations::register).delete(installations::unregister))
        .route("/v1/installations/{id}/badge", put(installations::set_badge))
        .route("/v1/pushes", post(pushes::send).layer(DefaultBodyLimit::max(PUSH_BODY)))
        .route("/v1/pushes/{id}", get(pushes::show))
        .route("/v1/calls", post(calls::invite))
        .route("/v1/calls/{id}", get(calls::show))
        .route("/v1/calls/{id}/{verb}", post(calls::verb))
        .route("/v1/receipts", post(receipts::receive))
        .route("/healthz", get(operations::health))
        .route("/readyz", get(operations::ready))
        .route("/metrics", get(operations::metrics))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIMEOUT));
    Router::new()
        .route("/v1/calls/{id}/events", get(events::follow))
        .merge(timed)
        .fallback(error::no_such_route)
        .method_not_allowed_fallback(error::no_such_method)
        .layer(DefaultBodyLimit::max(BODY))
        .layer(middleware::from_fn(watch::observe))
        .layer(CatchPanicLayer::custom(error::after_panic))
        .with_state(services)
}
