//! CallKit, as far as it decides what the core hears next.

use std::collections::{BTreeSet, VecDeque};

use uuid::Uuid;
use zpns_core::effect::RequestedAction;
use zpns_core::{ActionKind, CallRequest, SystemError};

use crate::support::error;

/// A report that CallKit has not completed.
pub struct OpenReport {
    pub uuid: Uuid,
    /// When it came, by the clock that never jumps.
    pub since: u64,
}

/// An action that the app was asked to perform and has not settled.
pub struct OpenAction {
    pub id: Uuid,
    pub call: Uuid,
    pub kind: ActionKind,
}

/// The state of CallKit. It dies with the process.
#[derive(Default)]
pub struct CallKit {
    /// The calls that it shows.
    pub shows: BTreeSet<Uuid>,
    pub reports: VecDeque<OpenReport>,
    pub transactions: VecDeque<(u64, RequestedAction)>,
    pub actions: Vec<OpenAction>,
}

impl CallKit {
    pub fn carry_out(&mut self, request: &CallRequest, since: u64) {
        match request {
            CallRequest::ReportIncoming { uuid, .. } => self.reports.push_back(OpenReport { uuid: *uuid, since }),
            CallRequest::ReportEnded { uuid, .. } => {
                self.shows.remove(uuid);
            }
            CallRequest::Fulfill { action } => {
                if let Some(OpenAction { call, kind: ActionKind::End, .. }) = self.settle(*action) {
                    self.shows.remove(&call);
                }
            }
            CallRequest::Fail { action } => {
                if let Some(OpenAction { call, kind: ActionKind::Start { .. }, .. }) = self.settle(*action) {
                    self.shows.remove(&call);
                }
            }
            CallRequest::Transaction { id, action } => self.transactions.push_back((*id, action.clone())),
            // The provider is gone, and everything that was its own.
            CallRequest::Disable => *self = Self { transactions: std::mem::take(&mut self.transactions), ..Self::default() },
            _ => {}
        }
    }

    fn settle(&mut self, action: Uuid) -> Option<OpenAction> {
        let at = self.actions.iter().position(|open| open.id == action)?;
        Some(self.actions.remove(at))
    }

    /// What a report comes to: CallKit refuses a call that it shows already.
    pub fn verdict(&mut self, uuid: Uuid, refusal: Option<i64>) -> Option<SystemError> {
        const DUPLICATE: i64 = 2;
        let refusal = if self.shows.contains(&uuid) { Some(DUPLICATE) } else { refusal.filter(|code| *code != DUPLICATE) };
        if refusal.is_none() {
            self.shows.insert(uuid);
        }
        refusal.map(|code| error("com.apple.CallKit.error.incomingcall", code))
    }
}
