//! The deliveries that wait. The verbs of one call go one after the other.

use std::collections::VecDeque;

use litemap::LiteMap;
use uuid::Uuid;
use zpns_protocol::calls::Verb;

use super::delivery::{Content, Delivery, StoredVerb};

/// Most deliveries that wait. Beyond that the oldest receipt goes, or else the oldest.
const MAX_WAITING: usize = 1000;

#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: LiteMap<u64, Box<Delivery>>,
    /// The verbs of each call, in the order in which they were done: an `end` may not overtake its `accept`.
    verbs: LiteMap<Uuid, VecDeque<u64>>,
    last: u64,
}

impl Queue {
    /// Takes a delivery. Comes back with its number, and with one that had to go for want of room.
    pub(super) fn add(&mut self, delivery: Delivery) -> (u64, Option<Delivery>) {
        let evicted = if self.waiting.len() >= MAX_WAITING {
            self.evict()
        } else {
            None
        };
        self.last += 1;
        if matches!(delivery.content, Content::Verb(_)) {
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
        verbs.any(|delivery| delivery.content == Content::Verb(Verb::Cancel))
    }

    /// Whether no earlier verb of the same call waits.
    pub(super) fn is_next(&self, id: u64) -> bool {
        self.waiting
            .get(&id)
            .is_some_and(|delivery| match delivery.content {
                Content::Receipt => true,
                Content::Verb(_) => {
                    self.verbs.get(&delivery.uuid).and_then(VecDeque::front) == Some(&id)
                }
            })
    }

    pub(super) fn ids(&self) -> Vec<u64> {
        self.waiting.keys().copied().collect()
    }

    /// Verbs that can only go out with this user's own token.
    pub(super) fn bound_to(&self, user: &str) -> Vec<u64> {
        let waiting = self.waiting.iter();
        let bound = waiting.filter(|(_, delivery)| delivery.is_bound_to(user));
        bound.map(|(id, _)| *id).collect()
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
        let waiting = self.waiting.values();
        waiting
            .filter_map(|delivery| delivery.to_stored())
            .collect()
    }

    fn evict(&mut self) -> Option<Delivery> {
        let receipt = self
            .waiting
            .iter()
            .find(|(_, delivery)| delivery.content == Content::Receipt)
            .map(|(id, _)| *id);
        let victim = receipt.or_else(|| self.waiting.keys().next().copied())?;
        self.remove(victim).map(|(delivery, _)| delivery)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(call: u128, content: Content) -> Delivery {
        Delivery {
            uuid: Uuid::from_u128(call),
            content,
            ..Delivery::verb("c".to_owned(), Verb::Accept, None, 0)
        }
    }

    #[test]
    fn the_verbs_of_one_call_go_one_after_the_other() {
        let mut queue = Queue::default();
        let (accept, _) = queue.add(delivery(1, Content::Verb(Verb::Accept)));
        let (end, _) = queue.add(delivery(1, Content::Verb(Verb::End)));
        let (other, _) = queue.add(delivery(2, Content::Verb(Verb::Reject)));
        let (receipt, _) = queue.add(delivery(1, Content::Receipt));
        assert_eq!(
            [accept, end, other, receipt].map(|id| queue.is_next(id)),
            [true, false, true, true]
        );
        let (_, next) = queue.remove(accept).unwrap();
        assert_eq!(next, Some(end));
    }

    #[test]
    fn when_full_receipts_go_before_what_the_user_did() {
        let mut queue = Queue::default();
        queue.add(delivery(0, Content::Verb(Verb::Reject)));
        for call in 1..MAX_WAITING as u128 {
            queue.add(delivery(call, Content::Receipt));
        }
        let (_, evicted) = queue.add(delivery(5000, Content::Verb(Verb::Accept)));
        assert_eq!(evicted.unwrap().content, Content::Receipt);
        assert_eq!(queue.len(), MAX_WAITING);
        assert_eq!(queue.to_stored().len(), 2);
    }
}
