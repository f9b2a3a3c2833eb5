//! UserNotifications: permission, the notification list and the badge.

use serde::Serialize;
use serde_json::Value;
use zpns_driver::SystemError;

use crate::timeline_event::TimelineEvent;

/// Most notifications in the list; older ones go.
const MOST: usize = 200;

/// A notification in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Its number.
    pub notification: u64,
    /// Title.
    pub title: String,
    /// Body.
    pub body: String,
    /// Whether the app made it itself.
    pub local: bool,
    /// `userInfo`, as JSON.
    #[serde(skip)]
    pub(crate) user_info: Vec<u8>,
}

/// How notifications show while the app is in the foreground.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Presentation {
    pub(crate) badge: bool,
    pub(crate) alert: bool,
}

/// The notification centre, for one installation of one app.
#[derive(Debug, Default)]
pub(crate) struct Notifications {
    /// The user's answer; none while the app has not asked.
    pub(crate) permitted: Option<bool>,
    pub(crate) presentation: Presentation,
    list: Vec<Notification>,
    badge: u32,
    added: u64,
    handlers: Vec<u64>,
}

impl Notifications {
    pub(crate) fn may_notify(&self) -> bool {
        self.permitted == Some(true)
    }

    pub(crate) fn list(&self) -> &[Notification] {
        &self.list
    }

    pub(crate) const fn badge(&self) -> u32 {
        self.badge
    }

    pub(crate) fn set_badge(&mut self, badge: u32) -> Option<TimelineEvent> {
        (std::mem::replace(&mut self.badge, badge) != badge)
            .then_some(TimelineEvent::BadgeChanged { badge })
    }

    /// Puts a notification into the list.
    pub(crate) fn show(
        &mut self,
        title: String,
        body: String,
        local: bool,
        user_info: Vec<u8>,
    ) -> TimelineEvent {
        self.added = self.added.saturating_add(1);
        if self.list.len() >= MOST {
            self.list.remove(0);
        }
        self.list.push(Notification {
            notification: self.added,
            title: title.clone(),
            body: body.clone(),
            local,
            user_info,
        });
        TimelineEvent::NotificationShown {
            notification: self.added,
            title,
            body,
            local,
        }
    }

    /// Takes a notification out of the list.
    pub(crate) fn take(&mut self, number: u64) -> Option<Notification> {
        let at = self
            .list
            .iter()
            .position(|notification| notification.notification == number)?;
        Some(self.list.remove(at))
    }

    /// A background notification is handed over: number of its completion handler.
    pub(crate) fn new_handler(&mut self) -> u64 {
        self.added = self.added.saturating_add(1);
        self.handlers.push(self.added);
        self.added
    }

    /// Whether the app has yet to finish with a background notification.
    pub(crate) const fn has_handlers(&self) -> bool {
        !self.handlers.is_empty()
    }

    /// The process that had the handlers is gone.
    pub(crate) fn drop_handlers(&mut self) {
        self.handlers.clear();
    }

    /// Whether the handler was still there.
    pub(crate) fn take_handler(&mut self, completion: u64) -> bool {
        let before = self.handlers.len();
        self.handlers.retain(|handler| *handler != completion);
        self.handlers.len() != before
    }
}

/// What a notification push asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Alert {
    /// Title and body, where something is to be shown.
    pub(crate) text: Option<(String, String)>,
    pub(crate) badge: Option<u32>,
    pub(crate) content_available: bool,
}

impl Alert {
    /// Reads `aps` of a payload. None if the payload is no JSON object.
    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        let payload: Value = serde_json::from_slice(payload).ok()?;
        let aps = payload.as_object()?.get("aps");
        let field = |name: &str| aps.and_then(|aps| aps.get(name));
        let text = match field("alert") {
            Some(Value::String(body)) => Some((String::new(), body.clone())),
            Some(Value::Object(alert)) => {
                let part = |name: &str| {
                    alert
                        .get(name)
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                        .to_owned()
                };
                Some((part("title"), part("body")))
            }
            _ => None,
        };
        Some(Self {
            text,
            badge: field("badge")
                .and_then(Value::as_u64)
                .and_then(|badge| u32::try_from(badge).ok()),
            content_available: field("content-available").and_then(Value::as_u64) == Some(1),
        })
    }
}

/// `UNError.notificationsNotAllowed`.
pub(crate) fn not_allowed() -> SystemError {
    SystemError {
        domain: "UNErrorDomain".to_owned(),
        code: 1,
        message: "Notifications are not allowed for this application".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_read_as_text_or_as_an_object() {
        let text = |payload: &str| Alert::read(payload.as_bytes()).unwrap().text;
        assert_eq!(
            text(r#"{"aps":{"alert":"b"}}"#),
            Some((String::new(), "b".to_owned()))
        );
        assert_eq!(
            text(r#"{"aps":{"alert":{"title":"t","body":"b"}}}"#),
            Some(("t".to_owned(), "b".to_owned()))
        );
        assert_eq!(text(r#"{"aps":{"alert":7}}"#), None);
    }

    #[test]
    fn a_payload_that_is_no_object_is_no_notification() {
        assert_eq!(Alert::read(b"[1]"), None);
        assert_eq!(Alert::read(&[0xff]), None);
    }
}
