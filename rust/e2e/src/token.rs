//! User tokens, as the app's backend signs them.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use zpns_gateway::clock;

use crate::world::{APP, SECRET};

/// Good for ten minutes.
pub(crate) fn fresh(user: &str) -> String {
    until(user, now() + 600)
}

/// Good until a minute ago.
pub(crate) fn expired(user: &str) -> String {
    until(user, now() - 60)
}

fn until(user: &str, exp: u64) -> String {
    let claims = json!({ "sub": user, "aud": APP, "exp": exp });
    jsonwebtoken::encode(
        &Header::new(Algorithm::HS256),
        &claims,
        &EncodingKey::from_secret(SECRET.as_bytes()),
    )
    .unwrap()
}

/// In seconds.
fn now() -> u64 {
    clock::now_ms() / 1000
}
