//! What the app is told of its calls is what it and the user did: `getCalls()` says what was fulfilled, and nothing else.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;
use zpns_core::{ActionKind, SystemEvent};

use super::{Oracle, provider_is_gone, settled};
use crate::world::{Cause, Moment};

/// What was fulfilled of one call.
#[derive(Default)]
struct Fulfilled {
    on_hold: bool,
    muted: bool,
    grouped_with: Option<Uuid>,
}

#[derive(Default)]
pub struct CallState {
    open: BTreeMap<Uuid, (Uuid, ActionKind)>,
    calls: BTreeMap<Uuid, Fulfilled>,
}

impl CallState {
    fn fulfil(&mut self, call: Uuid, kind: &ActionKind) {
        let fulfilled = self.calls.entry(call).or_default();
        match kind {
            ActionKind::SetHeld { on_hold } => fulfilled.on_hold = *on_hold,
            ActionKind::SetMuted { muted } => fulfilled.muted = *muted,
            ActionKind::SetGroup { with } => fulfilled.grouped_with = *with,
            _ => {}
        }
    }
}

impl Oracle for CallState {
    fn see(&mut self, moment: &Moment<'_>) {
        if provider_is_gone(moment) {
            self.open.clear();
            self.calls.clear();
        }
        if let Cause::System(SystemEvent::Action(action)) = moment.cause {
            self.open
                .insert(action.id, (action.call, action.kind.clone()));
        }
        for (action, fulfilled) in settled(moment.effects) {
            if let Some((call, kind)) = self.open.remove(&action)
                && fulfilled
            {
                self.fulfil(call, &kind);
            }
        }
        // A call that begins again begins anew.
        self.calls.retain(|call, _| moment.after.contains(call));
        // Who was grouped with a call that is over is so no more.
        for fulfilled in self.calls.values_mut() {
            fulfilled.grouped_with = fulfilled
                .grouped_with
                .filter(|other| moment.after.contains(other));
        }
        let nothing = Fulfilled::default();
        for call in moment.calls.as_array().unwrap() {
            let uuid = Uuid::parse_str(call["uuid"].as_str().unwrap()).unwrap();
            let expected = self.calls.get(&uuid).unwrap_or(&nothing);
            let grouped_with = expected
                .grouped_with
                .map_or(Value::Null, |uuid| json!(uuid.to_string().to_uppercase()));
            assert_eq!(
                call["onHold"], expected.on_hold,
                "a call is on hold if that was fulfilled"
            );
            assert_eq!(
                call["muted"], expected.muted,
                "a call is muted if that was fulfilled"
            );
            assert_eq!(
                call["groupedWith"], grouped_with,
                "a call is in the group that was fulfilled, while the other one is there"
            );
        }
    }
}
