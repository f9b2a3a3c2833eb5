//! What the phone has been told of its calls lately, as an outsider would remember it.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;
use zpns_core::SystemEvent;
use zpns_protocol::call_uuid;

use crate::gateway::call_of;
use crate::step::Memory;
use crate::world::{Cause, Moment};

/// How long an ended call is remembered (invariant 4).
pub const REMEMBER_MS: u64 = 86_400_000;

#[derive(Default)]
pub struct History {
    /// When each call was last heard of, in any way.
    heard: BTreeMap<Uuid, u64>,
    /// Calls that the app took part in by `CallInvitation`: they may be going on without CallKit.
    in_app: BTreeSet<Uuid>,
    /// When calls ended, as far as the process must still know.
    ended: BTreeMap<Uuid, u64>,
    /// Storage is not written, so a kill loses what happened.
    locked: bool,
    /// The clock was set: what is read from storage may bear a time of the future, which then counts as now.
    clock_set: bool,
}

impl History {
    /// Whether anything was heard of this call lately.
    pub fn knows(&self, uuid: Uuid, elapsed: u64) -> bool {
        self.is_in_app(uuid)
            || self
                .heard
                .get(&uuid)
                .is_some_and(|at| elapsed - at <= REMEMBER_MS)
    }

    /// When the call ended, if it did lately.
    pub fn ended(&self, uuid: Uuid, elapsed: u64) -> Option<u64> {
        let at = self.ended.get(&uuid).copied();
        at.filter(|at| elapsed - at < REMEMBER_MS)
    }

    /// Whether the app took part in the call itself: it may be going on without CallKit.
    pub fn is_in_app(&self, uuid: Uuid) -> bool {
        self.in_app.contains(&uuid)
    }

    /// Whether the times of pushes and of ends can't be compared.
    pub fn clock_was_set(&self) -> bool {
        self.clock_set
    }

    /// Whether this is a moment after which nothing from before must be known: the process died without having written, or time jumped.
    pub fn forgets(&self, moment: &Moment<'_>) -> bool {
        match moment.cause {
            Cause::Launch(memory) => self.locked || *memory != Some(Memory::Newest),
            Cause::ClockSet => true,
            _ => false,
        }
    }

    /// An invitation was turned away: another one that was sent no later is a copy of it.
    pub fn turned_away(&mut self, uuid: Uuid, elapsed: u64) {
        self.ended.insert(uuid, elapsed);
    }

    /// Takes the moment in: call after having judged it.
    pub fn see(&mut self, moment: &Moment<'_>) {
        if self.forgets(moment) {
            self.ended.clear();
        }
        if self.clock_set && matches!(moment.cause, Cause::Launch(_) | Cause::Unlock) {
            self.heard.values_mut().for_each(|at| *at = moment.elapsed);
        }
        match moment.cause {
            Cause::Launch(memory) => self.locked = *memory == Some(Memory::Locked),
            Cause::Unlock => self.locked = false,
            Cause::ClockSet => self.clock_set = true,
            Cause::Invoke {
                method: method @ ("callAccept" | "callInvite"),
                params,
                ..
            } if !method.is_empty() => {
                self.in_app
                    .insert(call_uuid(params["callID"].as_str().unwrap()));
            }
            _ => {}
        }
        let named = named(moment.cause)
            .into_iter()
            .chain(super::reported(moment.effects));
        for uuid in named
            .chain(moment.before.iter().copied())
            .chain(moment.after.iter().copied())
        {
            self.heard.insert(uuid, moment.elapsed);
        }
        let launched = matches!(moment.cause, Cause::Launch(_));
        for uuid in moment.before.difference(moment.after).filter(|_| !launched) {
            self.ended.insert(*uuid, moment.elapsed);
        }
        for uuid in moment.after {
            self.ended.remove(uuid);
        }
    }
}

/// The call that an input is about.
fn named(cause: &Cause) -> Option<Uuid> {
    match cause {
        Cause::Push { about, .. } => about.call_id.map(call_uuid),
        Cause::System(SystemEvent::Action(action)) => Some(action.call),
        Cause::Invoke { params, .. } => params["callID"].as_str().map(call_uuid),
        Cause::Http { request, .. } => Some(call_uuid(call_of(&request.url))),
        Cause::Stream { request, .. } => Some(call_uuid(call_of(&request.url))),
        _ => None,
    }
}
