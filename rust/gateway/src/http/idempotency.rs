//! The header `Idempotency-Key`.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use zpns_calls::check;

use super::{ApiError, Services};
use crate::model::Job;
use crate::store::{Accepted, Idempotency};

/// The request's key, if it has one, and a hash over its body. A key counts within `route`: the method and path, and who asks where an app
/// has many who ask.
pub(super) fn of(
    headers: &HeaderMap,
    route: &str,
    body: &[u8],
) -> Result<Option<Idempotency>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = value.to_str().unwrap_or_default();
    check::idempotency_key(key)?;
    // A header's value has no line break in it, so that the key is what stands behind the last one.
    Ok(Some(Idempotency {
        key: format!("{route}\n{key}"),
        request_sha256: Sha256::digest(body).into(),
    }))
}

impl Services {
    /// The answer that was given to this request before, if it was. Asked for before any limit: a request that is sent again asks for
    /// nothing new.
    pub(super) async fn replayed(
        &self,
        status: StatusCode,
        app: &str,
        request: Option<&Idempotency>,
    ) -> Result<Option<Response>, ApiError> {
        let Some(request) = request else {
            return Ok(None);
        };
        let earlier = self.store.earlier_answer(app, request.clone()).await?;
        Ok(earlier.map(|answer| replay(status, answer)))
    }
}

/// The answer: the new one, or the kept one with `Idempotent-Replayed: true`. The jobs of a new one are handed to `dispatch`.
pub(super) fn answer<T: Serialize>(
    status: StatusCode,
    accepted: Accepted<T>,
    dispatch: impl FnOnce(Vec<Job>),
) -> Response {
    match accepted {
        Accepted::New(value, jobs) => {
            dispatch(jobs);
            (status, axum::Json(value)).into_response()
        }
        Accepted::Earlier(json) => replay(status, json),
    }
}

fn replay(status: StatusCode, json: String) -> Response {
    let mut response = (status, json).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    response
}
