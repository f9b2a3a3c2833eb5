//! Invariant 5: Every action is settled exactly once: by JS, by the safety timer (answer -> fail and end; end -> fulfil; others ->
//! fail), or by provider reset; late calls get a typed `already settled` result.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;
use zpns_core::{ActionKind, SystemEvent};

use super::{Oracle, provider_is_gone, settled};
use crate::support::ACTION_MS;
use crate::world::{Cause, End, Moment};

struct Open {
    kind: ActionKind,
    call: Uuid,
    /// When the system would give up.
    deadline: u64,
}

#[derive(Default)]
pub struct SettledOnce {
    open: BTreeMap<Uuid, Open>,
    /// What JavaScript settled, by the name that it knows.
    by_javascript: BTreeSet<String>,
}

impl SettledOnce {
    fn judge_answer(&mut self, seq: &str, moment: &Moment<'_>) {
        let answer = &moment
            .answers
            .last()
            .expect("5: completeAction answers at once")
            .1;
        match answer["error"]["code"].as_str() {
            None => {
                assert!(
                    self.by_javascript.insert(seq.to_owned()),
                    "5: an action can't be settled twice"
                );
                // An end may wait for the gateway first: `verbs` judges for how long.
                let end_waits = self.open.values().any(|open| open.kind == ActionKind::End);
                assert!(
                    end_waits || !settled(moment.effects).is_empty(),
                    "5: a settled action reaches CallKit"
                );
            }
            // 6009010: CallKit is switched off, so there is no action.
            Some("6009008" | "6009009" | "6009010") => assert!(
                settled(moment.effects).is_empty(),
                "5: a late call settles nothing"
            ),
            Some(other) => panic!("5: completeAction answers {other}"),
        }
    }
}

impl Oracle for SettledOnce {
    fn see(&mut self, moment: &Moment<'_>) {
        match moment.cause {
            Cause::Launch(_) => *self = Self::default(),
            Cause::System(SystemEvent::ActionTimedOut { action }) => {
                self.open.remove(action);
            }
            Cause::System(SystemEvent::Action(action)) => {
                let deadline = moment.elapsed + ACTION_MS;
                self.open.insert(
                    action.id,
                    Open {
                        kind: action.kind.clone(),
                        call: action.call,
                        deadline,
                    },
                );
            }
            _ => {}
        }
        if provider_is_gone(moment) {
            self.open.clear();
        }
        for (action, fulfilled) in settled(moment.effects) {
            let Open { kind, call, .. } = self
                .open
                .remove(&action)
                .expect("5: an action is settled only while it is open");
            if matches!(moment.cause, Cause::Tick) {
                assert_eq!(
                    fulfilled,
                    kind == ActionKind::End,
                    "5: the safety timer fulfils ends and fails the others"
                );
                assert!(
                    kind != ActionKind::Answer || !moment.after.contains(&call),
                    "5: a call that nobody could answer is over"
                );
            }
        }
        if let Cause::Invoke {
            method: "completeAction",
            params,
            ..
        } = moment.cause
        {
            self.judge_answer(params["seq"].as_str().unwrap(), moment);
        }
        let late = |open: &Open| open.deadline <= moment.elapsed;
        assert!(
            !self.open.values().any(late),
            "5: an action is settled before the system gives up"
        );
    }

    fn end(&mut self, _end: &End<'_>) {
        assert!(self.open.is_empty(), "5: every action is settled");
    }
}
