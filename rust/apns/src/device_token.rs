use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::hex::hex;

/// The address of one app on one device, as hexadecimal digits in lower case.
///
/// Apple does not promise a length; 32 to 200 digits are taken. A token is an address that others must not learn: `Debug` and
/// logs show the first 8 hex digits of its SHA-256, and only [`DeviceToken::as_str`] gives the token itself.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DeviceToken(Arc<str>);

/// The text is not a device token: it must be 32 to 200 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a device token: expected 32 to 200 hexadecimal digits, an even number, without spaces or brackets"
)]
pub struct InvalidDeviceToken;

impl DeviceToken {
    /// The token in lower case, for the path of a request or for storage.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 8 hex digits of the SHA-256 of the token's text: what logs may show.
    pub fn hash(&self) -> String {
        let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(self.0.as_bytes()));
        hex(&[a, b, c, d])
    }
}

impl FromStr for DeviceToken {
    type Err = InvalidDeviceToken;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let length = text.len();
        let valid = (32..=200).contains(&length)
            && length.is_multiple_of(2)
            && text.bytes().all(|b| b.is_ascii_hexdigit());
        if valid {
            Ok(Self(text.to_ascii_lowercase().into()))
        } else {
            Err(InvalidDeviceToken)
        }
    }
}

impl fmt::Debug for DeviceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceToken(sha256 {}…)", self.hash())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_token_is_kept_in_lower_case() {
        let token: DeviceToken = "ABCDEF0123456789ABCDEF0123456789".parse().unwrap();
        assert_eq!(token.as_str(), "abcdef0123456789abcdef0123456789");
    }

    #[test]
    fn text_that_could_change_the_request_path_is_refused() {
        for text in [
            "",
            "abc",
            "../../../../3/device/abcdef0123456789",
            "zz",
            &"a".repeat(201),
            &"a".repeat(33),
            "é".repeat(20).as_str(),
        ] {
            assert_eq!(
                text.parse::<DeviceToken>(),
                Err(InvalidDeviceToken),
                "{text:?}"
            );
        }
    }

    #[test]
    fn debug_shows_a_hash_and_not_the_token() {
        let token: DeviceToken = "ab".repeat(32).parse().unwrap();
        let shown = format!("{token:?}");
        assert!(
            shown.contains(&token.hash()) && !shown.contains("abab"),
            "{shown}"
        );
    }
}
