//! Random identifiers and secrets, from the operating system.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use zpns_protocol::PushId;

/// The operating system has no randomness to give.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the operating system gave no random numbers: {0}")]
pub struct NoRandomness(#[from] getrandom::Error);

/// `N` random bytes.
pub fn bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut buffer = [0; N];
    getrandom::fill(&mut buffer)?;
    Ok(buffer)
}

/// 256 random bits as 43 characters of base64url.
pub fn secret() -> Result<String, NoRandomness> {
    Ok(URL_SAFE_NO_PAD.encode(bytes::<32>()?))
}

/// A new gateway pushID.
pub fn push_id() -> Result<PushId, NoRandomness> {
    Ok(PushId::from_random(u128::from_be_bytes(bytes()?)))
}

/// An identifier whose text sorts by age, for rows.
pub fn row_id() -> String {
    Uuid::now_v7().to_string()
}

/// First 8 hex digits of the SHA-256: tells two secrets apart in a log without showing either.
pub fn fingerprint(secret: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(secret).into();
    let [a, b, c, d, ..] = digest;
    format!("{:08x}", u32::from_be_bytes([a, b, c, d]))
}
