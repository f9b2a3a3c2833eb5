//! Secrets at rest: AES-256-GCM under a master key that is kept outside the database.
//!
//! A sealed value is a 12-byte random nonce and the ciphertext with its tag. What the value is for (`app secret`, `credential`) and the row it
//! belongs to are authenticated with it, so that a ciphertext moved to another row does not open there.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use crate::random;

const NONCE: usize = 12;

/// The master key. 256 bits.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// The master key can't be had.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The text is not 32 bytes of base64.
    #[error("the master key is not 32 bytes in base64: make one with `openssl rand -base64 32`")]
    Form,
    /// The file can't be read or made.
    #[error(
        "the master key file {path} can't be used ({source}): it must be readable by this user, or give the key in ZPNS_MASTER_KEY"
    )]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No randomness.
    #[error(transparent)]
    NoRandomness(#[from] random::NoRandomness),
}

/// A sealed value does not open.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "a stored secret does not open: the master key is not the one it was sealed with. Restore the key file or ZPNS_MASTER_KEY"
)]
pub struct SealBroken;

impl MasterKey {
    /// From base64, as in `ZPNS_MASTER_KEY`.
    pub fn from_base64(text: &str) -> Result<Self, MasterKeyError> {
        let bytes = Zeroizing::new(
            STANDARD
                .decode(text.trim())
                .map_err(|_| MasterKeyError::Form)?,
        );
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| MasterKeyError::Form)?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// From a file that holds it in base64. If there is none it is made, readable by its owner only.
    pub fn from_file(path: &Path) -> Result<Self, MasterKeyError> {
        let failed = |source| MasterKeyError::File {
            path: path.to_owned(),
            source,
        };
        match fs::read_to_string(path) {
            Ok(mut text) => {
                let key = Self::from_base64(&text);
                text.zeroize();
                return key;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        let key = Zeroizing::new(random::bytes::<32>()?);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed)?;
        file.write_all(STANDARD.encode(key.as_slice()).as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(failed)?;
        Ok(Self(key))
    }

    /// Seals a value for this purpose and row.
    pub fn seal(
        &self,
        purpose: &str,
        row: &str,
        value: &[u8],
    ) -> Result<Vec<u8>, random::NoRandomness> {
        let nonce = random::bytes::<NONCE>()?;
        let bound = binding(purpose, row);
        let sealed = self.cipher().encrypt(
            &Nonce::from(nonce),
            Payload {
                msg: value,
                aad: &bound,
            },
        );
        // AES-GCM refuses only messages of more than 64 GiB.
        let sealed = sealed.unwrap_or_default();
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens a value sealed for this purpose and row.
    pub fn open(
        &self,
        purpose: &str,
        row: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealBroken> {
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE>().ok_or(SealBroken)?;
        let bound = binding(purpose, row);
        let opened = self.cipher().decrypt(
            &Nonce::from(*nonce),
            Payload {
                msg: ciphertext,
                aad: &bound,
            },
        );
        opened.map(Zeroizing::new).map_err(|_| SealBroken)
    }

    /// A key for another purpose, from which this one can't be computed.
    pub fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let digest = Sha256::new()
            .chain_update(b"zpns derived key\0")
            .chain_update(purpose)
            .chain_update(b"\0")
            .chain_update(*self.0)
            .finalize();
        Zeroizing::new(digest.into())
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&Key::<Aes256Gcm>::from(*self.0))
    }
}

fn binding(purpose: &str, row: &str) -> Vec<u8> {
    [purpose.as_bytes(), b"\0", row.as_bytes()].concat()
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> MasterKey {
        MasterKey(Zeroizing::new([byte; 32]))
    }

    #[test]
    fn a_sealed_value_opens_only_with_its_key_purpose_and_row() {
        let sealed = key(1).seal("credential", "a", b"secret").unwrap();
        assert_eq!(
            key(1).open("credential", "a", &sealed).unwrap().as_slice(),
            b"secret"
        );
        assert!(key(2).open("credential", "a", &sealed).is_err());
        assert!(key(1).open("app secret", "a", &sealed).is_err());
        assert!(key(1).open("credential", "b", &sealed).is_err());
    }

    #[test]
    fn a_changed_or_shortened_value_does_not_open() {
        let mut sealed = key(1).seal("p", "r", b"secret").unwrap();
        assert!(key(1).open("p", "r", &sealed[..11]).is_err());
        sealed[20] ^= 1;
        assert!(key(1).open("p", "r", &sealed).is_err());
    }

    #[test]
    fn the_key_file_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let first = MasterKey::from_file(&path).unwrap();
        let second = MasterKey::from_file(&path).unwrap();
        assert_eq!(*first.0, *second.0);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        for text in ["", "AAAA", "not base64!", &STANDARD.encode([0; 31])] {
            assert!(
                matches!(MasterKey::from_base64(text), Err(MasterKeyError::Form)),
                "{text}"
            );
        }
    }
}
