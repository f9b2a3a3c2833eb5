//! The simulator's control API, as far as a device needs it.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Method, Response, StatusCode};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;
use serde_json::{Value, json};
use zpns_client::TokenKind;
use zpns_phone::Tokens;
use zpns_protocol::Environment;

/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// The simulator gave no answer that can be used.
#[derive(Debug, thiserror::Error)]
#[error("the APNs simulator did not do it: {0}")]
pub(super) struct SimulatorError(String);

/// One simulator.
pub(super) struct Control {
    http: Client,
    url: String,
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
    pub(super) fn new(url: String) -> Self {
        // reqwest wants to know how TLS would be done even where it is not.
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let http = Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .connect_timeout(ANSWER_WITHIN)
            .build()
            .unwrap();
        Self { http, url }
    }

    /// This installation becomes a device: its ID and tokens.
    pub(super) async fn register(
        &self,
        bundle_id: &str,
        environment: Environment,
    ) -> Result<(String, Tokens), SimulatorError> {
        let body = json!({ "bundleID": bundle_id, "environment": environment });
        let response = self.send(Method::POST, "/devices", Some(body)).await?;
        let registered: Registered = read(response).await?;
        let tokens = Tokens {
            apns: Some(from_hex(&registered.tokens.apns)?),
            voip: Some(from_hex(&registered.tokens.voip)?),
        };
        Ok((registered.device_id, tokens))
    }

    /// The device gets a new token; the old one is no longer registered.
    pub(super) async fn rotate_token(
        &self,
        device: &str,
        kind: TokenKind,
    ) -> Result<Vec<u8>, SimulatorError> {
        let name = match kind {
            TokenKind::Apns => "apns",
            TokenKind::Voip => "voip",
        };
        let path = format!("/devices/{device}/tokens");
        let body = json!({ "kind": name });
        let rotated: Rotated = read(self.send(Method::POST, &path, Some(body)).await?).await?;
        from_hex(&rotated.token)
    }

    /// The device is gone, and its tokens with it.
    pub(super) async fn unregister(&self, device: &str) -> Result<(), SimulatorError> {
        let path = format!("/devices/{device}");
        self.send(Method::DELETE, &path, None).await.map(|_| ())
    }

    /// Opens the stream of pushes after number `last`. None if the simulator does not know the device (any more).
    pub(super) async fn pushes(
        &self,
        device: &str,
        last: &str,
    ) -> Result<Option<Response>, SimulatorError> {
        let request = self
            .http
            .get(format!("{}/devices/{device}/pushes", self.url))
            .header("last-event-id", last);
        let response = request
            .send()
            .await
            .map_err(|error| SimulatorError::from(&error))?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => Ok(Some(response)),
            status => Err(SimulatorError(format!(
                "it answered {status} to the request for pushes"
            ))),
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Response, SimulatorError> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.url))
            .timeout(ANSWER_WITHIN);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let response = request
            .send()
            .await
            .map_err(|error| SimulatorError::from(&error))?;
        let status = response.status();
        if status.is_success() {
            Ok(response)
        } else {
            Err(SimulatorError(format!("it answered {status} to {path}")))
        }
    }
}

async fn read<T: for<'de> Deserialize<'de>>(response: Response) -> Result<T, SimulatorError> {
    let body = response
        .bytes()
        .await
        .map_err(|error| SimulatorError::from(&error))?;
    serde_json::from_slice(&body)
        .map_err(|error| SimulatorError(format!("its answer is not understood: {error}")))
}

fn from_hex(hex: &str) -> Result<Vec<u8>, SimulatorError> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    hex.as_bytes()
        .chunks(2)
        .map(byte)
        .collect::<Option<_>>()
        .ok_or_else(|| SimulatorError::new("its token is no hex"))
}

impl SimulatorError {
    pub(super) fn new(message: &str) -> Self {
        Self(message.to_owned())
    }
}

impl From<&reqwest::Error> for SimulatorError {
    /// What is at the bottom of the failure: the layers above only say that sending failed.
    fn from(error: &reqwest::Error) -> Self {
        let mut cause: &dyn Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        Self(cause.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::from_hex;

    #[test]
    fn a_token_is_read_from_hex_of_any_case_and_nothing_else() {
        assert_eq!(from_hex("00fFa1").unwrap(), [0, 255, 161]);
        assert!(from_hex("abc").is_err() && from_hex("zz").is_err() && from_hex("é").is_err());
    }
}
