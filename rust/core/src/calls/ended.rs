//! Calls that ended within the last 24 hours, so that a late push for one does not ring again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::by_time::ByTime;
use crate::clocks::Clocks;
use crate::effect::EndedReason;

/// How long an ended call is remembered, in milliseconds.
pub(super) const REMEMBER_MS: u64 = 24 * 60 * 60 * 1000;
/// How many are remembered at most.
pub(super) const MAX_REMEMBERED: usize = 10_000;

/// A call that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EndedCall {
    pub(super) uuid: Uuid,
    pub(super) at: u64,
    /// When its invitation was sent, by the gateway's clock, if that was said.
    #[serde(default)]
    pub(super) sent_at: Option<u64>,
    pub(super) reason: EndedReason,
    /// Whether there is nothing more to tell JavaScript: it heard of the call as missed, or this user answered or declined it here.
    pub(super) told: bool,
}

/// Every operation but copying them all costs at most O(log n).
#[derive(Debug, Default)]
pub(super) struct EndedCalls {
    calls: BTreeMap<Uuid, EndedCall>,
    by_time: ByTime<Uuid>,
}

impl EndedCalls {
    /// A call that JavaScript heard of as missed stays told if it ends once more, as one does that the app took up without CallKit.
    pub(super) fn insert(&mut self, mut call: EndedCall) {
        call.told |= self
            .get(call.uuid, call.at)
            .is_some_and(|before| before.told);
        self.add(call);
        self.forget_before(call.at);
    }

    pub(super) fn get(&self, uuid: Uuid, now: u64) -> Option<&EndedCall> {
        self.calls
            .get(&uuid)
            .filter(|call| now.saturating_sub(call.at) < REMEMBER_MS)
    }

    /// Whether JavaScript has yet to hear of it as missed. True once.
    pub(super) fn tell(&mut self, uuid: Uuid) -> bool {
        self.calls
            .get_mut(&uuid)
            .is_some_and(|call| !std::mem::replace(&mut call.told, true))
    }

    pub(super) fn remove(&mut self, uuid: Uuid) {
        self.calls.remove(&uuid);
        self.tidy();
    }

    /// How many are remembered now.
    pub(super) fn count(&self, now: u64) -> usize {
        self.calls
            .keys()
            .filter(|uuid| self.get(**uuid, now).is_some())
            .count()
    }

    /// A copy of them all by the device's clock, in no order that means anything: made while a push may be waiting, so nothing is looked
    /// up.
    pub(super) fn to_stored(&self, clocks: Clocks) -> Vec<EndedCall> {
        let calls = self.calls.values().map(|call| EndedCall {
            at: clocks.to_wall_clock(call.at),
            ..*call
        });
        calls.collect()
    }

    /// Adds what was stored; what happened in this process wins.
    pub(super) fn merge(&mut self, stored: Vec<EndedCall>) {
        let newest = stored.iter().map(|call| call.at).max();
        for call in stored {
            if !self.calls.contains_key(&call.uuid) {
                self.add(call);
            }
        }
        self.forget_before(newest.unwrap_or_default());
    }

    fn add(&mut self, call: EndedCall) {
        let before = self.calls.insert(call.uuid, call);
        if before.is_none_or(|before| before.at != call.at) {
            self.by_time.add(call.at, call.uuid);
            self.tidy();
        }
    }

    /// Forgets calls that are too old at this time, and the oldest where there are too many.
    fn forget_before(&mut self, now: u64) {
        let forgotten = now.saturating_sub(REMEMBER_MS);
        while let Some((at, &uuid)) = self.by_time.first()
            && (at < forgotten || self.calls.len() > MAX_REMEMBERED)
        {
            self.remove(uuid);
        }
    }

    fn tidy(&mut self) {
        let calls = &self.calls;
        let is_current = |at, uuid: &Uuid| calls.get(uuid).is_some_and(|call| call.at == at);
        self.by_time.tidy(calls.len(), is_current);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(number: u128, at: u64) -> EndedCall {
        EndedCall {
            uuid: Uuid::from_u128(number),
            at,
            sent_at: None,
            reason: EndedReason::RemoteEnded,
            told: false,
        }
    }

    #[test]
    fn an_ended_call_is_known_for_24_hours() {
        let mut ended = EndedCalls::default();
        ended.insert(call(1, 1000));
        assert!(
            ended
                .get(Uuid::from_u128(1), 1000 + REMEMBER_MS - 1)
                .is_some()
        );
        assert!(ended.get(Uuid::from_u128(1), 1000 + REMEMBER_MS).is_none());
    }

    #[test]
    fn it_is_told_as_missed_once() {
        let mut ended = EndedCalls::default();
        ended.insert(call(1, 0));
        assert!(ended.tell(Uuid::from_u128(1)));
        assert!(!ended.tell(Uuid::from_u128(1)));
        assert!(!ended.tell(Uuid::from_u128(2)));
    }

    #[test]
    fn a_call_that_was_told_as_missed_and_ends_again_is_not_told_again_while_it_is_remembered() {
        let mut ended = EndedCalls::default();
        ended.insert(EndedCall {
            told: true,
            ..call(1, 0)
        });
        ended.insert(call(1, 1000));
        assert!(!ended.tell(Uuid::from_u128(1)));
        ended.insert(call(1, 1000 + REMEMBER_MS));
        assert!(ended.tell(Uuid::from_u128(1)));
    }

    #[test]
    fn the_oldest_are_forgotten_when_there_are_too_many() {
        let mut ended = EndedCalls::default();
        for number in 0..=MAX_REMEMBERED as u128 {
            ended.insert(call(number, 5));
        }
        assert_eq!(ended.to_stored(Clocks::new(0.into())).len(), MAX_REMEMBERED);
        assert!(ended.get(Uuid::from_u128(0), 5).is_none());
    }

    #[test]
    fn what_was_stored_is_added_and_what_happened_since_wins() {
        let mut ended = EndedCalls::default();
        ended.insert(call(1, 100));
        ended.merge(vec![call(1, 50), call(2, 60)]);
        let mut kept = ended.to_stored(Clocks::new(0.into()));
        kept.sort_by_key(|call| call.at);
        assert_eq!(kept, [call(2, 60), call(1, 100)]);
    }

    #[test]
    fn a_call_that_ends_again_and_again_takes_the_place_of_one() {
        let mut ended = EndedCalls::default();
        ended.insert(call(0, 5));
        for _ in 0..=MAX_REMEMBERED {
            ended.insert(call(1, 5));
            ended.remove(Uuid::from_u128(1));
            ended.insert(call(1, 5));
        }
        assert_eq!(
            ended.to_stored(Clocks::new(0.into())),
            [call(0, 5), call(1, 5)]
        );
    }
}
