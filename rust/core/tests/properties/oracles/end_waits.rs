//! Invariant 9: An end that arrives before the report completed waits for the completion, then ends.

use std::collections::BTreeMap;

use uuid::Uuid;
use zpns_core::{CallRequest, Effect, SystemEvent};

use super::{Oracle, provider_is_gone};
use crate::world::{Cause, End, Moment};

/// After this long a completion counts as lost.
const LOST_MS: u64 = 10_000;

#[derive(Default)]
pub struct EndWaits {
    /// How many reports of each call are open, and until when the end waits for them.
    open: BTreeMap<Uuid, (usize, u64)>,
}

impl Oracle for EndWaits {
    fn see(&mut self, moment: &Moment<'_>) {
        match moment.cause {
            // How long was waited is not known any more.
            Cause::ClockSet => self.open.values_mut().for_each(|(_, until)| *until = moment.elapsed),
            Cause::System(SystemEvent::ReportCompleted { uuid, .. }) => {
                if let Some((count, _)) = self.open.get_mut(uuid) {
                    *count = count.saturating_sub(1);
                }
            }
            _ => {}
        }
        if provider_is_gone(moment) {
            self.open.clear();
        }
        self.open.retain(|_, (count, until)| *count > 0 && *until > moment.elapsed);
        for effect in moment.effects {
            match effect {
                Effect::Call(CallRequest::ReportIncoming { uuid, .. }) => {
                    let (count, until) = self.open.entry(*uuid).or_default();
                    *count += 1;
                    *until = moment.elapsed + LOST_MS;
                }
                Effect::Call(CallRequest::ReportEnded { uuid, .. }) => {
                    assert!(!self.open.contains_key(uuid), "9: an end waits for the report's completion");
                }
                _ => {}
            }
        }
    }

    fn end(&mut self, end: &End<'_>) {
        for uuid in end.shown {
            assert!(end.live.contains(uuid), "9: CallKit shows a call that is over: {uuid}");
        }
    }
}
