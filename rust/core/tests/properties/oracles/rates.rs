//! Invariant 16: Rates are bounded: requests and streams per call and minute, whatever the other side answers; what justifies a new try at
//! once starts them anew.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};
use zpns_core::effect::{HttpMethod, HttpRequest};
use zpns_core::{Effect, SystemEvent};

use super::Oracle;
use crate::gateway::is_registration;
use crate::world::{Cause, Moment};

const MINUTE_MS: u64 = 60_000;
/// About a call and for one purpose: waits of at least 0.25, 0.5, 1, 2, 4, 7.5, 7.5, … seconds make twelve tries a minute, and a refused token
/// is replaced at once by another, which may be refused, too.
const MOST_ABOUT_A_CALL: usize = 14;
/// Waits of at least 0.5, 1, 2, 4, 8, 16, 32 seconds make seven tries in the first minute, and so does a token that is refused.
const MOST_REGISTRATIONS: usize = 8;

/// What is asked, as far as one try takes the place of another.
type Purpose = String;

#[derive(Default)]
pub struct Rates {
    /// When it was asked for each purpose within a minute.
    asked: BTreeMap<Purpose, VecDeque<u64>>,
    /// How many pushes came for each call: each may have a receipt of its own.
    pushes: BTreeMap<String, usize>,
}

impl Oracle for Rates {
    fn see(&mut self, moment: &Moment<'_>) {
        if justifies_a_try(moment.cause) {
            self.asked.clear();
        }
        if let Cause::Push { about, .. } = moment.cause
            && let Some(call) = about.call_id
        {
            *self.pushes.entry(json!(call).to_string()).or_default() += 1;
        }
        for effect in moment.effects {
            let (purpose, most) = match effect {
                Effect::OpenStream(request) => {
                    (format!("stream {}", request.url), MOST_ABOUT_A_CALL)
                }
                Effect::Http(request) if is_registration(request) => {
                    (purpose(request), MOST_REGISTRATIONS)
                }
                Effect::Http(request) if request.url.ends_with("/v1/receipts") => {
                    let pushes = self.pushes.get(&call_in_body(request));
                    let pushes = pushes.copied().unwrap_or(1);
                    (purpose(request), MOST_ABOUT_A_CALL * pushes)
                }
                Effect::Http(request) => (purpose(request), MOST_ABOUT_A_CALL),
                _ => continue,
            };
            let times = self.asked.entry(purpose).or_default();
            times.push_back(moment.elapsed);
            times.retain(|at| at + MINUTE_MS > moment.elapsed);
            assert!(
                times.len() <= most,
                "16: {} tries within a minute: {effect:?}",
                times.len()
            );
        }
    }
}

/// Whether something happened after which what waits may be tried at once: a new act of the user or the app, another account, another
/// network, the app in front, a push, a new process.
fn justifies_a_try(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::Launch(_)
            | Cause::Unlock
            | Cause::Push { .. }
            | Cause::Invoke { .. }
            | Cause::System(
                SystemEvent::Action(_)
                    | SystemEvent::Awake
                    | SystemEvent::NetworkChanged
                    | SystemEvent::TokenUpdated { .. }
                    | SystemEvent::TokenInvalidated { .. }
            )
    )
}

fn purpose(request: &HttpRequest) -> Purpose {
    // A receipt says in its body which call it is about. Tries of an invitation share a key.
    let call = match request.method {
        HttpMethod::Post => call_in_body(request),
        _ => String::new(),
    };
    format!(
        "{:?} {} {call} {:?}",
        request.method, request.url, request.idempotency_key
    )
}

fn call_in_body(request: &HttpRequest) -> String {
    let body: Value = serde_json::from_slice(request.body.as_deref().unwrap()).unwrap();
    body["callID"].to_string()
}
