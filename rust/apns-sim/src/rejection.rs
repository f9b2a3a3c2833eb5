use std::borrow::Cow;

use serde::Serialize;

/// What APNs answers instead of 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rejection {
    pub(crate) status: u16,
    pub(crate) reason: Cow<'static, str>,
    /// Milliseconds since 1970; with 410.
    pub(crate) timestamp: Option<u64>,
}

#[derive(Serialize)]
struct Body<'a> {
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<u64>,
}

impl Rejection {
    pub(crate) const fn new(status: u16, reason: &'static str) -> Self {
        Self {
            status,
            reason: Cow::Borrowed(reason),
            timestamp: None,
        }
    }

    /// 410: the token is dead since then.
    pub(crate) const fn unregistered(since: u64) -> Self {
        Self {
            status: 410,
            reason: Cow::Borrowed("Unregistered"),
            timestamp: Some(since),
        }
    }

    /// The JSON of the answer.
    pub(crate) fn body(&self) -> Vec<u8> {
        serde_json::to_vec(&Body {
            reason: &self.reason,
            timestamp: self.timestamp,
        })
        .unwrap_or_default()
    }
}

macro_rules! rejections {
    ($($name:ident = $status:literal $reason:literal;)+) => {
        $(pub(crate) const $name: Rejection = Rejection::new($status, $reason);)+
    };
}

// Apple: "Handling error responses from Apple Push Notification service".
rejections! {
    BAD_COLLAPSE_ID = 400 "BadCollapseId";
    BAD_DEVICE_TOKEN = 400 "BadDeviceToken";
    BAD_EXPIRATION_DATE = 400 "BadExpirationDate";
    BAD_MESSAGE_ID = 400 "BadMessageId";
    BAD_PRIORITY = 400 "BadPriority";
    BAD_TOPIC = 400 "BadTopic";
    DEVICE_TOKEN_NOT_FOR_TOPIC = 400 "DeviceTokenNotForTopic";
    DUPLICATE_HEADERS = 400 "DuplicateHeaders";
    INVALID_PUSH_TYPE = 400 "InvalidPushType";
    MISSING_DEVICE_TOKEN = 400 "MissingDeviceToken";
    MISSING_TOPIC = 400 "MissingTopic";
    PAYLOAD_EMPTY = 400 "PayloadEmpty";
    TOPIC_DISALLOWED = 400 "TopicDisallowed";
    BAD_CERTIFICATE_ENVIRONMENT = 403 "BadCertificateEnvironment";
    BAD_ENVIRONMENT_KEY_ID_IN_TOKEN = 403 "BadEnvironmentKeyIdInToken";
    EXPIRED_PROVIDER_TOKEN = 403 "ExpiredProviderToken";
    INVALID_PROVIDER_TOKEN = 403 "InvalidProviderToken";
    MISSING_PROVIDER_TOKEN = 403 "MissingProviderToken";
    UNRELATED_KEY_ID_IN_TOKEN = 403 "UnrelatedKeyIdInToken";
    BAD_PATH = 404 "BadPath";
    METHOD_NOT_ALLOWED = 405 "MethodNotAllowed";
    PAYLOAD_TOO_LARGE = 413 "PayloadTooLarge";
    TOO_MANY_PROVIDER_TOKEN_UPDATES = 429 "TooManyProviderTokenUpdates";
    SERVICE_UNAVAILABLE = 503 "ServiceUnavailable";
}
