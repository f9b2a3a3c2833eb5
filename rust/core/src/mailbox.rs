//! Events that wait for JavaScript.
//!
//! Each type has its own queue, delivered in order when a listener *of that type* appears; a live event never overtakes what waits. Together
//! the queues are bounded: the oldest events of the least worth go first, and are counted.
//!
//! An event that is about one user's call waits while another user is signed in.

use std::collections::VecDeque;

use crate::effect::Event;
use crate::event::{EventKind, Keep};
use litemap::LiteMap;

/// Most events that wait.
pub(crate) const MAX_EVENTS: usize = 256;
/// Most bytes of JSON that wait.
pub(crate) const MAX_BYTES: usize = 1024 * 1024;

/// How many events are remembered that were handed over, so that one which failed can be put back.
const MAX_HANDED_OVER: usize = 256;

/// Whose event it is, where it is about one user's call.
pub(crate) type Owner<'a> = Option<&'a str>;

#[derive(Debug)]
struct Waiting {
    event: Event,
    owner: Option<String>,
}

impl Waiting {
    /// Whether it may be heard while this user is signed in. Nobody being known, whoever listens is the owner.
    fn is_for(&self, user: Owner<'_>) -> bool {
        may_hear(self.owner.as_deref(), user)
    }
}

fn may_hear(owner: Owner<'_>, user: Owner<'_>) -> bool {
    owner.is_none() || user.is_none() || owner == user
}

#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    listening: LiteMap<EventKind, ()>,
    waiting: LiteMap<EventKind, VecDeque<Waiting>>,
    /// Owners of events that were handed over, by number.
    handed_over: VecDeque<(u64, String)>,
    events: usize,
    bytes: usize,
    next_seq: u64,
    dropped: LiteMap<EventKind, u64>,
    withdrawn: u64,
}

impl Mailbox {
    /// Takes an event, its body being JSON text. Comes back at once where its type is listened to and `user`, who is signed in, may hear
    /// it; otherwise it waits.
    pub(crate) fn post(
        &mut self,
        kind: EventKind,
        body: String,
        at: u64,
        owner: Owner<'_>,
        user: Owner<'_>,
    ) -> Option<Event> {
        self.next_seq += 1;
        let waiting = Waiting {
            event: Event {
                kind: kind.name().to_owned(),
                seq: self.next_seq,
                at,
                flushed: false,
                body,
            },
            owner: owner.map(str::to_owned),
        };
        if self.is_listened_to(kind) && waiting.is_for(user) {
            return Some(self.hand_over(waiting));
        }
        self.keep(kind, waiting);
        None
    }

    /// Takes back an event that could not be handed over, in its old place. Until JavaScript listens anew, nothing of its type is handed
    /// over: it would come before this one.
    pub(crate) fn put_back(&mut self, event: Event) {
        let Some(kind) = EventKind::from_name(&event.kind) else {
            return;
        };
        self.listening.remove(&kind);
        let mut owners = self.handed_over.iter();
        let owner = owners.find(|(seq, _)| *seq == event.seq);
        let owner = owner.map(|(_, owner)| owner.clone());
        self.keep(kind, Waiting { event, owner });
    }

    fn hand_over(&mut self, waiting: Waiting) -> Event {
        let Waiting { event, owner } = waiting;
        if let Some(owner) = owner {
            if self.handed_over.len() >= MAX_HANDED_OVER {
                self.handed_over.pop_front();
            }
            self.handed_over.push_back((event.seq, owner));
        }
        event
    }

    /// Takes an event out that waits and is of no use any more. Whether there was one.
    pub(crate) fn withdraw(&mut self, kind: EventKind, body: &str) -> bool {
        let Some(queue) = self.waiting.get_mut(&kind) else {
            return false;
        };
        let Some(at) = queue.iter().position(|waiting| waiting.event.body == body) else {
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
        queue.is_some_and(|queue| queue.iter().any(|waiting| waiting.event.body == body))
    }

    fn keep(&mut self, kind: EventKind, waiting: Waiting) {
        if kind.keep() == Keep::Never {
            return;
        }
        self.events += 1;
        self.bytes += waiting.event.body.len();
        let queue = self.waiting.entry(kind).or_default();
        let seq = waiting.event.seq;
        let at = queue.partition_point(|before| before.event.seq < seq);
        queue.insert(at, waiting);
        while self.events > MAX_EVENTS || self.bytes > MAX_BYTES {
            if !self.evict() {
                break;
            }
        }
    }

    /// A listener of this type appeared: what waited for it, oldest first.
    pub(crate) fn listen(&mut self, name: &str, user: Owner<'_>) -> Vec<Event> {
        let Some(kind) = EventKind::from_name(name) else {
            return Vec::new();
        };
        self.listening.insert(kind, ());
        self.flush(kind, user)
    }

    /// This user is signed in now: what waited for that and is listened to, of each type oldest first.
    pub(crate) fn user_changed(&mut self, user: Owner<'_>) -> Vec<Event> {
        let kinds: Vec<EventKind> = self.listening.keys().copied().collect();
        let flushed = kinds.into_iter().flat_map(|kind| self.flush(kind, user));
        flushed.collect()
    }

    fn flush(&mut self, kind: EventKind, user: Owner<'_>) -> Vec<Event> {
        let queue = self.waiting.remove(&kind).unwrap_or_default();
        let (heard, kept): (VecDeque<_>, VecDeque<_>) =
            queue.into_iter().partition(|waiting| waiting.is_for(user));
        if !kept.is_empty() {
            self.waiting.insert(kind, kept);
        }
        self.forget(&heard);
        let flushed = heard.into_iter().map(|waiting| Event {
            flushed: true,
            ..self.hand_over(waiting)
        });
        flushed.collect()
    }

    /// Drops the events of a user who signed out for good. How many there were.
    pub(crate) fn drop_all_of(&mut self, user: &str) -> usize {
        let mut count = 0;
        for (_, mut queue) in std::mem::take(&mut self.waiting) {
            let is_theirs = |waiting: &Waiting| waiting.owner.as_deref() == Some(user);
            let (theirs, kept): (VecDeque<_>, VecDeque<_>) = queue.drain(..).partition(is_theirs);
            self.forget(&theirs);
            self.withdrawn += theirs.len() as u64;
            count += theirs.len();
            if let Some(waiting) = kept.front()
                && let Some(kind) = EventKind::from_name(&waiting.event.kind)
            {
                self.waiting.insert(kind, kept);
            }
        }
        count
    }

    /// These wait no more.
    fn forget(&mut self, gone: &VecDeque<Waiting>) {
        self.events -= gone.len();
        let bytes = gone.iter().map(|waiting| waiting.event.body.len());
        self.bytes -= bytes.sum::<usize>();
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

    pub(crate) fn unlisten(&mut self, name: &str) {
        if let Some(kind) = EventKind::from_name(name) {
            self.listening.remove(&kind);
        }
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
                    .filter_map(|(kind, queue)| {
                        queue.front().map(|waiting| (waiting.event.seq, *kind))
                    })
                    .min()
            });
        let Some((_, kind)) = victim else {
            return false;
        };
        let Some(waiting) = self.waiting.get_mut(&kind).and_then(VecDeque::pop_front) else {
            return false;
        };
        self.events -= 1;
        self.bytes -= waiting.event.body.len();
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
            mailbox.post(
                EventKind::PerformAnswerCallAction,
                "{}".to_owned(),
                1,
                None,
                None
            ),
            None
        );
        assert_eq!(mailbox.listen(EventKind::Registered.name(), None), vec![]);
        let flushed = mailbox.listen(EventKind::PerformAnswerCallAction.name(), None);
        assert_eq!(seqs(&flushed), [1]);
        assert!(flushed[0].flushed);
        assert_eq!(
            mailbox.listen(EventKind::PerformAnswerCallAction.name(), None),
            vec![]
        );
    }

    #[test]
    fn an_event_that_could_not_be_handed_over_comes_again_in_order() {
        let mut mailbox = Mailbox::default();
        let kind = EventKind::Registered;
        mailbox.listen(kind.name(), None);
        let lost = mailbox.post(kind, "1".to_owned(), 1, None, None).unwrap();
        mailbox.put_back(lost);
        assert_eq!(
            mailbox.post(kind, "2".to_owned(), 2, None, None),
            None,
            "not before it"
        );
        assert_eq!(seqs(&mailbox.listen(kind.name(), None)), [1, 2]);
    }

    #[test]
    fn an_event_that_was_withdrawn_is_not_delivered() {
        let mut mailbox = Mailbox::default();
        let kind = EventKind::PerformAnswerCallAction;
        mailbox.post(kind, "1".to_owned(), 1, None, None);
        mailbox.post(kind, "2".to_owned(), 2, None, None);
        assert!(mailbox.withdraw(kind, "1"));
        assert!(!mailbox.withdraw(kind, "1"), "once");
        assert_eq!(seqs(&mailbox.listen(kind.name(), None)), [2]);
        assert_eq!((mailbox.waiting(), mailbox.withdrawn()), (0, 1));
    }

    #[test]
    fn a_live_event_comes_after_what_waited() {
        let mut mailbox = Mailbox::default();
        mailbox.post(EventKind::Registered, "{}".to_owned(), 1, None, None);
        mailbox.post(EventKind::Registered, "{}".to_owned(), 2, None, None);
        assert_eq!(
            seqs(&mailbox.listen(EventKind::Registered.name(), None)),
            [1, 2]
        );
        let live = mailbox
            .post(EventKind::Registered, "{}".to_owned(), 3, None, None)
            .unwrap();
        assert_eq!((live.seq, live.flushed), (3, false));
    }

    #[test]
    fn after_detaching_events_wait_again() {
        let mut mailbox = Mailbox::default();
        mailbox.listen(EventKind::Registered.name(), None);
        mailbox.detach();
        assert_eq!(
            mailbox.post(EventKind::Registered, "{}".to_owned(), 1, None, None),
            None
        );
        mailbox.listen(EventKind::Registered.name(), None);
        mailbox.unlisten(EventKind::Registered.name());
        assert_eq!(
            mailbox.post(EventKind::Registered, "{}".to_owned(), 1, None, None),
            None
        );
    }

    #[test]
    fn when_full_audio_goes_first_then_the_rest_and_what_the_user_did_stays() {
        let mut mailbox = Mailbox::default();
        mailbox.post(
            EventKind::PerformEndCallAction,
            "{}".to_owned(),
            0,
            None,
            None,
        );
        mailbox.post(EventKind::Registered, "{}".to_owned(), 0, None, None);
        mailbox.post(
            EventKind::DidActivateAudioSession,
            "{}".to_owned(),
            0,
            None,
            None,
        );
        for _ in 3..MAX_EVENTS {
            mailbox.post(
                EventKind::DidReceiveIncomingPush,
                "{}".to_owned(),
                0,
                None,
                None,
            );
        }
        assert_eq!(mailbox.waiting(), MAX_EVENTS);
        mailbox.post(
            EventKind::PerformAnswerCallAction,
            "{}".to_owned(),
            0,
            None,
            None,
        );
        mailbox.post(
            EventKind::PerformAnswerCallAction,
            "{}".to_owned(),
            0,
            None,
            None,
        );
        assert_eq!(mailbox.waiting(), MAX_EVENTS);
        let dropped: Vec<_> = mailbox.dropped().collect();
        assert_eq!(
            dropped,
            [
                (EventKind::Registered, 1),
                (EventKind::DidActivateAudioSession, 1)
            ]
        );
        assert_eq!(
            mailbox
                .listen(EventKind::PerformEndCallAction.name(), None)
                .len(),
            1
        );
        assert_eq!(
            mailbox
                .listen(EventKind::PerformAnswerCallAction.name(), None)
                .len(),
            2
        );
    }

    #[test]
    fn an_event_that_tells_how_things_stand_never_waits() {
        let mut mailbox = Mailbox::default();
        let kind = EventKind::CallsChanged;
        assert_eq!(mailbox.post(kind, "1".to_owned(), 1, None, None), None);
        assert_eq!(mailbox.listen(kind.name(), None), vec![]);
        let lost = mailbox.post(kind, "2".to_owned(), 2, None, None).unwrap();
        mailbox.put_back(lost);
        assert!(!mailbox.is_listened_to(kind));
        assert_eq!(mailbox.listen(kind.name(), None), vec![]);
    }

    #[test]
    fn the_bytes_that_wait_are_bounded() {
        let mut mailbox = Mailbox::default();
        for _ in 0..10 {
            mailbox.post(
                EventKind::NotificationArrived,
                "x".repeat(200_000),
                0,
                None,
                None,
            );
        }
        assert_eq!(mailbox.waiting(), 5);
        assert_eq!(mailbox.dropped().map(|(_, n)| n).sum::<u64>(), 5);
    }

    #[test]
    fn an_event_of_one_user_waits_while_another_is_signed_in() {
        let mut mailbox = Mailbox::default();
        let kind = EventKind::CallInvitationReceived;
        mailbox.listen(kind.name(), Some("alice"));
        let (bob, alice) = (Some("bob"), Some("alice"));
        assert_eq!(mailbox.post(kind, "1".to_owned(), 1, bob, alice), None);
        let theirs = mailbox.post(kind, "2".to_owned(), 2, alice, alice);
        assert_eq!(theirs.map(|event| event.seq), Some(2));
        assert_eq!(mailbox.listen(kind.name(), alice), vec![]);
        assert_eq!(seqs(&mailbox.user_changed(bob)), [1]);
        assert_eq!(mailbox.waiting(), 0);
    }

    #[test]
    fn an_event_that_is_put_back_keeps_its_owner() {
        let mut mailbox = Mailbox::default();
        let (kind, bob) = (EventKind::CallInvitationReceived, Some("bob"));
        mailbox.listen(kind.name(), bob);
        let lost = mailbox.post(kind, "1".to_owned(), 1, bob, bob).unwrap();
        mailbox.put_back(lost);
        assert_eq!(mailbox.listen(kind.name(), Some("alice")), vec![]);
        assert_eq!(seqs(&mailbox.listen(kind.name(), bob)), [1]);
    }

    #[test]
    fn the_events_of_a_user_who_signed_out_are_dropped() {
        let mut mailbox = Mailbox::default();
        let kind = EventKind::CallInvitationReceived;
        mailbox.post(kind, "1".to_owned(), 1, Some("bob"), None);
        mailbox.post(kind, "2".to_owned(), 2, Some("alice"), None);
        mailbox.post(kind, "3".to_owned(), 3, None, None);
        assert_eq!(mailbox.drop_all_of("bob"), 1);
        assert_eq!(seqs(&mailbox.listen(kind.name(), Some("alice"))), [2, 3]);
    }
}
