//! What a world tells its host, in the order in which it happened.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::Value;
use zpns_driver::Event;
use zpns_phone::{Entry, JsMessage};

/// One message. As JSON, `phone` stands beside what the message is about.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Message {
    /// Something happened on a phone.
    Entry {
        /// Which phone.
        phone: usize,
        /// What.
        entry: Entry,
    },
    /// The native side has an event for JavaScript.
    Event {
        /// Which phone.
        phone: usize,
        /// Which start of its JavaScript it is for.
        context: u64,
        /// The event.
        event: JsEvent,
    },
    /// The native side answers an invocation.
    Answer {
        /// Which phone.
        phone: usize,
        /// Which start of its JavaScript it is for.
        context: u64,
        /// The answer.
        answer: JsAnswer,
    },
    /// A phone asked something of a gateway.
    Request {
        /// Which phone.
        phone: usize,
        /// What.
        request: RequestEntry,
    },
    /// A phone whose gateway is outside sends a request: answer with `httpAnswer`.
    Http {
        /// Which phone.
        phone: usize,
        /// What.
        http: OutsideRequest,
    },
    /// It opens a stream: bring what comes with `streamItem`.
    OpenStream {
        /// Which phone.
        phone: usize,
        /// What.
        open_stream: OutsideRequest,
    },
    /// It closes a stream.
    CloseStream {
        /// Which phone.
        phone: usize,
        /// Which.
        close_stream: StreamNumber,
    },
}

/// An event as the native module hands it over.
#[derive(Clone, Debug, Serialize)]
pub struct JsEvent {
    /// Its type.
    pub r#type: String,
    /// Counts up over the events of a process.
    pub seq: u64,
    /// Unix milliseconds.
    pub at: u64,
    /// Whether it waited for a listener.
    pub flushed: bool,
    /// JSON object.
    pub body: String,
}

/// An answer as the native module gives it.
#[derive(Clone, Debug, Serialize)]
pub struct JsAnswer {
    /// Number of the invocation.
    pub invocation: u64,
    /// `{"ok": …}` or `{"error": …}`.
    pub json: String,
}

/// A request as a gateway got it.
#[derive(Clone, Debug, Serialize)]
pub struct RequestEntry {
    /// What was asked, as `invite`.
    pub name: &'static str,
    /// The call it is about.
    #[serde(rename = "callID")]
    pub call_id: Option<String>,
    /// The user whose token it carried, or `follow` for the capability that a push brings.
    pub by: String,
    /// The token itself.
    pub token: String,
    /// The JSON body.
    pub body: Value,
}

/// A request for a gateway that is outside.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutsideRequest {
    /// The process that asks; comes back with the answer.
    pub process: u64,
    /// Its number; comes back with the answer.
    pub id: u64,
    /// As `POST`.
    pub method: &'static str,
    /// Absolute.
    pub url: String,
    /// Name and value.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: Option<String>,
    /// How long the whole answer may take; 0 for a stream.
    pub timeout_ms: u64,
}

/// A stream of a process.
#[derive(Clone, Debug, Serialize)]
pub struct StreamNumber {
    /// The process.
    pub process: u64,
    /// Its number.
    pub id: u64,
}

/// Messages that the host has not taken yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox(Arc<Mutex<Vec<Message>>>);

impl Outbox {
    pub(crate) fn put(&self, message: Message) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(message);
    }

    pub(crate) fn take(&self) -> Vec<Message> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the native side of a phone says to the JavaScript with this number.
    pub(crate) fn to_js(&self, phone: usize, context: u64, message: JsMessage) {
        self.put(match message {
            JsMessage::Event(Event {
                kind,
                seq,
                at,
                flushed,
                body,
            }) => Message::Event {
                phone,
                context,
                event: JsEvent {
                    r#type: kind,
                    seq,
                    at,
                    flushed,
                    body,
                },
            },
            JsMessage::Answer { invocation, answer } => Message::Answer {
                phone,
                context,
                answer: JsAnswer {
                    invocation,
                    json: answer,
                },
            },
        });
    }
}
