//! User tokens: JWTs (RFC 7519) that the app's own backend mints. What they must say is in [`zpns_calls::auth::user`].
//!
//! Which algorithms count is decided by what the app has configured, never by the token's own header.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde_json::Value;
use zeroize::Zeroizing;
use zpns_calls::auth;
pub use zpns_calls::auth::MAX_LIFETIME;

use super::{AuthError, Principal, TokenError, signed_claims};
use crate::clock::now_ms;
use crate::model::UserTokenKeys;
use crate::refusal::Refusal;
use crate::seal::MasterKey;
use crate::store::Store;

/// Purpose under which app secrets are sealed.
pub const SECRET_PURPOSE: &str = "app secret";

/// Whose token it is.
pub async fn verify(store: &Store, master: &MasterKey, text: &str) -> Result<Principal, AuthError> {
    // Read before anything is verified, to find the key to verify with.
    let unverified: Value = jsonwebtoken::dangerous::insecure_decode(text)
        .map_err(|_| TokenError::not_a_token())?
        .claims;
    let app = auth::audience(&unverified)?.to_owned();
    let (known, sealed) = store
        .app(&app)
        .await
        .map_err(Refusal::from)?
        .ok_or_else(TokenError::unknown_app)?;
    let secret = sealed
        .map(|sealed| master.open(SECRET_PURPOSE, &app, &sealed))
        .transpose()
        .map_err(Refusal::from)?;
    let keys = UserTokenKeys {
        secret,
        public_key: known.public_key,
    };
    Ok(check(text, &app, &keys)?)
}

/// Verifies the token with the app's keys.
pub fn check(text: &str, app: &str, keys: &UserTokenKeys) -> Result<Principal, TokenError> {
    let header = jsonwebtoken::decode_header(text).map_err(|_| TokenError::unreadable_header())?;
    let key = key_for(header.alg, keys).ok_or_else(TokenError::wrong_algorithm)?;
    let claims = signed_claims(text, &key, header.alg).map_err(|error| match error.kind() {
        ErrorKind::InvalidSignature => TokenError::wrong_signature(),
        _ => TokenError::unreadable(),
    })?;
    auth::user(&claims, app, now_ms() / 1000)
}

/// The app's key for this algorithm, if it has one.
fn key_for(algorithm: Algorithm, keys: &UserTokenKeys) -> Option<DecodingKey> {
    let public_key = || keys.public_key.as_ref().map(String::as_bytes);
    match algorithm {
        Algorithm::HS256 => keys.secret.as_ref().map(|s| DecodingKey::from_secret(s)),
        Algorithm::ES256 => DecodingKey::from_ec_pem(public_key()?).ok(),
        Algorithm::EdDSA => DecodingKey::from_ed_pem(public_key()?).ok(),
        _ => None,
    }
}

/// Whether user tokens can be verified with this PEM: a public key on P-256 or Ed25519.
pub fn is_public_key(pem: &str) -> bool {
    pem.contains("PUBLIC KEY")
        && (DecodingKey::from_ec_pem(pem.as_bytes()).is_ok()
            || DecodingKey::from_ed_pem(pem.as_bytes()).is_ok())
}

/// Mints an HS256 token, as an app's backend would. For testing and the command line.
pub fn mint(
    app: &str,
    user: &str,
    secret: &Zeroizing<Vec<u8>>,
    lifetime: u64,
) -> Result<String, jsonwebtoken::errors::Error> {
    let claims = serde_json::json!({ "sub": user, "aud": app, "exp": now_ms() / 1000 + lifetime });
    jsonwebtoken::encode(
        &Header::new(Algorithm::HS256),
        &claims,
        &EncodingKey::from_secret(secret),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> UserTokenKeys {
        UserTokenKeys {
            secret: Some(Zeroizing::new(b"secret".to_vec())),
            public_key: None,
        }
    }

    fn token(claims: &serde_json::Value, algorithm: Algorithm, secret: &[u8]) -> String {
        jsonwebtoken::encode(
            &Header::new(algorithm),
            claims,
            &EncodingKey::from_secret(secret),
        )
        .unwrap()
    }

    fn soon() -> u64 {
        now_ms() / 1000 + 600
    }

    #[test]
    fn a_token_of_the_app_names_its_user() {
        let text = mint("app", "bob", keys().secret.as_ref().unwrap(), 600).unwrap();
        assert!(matches!(
            check(&text, "app", &keys()),
            Ok(Principal::User { app, user, .. }) if app == "app" && user == "bob"
        ));
    }

    #[test]
    fn an_expired_token_is_told_from_an_invalid_one() {
        let text = token(
            &serde_json::json!({"sub": "bob", "aud": "app", "exp": now_ms() / 1000 - 60}),
            Algorithm::HS256,
            b"secret",
        );
        assert!(matches!(
            check(&text, "app", &keys()),
            Err(TokenError::Expired)
        ));
    }

    #[test]
    fn a_token_that_lives_longer_than_a_day_is_refused() {
        let text = token(
            &serde_json::json!({"sub": "bob", "aud": "app", "exp": soon() + MAX_LIFETIME}),
            Algorithm::HS256,
            b"secret",
        );
        assert!(
            check(&text, "app", &keys())
                .unwrap_err()
                .to_string()
                .contains("24 hours")
        );
    }

    #[test]
    fn wrong_signatures_apps_algorithms_and_claims_are_refused_each_with_its_reason() {
        let good = serde_json::json!({"sub": "bob", "aud": "app", "exp": soon()});
        for (text, reason) in [
            (token(&good, Algorithm::HS256, b"other"), "signature"),
            (token(&good, Algorithm::HS512, b"secret"), "algorithm"),
            (
                token(
                    &serde_json::json!({"sub": "bob", "aud": "other", "exp": soon()}),
                    Algorithm::HS256,
                    b"secret",
                ),
                "aud",
            ),
            (
                token(
                    &serde_json::json!({"aud": "app", "exp": soon()}),
                    Algorithm::HS256,
                    b"secret",
                ),
                "sub",
            ),
            (
                token(
                    &serde_json::json!({"sub": "", "aud": "app", "exp": soon()}),
                    Algorithm::HS256,
                    b"secret",
                ),
                "sub",
            ),
            (
                token(
                    &serde_json::json!({"sub": 7, "aud": "app", "exp": soon()}),
                    Algorithm::HS256,
                    b"secret",
                ),
                "types",
            ),
            ("a.b.c".to_owned(), "header"),
        ] {
            let error = check(&text, "app", &keys()).unwrap_err().to_string();
            assert!(error.contains(reason), "{error} lacks {reason}");
        }
    }

    #[test]
    fn a_token_signed_with_the_public_key_as_an_hmac_secret_is_refused() {
        let pem = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n";
        let keys = UserTokenKeys {
            secret: None,
            public_key: Some(pem.into()),
        };
        let text = token(
            &serde_json::json!({"sub": "bob", "aud": "app", "exp": soon()}),
            Algorithm::HS256,
            pem.as_bytes(),
        );
        assert!(
            check(&text, "app", &keys)
                .unwrap_err()
                .to_string()
                .contains("algorithm")
        );
    }
}
