//! The header `Idempotency-Key`.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use zpns_protocol::errors::InvalidField;

use super::ApiError;
use crate::model::Job;
use crate::store::{Accepted, Idempotency};

/// The request's key, if it has one, and a hash over what it asks for.
pub(super) fn of(headers: &HeaderMap, route: &str, body: &[u8]) -> Result<Option<Idempotency>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().unwrap_or_default();
    if !(1..=255).contains(&key.len()) {
        return Err(InvalidField::new("Idempotency-Key", "is 1 to 255 visible ASCII characters, as a UUID").into());
    }
    let request_sha256 = Sha256::new().chain_update(route).chain_update(b"\0").chain_update(body).finalize().into();
    Ok(Some(Idempotency { key: key.to_owned(), request_sha256 }))
}

/// The answer: the new one, or the kept one with `Idempotent-Replayed: true`. The jobs of a new one are handed to `dispatch`.
pub(super) fn answer<T: Serialize>(status: StatusCode, accepted: Accepted<T>, dispatch: impl FnOnce(Vec<Job>)) -> Response {
    match accepted {
        Accepted::New(value, jobs) => {
            dispatch(jobs);
            (status, axum::Json(value)).into_response()
        }
        Accepted::Earlier(json) => {
            let mut response = (status, json).into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
            response
        }
    }
}
