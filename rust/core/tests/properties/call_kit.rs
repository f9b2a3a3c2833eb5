//! CallKit, as far as it decides what the core hears next.

use std::collections::{BTreeSet, VecDeque};

use uuid::Uuid;
use zpns_core::effect::RequestedAction;
use zpns_core::{ActionKind, CallRequest, SystemError};

use crate::support::error;

/// A report that CallKit has not completed.
pub struct OpenReport {
    pub id: u64,
    pub uuid: Uuid,
    /// When it came, by the clock that never jumps.
    pub since: u64,
    /// Whether the provider was reset since: there is nothing left to show.
    pub overtaken: bool,
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
            CallRequest::ReportIncoming { id, uuid, .. } => {
                self.reports.push_back(OpenReport {
                    id: *id,
                    uuid: *uuid,
                    since,
                    overtaken: false,
                });
            }
            CallRequest::ReportEnded { uuid, .. } => {
                self.shows.remove(uuid);
            }
            CallRequest::Fulfill { action } => {
                if let Some(OpenAction {
                    call,
                    kind: ActionKind::End,
                    ..
                }) = self.settle(*action)
                {
                    self.shows.remove(&call);
                }
            }
            CallRequest::Fail { action } => {
                if let Some(OpenAction {
                    call,
                    kind: ActionKind::Start { .. },
                    ..
                }) = self.settle(*action)
                {
                    self.shows.remove(&call);
                }
            }
            CallRequest::Transaction { id, action } => {
                self.transactions.push_back((*id, action.clone()));
            }
            // The provider is gone, and everything that was its own.
            CallRequest::Disable => self.reset(),
            _ => {}
        }
    }

    fn settle(&mut self, action: Uuid) -> Option<OpenAction> {
        let at = self.actions.iter().position(|open| open.id == action)?;
        Some(self.actions.remove(at))
    }

    /// Calls and actions are gone; the reports of before are still completed.
    pub fn reset(&mut self) {
        self.reports
            .iter_mut()
            .for_each(|report| report.overtaken = true);
        let (reports, transactions) = (
            std::mem::take(&mut self.reports),
            std::mem::take(&mut self.transactions),
        );
        *self = Self {
            reports,
            transactions,
            ..Self::default()
        };
    }

    /// What a report comes to: CallKit refuses a call that it shows already.
    pub fn verdict(&mut self, report: &OpenReport, refusal: Option<i64>) -> Option<SystemError> {
        const DUPLICATE: i64 = 2;
        let duplicate = self.shows.contains(&report.uuid) && !report.overtaken;
        let refusal = if duplicate {
            Some(DUPLICATE)
        } else {
            refusal.filter(|code| *code != DUPLICATE)
        };
        if refusal.is_none() && !report.overtaken {
            self.shows.insert(report.uuid);
        }
        refusal.map(|code| error("com.apple.CallKit.error.incomingcall", code))
    }
}
