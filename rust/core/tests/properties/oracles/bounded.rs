//! Invariant 11: Nothing grows without bound; `now` never goes backwards inside core even if the clock does.

use serde_json::json;

use super::Oracle;
use crate::world::{End, Moment};

/// Far above what one input of these few calls can ask for.
const MOST_EFFECTS: usize = 200;

pub struct Bounded;

impl Oracle for Bounded {
    fn see(&mut self, moment: &Moment<'_>) {
        assert!(
            moment.effects.len() <= MOST_EFFECTS,
            "11: one input asks for {} things",
            moment.effects.len()
        );
        for (_, event, _) in moment.events.iter().filter(|(_, event, _)| !event.flushed) {
            assert_eq!(
                event.at, moment.clock,
                "11: events bear the time that the clock shows"
            );
        }
    }

    fn end(&mut self, end: &End<'_>) {
        let calls = &end.diagnosis["calls"];
        for (what, left) in [
            ("openReports", json!(0)),
            ("openActions", json!([])),
            ("openTransactions", json!(0)),
            ("openStreams", json!(0)),
            ("outbox", json!(0)),
            ("followed", json!(0)),
            ("endedRecently", json!(0)),
        ] {
            assert_eq!(calls[what], left, "11: {what} come to rest");
        }
        assert_eq!(
            end.diagnosis["events"]["waiting"], end.waiting,
            "11: nothing waits for JavaScript, which listens"
        );
    }
}
