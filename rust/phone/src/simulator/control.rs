//! The simulator's control API, as far as a device needs it.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Method, Response, StatusCode};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;
use serde_json::{Value, json};
use zpns_client::core::TokenKind;
use zpns_protocol::Environment;

use crate::device::Tokens;
use crate::error::PhoneError;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// One simulator.
pub(super) struct Control {
    http: Client,
    base: String,
}

#[derive(Deserialize)]
struct Registered {
    #[serde(rename = "deviceID")]
    device_id: String,
    tokens: HexTokens,
}

#[derive(Deserialize)]
struct HexTokens {
    apns: String,
    voip: String,
}

#[derive(Deserialize)]
struct Rotated {
    token: String,
}

impl Control {
    /// For plain HTTP: the control API is for this machine or a test network.
    pub(super) fn new(url: &str) -> Result<Self, PhoneError> {
        // reqwest wants to know how TLS would be done even where it is not.
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| PhoneError::Simulator(error.to_string()))?
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let http = Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .connect_timeout(PATIENCE)
            .build()
            .map_err(|e| failed(&e))?;
        Ok(Self {
            http,
            base: url.trim_end_matches('/').to_owned(),
        })
    }

    /// This installation becomes a device: its ID and tokens.
    pub(super) async fn register(
        &self,
        bundle_id: &str,
        environment: Environment,
    ) -> Result<(String, Tokens), PhoneError> {
        let body = json!({ "bundleID": bundle_id, "environment": environment });
        let answer: Registered =
            read(self.send(Method::POST, "/devices", Some(body)).await?).await?;
        let tokens = Tokens {
            apns: Some(bytes(&answer.tokens.apns)?),
            voip: Some(bytes(&answer.tokens.voip)?),
        };
        Ok((answer.device_id, tokens))
    }

    /// The device gets a new token; the old one is no longer registered.
    pub(super) async fn rotate(
        &self,
        device: &str,
        kind: TokenKind,
    ) -> Result<Vec<u8>, PhoneError> {
        let name = match kind {
            TokenKind::Apns => "apns",
            TokenKind::Voip => "voip",
        };
        let path = format!("/devices/{device}/tokens");
        let answer: Rotated = read(
            self.send(Method::POST, &path, Some(json!({ "kind": name })))
                .await?,
        )
        .await?;
        bytes(&answer.token)
    }

    /// The device is gone, and its tokens with it.
    pub(super) async fn unregister(&self, device: &str) -> Result<(), PhoneError> {
        self.send(Method::DELETE, &format!("/devices/{device}"), None)
            .await
            .map(|_| ())
    }

    /// Opens the stream of pushes after number `last`. None if the simulator does not know the device (any more).
    pub(super) async fn pushes(
        &self,
        device: &str,
        last: &str,
    ) -> Result<Option<Response>, PhoneError> {
        let request = self
            .http
            .get(format!("{}/devices/{device}/pushes", self.base))
            .header("last-event-id", last);
        let response = request.send().await.map_err(|error| failed(&error))?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => Ok(Some(response)),
            status => Err(PhoneError::Simulator(format!(
                "it answered {status} to the request for pushes"
            ))),
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Response, PhoneError> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .timeout(PATIENCE);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let response = request.send().await.map_err(|error| failed(&error))?;
        let status = response.status();
        if status.is_success() {
            Ok(response)
        } else {
            Err(PhoneError::Simulator(format!(
                "it answered {status} to {path}"
            )))
        }
    }
}

async fn read<T: for<'de> Deserialize<'de>>(response: Response) -> Result<T, PhoneError> {
    let body = response.bytes().await.map_err(|error| failed(&error))?;
    serde_json::from_slice(&body)
        .map_err(|error| PhoneError::Simulator(format!("its answer is not understood: {error}")))
}

fn bytes(hex: &str) -> Result<Vec<u8>, PhoneError> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    hex.as_bytes()
        .chunks(2)
        .map(pair)
        .collect::<Option<_>>()
        .ok_or_else(|| PhoneError::Simulator("its token is no hex".to_owned()))
}

/// What is at the bottom of an HTTP failure: the layers above only say that sending failed.
pub(super) fn failed(error: &reqwest::Error) -> PhoneError {
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    PhoneError::Simulator(cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn a_token_is_read_from_hex_of_any_case_and_nothing_else() {
        assert_eq!(bytes("00fFa1").unwrap(), [0, 255, 161]);
        assert!(bytes("abc").is_err() && bytes("zz").is_err() && bytes("é").is_err());
    }
}
