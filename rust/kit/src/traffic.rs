//! What a phone asks of a gateway: its name, who asks, and answers that a test has scripted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use zpns_calls::auth::FOLLOW_TOKEN_PREFIX;

use crate::message::RequestEntry;
use crate::world::KitError;

/// Every request that phones make, as tests name them.
const NAMES: [(&str, &str, &str); 12] = [
    ("register", "PUT", "installations/*"),
    ("unregister", "DELETE", "installations/*"),
    ("badge", "PUT", "installations/*/badge"),
    ("receipt", "POST", "receipts"),
    ("invite", "POST", "calls"),
    ("accept", "POST", "calls/*/accept"),
    ("reject", "POST", "calls/*/reject"),
    ("cancel", "POST", "calls/*/cancel"),
    ("end", "POST", "calls/*/end"),
    ("query", "GET", "calls/*"),
    ("follow", "GET", "calls/*/events"),
    ("followUser", "GET", "users/me/events"),
];

/// The name of a request, if a phone may make it. `path` begins with `/v1/`.
pub(crate) fn name_of(method: &str, path: &str) -> Option<&'static str> {
    let parts: Vec<&str> = path.strip_prefix("/v1/")?.split('/').collect();
    let fits = |pattern: &str| {
        let pattern: Vec<&str> = pattern.split('/').collect();
        pattern.len() == parts.len()
            && pattern
                .iter()
                .zip(&parts)
                .all(|(wanted, part)| *wanted == "*" || wanted == part)
    };
    NAMES
        .iter()
        .find(|(_, verb, pattern)| *verb == method && fits(pattern))
        .map(|(name, _, _)| *name)
}

/// A part of a path as it was before it was percent-encoded.
pub(crate) fn decoded(part: &str) -> String {
    percent_encoding::percent_decode_str(part)
        .decode_utf8_lossy()
        .into_owned()
}

/// A request as a test sees it.
pub(crate) fn entry(name: &'static str, path: &str, token: &str, body: Value) -> RequestEntry {
    let call_id = match path.strip_prefix("/v1/calls/") {
        Some(rest) => rest.split('/').next().map(decoded),
        None => text(&body, "callID"),
    };
    let by = if token.starts_with(FOLLOW_TOKEN_PREFIX) {
        "follow".to_owned()
    } else {
        claimed_user(token).unwrap_or_default()
    };
    RequestEntry {
        name,
        call_id,
        by,
        token: token.to_owned(),
        body,
    }
}

/// Whose token it says it is. Nothing is verified.
fn claimed_user(token: &str) -> Option<String> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    text(&claims, "sub")
}

fn text(object: &Value, key: &str) -> Option<String> {
    object.get(key)?.as_str().map(str::to_owned)
}

/// How a request is answered in place of the gateway.
#[derive(Clone, Debug)]
pub(crate) struct ScriptedAnswer {
    /// HTTP status; 0 for a connection that breaks. With 200 and no body the gateway answers as usual.
    pub(crate) status: u16,
    pub(crate) body: Option<String>,
    /// `Retry-After` in seconds.
    pub(crate) retry_after: Option<u64>,
}

impl ScriptedAnswer {
    /// From `{status, body, retryAfter}`.
    pub(crate) fn read(answer: &Value) -> Result<Self, KitError> {
        let status = answer.get("status").and_then(Value::as_u64);
        let status = status.and_then(|status| u16::try_from(status).ok());
        Ok(Self {
            status: status.ok_or_else(|| KitError::new("a scripted answer has a status"))?,
            body: answer.get("body").map(Value::to_string),
            retry_after: answer.get("retryAfter").and_then(Value::as_u64),
        })
    }
}

/// Answers that a test has scripted for one phone, by the name of the request, in order.
#[derive(Debug, Default)]
pub(crate) struct Script(Vec<(String, ScriptedAnswer)>);

impl Script {
    /// The next requests of this name are answered so.
    pub(crate) fn add(&mut self, name: &str, answers: Vec<ScriptedAnswer>) -> Result<(), KitError> {
        if !NAMES.iter().any(|(known, _, _)| *known == name) {
            let known: Vec<_> = NAMES.iter().map(|(known, _, _)| *known).collect();
            let known = known.join(", ");
            let message = format!("phones make no request {name:?}: they make {known}");
            return Err(KitError::new(message));
        }
        let named = answers.into_iter().map(|answer| (name.to_owned(), answer));
        self.0.extend(named);
        Ok(())
    }

    pub(crate) fn next(&mut self, name: &str) -> Option<ScriptedAnswer> {
        let at = self.0.iter().position(|(wanted, _)| wanted == name)?;
        Some(self.0.remove(at).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_of_a_phone_has_its_name() {
        assert_eq!(name_of("PUT", "/v1/installations/a"), Some("register"));
        assert_eq!(name_of("PUT", "/v1/installations/a/badge"), Some("badge"));
        assert_eq!(name_of("GET", "/v1/calls/a%2Fb/events"), Some("follow"));
        assert_eq!(name_of("GET", "/v1/users/me/events"), Some("followUser"));
        assert_eq!(name_of("GET", "/v1/calls"), None);
        assert_eq!(name_of("GET", "/v2/calls/a"), None);
    }

    #[test]
    fn a_script_for_a_request_that_does_not_exist_is_refused() {
        let error = Script::default().add("registr", Vec::new()).unwrap_err();
        assert!(error.message.contains("register, unregister"));
    }
}
