//! Every answer that is no success: `{"error": {"code", "message"}}` with the status that fits.

use std::any::Any;
use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use zpns_calls::CallError;
use zpns_calls::auth::TokenError;
use zpns_protocol::errors::{ErrorBody, InvalidField};

use crate::auth::AuthError;
use crate::limits::TooMany;
use crate::refusal::Refusal;
use crate::store::StoreError;
use crate::streams::TooManyStreams;

/// An error as it is answered.
#[derive(Clone, Debug)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    retry_after: Option<Duration>,
}

impl ApiError {
    /// Any.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            retry_after: None,
        }
    }

    /// 400 for a request that can't be understood.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// 403 for the wrong kind of credentials.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// 503 with a time to come back.
    pub fn busy(message: impl Into<String>, retry_after: Duration) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message)
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response =
            (self.status, Json(ErrorBody::new(self.code, self.message))).into_response();
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_millis().div_ceil(1000).max(1);
            if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
                response.headers_mut().insert(header::RETRY_AFTER, value);
            }
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<InvalidField> for ApiError {
    fn from(error: InvalidField) -> Self {
        CallError::from(error).into()
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::busy(error.to_string(), Duration::from_secs(1)),
            StoreError::Closed => Self::busy(error.to_string(), Duration::from_secs(5)),
            _ => internal(&error),
        }
    }
}

/// 500. What went wrong is in the log only.
fn internal(error: &dyn std::error::Error) -> ApiError {
    tracing::error!(%error, "a request failed");
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "the gateway failed: its log says why. The request can be sent again",
    )
}

impl From<CallError> for ApiError {
    fn from(error: CallError) -> Self {
        Self::new(status(error.status()), error.code(), error.to_string())
    }
}

impl From<TokenError> for ApiError {
    fn from(error: TokenError) -> Self {
        Self::new(status(error.status()), error.code(), error.to_string())
    }
}

/// The rules know statuses as numbers, and only such as there are.
fn status(number: u16) -> StatusCode {
    StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Call(error) => error.into(),
            Refusal::NoSuchPush => {
                Self::new(StatusCode::NOT_FOUND, "no_such_push", refusal.to_string())
            }
            Refusal::Store(error) => error.into(),
            Refusal::Sealed(_) | Refusal::NoRandomness(_) => internal(&refusal),
        }
    }
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Token(error) => error.into(),
            AuthError::UnknownKey => {
                let message = error.to_string();
                Self::new(StatusCode::UNAUTHORIZED, "api_key_invalid", message)
            }
            AuthError::Failed(refusal) => refusal.into(),
        }
    }
}

impl From<TooMany> for ApiError {
    fn from(TooMany { wait }: TooMany) -> Self {
        let message = "too many requests: wait as long as Retry-After says";
        Self {
            retry_after: Some(wait),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message)
        }
    }
}

impl From<TooManyStreams> for ApiError {
    fn from(_: TooManyStreams) -> Self {
        Self::busy(
            "too many event streams are open: try again in a moment",
            Duration::from_secs(5),
        )
    }
}

/// 404 for a path that does not exist.
pub(super) async fn no_such_route() -> ApiError {
    CallError::NoSuchRoute.into()
}

/// 405.
pub(super) async fn no_such_method() -> ApiError {
    CallError::NoSuchMethod.into()
}

/// 500 after a defect of ours.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature that CatchPanicLayer wants"
)]
pub(super) fn after_panic(panic: Box<dyn Any + Send>) -> Response {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = said.unwrap_or("unknown"), "a handler panicked");
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "the gateway failed: its log says why",
    )
    .into_response()
}
