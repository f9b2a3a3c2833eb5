//! JavaScript that listens to `callsChanged` knows at any time what `getCalls()` would answer, and hears of nothing that is no change.

use serde_json::Value;
use zpns_core::EventKind;

use super::Oracle;
use crate::world::{Cause, Moment};

#[derive(Default)]
pub struct CallsChanged {
    listens: bool,
    /// What JavaScript was told last.
    told: Option<Value>,
}

impl Oracle for CallsChanged {
    fn see(&mut self, moment: &Moment<'_>) {
        match moment.cause {
            Cause::Listen(EventKind::CallsChanged) => {
                self.listens = true;
                self.told = None;
            }
            Cause::Launch(_) | Cause::Detach | Cause::Unlisten(EventKind::CallsChanged) => {
                *self = Self::default();
            }
            _ => {}
        }
        let told = moment
            .events
            .iter()
            .filter(|(kind, ..)| *kind == EventKind::CallsChanged);
        for (_, _, body) in told {
            assert_ne!(
                self.told.as_ref(),
                Some(&body["calls"]),
                "only a change is told"
            );
            self.told = Some(body["calls"].clone());
        }
        if self.listens {
            assert_eq!(
                self.told.as_ref(),
                Some(moment.calls),
                "what was told last is what getCalls() answers"
            );
        }
    }
}
