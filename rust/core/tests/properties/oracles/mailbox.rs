//! Invariant 7: The mailbox: in order; delivered when a listener *of that type* appears; live events never overtake the backlog; what
//! was dropped is counted in `diagnose()`. Its bounds have a property of their own.

use std::collections::{BTreeMap, BTreeSet};

use zpns_core::{EventKind, Keep};

use super::Oracle;
use crate::world::{Cause, End, Moment};

#[derive(Default)]
pub struct Mailbox {
    listening: BTreeSet<EventKind>,
    /// Number of the newest event of each type.
    newest: BTreeMap<EventKind, u64>,
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
            assert_eq!(
                event.flushed,
                appeared == Some(*kind) && kind.keep() != Keep::Never,
                "7: what waited says so"
            );
            let before = self.newest.insert(*kind, event.seq).unwrap_or(0);
            assert!(before < event.seq, "7: events of one type come in order");
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
            self.delivered.len() as u64 + dropped + withdrawn,
            end.last_seq,
            "7: every event is delivered, or counted as dropped or withdrawn"
        );
    }
}
