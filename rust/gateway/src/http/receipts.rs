//! `POST /v1/receipts`: a device has a push. The only proof of delivery.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use zpns_protocol::calls::Receipt;
use zpns_protocol::errors::{ErrorBody, InvalidField};

use super::calls::other_call;
use super::extract::Body;
use super::{ApiError, Services};
use crate::auth::Principal;
use crate::metrics;
use crate::store::Received;

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
    principal: Principal,
    Body { value: receipt, .. }: Body<Receipt>,
) -> Result<StatusCode, ApiError> {
    let (app, user) = match &principal {
        Principal::Server { .. } => {
            return Err(ApiError::forbidden(
                "a receipt comes from the device: it needs a user token or a follow token",
            ));
        }
        Principal::User { app, user } | Principal::Follower { app, user, .. } => (app, user),
    };
    let (call, installation) = about(&principal, &receipt)?;
    if receipt.delivery_id.is_none() && call.is_none() {
        return Err(InvalidField::new(
            "callID",
            "or deliveryID is required with a user token: what was received",
        )
        .into());
    }
    let received = Received {
        app: app.clone(),
        user: user.clone(),
        delivery: receipt.delivery_id,
        call,
        installation,
    };
    services.calls.receive(received).await?;
    metrics::received();
    Ok(StatusCode::NO_CONTENT)
}

/// The call and the installation that the receipt is about. A follow token says both.
fn about(
    principal: &Principal,
    receipt: &Receipt,
) -> Result<(Option<String>, Option<String>), ApiError> {
    let named = receipt.call_id.as_ref().map(ToString::to_string);
    match principal {
        Principal::Follower {
            call, installation, ..
        } => {
            if named.is_some_and(|named| named != *call) {
                return Err(other_call());
            }
            Ok((Some(call.clone()), Some(installation.clone())))
        }
        _ => Ok((named, receipt.installation.clone())),
    }
}
