//! Credential files: read, checked, sealed, opened again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;
use zpns_apns::{CertificateIdentity, CredentialError, ProviderKey};
use zpns_protocol::Environment;

use crate::clock;
use crate::model::{Credential, CredentialKind, CredentialScope, CredentialSecret};
use crate::random::{self, NoRandomness};
use crate::refusal::Refusal;
use crate::seal::{MasterKey, SealBroken};

const PURPOSE: &str = "credential";

/// A credential file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CredentialFileError {
    /// What the file holds is wrong.
    #[error("{0}")]
    Content(#[from] CredentialError),
    /// The text is not UTF-8, so it is no PEM.
    #[error(
        "the file is not text, so it is not PEM: give the .p8 or .pem file as it was downloaded"
    )]
    NotText,
    /// The stored form is damaged.
    #[error("the stored credential is damaged: delete it and add it again")]
    Damaged,
    /// A certificate that names no topic.
    #[error(
        "the certificate names no topic, so it is no push certificate: use the VoIP Services or Apple Push Services certificate of the app"
    )]
    NoTopic,
}

/// A credential that was read from files, ready to be stored.
#[derive(Debug)]
pub struct Checked {
    /// What it is good for.
    pub scope: CredentialScope,
    /// When a certificate expires, Unix milliseconds.
    pub not_after: Option<u64>,
    secret: CredentialSecret,
}

/// Reads a `.p8` provider key.
pub fn p8(
    file: Vec<u8>,
    team: &str,
    key_id: &str,
    environments: Vec<Environment>,
    topics: Vec<String>,
) -> Result<Checked, CredentialFileError> {
    ProviderKey::from_p8(&file, team, key_id)?;
    let scope = CredentialScope {
        kind: CredentialKind::Key,
        team: Some(team.to_owned()),
        key_id: Some(key_id.to_owned()),
        environments,
        topics: if topics.is_empty() {
            vec!["*".to_owned()]
        } else {
            topics
        },
    };
    Ok(Checked {
        scope,
        not_after: None,
        secret: CredentialSecret::P8 { pem: text(file)? },
    })
}

/// Reads a `.p12` with certificate and key, also one of Keychain Access.
pub fn p12(file: Vec<u8>, password: Zeroizing<String>) -> Result<Checked, CredentialFileError> {
    let file = Zeroizing::new(file);
    let identity = CertificateIdentity::from_p12(&file, &password)?;
    certificate(
        &identity,
        CredentialSecret::P12 {
            file: Zeroizing::new(STANDARD.encode(&*file)),
            password,
        },
    )
}

/// Reads a certificate and its key from PEM.
pub fn pem(certificates: Vec<u8>, key: Vec<u8>) -> Result<Checked, CredentialFileError> {
    let identity = CertificateIdentity::from_pem(&certificates, &key)?;
    certificate(
        &identity,
        CredentialSecret::Pem {
            certificates: text(certificates)?,
            key: text(key)?,
        },
    )
}

fn certificate(
    identity: &CertificateIdentity,
    secret: CredentialSecret,
) -> Result<Checked, CredentialFileError> {
    let facts = identity.facts();
    if facts.topics.is_empty() {
        return Err(CredentialFileError::NoTopic);
    }
    let scope = CredentialScope {
        kind: CredentialKind::Certificate,
        team: None,
        key_id: None,
        environments: facts.environments.clone(),
        topics: facts.topics.clone(),
    };
    let not_after = u64::try_from(facts.not_after)
        .ok()
        .map(|seconds| seconds.saturating_mul(1000));
    Ok(Checked {
        scope,
        not_after,
        secret,
    })
}

fn text(file: Vec<u8>) -> Result<Zeroizing<String>, CredentialFileError> {
    String::from_utf8(file)
        .map(Zeroizing::new)
        .map_err(|_| CredentialFileError::NotText)
}

impl Checked {
    /// The row for the app, and the sealed secret.
    pub fn seal(
        self,
        app: &str,
        master: &MasterKey,
    ) -> Result<(Credential, Vec<u8>), NoRandomness> {
        let id = random::row_id();
        // Strings only: writing them as JSON can't fail.
        let json = Zeroizing::new(serde_json::to_vec(&self.secret).unwrap_or_default());
        let sealed = master.seal(PURPOSE, &id, &json)?;
        let credential = Credential {
            id,
            app: app.to_owned(),
            scope: self.scope,
            not_after: self.not_after,
            created_at: clock::now_ms(),
        };
        Ok((credential, sealed))
    }
}

/// Opens a sealed secret.
pub fn unseal(master: &MasterKey, id: &str, sealed: &[u8]) -> Result<CredentialSecret, Refusal> {
    let json = master.open(PURPOSE, id, sealed)?;
    serde_json::from_slice(&json).map_err(|_| SealBroken.into())
}

/// The credential as the APNs client takes it.
pub fn load(
    secret: &CredentialSecret,
    scope: &CredentialScope,
) -> Result<zpns_apns::Credential, CredentialFileError> {
    Ok(match secret {
        CredentialSecret::P8 { pem } => {
            let (team, key_id) = (
                scope.team.as_deref().unwrap_or_default(),
                scope.key_id.as_deref().unwrap_or_default(),
            );
            zpns_apns::Credential::Token(ProviderKey::from_p8(pem.as_bytes(), team, key_id)?)
        }
        CredentialSecret::P12 { file, password } => {
            let bytes = Zeroizing::new(
                STANDARD
                    .decode(file.as_bytes())
                    .map_err(|_| CredentialFileError::Damaged)?,
            );
            zpns_apns::Credential::Certificate(CertificateIdentity::from_p12(&bytes, password)?)
        }
        CredentialSecret::Pem { certificates, key } => zpns_apns::Credential::Certificate(
            CertificateIdentity::from_pem(certificates.as_bytes(), key.as_bytes())?,
        ),
    })
}
