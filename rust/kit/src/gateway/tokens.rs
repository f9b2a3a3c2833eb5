//! User tokens and follow tokens: JSON Web Tokens signed with HMAC-SHA-256 (RFC 7519, RFC 7515). Their claims are checked by `zpns-calls`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use zpns_calls::auth::{self, FOLLOW_TOKEN_PREFIX, FollowClaims, Principal, TokenError};

use super::Gateway;

impl Gateway {
    /// A user token as the app's backend mints it. `app` is its `aud`, `expires` Unix seconds.
    pub(crate) fn user_token(&self, user: &str, app: Option<&str>, expires: u64) -> String {
        let app = app.unwrap_or(Self::APP);
        self.sign(&json!({ "sub": user, "aud": app, "exp": expires }).to_string())
    }

    pub(super) fn follow_token(&self, claims: &FollowClaims) -> String {
        let claims = serde_json::to_string(claims).unwrap_or_default();
        format!("{FOLLOW_TOKEN_PREFIX}{}", self.sign(&claims))
    }

    /// Whose token it is.
    pub(super) fn principal(&self, token: &str, now: u64) -> Result<Principal, TokenError> {
        let seconds = now / 1000;
        if token.is_empty() {
            return Err(TokenError::Missing);
        }
        if let Some(signed) = token.strip_prefix(FOLLOW_TOKEN_PREFIX) {
            let claims = self.verified(signed)?;
            return auth::follower(&claims, seconds);
        }
        let claims = self.verified(token)?;
        if auth::audience(&claims)? != Self::APP {
            return Err(TokenError::unknown_app());
        }
        auth::user(&claims, Self::APP, seconds)
    }

    fn sign(&self, claims: &str) -> String {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.mac(&signed).finalize().into_bytes());
        format!("{signed}.{signature}")
    }

    /// The claims of a token, if this gateway's app signed it.
    fn verified(&self, token: &str) -> Result<Value, TokenError> {
        let parts: Vec<&str> = token.split('.').collect();
        let [header, claims, signature] = *parts else {
            return Err(TokenError::not_a_token());
        };
        let read = |part: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
            serde_json::from_slice::<Value>(&bytes).ok()
        };
        let (Some(header_json), Some(claims_json)) = (read(header), read(claims)) else {
            return Err(TokenError::not_a_token());
        };
        if header_json.get("alg").and_then(Value::as_str) != Some("HS256") {
            return Err(TokenError::wrong_algorithm());
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        let is_ours = self
            .mac(&format!("{header}.{claims}"))
            .verify_slice(&signature)
            .is_ok();
        if is_ours {
            Ok(claims_json)
        } else {
            Err(TokenError::wrong_signature())
        }
    }

    fn mac(&self, text: &str) -> Hmac<Sha256> {
        let mut key = [0; 64];
        for (byte, value) in key.iter_mut().zip(self.secret) {
            *byte = value;
        }
        let mut mac = Hmac::<Sha256>::new(&key.into());
        mac.update(text.as_bytes());
        mac
    }
}
