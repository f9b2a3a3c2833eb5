//! Who asks: a user with a token of the app's backend, a server with an API key, or a device with the token that its push carried.
//!
//! Keys and signatures are here; what claims must say, and who may do what, is in [`zpns_calls::auth`].

pub mod api_key;
pub mod follow_token;
pub mod user_token;

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;
pub use zpns_calls::auth::{Principal, TokenError};

use crate::refusal::Refusal;

/// The claims of a JWT with a signature by this key. What they say is not checked.
fn signed_claims(
    text: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
) -> Result<Value, jsonwebtoken::errors::Error> {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    Ok(jsonwebtoken::decode(text, key, &validation)?.claims)
}

/// A bearer token is not accepted.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AuthError {
    /// A user token or a follow token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// No such API key, or a revoked one.
    #[error("this API key is unknown or revoked: make one with `zpns key create`")]
    UnknownKey,
    /// The gateway's own trouble.
    #[error(transparent)]
    Failed(#[from] Refusal),
}
