//! What the gateway has yet to hear about calls: kept until it was delivered, refused for good, or is of no use any more.

use std::collections::VecDeque;

use litemap::LiteMap;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zpns_protocol::CallId;
use zpns_protocol::calls::Verb;

use crate::command::Method;
use crate::context::Invocation;

/// Most deliveries that wait. Beyond that the oldest receipt goes, or else the oldest.
const MAX_WAITING: usize = 1000;

/// What is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errand {
    /// What somebody did to the call.
    Verb(Verb),
    /// That the push arrived.
    Receipt,
}

/// A verb as it survives the process. Holds the push's capability, so that a decline gets out before JavaScript has any token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StoredVerb {
    pub(super) call_id: String,
    pub(super) verb: Verb,
    /// URL and token of the push's capability.
    pub(super) address: Option<(String, String)>,
    #[serde(default)]
    pub(super) extended_data: String,
    #[serde(default)]
    pub(super) invitees: Vec<String>,
    pub(super) until: u64,
}

impl std::fmt::Debug for StoredVerb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredVerb")
            .field("verb", &self.verb)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

/// One delivery.
pub(super) struct Delivery {
    pub(super) uuid: Uuid,
    pub(super) call_id: String,
    pub(super) errand: Errand,
    pub(super) address: Option<(String, String)>,
    /// Whether the gateway refused the capability: the user's token takes its place.
    pub(super) refused: bool,
    pub(super) extended_data: String,
    pub(super) invitees: Vec<String>,
    /// When it is of no use any more.
    pub(super) until: u64,
    /// Tries so far.
    pub(super) tries: u32,
    /// The server asked not to be told before.
    pub(super) not_before: u64,
    /// The open request.
    pub(super) request: Option<u64>,
    /// Who waits for it.
    pub(super) promise: Option<(Invocation, Method)>,
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery")
            .field("errand", &self.errand)
            .field("tries", &self.tries)
            .finish_non_exhaustive()
    }
}

impl Delivery {
    /// A verb that nobody waits for, sent with the user's token.
    pub(super) fn verb(call_id: &CallId, verb: Verb, until: u64) -> Self {
        Self {
            uuid: call_id.uuid(),
            call_id: call_id.as_str().to_owned(),
            errand: Errand::Verb(verb),
            address: None,
            refused: false,
            extended_data: String::new(),
            invitees: Vec::new(),
            until,
            tries: 0,
            not_before: 0,
            request: None,
            promise: None,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: LiteMap<u64, Box<Delivery>>,
    /// The verbs of each call, in the order in which they were done: an `end` may not overtake its `accept`.
    verbs: LiteMap<Uuid, VecDeque<u64>>,
    last: u64,
}

impl Outbox {
    /// Takes a delivery. Comes back with its number, and with one that had to go for want of room.
    pub(super) fn add(&mut self, delivery: Delivery) -> (u64, Option<Delivery>) {
        let evicted = if self.waiting.len() >= MAX_WAITING {
            self.evict()
        } else {
            None
        };
        self.last += 1;
        if matches!(delivery.errand, Errand::Verb(_)) {
            self.verbs
                .entry(delivery.uuid)
                .or_default()
                .push_back(self.last);
        }
        self.waiting.insert(self.last, Box::new(delivery));
        (self.last, evicted)
    }

    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut Delivery> {
        self.waiting.get_mut(&id).map(Box::as_mut)
    }

    /// Takes a delivery out. Comes back with the next one of the same call, whose turn it is now.
    pub(super) fn remove(&mut self, id: u64) -> Option<(Delivery, Option<u64>)> {
        let delivery = self.waiting.remove(&id)?;
        let mut next = None;
        if let Some(queue) = self.verbs.get_mut(&delivery.uuid) {
            queue.retain(|other| *other != id);
            next = queue.front().copied();
            if queue.is_empty() {
                self.verbs.remove(&delivery.uuid);
            }
        }
        Some((*delivery, next))
    }

    /// The verbs of this call, the one whose turn it is first.
    pub(super) fn verbs_of(&self, call: Uuid) -> Vec<u64> {
        self.verbs
            .get(&call)
            .into_iter()
            .flatten()
            .copied()
            .collect()
    }

    /// Whether a cancel of this call waits.
    pub(super) fn cancels(&self, call: Uuid) -> bool {
        let mut verbs = self
            .verbs
            .get(&call)
            .into_iter()
            .flatten()
            .filter_map(|id| self.waiting.get(id));
        verbs.any(|delivery| delivery.errand == Errand::Verb(Verb::Cancel))
    }

    /// Whether no earlier verb of the same call waits.
    pub(super) fn is_next(&self, id: u64) -> bool {
        self.waiting
            .get(&id)
            .is_some_and(|delivery| match delivery.errand {
                Errand::Receipt => true,
                Errand::Verb(_) => {
                    self.verbs.get(&delivery.uuid).and_then(VecDeque::front) == Some(&id)
                }
            })
    }

    pub(super) fn ids(&self) -> Vec<u64> {
        self.waiting.keys().copied().collect()
    }

    /// The delivery that was added last, if any still waits.
    pub(super) fn newest(&self) -> Option<u64> {
        (!self.waiting.is_empty()).then_some(self.last)
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The verbs that wait, oldest first.
    pub(super) fn to_stored(&self) -> Vec<StoredVerb> {
        let stored = |delivery: &Delivery| match delivery.errand {
            Errand::Receipt => None,
            Errand::Verb(verb) => Some(StoredVerb {
                call_id: delivery.call_id.clone(),
                verb,
                address: delivery.address.clone().filter(|_| !delivery.refused),
                extended_data: delivery.extended_data.clone(),
                invitees: delivery.invitees.clone(),
                until: delivery.until,
            }),
        };
        self.waiting
            .values()
            .filter_map(|delivery| stored(delivery))
            .collect()
    }

    fn evict(&mut self) -> Option<Delivery> {
        let receipt = self
            .waiting
            .iter()
            .find(|(_, delivery)| delivery.errand == Errand::Receipt)
            .map(|(id, _)| *id);
        let victim = receipt.or_else(|| self.waiting.keys().next().copied())?;
        self.remove(victim).map(|(delivery, _)| delivery)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(call: u128, errand: Errand) -> Delivery {
        let call_id = CallId::new("c".to_owned()).unwrap();
        Delivery {
            uuid: Uuid::from_u128(call),
            errand,
            ..Delivery::verb(&call_id, Verb::Accept, 0)
        }
    }

    #[test]
    fn the_verbs_of_one_call_go_one_after_the_other() {
        let mut outbox = Outbox::default();
        let (accept, _) = outbox.add(delivery(1, Errand::Verb(Verb::Accept)));
        let (end, _) = outbox.add(delivery(1, Errand::Verb(Verb::End)));
        let (other, _) = outbox.add(delivery(2, Errand::Verb(Verb::Reject)));
        let (receipt, _) = outbox.add(delivery(1, Errand::Receipt));
        assert_eq!(
            [accept, end, other, receipt].map(|id| outbox.is_next(id)),
            [true, false, true, true]
        );
        let (_, next) = outbox.remove(accept).unwrap();
        assert_eq!(next, Some(end));
    }

    #[test]
    fn when_full_receipts_go_before_what_the_user_did() {
        let mut outbox = Outbox::default();
        outbox.add(delivery(0, Errand::Verb(Verb::Reject)));
        for call in 1..MAX_WAITING as u128 {
            outbox.add(delivery(call, Errand::Receipt));
        }
        let (_, evicted) = outbox.add(delivery(5000, Errand::Verb(Verb::Accept)));
        assert_eq!(evicted.unwrap().errand, Errand::Receipt);
        assert_eq!(outbox.len(), MAX_WAITING);
        assert_eq!(outbox.to_stored().len(), 2);
    }
}
