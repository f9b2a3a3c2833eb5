use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};

use crate::mailbox::PushKind;
use crate::rejection::{
    BAD_COLLAPSE_ID, BAD_EXPIRATION_DATE, BAD_MESSAGE_ID, BAD_PRIORITY, BAD_TOPIC,
    DUPLICATE_HEADERS, INVALID_PUSH_TYPE, Rejection,
};

pub(crate) const APNS_ID: HeaderName = HeaderName::from_static("apns-id");
pub(crate) const APNS_UNIQUE_ID: HeaderName = HeaderName::from_static("apns-unique-id");
pub(crate) const TOPIC: HeaderName = HeaderName::from_static("apns-topic");
pub(crate) const PUSH_TYPE: HeaderName = HeaderName::from_static("apns-push-type");
pub(crate) const PRIORITY: HeaderName = HeaderName::from_static("apns-priority");
pub(crate) const EXPIRATION: HeaderName = HeaderName::from_static("apns-expiration");
pub(crate) const COLLAPSE_ID: HeaderName = HeaderName::from_static("apns-collapse-id");

/// What the topic of VoIP pushes ends in.
pub(crate) const VOIP_SUFFIX: &str = ".voip";
const COLLAPSE_ID_LIMIT: usize = 64;
/// The push types of "Sending notification requests to APNs" that the simulator has no devices for.
const OTHER_PUSH_TYPES: [&str; 8] = [
    "complication",
    "controls",
    "fileprovider",
    "liveactivity",
    "location",
    "mdm",
    "pushtotalk",
    "widgets",
];

/// The value of a header that occurs once and is text.
pub(crate) fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Refuses a header of APNs' own that occurs twice.
pub(crate) fn check_single(headers: &HeaderMap) -> Result<(), Rejection> {
    if headers.len() == headers.keys_len() {
        return Ok(());
    }
    let ours = [
        AUTHORIZATION,
        APNS_ID,
        TOPIC,
        PUSH_TYPE,
        PRIORITY,
        EXPIRATION,
        COLLAPSE_ID,
    ];
    let twice = |name: &HeaderName| headers.get_all(name).iter().nth(1).is_some();
    if ours.iter().any(twice) {
        Err(DUPLICATE_HEADERS)
    } else {
        Ok(())
    }
}

/// `apns-id`: a UUID in its canonical form with hyphens.
pub(crate) fn check_id(headers: &HeaderMap) -> Result<(), Rejection> {
    match headers.get(APNS_ID) {
        None => Ok(()),
        Some(value) if is_canonical_uuid(value.as_bytes()) => Ok(()),
        Some(_) => Err(BAD_MESSAGE_ID),
    }
}

pub(crate) fn is_canonical_uuid(text: &[u8]) -> bool {
    let fits = |(at, byte): (usize, &u8)| {
        if matches!(at, 8 | 13 | 18 | 23) {
            *byte == b'-'
        } else {
            byte.is_ascii_hexdigit()
        }
    };
    text.len() == 36 && text.iter().enumerate().all(fits)
}

pub(crate) fn check_topic(topic: &str) -> Result<(), Rejection> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if !topic.is_empty() && topic.bytes().all(plain) {
        Ok(())
    } else {
        Err(BAD_TOPIC)
    }
}

/// `apns-collapse-id`: 1 to 64 bytes.
pub(crate) fn check_collapse_id(headers: &HeaderMap) -> Result<(), Rejection> {
    match headers.get(COLLAPSE_ID) {
        Some(id) if id.is_empty() || id.len() > COLLAPSE_ID_LIMIT => Err(BAD_COLLAPSE_ID),
        _ => Ok(()),
    }
}

/// `apns-priority`: 10 if absent.
pub(crate) fn priority(headers: &HeaderMap) -> Result<u8, Rejection> {
    match headers.get(PRIORITY).map(http::HeaderValue::as_bytes) {
        None | Some(b"10") => Ok(10),
        Some(b"5") => Ok(5),
        Some(b"1") => Ok(1),
        Some(_) => Err(BAD_PRIORITY),
    }
}

/// `apns-expiration`: seconds since 1970. Absent counts as 30 days from now, the longest that APNs stores.
pub(crate) fn expiration(headers: &HeaderMap, now: u64) -> Result<u64, Rejection> {
    match headers.get(EXPIRATION) {
        None => Ok(now.saturating_add(30 * 24 * 3600)),
        Some(value) => value
            .to_str()
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or(BAD_EXPIRATION_DATE),
    }
}

/// `apns-push-type` against topic and priority. Absent, it is taken from the topic.
pub(crate) fn kind(headers: &HeaderMap, topic: &str, priority: u8) -> Result<PushKind, Rejection> {
    let for_voip = topic.ends_with(VOIP_SUFFIX);
    let kind = match headers.get(PUSH_TYPE).map(http::HeaderValue::as_bytes) {
        None if for_voip => PushKind::Voip,
        None | Some(b"alert") => PushKind::Alert,
        Some(b"background") => PushKind::Background,
        Some(b"voip") => PushKind::Voip,
        // The topics of these name no device here, so the token's own check refuses them.
        Some(name)
            if OTHER_PUSH_TYPES
                .iter()
                .any(|other| other.as_bytes() == name) =>
        {
            PushKind::Alert
        }
        Some(_) => return Err(INVALID_PUSH_TYPE),
    };
    if for_voip != (kind == PushKind::Voip) {
        return Err(INVALID_PUSH_TYPE);
    }
    match (kind, priority) {
        (PushKind::Voip, 10) | (PushKind::Background, 5) | (PushKind::Alert, _) => Ok(kind),
        _ => Err(BAD_PRIORITY),
    }
}
