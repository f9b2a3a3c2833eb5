use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error as P12Error;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};

use crate::{CertificateFacts, CredentialError, tls};

/// An APNs certificate with its private key. `Debug` shows the certificate's facts only.
#[derive(Clone)]
pub struct CertificateIdentity {
    certified: Arc<CertifiedKey>,
    facts: Arc<CertificateFacts>,
}

impl CertificateIdentity {
    /// Reads a `.p12` file: what Keychain Access exports (RC2 and Triple-DES) as well as files with AES.
    ///
    /// Refuses a wrong password, a file without a key and an expired certificate, each with an error of its own.
    pub fn from_p12(bytes: &[u8], password: &str) -> Result<Self, CredentialError> {
        let archive =
            Pkcs12Archive::from_pkcs12(bytes, password).map_err(|error| p12_error(&error))?;
        let certificates: Vec<_> = archive
            .certs
            .iter()
            .map(|bag| CertificateDer::from(bag.cert.as_der().to_vec()))
            .collect();
        if certificates.is_empty() {
            return Err(CredentialError::NoCertificate);
        }
        let mut last_error = CredentialError::NoPrivateKey;
        for bag in &archive.keys {
            let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(bag.key.as_der().to_vec()));
            match Self::new(&certificates, key) {
                Ok(identity) => return Ok(identity),
                Err(error) => last_error = error,
            }
        }
        Err(last_error)
    }

    /// Reads certificate and private key from PEM. Both may be in one file: give it twice.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, CredentialError> {
        let certificates: Result<Vec<_>, _> =
            CertificateDer::pem_slice_iter(certificates).collect();
        let certificates = certificates.map_err(|_| CredentialError::BadCertificate)?;
        if certificates.is_empty() {
            return Err(CredentialError::NoCertificate);
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| match error {
            pem::Error::NoItemsFound => CredentialError::NoPrivateKey,
            _ => CredentialError::DamagedKey,
        })?;
        Self::new(&certificates, key)
    }

    /// Topics, environments, validity and fingerprint, as the certificate states them.
    pub fn facts(&self) -> &CertificateFacts {
        &self.facts
    }

    /// How rustls gets it.
    pub(crate) fn resolver(&self) -> Arc<SingleCertAndKey> {
        Arc::new(SingleCertAndKey::from(self.certified.clone()))
    }

    /// Pairs the key with the certificate that it belongs to; the other certificates are its chain.
    fn new(
        certificates: &[CertificateDer<'static>],
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, CredentialError> {
        let provider: &CryptoProvider = &tls::provider();
        let signer = provider
            .key_provider
            .load_private_key(key)
            .map_err(|_| CredentialError::DamagedKey)?;
        let belongs = |leaf: &&CertificateDer<'static>| {
            CertifiedKey::new(vec![(*leaf).clone()], signer.clone())
                .keys_match()
                .is_ok()
        };
        let leaf = certificates
            .iter()
            .find(belongs)
            .ok_or(CredentialError::KeyMismatch)?;
        let facts = CertificateFacts::read(leaf)?;
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        if i64::try_from(now).unwrap_or(i64::MAX) > facts.not_after {
            return Err(CredentialError::Expired {
                not_after: facts.not_after,
            });
        }
        let others = certificates.iter().filter(|other| *other != leaf);
        let chain = std::iter::once(leaf).chain(others).cloned().collect();
        Ok(Self {
            certified: Arc::new(CertifiedKey::new(chain, signer)),
            facts: Arc::new(facts),
        })
    }
}

impl fmt::Debug for CertificateIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateIdentity")
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}

fn p12_error(error: &P12Error) -> CredentialError {
    match error {
        P12Error::MacError(_) | P12Error::UnpadError | P12Error::Pkcs5Error(_) => {
            CredentialError::WrongPassword
        }
        P12Error::UnsupportedContentType
        | P12Error::UnsupportedCertificateType
        | P12Error::UnsupportedEncryptionScheme
        | P12Error::UnsupportedMacAlgorithm => CredentialError::UnsupportedP12,
        _ => CredentialError::NotP12,
    }
}
