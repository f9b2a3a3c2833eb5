//! Invariant 7: The mailbox: in order; delivered when a listener *of that type* appears, and its user is signed in; live events never overtake the backlog; what
//! was dropped is counted in `diagnose()`. Its bounds have a property of their own.

use std::collections::{BTreeMap, BTreeSet};

use zpns_core::{EventKind, Keep};

use super::Oracle;
use crate::world::{Cause, End, Moment, User};

#[derive(Default)]
pub struct Mailbox {
    listening: BTreeSet<EventKind>,
    /// Number of the newest event of each type that came while this user was signed in.
    newest: BTreeMap<(EventKind, User), u64>,
    delivered: BTreeSet<u64>,
}

impl Oracle for Mailbox {
    fn see(&mut self, moment: &Moment<'_>) {
        let mut appeared = None;
        match moment.cause {
            Cause::Launch(_) => *self = Self::default(),
            Cause::Listen(kind) => {
                self.listening.insert(*kind);
                appeared = Some(*kind);
            }
            Cause::Unlisten(kind) => {
                self.listening.remove(kind);
            }
            Cause::Detach => self.listening.clear(),
            _ => {}
        }
        for (kind, event, _) in moment.events {
            assert!(
                self.listening.contains(kind),
                "7: only what is listened to is delivered"
            );
            // What waited for another user comes when that one is signed in again.
            let user_changed = moment.users[0] != moment.users[1];
            assert!(
                event.flushed == (appeared == Some(*kind) && kind.keep() != Keep::Never)
                    || user_changed,
                "7: what waited says so"
            );
            let user = moment.users[1];
            let order = self.newest.entry((*kind, user)).or_default();
            assert!(*order < event.seq, "7: events of one type come in order");
            *order = event.seq;
            assert!(self.delivered.insert(event.seq), "7: no event comes twice");
        }
    }

    fn end(&mut self, end: &End<'_>) {
        let dropped: u64 = end.diagnosis["events"]["dropped"]
            .as_object()
            .unwrap()
            .values()
            .map(|count| count.as_u64().unwrap())
            .sum();
        let withdrawn = end.diagnosis["events"]["withdrawn"].as_u64().unwrap();
        assert_eq!(
            self.delivered.len() as u64 + dropped + withdrawn + end.waiting,
            end.last_seq,
            "7: every event is delivered, or counted as dropped or withdrawn"
        );
    }
}
