//! Invariant 1: Every VoIP push yields exactly one report to the call system before the entry point returns. Exceptions only where the
//! platform said `mustReport == false` *and* the push is stale, a duplicate, or a cancel for an unknown call.

use zpns_core::{CallRequest, Effect};
use zpns_protocol::call_uuid;

use super::history::History;
use super::{Oracle, reported};
use crate::world::{Cause, Moment};

#[derive(Default)]
pub struct OneReport {
    history: History,
}

impl Oracle for OneReport {
    fn see(&mut self, moment: &Moment<'_>) {
        if !moment.call_kit {
            assert!(
                reported(moment.effects).is_empty(),
                "1: an app without CallKit never reports"
            );
        } else if let Cause::Push {
            about, must_report, ..
        } = moment.cause
        {
            let reports = reported(moment.effects).len();
            let uuid = about.call_id.map(call_uuid);
            let duplicate = uuid.is_some_and(|uuid| {
                moment.before.contains(&uuid) || self.history.knows(uuid, moment.elapsed)
            });
            if *must_report || !(about.stale || about.cancels || duplicate) {
                assert_eq!(reports, 1, "1: every push is reported exactly once");
            }
            assert!(reports <= 1, "1: no push is reported twice");
            if reports == 1 {
                let first = moment.effects.first();
                assert!(
                    matches!(
                        first,
                        Some(Effect::Call(CallRequest::ReportIncoming { .. }))
                    ),
                    "1: the report comes first"
                );
            }
        }
        self.history.see(moment);
    }
}
