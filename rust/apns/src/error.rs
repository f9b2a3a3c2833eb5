use std::time::Duration;

use uuid::Uuid;

use crate::{Class, CredentialError, NotificationError, Reason};

/// APNs took the notification. It is not delivered yet, and may never be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The `apns-id` of the answer; the one that was sent.
    pub apns_id: Uuid,
    /// `apns-unique-id`, which the development host adds; finds the push in Apple's Push Notifications Console.
    pub unique_id: Option<String>,
}

/// APNs looked at the notification and said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("APNs answered {status} {reason}: {}", .reason.advice())]
pub struct Rejection {
    /// The HTTP status.
    pub status: u16,
    /// Why.
    pub reason: Reason,
    /// With status 410: since when the token is dead, in milliseconds since 1970.
    pub timestamp_ms: Option<u64>,
}

impl Rejection {
    /// What kind of trouble it is: the reason's class, or what the status says if the reason is unknown.
    pub fn class(&self) -> Class {
        match (self.reason.class(), self.status) {
            (Class::Unknown, 429 | 500..=599) => Class::RetryLater,
            (class, _) => class,
        }
    }
}

/// Why a notification was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The notification itself cannot be sent. Nothing was sent.
    #[error(transparent)]
    Notification(#[from] NotificationError),
    /// APNs rejected it.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// No connection could be opened, or connections broke more often than the client resends.
    #[error("no answer from APNs: {detail}; {}", next_step(*.ambiguous))]
    Transport {
        /// What broke.
        detail: String,
        /// APNs may have processed the notification before the line broke.
        ambiguous: bool,
    },
    /// There was no answer in time, waiting for a free stream included.
    #[error("no answer from APNs within {after:?}; {}", next_step(*.ambiguous))]
    Timeout {
        /// [`crate::ClientConfig::request_timeout`].
        after: Duration,
        /// APNs may have processed the notification.
        ambiguous: bool,
    },
    /// The provider token could not be minted.
    #[error(transparent)]
    Credential(#[from] CredentialError),
}

impl SendError {
    /// Whether APNs may have processed the notification in spite of the error.
    pub fn is_ambiguous(&self) -> bool {
        matches!(
            self,
            Self::Transport {
                ambiguous: true,
                ..
            } | Self::Timeout {
                ambiguous: true,
                ..
            }
        )
    }

    /// APNs' own words, if it said any.
    pub fn rejection(&self) -> Option<&Rejection> {
        match self {
            Self::Rejected(rejection) => Some(rejection),
            _ => None,
        }
    }
}

fn next_step(ambiguous: bool) -> &'static str {
    if ambiguous {
        "it may have been processed: send it again only if a duplicate does no harm"
    } else {
        "it was not processed: check the network and send it again"
    }
}
