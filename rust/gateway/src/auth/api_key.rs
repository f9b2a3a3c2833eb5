//! API keys: `zpk_` and 256 random bits. Shown once; only a hash is kept.

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{AuthError, Principal};
use crate::clock;
use crate::model::ApiKey;
use crate::random::{self, NoRandomness};
use crate::refusal::Refusal;
use crate::store::Store;

/// How every key begins.
pub const PREFIX: &str = "zpk_";
/// Length of the part that keys are looked up by, [`PREFIX`] included.
const LOOKUP: usize = 12;

/// A new key: its text, the row to store and the hash.
pub fn create(app: &str, name: &str) -> Result<(String, ApiKey, [u8; 32]), NoRandomness> {
    let text = format!("{PREFIX}{}", random::secret()?);
    let prefix = text.get(..LOOKUP).unwrap_or_default().to_owned();
    let key = ApiKey {
        id: random::row_id(),
        app: app.to_owned(),
        name: name.to_owned(),
        prefix,
        created_at: clock::now_ms(),
        revoked_at: None,
    };
    let hash = Sha256::digest(&text).into();
    Ok((text, key, hash))
}

/// Whose key it is.
pub async fn verify(store: &Store, text: &str) -> Result<Principal, AuthError> {
    let prefix = text.get(..LOOKUP).ok_or(AuthError::UnknownKey)?;
    let hash: [u8; 32] = Sha256::digest(text).into();
    let candidates = store
        .keys_with_prefix(prefix)
        .await
        .map_err(Refusal::from)?;
    let found = candidates
        .into_iter()
        .find(|(_, known)| bool::from(known.as_slice().ct_eq(&hash)));
    let (key, _) = found.ok_or(AuthError::UnknownKey)?;
    Ok(Principal::Server {
        app: key.app,
        key: key.id,
    })
}
