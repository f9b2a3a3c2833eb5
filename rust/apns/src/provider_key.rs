use std::fmt;
use std::sync::Arc;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::{self, PemObject, SectionKind};
use serde::Serialize;
use x509_parser::asn1_rs::{Any, FromDer, Tag};

use crate::CredentialError;

/// A `.p8` key of a developer account, ready to sign provider tokens. `Debug` shows the IDs only.
#[derive(Clone)]
pub struct ProviderKey(Arc<Inner>);

struct Inner {
    key: EncodingKey,
    header: Header,
    team_id: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    iat: u64,
}

impl ProviderKey {
    /// Reads the file `AuthKey_<key ID>.p8` (PKCS#8, PEM, P-256) and checks both IDs, ten letters and digits each.
    pub fn from_p8(pem: &[u8], team_id: &str, key_id: &str) -> Result<Self, CredentialError> {
        if !is_identifier(team_id) {
            return Err(CredentialError::BadTeamId);
        }
        if !is_identifier(key_id) {
            return Err(CredentialError::BadKeyId);
        }
        let der = private_key(pem)?;
        let key = EncodingKey::from_ec_der(der.secret_pkcs8_der());
        let header = Header {
            kid: Some(key_id.to_owned()),
            typ: None,
            ..Header::new(Algorithm::ES256)
        };
        let key = Self(Arc::new(Inner {
            key,
            header,
            team_id: team_id.to_owned(),
        }));
        // The only complete proof that the bytes are a P-256 key is a signature.
        match key.sign(0) {
            Ok(_) => Ok(key),
            Err(_) if names_other_algorithm(der.secret_pkcs8_der()) => {
                Err(CredentialError::NotP256)
            }
            Err(_) => Err(CredentialError::DamagedKey),
        }
    }

    /// The team ID.
    pub fn team_id(&self) -> &str {
        &self.0.team_id
    }

    /// The key ID.
    pub fn key_id(&self) -> &str {
        self.0.header.kid.as_deref().unwrap_or_default()
    }

    /// A provider token that says it was issued at this second since 1970.
    pub(crate) fn sign(&self, issued_at: u64) -> Result<String, CredentialError> {
        let claims = Claims {
            iss: &self.0.team_id,
            iat: issued_at,
        };
        encode(&self.0.header, &claims, &self.0.key).map_err(|_| CredentialError::Signing)
    }
}

impl fmt::Debug for ProviderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderKey")
            .field("team_id", &self.team_id())
            .field("key_id", &self.key_id())
            .finish_non_exhaustive()
    }
}

fn is_identifier(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn private_key(pem: &[u8]) -> Result<PrivatePkcs8KeyDer<'static>, CredentialError> {
    match PrivatePkcs8KeyDer::from_pem_slice(pem) {
        Ok(key) => Ok(key),
        Err(pem::Error::NoItemsFound) => Err(match <(SectionKind, Vec<u8>)>::from_pem_slice(pem) {
            Ok((SectionKind::EcPrivateKey | SectionKind::RsaPrivateKey, _)) => {
                CredentialError::NotP256
            }
            Ok((kind, _)) => CredentialError::WrongPem {
                found: name(kind).to_owned(),
            },
            Err(_) => CredentialError::NotAKey,
        }),
        Err(_) => Err(CredentialError::DamagedKey),
    }
}

fn name(kind: SectionKind) -> &'static str {
    match kind {
        SectionKind::Certificate => "certificate",
        SectionKind::PublicKey => "public key",
        SectionKind::Csr => "certificate request",
        _ => "different kind of PEM block",
    }
}

/// Whether this is a whole PKCS#8 key (RFC 5958) of an algorithm or curve other than P-256.
fn names_other_algorithm(der: &[u8]) -> bool {
    /// The object identifier of the curve, 1.2.840.10045.3.1.7, in DER.
    const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    algorithm(der)
        .is_some_and(|algorithm| !algorithm.windows(P256.len()).any(|window| window == P256))
}

/// The content of the AlgorithmIdentifier.
fn algorithm(der: &[u8]) -> Option<&[u8]> {
    let element = |input, tag| {
        Any::from_der(input)
            .ok()
            .filter(|(_, any)| any.tag() == tag)
            .map(|(rest, any)| (rest, any.data))
    };
    let (rest, key) = element(der, Tag::Sequence)?;
    let (after_version, _) = element(key, Tag::Integer)?;
    let (_, algorithm) = element(after_version, Tag::Sequence)?;
    rest.is_empty().then_some(algorithm)
}
