//! Counts and logs requests: route, status and time, never headers, bodies or IDs.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;

use crate::metrics;

pub(super) async fn observe(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().clone();
    let response = next.run(request).await;
    let (status, after) = (response.status().as_u16(), begun.elapsed());
    metrics::request(&route, method.as_str(), status, after);
    tracing::debug!(route, %method, status, ms = after.as_secs_f64() * 1000.0, "answered");
    response
}
