//! What the addon says to JavaScript, as JSON.

use serde::Serialize;
use zpns_phone::client::Event;
use zpns_phone::{Entry, JsMessage};

/// One message.
#[derive(Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Message<'a> {
    /// Something happened on the phone.
    Entry(&'a Entry),
    /// The native side has an event for JavaScript.
    Event {
        /// Which JavaScript it is for: the app may have been killed and started since.
        context: u32,
        /// Its type.
        r#type: String,
        /// Its number.
        seq: u64,
        /// When, Unix milliseconds.
        at: u64,
        /// Whether it waited for a listener.
        flushed: bool,
        /// JSON object.
        body: String,
    },
    /// The native side answers an invocation.
    Answer {
        /// Which JavaScript it is for.
        context: u32,
        /// Number of the invocation.
        invocation: u64,
        /// `{"ok": …}` or `{"error": …}`.
        answer: String,
    },
    /// Everything before this has been said.
    Settled(u32),
}

impl Message<'_> {
    /// What the native side said to the JavaScript with this number.
    pub(crate) fn to_js(context: u32, message: JsMessage) -> Self {
        match message {
            JsMessage::Event(Event {
                kind,
                seq,
                at,
                flushed,
                body,
            }) => Self::Event {
                context,
                r#type: kind,
                seq,
                at,
                flushed,
                body,
            },
            JsMessage::Answer { invocation, answer } => Self::Answer {
                context,
                invocation,
                answer,
            },
        }
    }

    /// As JSON. These types always have one.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
