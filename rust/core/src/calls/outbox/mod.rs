//! What the gateway has yet to hear about calls: kept until it was delivered, refused for good, or is of no use any more.
//!
//! Knows nothing of screens and invitations: what an answer means for them comes out as a [`Fact`].

mod answer;
mod delivery;
mod queue;
mod send;

use litemap::LiteMap;
use uuid::Uuid;
use zpns_protocol::calls::{Verb, VerbResult};

pub(super) use self::delivery::{Delivery, END_MS, StoredVerb};
use self::queue::Queue;
use crate::command::Method;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    queue: Queue,
    /// Which delivery an open request carries.
    requests: LiteMap<u64, u64>,
}

/// What the other parts have to know of a delivery.
#[derive(Debug)]
pub(super) enum Fact {
    /// The gateway has a verb. Answered by [`Outbox::accepted`].
    Accepted(Box<Accepted>),
    /// The gateway refused an `accept` for good.
    AcceptRefused { call: Uuid, no_such_call: bool },
    /// The app's `callAccept` was given back to it: nothing has happened yet.
    AcceptGivenBack(Uuid),
    /// No verb of this call waits any more.
    AllDelivered(Uuid),
}

/// A verb that the gateway has, and what it said about the call: somebody may have been faster.
#[derive(Debug)]
pub(super) struct Accepted {
    /// Number of the delivery.
    id: u64,
    pub(super) call: Uuid,
    pub(super) verb: Verb,
    /// Who did it, if that is known.
    pub(super) user: Option<String>,
    /// Whether an earlier try may have worked although its answer was lost.
    pub(super) tried_before: bool,
    /// Whether it concerned all invitees.
    pub(super) everyone: bool,
    pub(super) extended_data: String,
    /// The method of the app that waits for it.
    pub(super) method: Option<Method>,
    pub(super) result: VerbResult,
}

impl Outbox {
    /// Takes in what an earlier process stored.
    pub(super) fn restore(&mut self, verb: StoredVerb) {
        self.queue.add(Delivery::from_stored(verb));
    }

    pub(super) fn to_stored(&self) -> Vec<StoredVerb> {
        self.queue.to_stored()
    }

    /// Whether a verb of this call waits.
    pub(super) fn has_verbs(&self, call: Uuid) -> bool {
        !self.queue.verbs_of(call).is_empty()
    }

    /// Whether a cancel of this call waits.
    pub(super) fn cancels(&self, call: Uuid) -> bool {
        self.queue.cancels(call)
    }

    /// The delivery that was added last, if any still waits.
    pub(super) fn newest(&self) -> Option<u64> {
        self.queue.newest()
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }
}
