//! Follow tokens: what a push carries so that a phone that was just woken can follow and decline its call without a user token.
//!
//! `zpf_` and a JWT (HS256 under a key derived from the master key): one call, one installation, short-lived.

use std::fmt;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::{AuthError, Principal};
use crate::seal::MasterKey;

/// How every follow token begins.
pub const PREFIX: &str = "zpf_";
/// How long a token is good beyond the ring time, in milliseconds: an answered call is followed to its end.
pub const BEYOND_RINGING: u64 = 12 * 60 * 60 * 1000;

#[derive(Serialize, Deserialize)]
struct Claims {
    /// App.
    a: String,
    /// Call.
    c: String,
    /// User.
    u: String,
    /// Installation.
    i: String,
    /// Unix seconds.
    exp: u64,
}

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

    /// A token for this call on this installation of this user.
    pub fn mint(
        &self,
        app: &str,
        call: &str,
        user: &str,
        installation: &str,
        expires_at_ms: u64,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = Claims {
            a: app.to_owned(),
            c: call.to_owned(),
            u: user.to_owned(),
            i: installation.to_owned(),
            exp: expires_at_ms / 1000,
        };
        Ok(format!(
            "{PREFIX}{}",
            jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signing)?
        ))
    }

    /// Whose token it is.
    pub fn verify(&self, text: &str) -> Result<Principal, AuthError> {
        let jwt = text
            .strip_prefix(PREFIX)
            .ok_or_else(|| AuthError::TokenInvalid("it is no follow token".into()))?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        validation.validate_aud = false;
        let claims =
            jsonwebtoken::decode::<Claims>(jwt, &self.verifying, &validation).map_err(|error| {
                match error.kind() {
                    jsonwebtoken::errors::ErrorKind::ExpiredSignature => AuthError::FollowExpired,
                    _ => AuthError::TokenInvalid(
                        "this follow token was not made by this gateway".into(),
                    ),
                }
            })?;
        let Claims {
            a: app,
            c: call,
            u: user,
            i: installation,
            ..
        } = claims.claims;
        Ok(Principal::Follower {
            app,
            call,
            user,
            installation,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::now_ms;

    fn tokens(byte: u8) -> FollowTokens {
        use base64::Engine as _;
        let key = base64::engine::general_purpose::STANDARD.encode([byte; 32]);
        FollowTokens::new(&MasterKey::from_base64(&key).unwrap())
    }

    #[test]
    fn a_follow_token_names_its_call_user_and_installation() {
        let text = tokens(1)
            .mint("app", "call", "bob", "phone", now_ms() + 60_000)
            .unwrap();
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
        let text = tokens(1)
            .mint("app", "call", "bob", "phone", now_ms() + 60_000)
            .unwrap();
        assert!(matches!(
            tokens(2).verify(&text),
            Err(AuthError::TokenInvalid(_))
        ));
        let old = tokens(1)
            .mint("app", "call", "bob", "phone", now_ms() - 2_000)
            .unwrap();
        assert!(matches!(
            tokens(1).verify(&old),
            Err(AuthError::FollowExpired)
        ));
    }
}
