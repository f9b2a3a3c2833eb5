//! The HTTP API, version 1.

mod calls;
mod error;
mod events;
mod extract;
mod finish;
mod idempotency;
mod installations;
mod openapi;
mod operations;
mod pushes;
mod receipts;
mod stream;
mod user_events;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::get;
use tokio::sync::watch as stop;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::follow_token::FollowTokens;
use crate::calls::Calls;
use crate::dispatch::Dispatcher;
use crate::limits::{Limits, Meter};
use crate::seal::MasterKey;
use crate::store::Store;
use crate::streams::Streams;
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
    /// The open event streams.
    pub streams: Streams,
    /// True once the gateway is going down: event streams end.
    pub stopping: stop::Receiver<bool>,
}

impl Services {
    /// Done once the gateway is going down.
    pub(crate) fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stopping = self.stopping.clone();
        async move {
            let _ = stopping.wait_for(|stopping| *stopping).await;
        }
    }
}

/// The routes and their description.
fn described() -> (Router<Arc<Services>>, OpenApi) {
    let timed = OpenApiRouter::new()
        .routes(routes!(installations::register, installations::unregister))
        .routes(routes!(installations::set_badge))
        .routes(routes!(pushes::show))
        .routes(routes!(calls::invite))
        .routes(routes!(calls::show))
        .routes(routes!(calls::verb))
        .routes(routes!(receipts::receive))
        .routes(routes!(operations::health))
        .routes(routes!(operations::ready))
        .routes(routes!(operations::metrics))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(pushes::send))
                .layer(DefaultBodyLimit::max(PUSH_BODY)),
        )
        .layer(middleware::from_fn(finish::finish))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            TIMEOUT,
        ));
    OpenApiRouter::with_openapi(openapi::frame())
        .routes(routes!(events::follow))
        .routes(routes!(user_events::follow_user))
        .merge(timed)
        .split_for_parts()
}

/// The description of the API as OpenAPI 3.1, pretty-printed JSON.
pub fn description() -> String {
    openapi::text(&described().1)
}

/// The whole API.
pub fn router(services: Arc<Services>) -> Router {
    let (routes, api) = described();
    let text = openapi::text(&api);
    routes
        .route("/openapi.json", get(async move || openapi::answer(&text)))
        .fallback(error::no_such_route)
        .method_not_allowed_fallback(error::no_such_method)
        .layer(DefaultBodyLimit::max(BODY))
        .layer(middleware::from_fn(watch::observe))
        .layer(CatchPanicLayer::custom(error::after_panic))
        .with_state(services)
}
