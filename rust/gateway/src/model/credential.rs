//! APNs credentials: what each is good for, and its secret.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;
use zpns_protocol::Environment;

/// What a credential is good for. Kept in the clear; the key itself is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialScope {
    /// Provider key or certificate.
    pub kind: CredentialKind,
    /// Apple team, where known.
    pub team: Option<String>,
    /// Key ID of a provider key.
    #[serde(rename = "keyID")]
    pub key_id: Option<String>,
    /// Which APNs it may be used with.
    pub environments: Vec<Environment>,
    /// Topics, or `*` for all of the team's.
    pub topics: Vec<String>,
}

/// Kind of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CredentialKind {
    /// A `.p8` provider key.
    Key,
    /// A certificate, from `.p12` or PEM.
    Certificate,
}

impl CredentialScope {
    /// Whether it may send to this topic in this environment. A bundle ID also covers its `.voip` topic for keys, whose portal setting names
    /// bundle IDs; a certificate names each topic.
    pub fn covers(&self, environment: Environment, topic: &str) -> bool {
        let of_key = |listed: &str| {
            self.kind == CredentialKind::Key && topic.strip_suffix(".voip") == Some(listed)
        };
        self.environments.contains(&environment)
            && self
                .topics
                .iter()
                .any(|listed| listed == "*" || listed == topic || of_key(listed))
    }

    /// Whether the topic is named rather than covered by `*`: the narrower credential is preferred.
    pub fn names(&self, topic: &str) -> bool {
        self.topics
            .iter()
            .any(|listed| listed != "*" && topic.starts_with(listed.as_str()))
    }
}

/// The secret part of a credential as it is sealed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "form")]
pub enum CredentialSecret {
    /// PEM of a PKCS#8 key.
    P8 {
        /// The PEM text.
        pem: Zeroizing<String>,
    },
    /// A `.p12` file in base64, and its password.
    P12 {
        /// The file.
        file: Zeroizing<String>,
        /// Its password.
        password: Zeroizing<String>,
    },
    /// Certificate chain and key as PEM.
    Pem {
        /// The certificate, then its issuers if they are there.
        certificates: Zeroizing<String>,
        /// Its private key.
        key: Zeroizing<String>,
    },
}

// The secret is not shown.
impl fmt::Debug for CredentialSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CredentialSecret(…)")
    }
}

/// A stored credential without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    /// Its ID.
    pub id: String,
    /// The app it belongs to.
    #[serde(rename = "appID")]
    pub app: String,
    /// What it is good for.
    #[serde(flatten)]
    pub scope: CredentialScope,
    /// When a certificate expires.
    pub not_after: Option<u64>,
    /// When it was added.
    pub created_at: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(kind: CredentialKind, topics: &[&str]) -> CredentialScope {
        CredentialScope {
            kind,
            team: None,
            key_id: None,
            environments: vec![Environment::Production],
            topics: topics.iter().map(|&t| t.to_owned()).collect(),
        }
    }

    #[test]
    fn a_key_for_a_bundle_id_covers_its_voip_topic_and_a_certificate_does_not() {
        assert!(
            scope(CredentialKind::Key, &["com.example"])
                .covers(Environment::Production, "com.example.voip")
        );
        assert!(
            !scope(CredentialKind::Certificate, &["com.example"])
                .covers(Environment::Production, "com.example.voip")
        );
    }

    #[test]
    fn a_credential_of_one_environment_does_not_cover_the_other() {
        assert!(
            !scope(CredentialKind::Key, &["*"]).covers(Environment::Development, "com.example")
        );
    }

    #[test]
    fn a_topic_that_only_begins_alike_is_not_covered() {
        assert!(
            !scope(CredentialKind::Key, &["com.example"])
                .covers(Environment::Production, "com.example2")
        );
    }
}
