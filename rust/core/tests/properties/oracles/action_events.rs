//! Invariant 14: An action's event lives as long as the action: offered again to JavaScript that attaches, withdrawn when settled.
//!
//! `getCalls` lists the open actions of calls that are live, so an end, with which its call is over, is judged elsewhere.

use std::collections::BTreeSet;

use serde_json::Value;
use zpns_core::EventKind;

use super::Oracle;
use crate::world::{Cause, Moment};

/// Which event brings which kind of action.
const KINDS: [(EventKind, &str); 6] = [
    (EventKind::PerformStartCallAction, "start"),
    (EventKind::PerformAnswerCallAction, "answer"),
    (EventKind::PerformSetHeldCallAction, "held"),
    (EventKind::PerformSetMutedCallAction, "muted"),
    (EventKind::PerformSetGroupCallAction, "group"),
    (EventKind::PerformPlayDtmfCallAction, "dtmf"),
];

#[derive(Default)]
pub struct ActionEvents {
    /// The actions that this JavaScript has heard of, by `seq`.
    heard: BTreeSet<String>,
    /// Another user signed in: what is not this one's is not offered.
    several_users: bool,
}

impl Oracle for ActionEvents {
    fn see(&mut self, moment: &Moment<'_>) {
        self.several_users |= moment.users[0] != moment.users[1];
        if matches!(moment.cause, Cause::Detach | Cause::Launch(_)) {
            self.heard.clear();
        }
        let open: Vec<(&str, &str)> = moment
            .calls
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|call| call["openActions"].as_array().unwrap())
            .map(|action| (text(&action["seq"]), text(&action["kind"])))
            .collect();
        for (kind, event, body) in moment.events {
            if !KINDS.iter().any(|(known, _)| known == kind) {
                continue;
            }
            let seq = text(&body["seq"]);
            self.heard.insert(seq.to_owned());
            let is_open = open.iter().any(|(open, _)| *open == seq);
            assert!(
                is_open || !event.flushed,
                "14: an action that is settled is not offered any more: {seq}"
            );
        }
        if let Cause::Listen(kind) = moment.cause
            && let Some((_, name)) = KINDS.iter().find(|(known, _)| known == kind)
        {
            for (seq, _) in open.iter().filter(|(_, kind)| kind == name) {
                assert!(
                    self.heard.contains(*seq) || self.several_users,
                    "14: JavaScript that attaches is offered what is open: {seq}"
                );
            }
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
