//! Invariant 12: what the user did to a call is told to the gateway; an end action stays open until then, at most 2 s, and *keep awake* is
//! on while something is under way.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;
use zpns_core::{ActionKind, Effect, SystemEvent};
use zpns_protocol::call_uuid;

use super::{Oracle, settled};
use crate::world::{Cause, End, Moment};

/// How long an end action may wait for the gateway.
const END_WAITS_MS: u64 = 2_000;
/// How long the app may be kept awake at a stretch.
const AWAKE_MS: u64 = 25_000;

#[derive(Default)]
pub struct Verbs {
    /// Requests with a verb that have no answer yet, with their calls.
    open: BTreeMap<u64, Uuid>,
    /// End actions that the user began, with their calls.
    ends: BTreeMap<Uuid, Uuid>,
    /// When the first end action of a call came of which the gateway has yet to hear.
    ending: BTreeMap<Uuid, u64>,
    /// Since when the app is kept awake.
    awake_since: Option<u64>,
    /// The time in the background ran out, and no new was given since.
    ran_out: bool,
}

impl Oracle for Verbs {
    fn see(&mut self, moment: &Moment<'_>) {
        match moment.cause {
            Cause::Launch(_) => {
                *self = Self::default();
            }
            Cause::Http { request, .. } => {
                self.open.remove(&request.id);
            }
            Cause::System(SystemEvent::NetworkChanged) => self.open.clear(),
            Cause::System(SystemEvent::Action(action)) if action.kind == ActionKind::End => {
                self.ends.insert(action.id, action.call);
                self.ending.entry(action.call).or_insert(moment.elapsed);
            }
            _ => {}
        }
        let mut sent = BTreeSet::new();
        for effect in moment.effects {
            if let Effect::Http(request) = effect
                && let Some((call, _)) = verb(&request.url)
            {
                self.open.insert(request.id, call_uuid(call));
                sent.insert(call);
            }
        }
        self.judge_awake(moment, !sent.is_empty());
        for (action, fulfilled) in settled(moment.effects) {
            let Some(call) = self.ends.remove(&action) else {
                continue;
            };
            let since = self.ending.get(&call).copied().unwrap_or_default();
            let waits = self.open.values().any(|other| *other == call);
            assert!(
                !fulfilled || !waits || moment.elapsed - since >= END_WAITS_MS,
                "12: an end action waits until the gateway has heard of it"
            );
        }
        let waiting: BTreeSet<Uuid> = self
            .open
            .values()
            .chain(self.ends.values())
            .copied()
            .collect();
        self.ending.retain(|call, _| waiting.contains(call));
    }

    fn end(&mut self, _end: &End<'_>) {
        assert!(self.awake_since.is_none(), "12: the app may sleep at last");
    }
}

impl Verbs {
    fn judge_awake(&mut self, moment: &Moment<'_>, sends_verb: bool) {
        let since = self.awake_since;
        self.awake_since = moment.awake.then(|| since.unwrap_or(moment.elapsed));
        let expired = matches!(
            moment.cause,
            Cause::System(SystemEvent::BackgroundTimeExpired)
        );
        match (since, self.awake_since) {
            (None, Some(_)) => self.ran_out = false,
            (Some(since), None) => {
                self.ran_out = expired || moment.elapsed - since >= AWAKE_MS;
            }
            (Some(since), Some(_)) => assert!(
                moment.elapsed - since <= AWAKE_MS,
                "12: the app is kept awake for longer than iOS allows"
            ),
            (None, None) => {}
        }
        assert!(
            !sends_verb || moment.awake || self.ran_out,
            "12: the app is kept awake while a verb is under way"
        );
    }
}

/// The call and the verb of a request that tells what somebody did.
pub(super) fn verb(url: &str) -> Option<(&str, &str)> {
    let (call, verb) = url.split_once("/v1/calls/")?.1.split_once('/')?;
    ["accept", "reject", "cancel", "end"]
        .contains(&verb)
        .then_some((call, verb))
}
