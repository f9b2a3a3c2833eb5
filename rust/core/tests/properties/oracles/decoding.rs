//! Invariant 2: Decoding is total. Whatever is missing is filled in, with a non-empty handle; what can't be a call is reported and
//! ended as failed.

use std::collections::BTreeSet;

use serde_json::Value;
use uuid::Uuid;
use zpns_core::effect::EndedReason;
use zpns_core::{CallRequest, Effect, SystemEvent};

use super::{Oracle, provider_is_gone, reported};
use crate::world::{Cause, End, Moment};

#[derive(Default)]
pub struct Decoding {
    /// What was no call and has not been ended yet.
    no_calls: BTreeSet<Uuid>,
}

impl Oracle for Decoding {
    fn see(&mut self, moment: &Moment<'_>) {
        match moment.cause {
            Cause::Push { bytes, .. }
                if !serde_json::from_slice::<Value>(bytes).is_ok_and(|push| push.is_object()) =>
            {
                self.no_calls.extend(reported(moment.effects));
            }
            Cause::System(SystemEvent::ReportCompleted {
                uuid,
                error: Some(_),
                ..
            }) => {
                self.no_calls.remove(uuid);
            }
            _ => {}
        }
        if provider_is_gone(moment) {
            self.no_calls.clear();
        }
        for effect in moment.effects {
            match effect {
                Effect::Call(CallRequest::ReportIncoming { update, .. }) => {
                    let handle = update
                        .remote_handle
                        .as_ref()
                        .expect("2: a report has a handle");
                    assert!(
                        !handle.value.trim().is_empty(),
                        "2: the handle is never empty"
                    );
                    if matches!(moment.cause, Cause::Push { .. }) {
                        let name = update.localized_caller_name.as_deref().unwrap_or_default();
                        assert!(!name.trim().is_empty(), "2: a caller has a name");
                    }
                }
                Effect::Call(CallRequest::ReportEnded { uuid, reason })
                    if self.no_calls.remove(uuid) =>
                {
                    assert_eq!(
                        *reason,
                        EndedReason::Failed,
                        "2: what is no call is ended as failed"
                    );
                }
                _ => {}
            }
        }
    }

    fn end(&mut self, _end: &End<'_>) {
        assert!(self.no_calls.is_empty(), "2: what is no call is ended");
    }
}
