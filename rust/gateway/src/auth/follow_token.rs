//! Follow tokens: what a push carries so that a phone that was just woken can follow and decline its call without a user token.
//!
//! `zpf_` and a JWT (HS256 under a key derived from the master key): one call, one installation, short-lived.

use std::fmt;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use zpns_calls::auth::{self, FOLLOW_TOKEN_PREFIX, FollowClaims};

use super::{Principal, TokenError, signed_claims};
use crate::clock::now_ms;
use crate::seal::MasterKey;

/// Signs and verifies follow tokens.
#[derive(Clone)]
pub struct FollowTokens {
    signing: EncodingKey,
    verifying: DecodingKey,
}

// The keys are not shown.
impl fmt::Debug for FollowTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FollowTokens(…)")
    }
}

impl FollowTokens {
    /// Under a key that is derived from the master key.
    pub fn new(master: &MasterKey) -> Self {
        let key = master.derive("follow token");
        Self {
            signing: EncodingKey::from_secret(key.as_slice()),
            verifying: DecodingKey::from_secret(key.as_slice()),
        }
    }

    /// A token that says this.
    pub fn mint(&self, claims: &FollowClaims) -> Result<String, jsonwebtoken::errors::Error> {
        let jwt = jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.signing)?;
        Ok(format!("{FOLLOW_TOKEN_PREFIX}{jwt}"))
    }

    /// Whose token it is.
    pub fn verify(&self, text: &str) -> Result<Principal, TokenError> {
        let jwt = text
            .strip_prefix(FOLLOW_TOKEN_PREFIX)
            .ok_or_else(TokenError::foreign_follow_token)?;
        let claims = signed_claims(jwt, &self.verifying, Algorithm::HS256)
            .map_err(|_| TokenError::foreign_follow_token())?;
        auth::follower(&claims, now_ms() / 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(expires_at_ms: u64) -> FollowClaims {
        FollowClaims {
            app: "app".into(),
            call: "call".into(),
            user: "bob".into(),
            installation: "phone".into(),
            expires_at: expires_at_ms / 1000,
        }
    }

    fn tokens(byte: u8) -> FollowTokens {
        use base64::Engine as _;
        let key = base64::engine::general_purpose::STANDARD.encode([byte; 32]);
        FollowTokens::new(&MasterKey::from_base64(&key).unwrap())
    }

    #[test]
    fn a_follow_token_names_its_call_user_and_installation() {
        let text = tokens(1).mint(&claims(now_ms() + 60_000)).unwrap();
        let principal = tokens(1).verify(&text).unwrap();
        let expected = Principal::Follower {
            app: "app".into(),
            call: "call".into(),
            user: "bob".into(),
            installation: "phone".into(),
        };
        assert_eq!(principal, expected);
    }

    #[test]
    fn a_follow_token_of_another_gateway_or_past_its_end_is_refused() {
        let text = tokens(1).mint(&claims(now_ms() + 60_000)).unwrap();
        assert!(matches!(
            tokens(2).verify(&text),
            Err(TokenError::Invalid(_))
        ));
        let old = tokens(1).mint(&claims(now_ms() - 2_000)).unwrap();
        assert!(matches!(
            tokens(1).verify(&old),
            Err(TokenError::FollowTokenExpired)
        ));
    }
}
