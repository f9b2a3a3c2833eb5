use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use x509_parser::asn1_rs::{Any, FromDer, Oid, Tag, oid};
use x509_parser::prelude::{X509Certificate, X509Name};
use zpns_protocol::Environment;

use crate::CredentialError;
use crate::hex::hex;

/// Marks a certificate for the development environment.
const DEVELOPMENT: Oid<'static> = oid!(1.2.840.113635.100.6.3.1);
/// Marks a certificate for the production environment.
const PRODUCTION: Oid<'static> = oid!(1.2.840.113635.100.6.3.2);
/// Topics of a VoIP services certificate.
const VOIP_TOPICS: Oid<'static> = oid!(1.2.840.113635.100.6.3.4);
/// Topics of a certificate that serves several.
const TOPICS: Oid<'static> = oid!(1.2.840.113635.100.6.3.6);
/// UID in the subject: the only topic of an older certificate.
const USER_ID: Oid<'static> = oid!(0.9.2342.19200300.100.1.1);

/// What an APNs certificate says about itself (Apple: "Establishing a certificate-based connection to APNs").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    /// The topics it may send to: the bundle ID, and `<bundle ID>.voip` if it covers VoIP.
    pub topics: Vec<String>,
    /// The environments it is for. A certificate that marks neither serves both.
    pub environments: Vec<Environment>,
    /// From when it is valid, in seconds since 1970.
    pub not_before: i64,
    /// Until when it is valid, in seconds since 1970.
    pub not_after: i64,
    /// The subject, as text.
    pub subject: String,
    /// SHA-256 of the certificate, as 64 hex digits.
    pub fingerprint: String,
}

impl CertificateFacts {
    /// Reads them from the certificate.
    pub(crate) fn read(certificate: &CertificateDer<'_>) -> Result<Self, CredentialError> {
        let (_, parsed) =
            X509Certificate::from_der(certificate).map_err(|_| CredentialError::BadCertificate)?;
        let mut topics = Vec::new();
        let mut environments = Vec::new();
        for extension in parsed.extensions() {
            if extension.oid == DEVELOPMENT {
                environments.push(Environment::Development);
            } else if extension.oid == PRODUCTION {
                environments.push(Environment::Production);
            } else if extension.oid == TOPICS || extension.oid == VOIP_TOPICS {
                collect_topics(extension.value, &mut topics);
            }
        }
        if topics.is_empty() {
            topics.extend(user_id(parsed.subject()));
        }
        topics.sort();
        topics.dedup();
        environments.sort_unstable();
        environments.dedup();
        if environments.is_empty() {
            environments = Environment::ALL.to_vec();
        }
        Ok(Self {
            topics,
            environments,
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            subject: parsed.subject().to_string(),
            fingerprint: hex(&Sha256::digest(certificate)),
        })
    }
}

/// The extension is a sequence in which each topic, a UTF8String, is followed by a sequence that says what the topic is for
/// (`app`, `voip`, `complication`). A bare string is taken too; anything else, such as the NULL of a plain marker, holds no topic.
fn collect_topics(der: &[u8], topics: &mut Vec<String>) {
    let Ok((_, any)) = Any::from_der(der) else {
        return;
    };
    if any.tag() == Tag::Utf8String {
        topics.extend(text(&any));
    } else if any.tag() == Tag::Sequence {
        let mut rest = any.data;
        while let Ok((next, item)) = Any::from_der(rest) {
            if item.tag() == Tag::Utf8String {
                topics.extend(text(&item));
            }
            rest = next;
        }
    }
}

fn text(any: &Any<'_>) -> Option<String> {
    std::str::from_utf8(any.data)
        .ok()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn user_id(subject: &X509Name<'_>) -> Option<String> {
    let attribute = subject.iter_by_oid(&USER_ID).next()?;
    attribute.as_str().ok().map(str::to_owned)
}
