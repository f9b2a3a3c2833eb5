//! From a request to what handlers work with: who asks, and a body that names its wrong fields.

use std::sync::Arc;

use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use zpns_calls::auth::{self, FOLLOW_TOKEN_PREFIX};
use zpns_calls::user_events;

use super::{ApiError, Services};
use crate::auth::{Principal, TokenError, api_key, user_token};

/// Who asks; nobody else gets in.
#[derive(Clone, Debug)]
pub(super) struct Authenticated(pub(super) Principal);

impl FromRequestParts<Arc<Services>> for Authenticated {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        services: &Arc<Services>,
    ) -> Result<Self, ApiError> {
        let value = parts
            .headers
            .get(header::AUTHORIZATION)
            .ok_or(TokenError::Missing)?;
        let value = value.to_str().map_err(|_| TokenError::NotBearer)?;
        let (scheme, token) = value.split_once(' ').ok_or(TokenError::NotBearer)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(TokenError::NotBearer.into());
        }
        let token = token.trim();
        let principal = if token.starts_with(api_key::PREFIX) {
            api_key::verify(&services.store, token).await?
        } else if token.starts_with(FOLLOW_TOKEN_PREFIX) {
            services.follow_tokens.verify(token)?
        } else {
            user_token::verify(&services.store, &services.master, token).await?
        };
        services.meter.request(&principal)?;
        Ok(Self(principal))
    }
}

/// A server of an app; anyone else gets 403.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) app: String,
}

impl FromRequestParts<Arc<Services>> for Server {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        services: &Arc<Services>,
    ) -> Result<Self, ApiError> {
        match Authenticated::from_request_parts(parts, services).await?.0 {
            Principal::Server { app, .. } => Ok(Self { app }),
            _ => Err(ApiError::forbidden(
                "this needs an API key: it is for the app's server, not for its users",
            )),
        }
    }
}

/// A user of an app; anyone else gets 403.
#[derive(Clone, Debug)]
pub(super) struct SignedIn {
    pub(super) app: String,
    pub(super) user: String,
    /// When a stream of the user ends, Unix milliseconds.
    pub(super) stream_ends_at: u64,
}

impl FromRequestParts<Arc<Services>> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        services: &Arc<Services>,
    ) -> Result<Self, ApiError> {
        let Authenticated(principal) = Authenticated::from_request_parts(parts, services).await?;
        Ok(Self {
            user: auth::signed_in_user(&principal)?.to_owned(),
            app: principal.app().to_owned(),
            stream_ends_at: user_events::ends_at(&principal),
        })
    }
}

/// A JSON body, together with its bytes. An empty body counts as `{}`.
#[derive(Clone, Debug)]
pub(super) struct Body<T> {
    pub(super) value: T,
    pub(super) bytes: Bytes,
}

impl<T: DeserializeOwned> FromRequest<Arc<Services>> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, services: &Arc<Services>) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, services)
            .await
            .map_err(|e| unreadable(&e))?;
        let json: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|e| explain(&e))?;
        deserializer.end().map_err(|_| {
            ApiError::bad_request(
                "the body holds more than one JSON value: send exactly one object",
            )
        })?;
        Ok(Self { value, bytes })
    }
}

fn unreadable(rejection: &BytesRejection) -> ApiError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "the body is too large: 16 KB at most, 512 KB for POST /v1/pushes",
        );
    }
    ApiError::bad_request("the body could not be read: send it again")
}

/// Says which field is wrong, but not what it held.
fn explain(error: &serde_path_to_error::Error<serde_json::Error>) -> ApiError {
    let (path, inner) = (error.path().to_string(), error.inner());
    match inner.classify() {
        serde_json::error::Category::Data => {
            let problem = inner.to_string();
            let problem = problem.split(" at line ").next().unwrap_or_default();
            let message = if path == "." {
                problem.to_owned()
            } else {
                format!("{path}: {problem}")
            };
            ApiError::new(StatusCode::BAD_REQUEST, "invalid_field", message)
        }
        _ => ApiError::bad_request(format!(
            "the body is not JSON: line {}, column {}",
            inner.line(),
            inner.column()
        )),
    }
}

/// A part of the path, decoded.
#[derive(Clone, Debug)]
pub(super) struct Id(pub(super) String);

impl FromRequestParts<Arc<Services>> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        services: &Arc<Services>,
    ) -> Result<Self, ApiError> {
        let Path(id) = Path::<String>::from_request_parts(parts, services)
            .await
            .map_err(|_| {
                ApiError::bad_request("the ID in the path is not percent-encoded UTF-8")
            })?;
        Ok(Self(id))
    }
}
