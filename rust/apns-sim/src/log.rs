use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Uri};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use zpns_protocol::Environment;

use crate::TokenKind;
use crate::headers::{COLLAPSE_ID, EXPIRATION, PRIORITY, PUSH_TYPE, TOPIC};
use crate::mailbox::json;
use crate::rejection::Rejection;
use crate::rules::DEVICE_PATH;

/// How the provider proved who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthKind {
    /// With a provider token.
    Token,
    /// With a client certificate.
    Certificate,
    /// Not at all.
    None,
}

/// One request, as it came and as it was answered.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogEntry {
    /// Counts all requests of the simulator, from 1.
    pub seq: u64,
    /// When it was answered, in milliseconds since 1970.
    pub at: u64,
    /// The listener it came to.
    pub environment: Environment,
    /// The request's `:authority`.
    pub host: String,
    /// The HTTP status.
    pub status: u16,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The `apns-id` of the answer.
    #[serde(rename = "apnsID")]
    pub apns_id: String,
    /// First 8 hex digits of the SHA-256 of the device token.
    pub token_hash: String,
    /// The device, if the token is known.
    #[serde(rename = "deviceID", skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// Which of the device's tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<TokenKind>,
    /// Header `apns-topic`.
    pub topic: Option<String>,
    /// Header `apns-push-type`.
    pub push_type: Option<String>,
    /// Header `apns-priority`.
    pub priority: Option<String>,
    /// Header `apns-expiration`.
    pub expiration: Option<String>,
    /// Header `apns-collapse-id`.
    #[serde(rename = "collapseID", skip_serializing_if = "Option::is_none")]
    pub collapse_id: Option<String>,
    /// How the provider proved who it is.
    pub auth: AuthKind,
    /// The key ID of a valid provider token.
    #[serde(rename = "keyID", skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// The payload.
    pub payload: Value,
}

/// A part of the log.
#[derive(Clone, Debug, Serialize)]
pub struct LogPage {
    /// Oldest first.
    pub entries: Vec<LogEntry>,
    /// What to give as `since` to get what comes after these.
    pub next: u64,
}

/// A request as it is kept: headers and payload as they came, because few are ever looked at.
pub(crate) struct Record {
    pub(crate) at: u64,
    pub(crate) environment: Environment,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) rejection: Option<Rejection>,
    pub(crate) apns_id: String,
    pub(crate) device: Option<(String, TokenKind)>,
    pub(crate) auth: AuthKind,
    pub(crate) key_id: Option<String>,
    pub(crate) payload: Bytes,
}

/// The last requests.
pub(crate) struct Log {
    capacity: usize,
    records: Mutex<Records>,
}

#[derive(Default)]
struct Records {
    last_seq: u64,
    ring: VecDeque<Record>,
}

impl Log {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            records: Mutex::default(),
        }
    }

    pub(crate) fn push(&self, record: Record) {
        let mut records = self.lock();
        records.last_seq += 1;
        records.ring.push_back(record);
        if records.ring.len() > self.capacity {
            records.ring.pop_front();
        }
    }

    /// The requests after number `since` that are still kept.
    pub(crate) fn since(&self, since: u64) -> LogPage {
        let records = self.lock();
        let kept = u64::try_from(records.ring.len()).unwrap_or(u64::MAX);
        let first = records.last_seq - kept + 1;
        let skip = usize::try_from(since.saturating_sub(first - 1)).unwrap_or(usize::MAX);
        let entries = (first..)
            .zip(&records.ring)
            .skip(skip)
            .map(|(seq, record)| record.entry(seq))
            .collect();
        LogPage {
            entries,
            next: records.last_seq,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    fn entry(&self, seq: u64) -> LogEntry {
        let header = |name| {
            self.headers
                .get(name)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        LogEntry {
            seq,
            at: self.at,
            environment: self.environment,
            host: self
                .uri
                .authority()
                .map(ToString::to_string)
                .unwrap_or_default(),
            status: self
                .rejection
                .as_ref()
                .map_or(200, |rejection| rejection.status),
            reason: self
                .rejection
                .as_ref()
                .map(|rejection| rejection.reason.clone().into_owned()),
            apns_id: self.apns_id.clone(),
            token_hash: short_hash(
                self.uri
                    .path()
                    .strip_prefix(DEVICE_PATH)
                    .unwrap_or_default(),
            ),
            device_id: self.device.as_ref().map(|(id, _)| id.clone()),
            kind: self.device.as_ref().map(|(_, kind)| *kind),
            topic: header(TOPIC),
            push_type: header(PUSH_TYPE),
            priority: header(PRIORITY),
            expiration: header(EXPIRATION),
            collapse_id: header(COLLAPSE_ID),
            auth: self.auth,
            key_id: self.key_id.clone(),
            payload: json(&self.payload),
        }
    }
}

fn short_hash(token: &str) -> String {
    let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(token.as_bytes()));
    format!("{:08x}", u32::from_be_bytes([a, b, c, d]))
}
