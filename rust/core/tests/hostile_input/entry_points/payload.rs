//! A VoIP push.

use std::time::Duration;

use serde::de::IgnoredAny;
use zpns_core::{Effect, Input, Stored};

use super::phone::{Phone, is_report, reports};

/// Any bytes as a push: exactly one report, before everything else, unless iOS does not insist and the call is known; and what began comes
/// to its end.
pub fn check(payload: &[u8]) -> Duration {
    let mut phone = Phone::launch(Stored::Empty);
    for must_report in [true, true, false] {
        let effects = phone.give(Input::VoipPush {
            payload,
            must_report,
        });
        assert!(reports(&effects) <= 1, "no push is reported twice");
        assert!(
            !must_report || effects.first().is_some_and(is_report),
            "the report comes first"
        );
        // A handful of things to do, whatever came.
        assert!(
            effects.len() <= 8,
            "a push asks for {} things",
            effects.len()
        );
    }
    phone.rest();

    let mut phone = Phone::launch_without_javascript(Stored::Empty);
    let effects = phone.give(Input::VoipPush {
        payload,
        must_report: false,
    });
    // A call that nothing is known of rings: only what says that it is over, or took back, may go without a report.
    if reports(&effects) == 0 {
        assert!(
            says(payload, "kind") || says(payload, "expiresAt") || says(payload, "sentAt"),
            "a new call rings"
        );
    }
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, Effect::Emit(_))),
        "nobody listens"
    );
    phone.rest();
    phone.slowest
}

/// Whether it is a JSON object that may hold this key somewhere, perhaps with escapes.
fn says(payload: &[u8], key: &str) -> bool {
    let text = String::from_utf8_lossy(payload);
    serde_json::from_slice::<IgnoredAny>(payload).is_ok()
        && (text.contains(key) || text.contains("\\u"))
}
