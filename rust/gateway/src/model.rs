//! What the operator sets up, and what the store keeps: apps, credentials, strategies, devices, deliveries.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;
use zpns_protocol::pushes::{DeliveryKind, DeliveryStatus};
use zpns_protocol::{Environment, PushId};

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
        let of_key = |listed: &str| self.kind == CredentialKind::Key && topic.strip_suffix(".voip") == Some(listed);
        self.environments.contains(&environment) && self.topics.iter().any(|listed| listed == "*" || listed == topic || of_key(listed))
    }

    /// Whether the topic is named rather than covered by `*`: the narrower credential is preferred.
    pub fn names(&self, topic: &str) -> bool {
        self.topics.iter().any(|listed| listed != "*" && topic.starts_with(listed.as_str()))
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

/// What a `resourcesID` stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Strategy {
    /// How devices are reached.
    pub kind: DeliveryKind,
    /// VoIP only: whether a device without a VoIP token gets an alert instead.
    pub alert_fallback: bool,
    /// VoIP only: how long a push that is no call invitation may ring, in seconds. Calls bring their own.
    pub ring_time: u32,
    /// Alerts only: `apns-collapse-id`; a later alert with the same one replaces the earlier.
    pub collapse: Option<String>,
    /// How devices learn that a call is over, beside the event channel.
    pub cancel_mode: CancelMode,
}

impl Strategy {
    /// Ring time of a VoIP strategy that says nothing else, in seconds.
    pub const DEFAULT_RING_TIME: u32 = 60;

    /// What a push without a `resourcesID` gets.
    pub const fn alert() -> Self {
        Self {
            kind: DeliveryKind::Alert,
            alert_fallback: false,
            ring_time: Self::DEFAULT_RING_TIME,
            collapse: None,
            cancel_mode: CancelMode::None,
        }
    }

    /// VoIP, with an alert for devices that have no VoIP token.
    pub const fn voip() -> Self {
        Self {
            kind: DeliveryKind::Voip,
            alert_fallback: true,
            ring_time: Self::DEFAULT_RING_TIME,
            collapse: None,
            cancel_mode: CancelMode::None,
        }
    }
}

/// How devices learn that a call is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CancelMode {
    /// By the event channel, the poll on wake and the timer only, as Apple asks.
    #[default]
    None,
    /// Also by a second VoIP push.
    Voip,
}

/// A resource with its ID.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// The `resourcesID`.
    #[serde(rename = "resourcesID")]
    pub id: String,
    /// What it stands for.
    #[serde(flatten)]
    pub strategy: Strategy,
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

/// A registered device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its pushID; absent for one that was addressed by a local pushID.
    pub push_id: Option<PushId>,
    /// Whose it is, if it is registered.
    pub user: Option<String>,
    /// The installation's ID, if it is registered.
    pub installation: Option<String>,
    /// The app on it.
    pub bundle_id: String,
    /// Environment of both tokens.
    pub environment: Environment,
    /// Device token.
    pub apns: Option<String>,
    /// PushKit token.
    pub voip: Option<String>,
    /// The badge it shows.
    pub badge: u32,
    /// When APNs last refused a token of it as unknown.
    pub suspect_since: Option<u64>,
    /// When it last registered.
    pub registered_at: u64,
}

/// A delivery that the dispatcher has to make.
#[derive(Clone)]
pub struct Job {
    /// Its ID, also the `apns-id`.
    pub id: String,
    /// The push that it belongs to.
    pub push: String,
    /// The app whose credentials send it.
    pub app: String,
    /// The device, where it is registered.
    pub push_id: Option<PushId>,
    /// The device's user.
    pub user: Option<String>,
    /// The device's installation.
    pub installation: Option<String>,
    /// Which APNs it goes to.
    pub environment: Environment,
    /// VoIP or alert.
    pub kind: DeliveryKind,
    /// `apns-topic`.
    pub topic: String,
    /// `apns-collapse-id`.
    pub collapse_id: Option<String>,
    /// When it is of no use any longer.
    pub expires_at: u64,
    /// The device token.
    pub token: String,
    /// The JSON that APNs gets.
    pub payload: Vec<u8>,
    /// When the device last registered: a 410 that is older does not concern this token.
    pub registered_at: u64,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// Why it was refused at once.
    pub advice: Option<String>,
    /// How often it was sent so far.
    pub attempts: u32,
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
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
        assert!(scope(CredentialKind::Key, &["com.example"]).covers(Environment::Production, "com.example.voip"));
        assert!(!scope(CredentialKind::Certificate, &["com.example"]).covers(Environment::Production, "com.example.voip"));
    }

    #[test]
    fn a_credential_of_one_environment_does_not_cover_the_other() {
        assert!(!scope(CredentialKind::Key, &["*"]).covers(Environment::Development, "com.example"));
    }

    #[test]
    fn a_topic_that_only_begins_alike_is_not_covered() {
        assert!(!scope(CredentialKind::Key, &["com.example"]).covers(Environment::Production, "com.example2"));
    }
}
