//! The app's JavaScript, seen from the native side.

use std::sync::Arc;

use zpns_driver::Event;

/// What the native side says to JavaScript.
#[derive(Clone, Debug)]
pub enum JsMessage {
    /// An event.
    Event(Event),
    /// The answer to an invocation: `{"ok": …}` or `{"error": …}`.
    Answer {
        /// Number of the invocation.
        invocation: u64,
        /// JSON.
        answer: String,
    },
}

/// Where JavaScript hears what the native side says. Called from any thread, one message at a time; it must not block.
pub type JsSink = Arc<dyn Fn(JsMessage) + Send + Sync>;
