//! `POST /v1/receipts`: a device has a push. The only proof of delivery.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use zpns_calls::auth;
use zpns_protocol::calls::Receipt;
use zpns_protocol::errors::ErrorBody;

use super::extract::{Authenticated, Body};
use super::{ApiError, Services};
use crate::metrics;

/// Marks a delivery as received, and the invitee as reached.
#[utoipa::path(
    post,
    path = "/v1/receipts",
    tag = "receipts",
    request_body = Receipt,
    responses(
        (status = 204, description = "Noted"),
        (status = "4XX", description = "Refused: the code says why", body = ErrorBody),
        (status = "5XX", description = "The gateway could not: see Retry-After", body = ErrorBody)
    ),
    security(("userToken" = []), ("followToken" = []))
)]
pub(super) async fn receive(
    State(services): State<Arc<Services>>,
    Authenticated(principal): Authenticated,
    Body { value: receipt, .. }: Body<Receipt>,
) -> Result<StatusCode, ApiError> {
    let received = auth::received(&principal, receipt)?;
    services.calls.receive(principal.app(), received).await?;
    metrics::received();
    Ok(StatusCode::NO_CONTENT)
}
