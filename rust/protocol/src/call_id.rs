use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Namespace of call UUIDs: version 5 of the URL namespace and `urn:zpns:call-id`.
pub const CALL_NAMESPACE: Uuid = Uuid::from_u128(0x3056_08cb_174c_5bc3_bff8_4b81_59b0_7f9b);

/// The UUID by which CallKit, the gateway and JavaScript know the call with this ID.
///
/// A call ID that is itself a UUID keeps it; any other gets version 5 in [`CALL_NAMESPACE`] over its UTF-8 bytes, unchanged.
/// Everyone computes the same UUID, so a push, a cancel and a second push find the same call without a shared table.
pub fn call_uuid(call_id: &str) -> Uuid {
    parse_uuid(call_id).unwrap_or_else(|| Uuid::new_v5(&CALL_NAMESPACE, call_id.as_bytes()))
}

/// A UUID in its usual 8-4-4-4-12 form, upper or lower case. Braces, URNs and the form without hyphens are not UUIDs here,
/// since other implementations of the rule would not take them for one.
pub fn parse_uuid(text: &str) -> Option<Uuid> {
    if text.len() == 36 {
        Uuid::try_parse(text).ok()
    } else {
        None
    }
}

/// A call's ID: 1 to 128 bytes of text without control characters, chosen by the caller or made by the gateway.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CallId(String);

/// The text is no call ID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCallId {
    /// Nothing in it.
    #[error("a call ID may not be empty: leave it out to have one made, or give 1 to {max} bytes", max = CallId::MAX_BYTES)]
    Empty,
    /// Longer than [`CallId::MAX_BYTES`].
    #[error("a call ID has at most {max} bytes of UTF-8, this one has {0}", max = CallId::MAX_BYTES)]
    TooLong(usize),
    /// Holds a control character.
    #[error("a call ID may not hold control characters (found one at byte {0})")]
    Control(usize),
}

impl CallId {
    /// Longest call ID, in bytes of UTF-8.
    pub const MAX_BYTES: usize = 128;

    /// Checks and wraps the text.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidCallId> {
        let text = text.into();
        Self::check(&text)?;
        Ok(Self(text))
    }

    /// Whether the text could be wrapped.
    pub fn check(text: &str) -> Result<(), InvalidCallId> {
        if text.is_empty() {
            return Err(InvalidCallId::Empty);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(InvalidCallId::TooLong(text.len()));
        }
        if let Some((at, _)) = text.char_indices().find(|(_, c)| c.is_control()) {
            return Err(InvalidCallId::Control(at));
        }
        Ok(())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its UUID, see [`call_uuid`].
    pub fn uuid(&self) -> Uuid {
        call_uuid(&self.0)
    }
}

impl TryFrom<String> for CallId {
    type Error = InvalidCallId;
    fn try_from(text: String) -> Result<Self, InvalidCallId> {
        Self::new(text)
    }
}

impl From<CallId> for String {
    fn from(id: CallId) -> Self {
        id.0
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_is_version_5_of_the_url_namespace() {
        assert_eq!(
            CALL_NAMESPACE,
            Uuid::new_v5(&Uuid::NAMESPACE_URL, b"urn:zpns:call-id")
        );
    }

    #[test]
    fn the_published_vectors_hold() {
        for (id, uuid) in [
            ("call-42", "f918fa96-d863-5f2c-9ba5-a60ea3cf90a8"),
            ("通话-1", "cfef30a4-ef00-5d2f-b0e8-e228e1b97fba"),
            (
                "1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10",
                "1f0e9b52-5f1a-4c0e-9c55-3b1f3f6f2a10",
            ),
        ] {
            assert_eq!(call_uuid(id).to_string(), uuid, "{id}");
        }
    }

    #[test]
    fn only_the_hyphenated_form_counts_as_a_uuid() {
        let hyphenated = "1f0e9b52-5f1a-4c0e-9c55-3b1f3f6f2a10";
        for other in [
            "1f0e9b525f1a4c0e9c553b1f3f6f2a10",
            "{1f0e9b52-5f1a-4c0e-9c55-3b1f3f6f2a10}",
            "urn:uuid:1f0e9b52-5f1a-4c0e-9c55-3b1f3f6f2a10",
        ] {
            assert_ne!(call_uuid(other), call_uuid(hyphenated), "{other}");
        }
    }

    #[test]
    fn a_call_id_that_is_empty_too_long_or_has_control_characters_is_refused() {
        assert_eq!(CallId::new(""), Err(InvalidCallId::Empty));
        assert_eq!(
            CallId::new("x".repeat(129)),
            Err(InvalidCallId::TooLong(129))
        );
        assert_eq!(CallId::new("a\nb"), Err(InvalidCallId::Control(1)));
        assert!(serde_json::from_str::<CallId>("\"\"").is_err());
    }
}
