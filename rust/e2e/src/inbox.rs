//! What an app's JavaScript has heard.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Instant;

use serde_json::Value;
use zpns_phone::JsMessage;

use crate::PATIENCE;

/// One event as JavaScript heard it.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// Its type.
    pub kind: String,
    /// Its body.
    pub body: Value,
    /// Whether it waited for a listener.
    pub flushed: bool,
}

/// Everything heard by all JavaScripts of one phone, in order.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    inner: Mutex<Inner>,
    grown: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    heard: Vec<Heard>,
    answers: HashMap<u64, Value>,
    /// How many events of each type were taken.
    taken: HashMap<String, usize>,
}

impl Inbox {
    pub(crate) fn put(&self, message: JsMessage) {
        let mut inner = self.lock();
        match message {
            JsMessage::Answer { invocation, answer } => {
                inner
                    .answers
                    .insert(invocation, serde_json::from_str(&answer).unwrap());
            }
            JsMessage::Event(event) => {
                let body = serde_json::from_str(&event.body).unwrap();
                inner.heard.push(Heard {
                    kind: event.kind,
                    body,
                    flushed: event.flushed,
                });
            }
        }
        drop(inner);
        self.grown.notify_all();
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.lock().heard.clone()
    }

    /// The answer to this invocation.
    #[track_caller]
    pub(crate) fn answer(&self, invocation: u64) -> Value {
        self.wait(|inner| inner.answers.remove(&invocation))
            .unwrap_or_else(|_| panic!("a promise does not settle"))
    }

    pub(crate) fn is_answered(&self, invocation: u64) -> bool {
        self.lock().answers.contains_key(&invocation)
    }

    /// The next event of this type.
    #[track_caller]
    pub(crate) fn take(&self, kind: &str) -> Value {
        let taken = self.wait(|inner| {
            let taken = inner.taken.entry(kind.to_owned()).or_default();
            let body = inner
                .heard
                .iter()
                .filter(|heard| heard.kind == kind)
                .nth(*taken)
                .map(|heard| heard.body.clone())?;
            *taken += 1;
            Some(body)
        });
        taken.unwrap_or_else(|heard| panic!("no {kind} came; what did: {heard:#?}"))
    }

    /// Waits until what was heard satisfies the test.
    pub(crate) fn wait_until(&self, mut is_so: impl FnMut(&[Heard]) -> bool) -> bool {
        self.wait(|inner| is_so(&inner.heard).then_some(())).is_ok()
    }

    fn wait<T>(&self, mut look: impl FnMut(&mut Inner) -> Option<T>) -> Result<T, Vec<Heard>> {
        let give_up = Instant::now() + PATIENCE;
        let mut inner = self.lock();
        loop {
            if let Some(seen) = look(&mut inner) {
                return Ok(seen);
            }
            let left = give_up.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(inner.heard.clone());
            }
            inner = self.grown.wait_timeout(inner, left).unwrap().0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }
}
