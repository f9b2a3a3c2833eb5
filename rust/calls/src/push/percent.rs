//! Call IDs in URLs.

use std::fmt::Write as _;

/// The text as one segment of a URL's path (RFC 3986, section 3.3): unreserved characters as they are, everything else percent-encoded.
pub(super) fn encode_segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String can't fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_and_letters_of_other_scripts_stay_inside_the_segment() {
        assert_eq!(encode_segment("a/b?c 通"), "a%2Fb%3Fc%20%E9%80%9A");
        assert_eq!(encode_segment("call-42_x.y~z"), "call-42_x.y~z");
    }
}
