//! The app's JavaScript, seen from the native side.
//!
//! A reload is not atomic: the new JavaScript may be attached before the module of the old one is torn down. The newest one hears, and
//! what comes of the old one's end then concerns nobody.

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

/// The JavaScript that hears what the native side says.
pub(crate) struct AttachedJs {
    /// Which start of JavaScript it is.
    pub(crate) number: u64,
    pub(crate) sink: JsSink,
    /// Types of which it can't take the next event.
    refused: Vec<String>,
}

impl AttachedJs {
    pub(crate) const fn new(number: u64, sink: JsSink) -> Self {
        Self {
            number,
            sink,
            refused: Vec::new(),
        }
    }

    /// It can't take the next event of this type.
    pub(crate) fn refuse_next(&mut self, kind: &str) {
        self.refused.push(kind.to_owned());
    }

    /// Whether it can't take this event. The next one it can.
    pub(crate) fn refuses(&mut self, kind: &str) -> bool {
        let at = self.refused.iter().position(|refused| refused == kind);
        at.map(|at| self.refused.remove(at)).is_some()
    }
}
