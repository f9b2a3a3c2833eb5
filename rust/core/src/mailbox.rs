//! Events that wait for JavaScript.
//!
//! Each type has its own queue, delivered in order when a listener *of that type* appears; a live event never overtakes what waits. Together
//! the queues are bounded: the oldest events of the least worth go first, and are counted.

use std::collections::VecDeque;

use litemap::LiteMap;
use serde::Deserialize;
use serde_json::Value;

use crate::command::{self, Method};
use crate::effect::Event;
use crate::error::Error;
use crate::event::{EventKind, Keep};
use crate::nesting;

/// Most events that wait.
pub(crate) const MAX_EVENTS: usize = 256;
/// Most bytes of JSON that wait.
pub(crate) const MAX_BYTES: usize = 1024 * 1024;

/// Reads an event that JavaScript gives back, since it came when nobody listened to its type any more.
pub(crate) fn returned(params: &str) -> Result<(EventKind, Event), Error> {
    #[derive(Deserialize)]
    struct Params {
        #[serde(rename = "type")]
        kind: String,
        seq: u64,
        at: u64,
        body: String,
    }
    let params: Params = command::parse(Method::ReturnEvent, params)?;
    let kind = EventKind::from_name(&params.kind)
        .ok_or_else(|| Error::invalid("returnEvent: there is no such type of event"))?;
    if nesting::is_too_deep(&params.body)
        || serde_json::from_str::<serde_json::Map<String, Value>>(&params.body).is_err()
    {
        return Err(Error::invalid(
            "returnEvent: body must be the JSON object that the event came with",
        ));
    }
    let event = Event {
        kind: params.kind,
        seq: params.seq,
        at: params.at,
        flushed: false,
        body: params.body,
    };
    Ok((kind, event))
}

#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    listening: LiteMap<EventKind, ()>,
    waiting: LiteMap<EventKind, VecDeque<Event>>,
    events: usize,
    bytes: usize,
    next_seq: u64,
    dropped: LiteMap<EventKind, u64>,
    withdrawn: u64,
}

impl Mailbox {
    /// Takes an event, its body being JSON text. Comes back at once where its type is listened to; otherwise it waits.
    pub(crate) fn post(&mut self, kind: EventKind, body: String, at: u64) -> Option<Event> {
        self.next_seq += 1;
        let event = Event {
            kind: kind.name().to_owned(),
            seq: self.next_seq,
            at,
            flushed: false,
            body,
        };
        if self.is_listened_to(kind) {
            return Some(event);
        }
        self.keep(kind, event);
        None
    }

    /// Takes back an event that could not be handed over, in its old place. Until JavaScript listens anew, nothing of its type is handed
    /// over: it would come before this one.
    pub(crate) fn put_back(&mut self, kind: EventKind, event: Event) {
        self.listening.remove(&kind);
        self.keep(kind, event);
    }

    /// Takes an event out that waits and is of no use any more. Whether there was one.
    pub(crate) fn withdraw(&mut self, kind: EventKind, body: &str) -> bool {
        let Some(queue) = self.waiting.get_mut(&kind) else {
            return false;
        };
        let Some(at) = queue.iter().position(|event| event.body == body) else {
            return false;
        };
        queue.remove(at);
        self.events -= 1;
        self.bytes -= body.len();
        self.withdrawn += 1;
        true
    }

    /// Whether this event waits.
    pub(crate) fn holds(&self, kind: EventKind, body: &str) -> bool {
        let queue = self.waiting.get(&kind);
        queue.is_some_and(|queue| queue.iter().any(|event| event.body == body))
    }

    fn keep(&mut self, kind: EventKind, event: Event) {
        if kind.keep() == Keep::Never {
            return;
        }
        self.events += 1;
        self.bytes += event.body.len();
        let queue = self.waiting.entry(kind).or_default();
        let at = queue.partition_point(|before| before.seq < event.seq);
        queue.insert(at, event);
        while self.events > MAX_EVENTS || self.bytes > MAX_BYTES {
            if !self.evict() {
                break;
            }
        }
    }

    /// A listener of this type appeared: what waited for it, oldest first.
    pub(crate) fn listen(&mut self, kind: EventKind) -> Vec<Event> {
        self.listening.insert(kind, ());
        let flushed: Vec<Event> = self
            .waiting
            .remove(&kind)
            .unwrap_or_default()
            .into_iter()
            .map(|event| Event {
                flushed: true,
                ..event
            })
            .collect();
        self.events -= flushed.len();
        self.bytes -= flushed.iter().map(|event| event.body.len()).sum::<usize>();
        flushed
    }

    /// Whether an event of this type waits for a listener.
    pub(crate) fn keeps(&self, kind: EventKind) -> bool {
        self.waiting
            .get(&kind)
            .is_some_and(|queue| !queue.is_empty())
    }

    /// Whether JavaScript listens to this type.
    pub(crate) fn is_listened_to(&self, kind: EventKind) -> bool {
        self.listening.contains_key(&kind)
    }

    pub(crate) fn unlisten(&mut self, kind: EventKind) {
        self.listening.remove(&kind);
    }

    /// Nobody listens any more.
    pub(crate) fn detach(&mut self) {
        self.listening.clear();
    }

    /// How many events of each type were dropped for want of room.
    pub(crate) fn dropped(&self) -> impl Iterator<Item = (EventKind, u64)> + '_ {
        self.dropped.iter().map(|(kind, count)| (*kind, *count))
    }

    /// How many events were taken back because what they were about is over.
    pub(crate) const fn withdrawn(&self) -> u64 {
        self.withdrawn
    }

    /// How many events wait.
    pub(crate) fn waiting(&self) -> usize {
        self.events
    }

    /// Drops the oldest event of the least worth. Events that are always kept go only when nothing else is left.
    fn evict(&mut self) -> bool {
        let victim = [Keep::Droppable, Keep::Useful, Keep::Always]
            .into_iter()
            .find_map(|keep| {
                let oldest = self.waiting.iter().filter(|(kind, _)| kind.keep() == keep);
                oldest
                    .filter_map(|(kind, queue)| queue.front().map(|event| (event.seq, *kind)))
                    .min()
            });
        let Some((_, kind)) = victim else {
            return false;
        };
        let Some(event) = self.waiting.get_mut(&kind).and_then(VecDeque::pop_front) else {
            return false;
        };
        self.events -= 1;
        self.bytes -= event.body.len();
        *self.dropped.entry(kind).or_default() += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seqs(events: &[Event]) -> Vec<u64> {
        events.iter().map(|event| event.seq).collect()
    }

    #[test]
    fn an_event_waits_for_a_listener_of_its_own_type() {
        let mut mailbox = Mailbox::default();
        assert_eq!(
            mailbox.post(EventKind::PerformAnswerCallAction, "{}".to_owned(), 1),
            None
        );
        assert_eq!(mailbox.listen(EventKind::Registered), vec![]);
        let flushed = mailbox.listen(EventKind::PerformAnswerCallAction);
        assert_eq!(seqs(&flushed), [1]);
        assert!(flushed[0].flushed);
        assert_eq!(mailbox.listen(EventKind::PerformAnswerCallAction), vec![]);
    }

    #[test]
    fn an_event_that_could_not_be_handed_over_comes_again_in_order() {
        let mut mailbox = Mailbox::default();
        let kind = EventKind::Registered;
        mailbox.listen(kind);
        let lost = mailbox.post(kind, "1".to_owned(), 1).unwrap();
        mailbox.put_back(kind, lost);
        assert_eq!(mailbox.post(kind, "2".to_owned(), 2), None, "not before it");
        assert_eq!(seqs(&mailbox.listen(kind)), [1, 2]);
    }

    #[test]
    fn an_event_that_was_withdrawn_is_not_delivered() {
        let mut mailbox = Mailbox::default();
        let kind = EventKind::PerformAnswerCallAction;
        mailbox.post(kind, "1".to_owned(), 1);
        mailbox.post(kind, "2".to_owned(), 2);
        assert!(mailbox.withdraw(kind, "1"));
        assert!(!mailbox.withdraw(kind, "1"), "once");
        assert_eq!(seqs(&mailbox.listen(kind)), [2]);
        assert_eq!((mailbox.waiting(), mailbox.withdrawn()), (0, 1));
    }

    #[test]
    fn a_live_event_comes_after_what_waited() {
        let mut mailbox = Mailbox::default();
        mailbox.post(EventKind::Registered, "{}".to_owned(), 1);
        mailbox.post(EventKind::Registered, "{}".to_owned(), 2);
        assert_eq!(seqs(&mailbox.listen(EventKind::Registered)), [1, 2]);
        let live = mailbox
            .post(EventKind::Registered, "{}".to_owned(), 3)
            .unwrap();
        assert_eq!((live.seq, live.flushed), (3, false));
    }

    #[test]
    fn after_detaching_events_wait_again() {
        let mut mailbox = Mailbox::default();
        mailbox.listen(EventKind::Registered);
        mailbox.detach();
        assert_eq!(
            mailbox.post(EventKind::Registered, "{}".to_owned(), 1),
            None
        );
        mailbox.listen(EventKind::Registered);
        mailbox.unlisten(EventKind::Registered);
        assert_eq!(
            mailbox.post(EventKind::Registered, "{}".to_owned(), 1),
            None
        );
    }

    #[test]
    fn when_full_audio_goes_first_then_the_rest_and_what_the_user_did_stays() {
        let mut mailbox = Mailbox::default();
        mailbox.post(EventKind::PerformEndCallAction, "{}".to_owned(), 0);
        mailbox.post(EventKind::Registered, "{}".to_owned(), 0);
        mailbox.post(EventKind::DidActivateAudioSession, "{}".to_owned(), 0);
        for _ in 3..MAX_EVENTS {
            mailbox.post(EventKind::DidReceiveIncomingPush, "{}".to_owned(), 0);
        }
        assert_eq!(mailbox.waiting(), MAX_EVENTS);
        mailbox.post(EventKind::PerformAnswerCallAction, "{}".to_owned(), 0);
        mailbox.post(EventKind::PerformAnswerCallAction, "{}".to_owned(), 0);
        assert_eq!(mailbox.waiting(), MAX_EVENTS);
        let dropped: Vec<_> = mailbox.dropped().collect();
        assert_eq!(
            dropped,
            [
                (EventKind::Registered, 1),
                (EventKind::DidActivateAudioSession, 1)
            ]
        );
        assert_eq!(mailbox.listen(EventKind::PerformEndCallAction).len(), 1);
        assert_eq!(mailbox.listen(EventKind::PerformAnswerCallAction).len(), 2);
    }

    #[test]
    fn an_event_that_tells_how_things_stand_never_waits() {
        let mut mailbox = Mailbox::default();
        let kind = EventKind::CallsChanged;
        assert_eq!(mailbox.post(kind, "1".to_owned(), 1), None);
        assert_eq!(mailbox.listen(kind), vec![]);
        let lost = mailbox.post(kind, "2".to_owned(), 2).unwrap();
        mailbox.put_back(kind, lost);
        assert!(!mailbox.is_listened_to(kind));
        assert_eq!(mailbox.listen(kind), vec![]);
    }

    #[test]
    fn the_bytes_that_wait_are_bounded() {
        let mut mailbox = Mailbox::default();
        for _ in 0..10 {
            mailbox.post(EventKind::NotificationArrived, "x".repeat(200_000), 0);
        }
        assert_eq!(mailbox.waiting(), 5);
        assert_eq!(mailbox.dropped().map(|(_, n)| n).sum::<u64>(), 5);
    }
}
