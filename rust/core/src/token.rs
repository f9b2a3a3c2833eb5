//! Push tokens: bytes of any length, known everywhere else as lower-case hex.

use std::fmt;

use sha2::{Digest, Sha256};

/// A push token in lower-case hex. Its length is Apple's business.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct PushToken(String);

impl PushToken {
    /// Spells the bytes; none for no bytes.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            None
        } else {
            Some(Self(hex(bytes)))
        }
    }

    /// Takes hex in any case; none for anything else.
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let good = !text.is_empty()
            && text.len().is_multiple_of(2)
            && text.bytes().all(|b| b.is_ascii_hexdigit());
        good.then(|| Self(text.to_ascii_lowercase()))
    }

    /// Apple's bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.0
            .as_bytes()
            .chunks_exact(2)
            .filter_map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok())
            .collect()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What may be shown of it: the first 8 hex digits of its SHA-256.
    pub(crate) fn fingerprint(&self) -> String {
        fingerprint(&self.0)
    }
}

impl fmt::Debug for PushToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PushToken({})", self.fingerprint())
    }
}

/// The first 8 hex digits of the SHA-256 of a text that may not be shown itself.
pub(crate) fn fingerprint(secret: &str) -> String {
    hex(Sha256::digest(secret.as_bytes())
        .get(..4)
        .unwrap_or_default())
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String can't fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_any_length_become_lower_case_hex() {
        assert_eq!(
            PushToken::from_bytes(&[0xAB, 0x00, 0x0f]).unwrap().as_str(),
            "ab000f"
        );
        assert_eq!(
            PushToken::from_bytes(&[0xff; 100]).unwrap().as_str().len(),
            200
        );
        assert_eq!(PushToken::from_bytes(&[]), None);
    }

    #[test]
    fn a_token_is_given_back_as_the_bytes_that_came() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(PushToken::from_bytes(&bytes).unwrap().to_bytes(), bytes);
    }

    #[test]
    fn hex_in_any_case_is_taken_and_nothing_else() {
        assert_eq!(PushToken::from_hex("AB0f").unwrap().as_str(), "ab0f");
        for text in ["", "abc", "zz", "ab cd"] {
            assert_eq!(PushToken::from_hex(text), None, "{text}");
        }
    }

    #[test]
    fn a_token_never_shows_itself() {
        let token = PushToken::from_bytes(&[0xAB; 32]).unwrap();
        assert!(!format!("{token:?}").contains("abab"));
        assert_eq!(token.fingerprint().len(), 8);
    }
}
