//! Apps and their keys.

use serde::Serialize;
use zeroize::Zeroizing;

/// An app: a tenant of the gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct App {
    /// `aud` of its user tokens.
    #[serde(rename = "appID")]
    pub id: String,
    /// For people.
    pub name: String,
    /// Whether user tokens may be signed with a shared secret (HS256).
    pub has_secret: bool,
    /// PEM of the public key that user tokens may be signed for (ES256 or EdDSA).
    pub public_key: Option<String>,
    /// When it was made.
    pub created_at: u64,
}

/// What verifies an app's user tokens.
#[derive(Clone)]
pub struct UserTokenKeys {
    /// HS256.
    pub secret: Option<Zeroizing<Vec<u8>>>,
    /// ES256 or EdDSA, as PEM.
    pub public_key: Option<String>,
}

/// An API key without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// Its ID, for revoking it.
    pub id: String,
    /// The app it belongs to.
    #[serde(rename = "appID")]
    pub app: String,
    /// For people.
    pub name: String,
    /// How the key begins.
    pub prefix: String,
    /// When it was made.
    pub created_at: u64,
    /// When it was revoked.
    pub revoked_at: Option<u64>,
}
