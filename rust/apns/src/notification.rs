use std::fmt;

use bytes::Bytes;
use http::HeaderValue;
use uuid::Uuid;

use crate::DeviceToken;

/// The largest payload of an alert or background notification, in bytes (Apple: "Generating a remote notification").
pub const ALERT_PAYLOAD_LIMIT: usize = 4096;
/// The largest payload of a VoIP notification, in bytes.
pub const VOIP_PAYLOAD_LIMIT: usize = 5120;
/// What the topic of VoIP pushes ends in.
const VOIP_SUFFIX: &str = ".voip";
const COLLAPSE_ID_LIMIT: usize = 64;

/// What the notification does on the device; header `apns-push-type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PushType {
    /// Shows an alert, plays a sound or sets the badge.
    Alert,
    /// Wakes the app for a moment, shows nothing. APNs wants [`Priority::Considerate`].
    Background,
    /// Announces a call through PushKit. The topic ends in `.voip`.
    Voip,
}

impl PushType {
    /// The header's value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Background => "background",
            Self::Voip => "voip",
        }
    }

    /// The largest payload that APNs takes, in bytes.
    pub const fn payload_limit(self) -> usize {
        match self {
            Self::Alert | Self::Background => ALERT_PAYLOAD_LIMIT,
            Self::Voip => VOIP_PAYLOAD_LIMIT,
        }
    }
}

/// How soon APNs delivers; header `apns-priority`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Priority {
    /// 10: at once.
    Immediate,
    /// 5: when the device's power state suits.
    Considerate,
}

impl Priority {
    /// The header's value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Immediate => "10",
            Self::Considerate => "5",
        }
    }
}

/// One notification to one device. `Debug` shows neither the token nor the payload.
#[derive(Clone)]
pub struct Notification {
    /// The device.
    pub token: DeviceToken,
    /// The bundle ID; for VoIP the bundle ID and `.voip`.
    pub topic: String,
    /// Alert, background or VoIP.
    pub push_type: PushType,
    /// How soon.
    pub priority: Priority,
    /// Until when APNs keeps trying, in seconds since 1970. Zero: it tries once and stores nothing.
    pub expiration: u64,
    /// Notifications with the same one replace each other on the screen; 1 to 64 bytes.
    pub collapse_id: Option<String>,
    /// Names this notification in APNs' answers; every attempt to send it carries the same one.
    pub apns_id: Uuid,
    /// The JSON, as it is sent.
    pub payload: Bytes,
}

/// The notification cannot be sent as it is; found before anything was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotificationError {
    /// More bytes than APNs takes for this push type.
    #[error("payload is {size} bytes, {over} more than the {limit} that APNs takes for push type {}: shorten it", .push_type.as_str())]
    PayloadTooLarge {
        /// The payload's size in bytes.
        size: usize,
        /// The most that APNs takes.
        limit: usize,
        /// How many bytes must go.
        over: usize,
        /// The push type, which sets the limit.
        push_type: PushType,
    },
    /// No payload at all.
    #[error("payload is empty: send a JSON object")]
    PayloadEmpty,
    /// The topic is empty or cannot be a header value.
    #[error(
        "topic is not a bundle ID: use letters, digits, dots and hyphens, and end it in .voip for VoIP pushes"
    )]
    BadTopic,
    /// A VoIP push whose topic does not end in `.voip`, or the reverse.
    #[error(
        "topic and push type do not fit: a VoIP push, and only that, has a topic that ends in .voip"
    )]
    TopicPushTypeMismatch,
    /// The collapse ID is empty, longer than 64 bytes, or cannot be a header value.
    #[error("collapse ID must be 1 to 64 bytes of visible ASCII")]
    BadCollapseId,
    /// A background push must have priority 5, a VoIP push priority 10.
    #[error(
        "priority does not fit the push type: background pushes need Considerate, VoIP pushes need Immediate"
    )]
    BadPriority,
}

impl Notification {
    /// A notification with the usual settings: a new `apns-id`, no collapse ID, tried once, and the priority that the push type
    /// wants.
    pub fn new(
        token: DeviceToken,
        topic: impl Into<String>,
        push_type: PushType,
        payload: impl Into<Bytes>,
    ) -> Self {
        let priority = match push_type {
            PushType::Alert | PushType::Voip => Priority::Immediate,
            PushType::Background => Priority::Considerate,
        };
        Self {
            token,
            topic: topic.into(),
            push_type,
            priority,
            expiration: 0,
            collapse_id: None,
            apns_id: Uuid::new_v4(),
            payload: payload.into(),
        }
    }

    /// Finds what APNs would refuse without looking at the device. [`crate::Client::send`] does this first.
    pub fn check(&self) -> Result<(), NotificationError> {
        let (size, limit) = (self.payload.len(), self.push_type.payload_limit());
        if size == 0 {
            return Err(NotificationError::PayloadEmpty);
        }
        if size > limit {
            return Err(NotificationError::PayloadTooLarge {
                size,
                limit,
                over: size - limit,
                push_type: self.push_type,
            });
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if self.topic.is_empty() || !self.topic.bytes().all(plain) {
            return Err(NotificationError::BadTopic);
        }
        if self.topic.ends_with(VOIP_SUFFIX) != (self.push_type == PushType::Voip) {
            return Err(NotificationError::TopicPushTypeMismatch);
        }
        match (self.push_type, self.priority) {
            (PushType::Background, Priority::Immediate)
            | (PushType::Voip, Priority::Considerate) => {
                return Err(NotificationError::BadPriority);
            }
            _ => {}
        }
        let fits = |id: &String| {
            (1..=COLLAPSE_ID_LIMIT).contains(&id.len())
                && id.is_ascii()
                && HeaderValue::from_str(id).is_ok()
        };
        if self.collapse_id.as_ref().is_some_and(|id| !fits(id)) {
            return Err(NotificationError::BadCollapseId);
        }
        Ok(())
    }
}

impl fmt::Debug for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notification")
            .field("token", &self.token)
            .field("topic", &self.topic)
            .field("push_type", &self.push_type)
            .field("priority", &self.priority)
            .field("expiration", &self.expiration)
            .field("apns_id", &self.apns_id)
            .field("payload_bytes", &self.payload.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn voip(size: usize) -> Notification {
        Notification::new(
            "ab".repeat(32).parse().unwrap(),
            "com.example.app.voip",
            PushType::Voip,
            vec![b' '; size],
        )
    }

    #[test]
    fn a_voip_payload_may_have_5120_bytes_and_one_more_is_refused_by_how_much() {
        assert_eq!(voip(5120).check(), Ok(()));
        let error = voip(5123).check().unwrap_err();
        assert!(
            matches!(
                error,
                NotificationError::PayloadTooLarge {
                    size: 5123,
                    limit: 5120,
                    over: 3,
                    ..
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn an_alert_payload_may_have_4096_bytes() {
        let mut alert = Notification {
            topic: "com.example.app".into(),
            push_type: PushType::Alert,
            ..voip(4096)
        };
        assert_eq!(alert.check(), Ok(()));
        alert.payload = vec![b' '; 4097].into();
        assert!(matches!(
            alert.check(),
            Err(NotificationError::PayloadTooLarge { over: 1, .. })
        ));
    }

    #[test]
    fn an_empty_payload_is_refused() {
        assert_eq!(voip(0).check(), Err(NotificationError::PayloadEmpty));
    }

    #[test]
    fn a_voip_push_to_the_alert_topic_is_refused() {
        let push = Notification {
            topic: "com.example.app".into(),
            ..voip(2)
        };
        assert_eq!(push.check(), Err(NotificationError::TopicPushTypeMismatch));
    }

    #[test]
    fn a_topic_that_could_break_the_header_is_refused() {
        for topic in [
            "",
            "com.example\r\nx: y.voip",
            "com example.voip",
            "通话.voip",
        ] {
            let push = Notification {
                topic: topic.into(),
                ..voip(2)
            };
            assert_eq!(push.check(), Err(NotificationError::BadTopic), "{topic:?}");
        }
    }

    #[test]
    fn a_collapse_id_has_1_to_64_bytes() {
        for (id, fits) in [
            ("", false),
            ("a", true),
            (&"a".repeat(64), true),
            (&"a".repeat(65), false),
            ("a\nb", false),
            ("通话", false),
        ] {
            let push = Notification {
                collapse_id: Some(id.into()),
                ..voip(2)
            };
            assert_eq!(push.check().is_ok(), fits, "{id:?}");
        }
    }

    #[test]
    fn a_considerate_voip_push_is_refused() {
        let push = Notification {
            priority: Priority::Considerate,
            ..voip(2)
        };
        assert_eq!(push.check(), Err(NotificationError::BadPriority));
    }

    #[test]
    fn debug_shows_neither_token_nor_payload() {
        let push = Notification {
            payload: Bytes::from_static(b"secret words"),
            ..voip(2)
        };
        let shown = format!("{push:?}");
        assert!(
            !shown.contains("secret") && !shown.contains("abab"),
            "{shown}"
        );
    }
}
