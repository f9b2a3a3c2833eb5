use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::SimulatorError;

/// What a handler returns.
pub(super) type Answer = Result<Response, SimulatorError>;

impl IntoResponse for SimulatorError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::UnknownDevice | Self::UnknownToken => StatusCode::NOT_FOUND,
            Self::Bind { .. } | Self::Mint(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::BadIdentifier { .. } | Self::BadRequest(_) => StatusCode::BAD_REQUEST,
        };
        let body = json!({"error": {"code": self.code(), "message": self.to_string()}});
        (status, Json(body)).into_response()
    }
}

/// Reads a JSON body; whatever is wrong with it is a bad request.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, SimulatorError> {
    serde_json::from_slice(body).map_err(|error| {
        SimulatorError::BadRequest(format!("the body is not what this call takes: {error}"))
    })
}
