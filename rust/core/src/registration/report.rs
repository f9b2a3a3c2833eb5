//! What the app is told about its registration.

use serde_json::{Value, json};

use crate::account::Account;
use crate::app::AppFacts;
use crate::environment::Resolution;
use crate::error::{Code, Error};
use crate::input::{HttpFailure, HttpResponse, TokenKind};

use super::machine::{Registration, gateway_message};
use super::tokens::{TokenState, TokenStates};

/// Body of `registered`, when it worked.
pub(super) fn registered(push_id: &str, resolution: &Resolution) -> Value {
    let mut body = json!({
        "pushID": push_id,
        "errorCode": 0,
        "msg": "",
        "environment": resolution.environment,
        "environmentSource": resolution.source,
    });
    warn(&mut body, resolution);
    body
}

/// Body of `registered`, when it did not.
pub(super) fn failed(error: &Error, resolution: &Resolution) -> Value {
    let mut body = json!({
        "pushID": "",
        "errorCode": error.code.parse::<i64>().unwrap_or_else(|_| Code::RegistrationFailed.number().into()),
        "msg": error.message,
        "environment": resolution.environment,
        "environmentSource": resolution.source,
    });
    warn(&mut body, resolution);
    body
}

fn warn(body: &mut Value, resolution: &Resolution) {
    if let (Some(fields), Some(warning)) = (body.as_object_mut(), &resolution.warning) {
        fields.insert("warning".to_owned(), json!(warning));
    }
}

/// No token came at all: the system's own error where it gave one.
pub(super) fn no_token(tokens: &TokenStates) -> Error {
    match tokens.apns.error().or(tokens.voip.error()) {
        Some(error) => Error {
            code: error.code.to_string(),
            domain: error.domain.clone(),
            message: error.message.clone(),
        },
        None => Error::new(
            Code::PushServiceUnavailable,
            "iOS gave no push token yet; the device may be offline, or the build lacks the Push Notifications capability. \
             Registration goes on as soon as a token comes",
        ),
    }
}

pub(super) fn no_user_token() -> Error {
    Error::new(
        Code::NotAuthenticated,
        "the gateway wants a user token: give one by ZPNs.configure({userToken}), or getUserToken so that it can be renewed",
    )
}

pub(super) fn no_gateway(method: &str) -> Error {
    Error::new(
        Code::NotConfigured,
        format!(
            "{method} needs a gateway and a user: call ZPNs.configure({{serverURL, appID, userToken}}) before"
        ),
    )
}

/// The body of a successful answer, or the error that the app should see.
pub(super) fn verdict(outcome: &Result<HttpResponse, HttpFailure>) -> Result<&[u8], Error> {
    match outcome {
        Ok(response) if (200..300).contains(&response.status) => Ok(&response.body),
        Ok(response) => {
            let said = gateway_message(&response.body)
                .unwrap_or_else(|| format!("HTTP status {}", response.status));
            let code = match response.status {
                401 => Code::NotAuthenticated,
                400 | 403 | 404 | 422 => Code::PushServiceRefused,
                _ => Code::RegistrationFailed,
            };
            Err(Error::new(code, format!("the gateway refused: {said}")))
        }
        Err(failure) => Err(Error::new(
            Code::RegistrationFailed,
            match failure {
                HttpFailure::Unreachable => {
                    "the gateway can't be reached; it is tried again until it can"
                }
                HttpFailure::TimedOut => "the gateway did not answer in time; it is tried again",
                HttpFailure::Broken => "the connection to the gateway broke; it is tried again",
                HttpFailure::InvalidUrl => {
                    "serverURL can't be used: give an http:// or https:// URL to ZPNs.configure"
                }
            },
        )),
    }
}

pub(super) const fn kind_name(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Apns => "apns",
        TokenKind::Voip => "voip",
    }
}

/// `getRegistration()`: with the tokens themselves, for apps that have their own backend.
pub(super) fn registration(
    registration: &Registration,
    app: &AppFacts,
    account: &Account,
) -> Value {
    let resolution = registration.resolution(app);
    json!({
        "pushID": registration.confirmed.as_ref().map(|confirmed| confirmed.push_id.as_str()),
        "state": state(registration),
        "bundleID": app.bundle_id,
        "environment": resolution.environment,
        "environmentSource": resolution.source,
        "warning": resolution.warning,
        "tokens": {
            "apns": registration.tokens.apns.known().map(super::super::token::PushToken::as_str),
            "voip": registration.tokens.voip.known().map(super::super::token::PushToken::as_str),
        },
        "serverURL": account.server_url,
        "installationID": account.installation,
    })
}

/// The registration's part of `diagnose()`: tokens as fingerprints.
pub(super) fn diagnosis(registration: &Registration, app: &AppFacts) -> Value {
    let resolution = registration.resolution(app);
    json!({
        "state": state(registration),
        "environment": resolution.environment,
        "environmentSource": resolution.source,
        "evidence": resolution.evidence,
        "warning": resolution.warning,
        "tokens": { "apns": token(&registration.tokens.apns), "voip": token(&registration.tokens.voip) },
        "failures": registration.backoff.failures(),
        "nextTryAt": registration.backoff.at(),
        "lastError": registration.last_error,
    })
}

fn state(registration: &Registration) -> &'static str {
    if registration.removal.is_wanted() {
        return "unregistering";
    }
    match (&registration.wanted, &registration.confirmed) {
        (None, _) => "idle",
        (Some(_), Some(_)) => "registered",
        (Some(_), None) => "registering",
    }
}

fn token(state: &TokenState) -> Value {
    match state {
        TokenState::Missing => json!(null),
        TokenState::Known(token) => json!({ "fingerprint": token.fingerprint() }),
        TokenState::Failed(error) => {
            json!({ "error": error.message, "code": error.code, "domain": error.domain })
        }
    }
}
