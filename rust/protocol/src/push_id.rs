use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::Environment;

/// What an app hands to whoever wants to reach this device: an address, not a credential.
///
/// Two forms: `zp_` and 22 base62 characters, given out by a gateway; `zpl_` and base64url of a [`LocalPushId`], made on the phone where
/// no gateway is configured.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PushId(String);

/// The text is no pushID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPushId {
    /// Neither prefix, or the rest has the wrong form.
    #[error(
        "a pushID is `zp_` and 22 letters or digits, or `zpl_` and a base64url text: use the one that the event `registered` brought"
    )]
    Form,
    /// `zpl_`, but what it describes can't be read.
    #[error(
        "the pushID begins with `zpl_` but does not describe a device ({0}): use the one that the event `registered` brought"
    )]
    Local(String),
}

/// What a `zpl_` pushID says about the device: enough to push to it with nothing stored anywhere.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalPushId {
    /// The app.
    #[serde(rename = "bundleID")]
    pub bundle_id: String,
    /// Environment of both tokens.
    pub env: Environment,
    /// Device token, lower-case hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apns: Option<String>,
    /// VoIP token, lower-case hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voip: Option<String>,
}

impl PushId {
    const GATEWAY_PREFIX: &str = "zp_";
    const LOCAL_PREFIX: &str = "zpl_";
    const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const BASE62_DIGITS: usize = 22;

    /// The gateway's form over 128 random bits.
    pub fn from_random(bits: u128) -> Self {
        let mut rest = bits;
        let mut digits = Vec::with_capacity(Self::BASE62_DIGITS);
        for _ in 0..Self::BASE62_DIGITS {
            let digit = usize::try_from(rest % 62).unwrap_or(0);
            digits.push(Self::BASE62.get(digit).copied().unwrap_or(b'0'));
            rest /= 62;
        }
        digits.reverse();
        Self(format!(
            "{}{}",
            Self::GATEWAY_PREFIX,
            String::from_utf8_lossy(&digits)
        ))
    }

    /// The phone's own form.
    pub fn local(device: &LocalPushId) -> Self {
        // Four plain fields: writing them as JSON can't fail.
        let json = serde_json::to_vec(device).unwrap_or_default();
        Self(format!(
            "{}{}",
            Self::LOCAL_PREFIX,
            URL_SAFE_NO_PAD.encode(json)
        ))
    }

    /// Checks the text.
    pub fn parse(text: &str) -> Result<Self, InvalidPushId> {
        let id = Self(text.to_owned());
        if let Some(rest) = text.strip_prefix(Self::GATEWAY_PREFIX) {
            let good = rest.len() == Self::BASE62_DIGITS
                && rest.bytes().all(|b| b.is_ascii_alphanumeric());
            return if good {
                Ok(id)
            } else {
                Err(InvalidPushId::Form)
            };
        }
        match id.device() {
            None => Err(InvalidPushId::Form),
            Some(Err(error)) => Err(error),
            Some(Ok(_)) => Ok(id),
        }
    }

    /// For a local pushID: the device it describes. `None` for the gateway's form.
    pub fn device(&self) -> Option<Result<LocalPushId, InvalidPushId>> {
        let encoded = self.0.strip_prefix(Self::LOCAL_PREFIX)?;
        let bytes = match URL_SAFE_NO_PAD.decode(encoded) {
            Ok(bytes) => bytes,
            Err(error) => return Some(Err(InvalidPushId::Local(error.to_string()))),
        };
        Some(serde_json::from_slice(&bytes).map_err(|e| InvalidPushId::Local(e.to_string())))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PushId {
    type Error = InvalidPushId;
    fn try_from(text: String) -> Result<Self, InvalidPushId> {
        Self::parse(&text)
    }
}

impl From<PushId> for String {
    fn from(id: PushId) -> Self {
        id.0
    }
}

impl fmt::Display for PushId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// A local pushID holds tokens, so neither form is printed in full.
impl fmt::Debug for PushId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix: String = self.0.chars().take(8).collect();
        write!(f, "PushId({prefix}…)")
    }
}

impl fmt::Debug for LocalPushId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalPushId")
            .field("bundle_id", &self.bundle_id)
            .field("env", &self.env)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_push_id_has_22_base62_digits_and_keeps_all_128_bits() {
        assert_eq!(PushId::from_random(0).as_str(), "zp_0000000000000000000000");
        assert_eq!(
            PushId::from_random(u128::MAX).as_str(),
            "zp_7n42DGM5Tflk9n8mt7Fhc7"
        );
        assert!(PushId::parse(PushId::from_random(12345).as_str()).is_ok());
    }

    #[test]
    fn a_local_push_id_describes_its_device() {
        let device = LocalPushId {
            bundle_id: "com.example.app".into(),
            env: Environment::Development,
            apns: None,
            voip: Some("ab12".into()),
        };
        let id = PushId::parse(PushId::local(&device).as_str()).unwrap();
        assert_eq!(id.device().unwrap().unwrap(), device);
    }

    #[test]
    fn what_is_no_push_id_is_refused() {
        for text in [
            "",
            "zp_",
            "zp_tooshort",
            "zp_00000000000000000000-0",
            "zpl_",
            "zpl_!!!",
            "zpl_e30",
            "hello",
        ] {
            assert!(PushId::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn debug_output_does_not_hold_tokens() {
        let device = LocalPushId {
            bundle_id: "b".into(),
            env: Environment::Production,
            apns: Some("aaaa1111".into()),
            voip: Some("bbbb2222".into()),
        };
        let shown = format!("{device:?} {:?}", PushId::local(&device));
        assert!(
            !shown.contains("aaaa1111")
                && !shown.contains("bbbb2222")
                && !shown.contains(PushId::local(&device).as_str())
        );
    }
}
