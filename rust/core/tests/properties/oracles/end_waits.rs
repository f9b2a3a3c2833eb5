//! Invariant 9: An end that arrives before the report completed waits for the completion, then ends.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;
use zpns_core::{CallRequest, Effect, SystemEvent};

use super::{Oracle, provider_is_gone};
use crate::world::{Cause, End, Moment};

/// After this long a completion counts as lost.
const LOST_MS: u64 = 10_000;

#[derive(Default)]
pub struct EndWaits {
    /// The open reports of each call, and until when the end waits for them.
    open: BTreeMap<Uuid, (BTreeSet<u64>, u64)>,
}

impl Oracle for EndWaits {
    fn see(&mut self, moment: &Moment<'_>) {
        if let Cause::System(SystemEvent::ReportCompleted { id, uuid, .. }) = moment.cause
            && let Some((reports, _)) = self.open.get_mut(uuid)
        {
            reports.remove(id);
        }
        if provider_is_gone(moment) {
            self.open.clear();
        }
        self.open
            .retain(|_, (reports, until)| !reports.is_empty() && *until > moment.elapsed);
        for effect in moment.effects {
            match effect {
                Effect::Call(CallRequest::ReportIncoming { id, uuid, .. }) => {
                    let (reports, until) = self.open.entry(*uuid).or_default();
                    reports.insert(*id);
                    *until = moment.elapsed + LOST_MS;
                }
                Effect::Call(CallRequest::ReportEnded { uuid, .. }) => {
                    assert!(
                        !self.open.contains_key(uuid),
                        "9: an end waits for the report's completion"
                    );
                }
                _ => {}
            }
        }
    }

    fn end(&mut self, end: &End<'_>) {
        for uuid in end.shown {
            assert!(
                end.live.contains(uuid),
                "9: CallKit shows a call that is over: {uuid}"
            );
        }
    }
}
