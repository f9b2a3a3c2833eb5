//! User tokens: JWTs (RFC 7519) that the app's own backend mints. `sub` is the user, `aud` the app, `exp` at most a day ahead.
//!
//! Which algorithms count is decided by what the app has configured, never by the token's own header.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;
use zpns_protocol::calls::limits;

use super::{AuthError, Principal};
use crate::clock::now_ms;
use crate::model::UserTokenKeys;
use crate::refusal::Refusal;
use crate::seal::MasterKey;
use crate::store::Store;

/// Longest life of a user token, in seconds.
pub const MAX_LIFETIME: u64 = 24 * 60 * 60;
/// How far clocks may differ, in seconds.
const LEEWAY: u64 = 30;
/// Purpose under which app secrets are sealed.
pub const SECRET_PURPOSE: &str = "app secret";

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
struct Unverified {
    aud: Option<Audience>,
}

/// Whose token it is.
pub async fn verify(store: &Store, master: &MasterKey, text: &str) -> Result<Principal, AuthError> {
    let invalid = |problem: &str| AuthError::TokenInvalid(problem.to_owned());
    // Read before anything is verified, to find the key to verify with.
    let unverified: Unverified = jsonwebtoken::dangerous::insecure_decode(text)
        .map_err(|_| invalid("it is neither an API key (zpk_…), a follow token (zpf_…) nor a JWT"))?
        .claims;
    let app = match unverified.aud {
        Some(Audience::One(app)) => app,
        Some(Audience::Many(apps)) if apps.len() == 1 => {
            apps.into_iter().next().unwrap_or_default()
        }
        _ => return Err(invalid("its aud must be the appID")),
    };
    let unknown =
        || invalid("its aud is no app of this gateway: use the appID that `zpns app list` shows");
    let (known, sealed) = store
        .app(&app)
        .await
        .map_err(Refusal::from)?
        .ok_or_else(unknown)?;
    let secret = sealed
        .map(|sealed| master.open(SECRET_PURPOSE, &app, &sealed))
        .transpose()
        .map_err(Refusal::from)?;
    let user = check(
        text,
        &app,
        &UserTokenKeys {
            secret,
            public_key: known.public_key,
        },
    )?;
    Ok(Principal::User { app, user })
}

/// Verifies the token with the app's keys; returns the user.
pub fn check(text: &str, app: &str, keys: &UserTokenKeys) -> Result<String, AuthError> {
    let invalid = |problem: &str| AuthError::TokenInvalid(problem.to_owned());
    let header =
        jsonwebtoken::decode_header(text).map_err(|_| invalid("its header can't be read"))?;
    let unexpected = || {
        invalid(
            "it is signed with an algorithm that this app is not set up for: HS256 needs an app secret, ES256 or EdDSA a public key of that kind",
        )
    };
    let key = match header.alg {
        Algorithm::HS256 => DecodingKey::from_secret(keys.secret.as_ref().ok_or_else(unexpected)?),
        Algorithm::ES256 => {
            DecodingKey::from_ec_pem(keys.public_key.as_ref().ok_or_else(unexpected)?.as_bytes())
                .map_err(|_| unexpected())?
        }
        Algorithm::EdDSA => {
            DecodingKey::from_ed_pem(keys.public_key.as_ref().ok_or_else(unexpected)?.as_bytes())
                .map_err(|_| unexpected())?
        }
        _ => return Err(unexpected()),
    };
    let mut validation = Validation::new(header.alg);
    validation.leeway = LEEWAY;
    validation.validate_nbf = true;
    validation.set_audience(&[app]);
    validation.set_required_spec_claims(&["exp", "aud", "sub"]);
    let claims = jsonwebtoken::decode::<Claims>(text, &key, &validation)
        .map_err(|e| explain(&e))?
        .claims;
    if claims.exp > now_ms() / 1000 + MAX_LIFETIME + LEEWAY {
        return Err(invalid("its exp is more than 24 hours ahead"));
    }
    if claims.sub.is_empty() || claims.sub.len() > limits::USER_ID {
        return Err(AuthError::TokenInvalid(format!(
            "its sub must be a user ID of 1 to {} bytes",
            limits::USER_ID
        )));
    }
    Ok(claims.sub)
}

fn explain(error: &jsonwebtoken::errors::Error) -> AuthError {
    let invalid = |problem: &str| AuthError::TokenInvalid(problem.to_owned());
    match error.kind() {
        ErrorKind::ExpiredSignature => AuthError::TokenExpired,
        ErrorKind::InvalidSignature => invalid("its signature does not fit the app's key"),
        ErrorKind::InvalidAudience => invalid("its aud must be the appID"),
        ErrorKind::ImmatureSignature => {
            invalid("its nbf lies in the future: check the clock of the machine that mints")
        }
        ErrorKind::MissingRequiredClaim(claim) => {
            AuthError::TokenInvalid(format!("it has no {claim}: sub, aud and exp are required"))
        }
        ErrorKind::Json(_) => {
            invalid("its claims have wrong types: sub is text, exp a number of seconds")
        }
        _ => invalid("it is no readable JWT"),
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
        assert_eq!(check(&text, "app", &keys()).unwrap(), "bob");
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
            Err(AuthError::TokenExpired)
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
