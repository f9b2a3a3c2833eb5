//! Where the gateway is, and with which token it is asked in a user's name.

use super::Account;

impl Account {
    /// A path below the gateway's `/v1`.
    pub(crate) fn url(&self, path: &str) -> Option<String> {
        let base = self.server_url.as_ref()?;
        Some(format!("{base}/v1/{path}"))
    }

    /// A call on the gateway with the token of this user: none while another is signed in, or as long as there is no token.
    pub(crate) fn call_route(&self, call_id: &str, user: Option<&str>) -> Option<(String, String)> {
        let url = self.url(&call_path(call_id))?;
        let token = self.user_token.clone().filter(|_| self.speaks_for(user))?;
        Some((url, token))
    }

    /// This installation as the gateway spells it.
    pub(crate) fn installation_name(&self) -> Option<String> {
        self.installation.map(|id| id.hyphenated().to_string())
    }
}

/// Path of a call below the gateway's `/v1/`, the ID percent-encoded (RFC 3986, section 2.3).
fn call_path(call_id: &str) -> String {
    use std::fmt::Write as _;
    call_id.bytes().fold("calls/".to_owned(), |mut path, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            // Writing to a String can't fail.
            let _ = write!(path, "%{byte:02X}");
        }
        path
    })
}

/// Checks a gateway URL and takes trailing slashes off.
pub(crate) fn server_url(text: &str) -> Result<String, String> {
    let trimmed = text.trim().trim_end_matches('/');
    let host = trimmed
        .strip_prefix("https://")
        .or_else(|| trimmed.strip_prefix("http://"));
    if host.is_some_and(|host| {
        host.split(['/', '?', '#'])
            .next()
            .unwrap_or_default()
            .contains('@')
    }) {
        return Err("serverURL may not hold a user name or password: it is shown by diagnose(); the gateway wants a userToken".to_owned());
    }
    match host {
        Some(host)
            if !host.is_empty()
                && !trimmed.chars().any(|c| c.is_whitespace() || c.is_control()) =>
        {
            Ok(trimmed.to_owned())
        }
        _ => Err(
            "serverURL must be an http:// or https:// URL, as https://push.example.com".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_id_is_one_path_segment_whatever_is_in_it() {
        assert_eq!(call_path("call-42"), "calls/call-42");
        assert_eq!(call_path("a/b?c"), "calls/a%2Fb%3Fc");
        assert_eq!(call_path("通"), "calls/%E9%80%9A");
    }

    #[test]
    fn a_gateway_url_needs_a_scheme_and_a_host() {
        assert_eq!(
            server_url("https://push.example.com/").unwrap(),
            "https://push.example.com"
        );
        assert_eq!(
            server_url("http://127.0.0.1:8080/base//").unwrap(),
            "http://127.0.0.1:8080/base"
        );
        for text in [
            "",
            "push.example.com",
            "ftp://x",
            "https://",
            "https://a b",
            "http:///",
        ] {
            assert!(server_url(text).is_err(), "{text}");
        }
        assert!(
            server_url("https://user:secret@push.example.com/x")
                .unwrap_err()
                .contains("password")
        );
        assert_eq!(
            server_url("https://push.example.com/@x").unwrap(),
            "https://push.example.com/@x"
        );
    }
}
