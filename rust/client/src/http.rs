//! One HTTP request and its answer.

use std::time::{Duration, SystemTime};

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use reqwest::{Method, Response};
use zpns_driver::{HttpMethod, HttpRequest, HttpResponse};

use crate::connections::{Connections, NetworkError, authorized};
use crate::date::date;
use crate::retry_after::retry_after;

/// Longest body taken. The gateway's answers are a few kilobytes.
const BODY_LIMIT: usize = 1024 * 1024;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

const JSON: &str = "application/json";

/// Sends a request and waits for its answer, whatever status that has.
pub(crate) async fn send(
    connections: &Connections,
    request: HttpRequest,
) -> Result<HttpResponse, NetworkError> {
    let method = match request.method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Delete => Method::DELETE,
    };
    let response = connections
        .send(&request.url, |client| {
            let mut builder = client
                .request(method.clone(), &request.url)
                .header(ACCEPT, JSON)
                .timeout(Duration::from_millis(request.timeout_ms));
            if let Some(key) = &request.idempotency_key {
                builder = builder.header(IDEMPOTENCY_KEY, key);
            }
            if let Some(body) = &request.body {
                builder = builder.header(CONTENT_TYPE, JSON).body(body.clone());
            }
            authorized(builder, request.bearer.as_deref())
        })
        .await?;
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| retry_after(value.to_str().ok()?, SystemTime::now()));
    Ok(HttpResponse {
        date: date(response.headers()),
        status: response.status().as_u16(),
        retry_after,
        body: body(response).await?,
    })
}

async fn body(mut response: Response) -> Result<Vec<u8>, NetworkError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(NetworkError::broken(format!(
                "the answer is larger than {BODY_LIMIT} bytes"
            )));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests;
