//! What an app asks of `CXCallController`.

use uuid::Uuid;
use zpns_driver::core::ActionKind;
use zpns_driver::core::effect::Handle;
use zpns_driver::{RequestedAction, SystemEvent};

use super::call::{Call, CallState};
use super::error::Transaction;
use super::{ActionName, CallKit, Origin};
use crate::timeline_event::TimelineEvent;

impl CallKit {
    /// `request(_:completion:)` with one action. Its completion only says whether it was accepted; the action follows.
    pub(crate) fn transaction(&mut self, id: u64, requested: RequestedAction, now: u64) {
        let name = ActionName::from(&requested);
        let uuid = call_of(&requested);
        match self.accept(requested, uuid) {
            Ok(kind) => {
                self.out
                    .timeline
                    .push(TimelineEvent::TransactionAccepted { uuid, kind: name });
                self.out
                    .to_app
                    .push(SystemEvent::TransactionCompleted { id, error: None });
                self.perform(uuid, kind, Origin::App, Some(id), now);
            }
            Err(error) => {
                self.out.timeline.push(TimelineEvent::TransactionRefused {
                    uuid,
                    kind: name,
                    code: i64::from(error as u8),
                });
                self.out.to_app.push(SystemEvent::TransactionCompleted {
                    id,
                    error: Some(error.into()),
                });
            }
        }
    }

    fn accept(
        &mut self,
        requested: RequestedAction,
        uuid: Uuid,
    ) -> Result<ActionKind, Transaction> {
        if self.provider.is_none() {
            return Err(Transaction::UnknownCallProvider);
        }
        if let RequestedAction::Start { handle, video, .. } = requested {
            return self.accept_start(uuid, handle, video);
        }
        let call = self.call(uuid).ok_or(Transaction::UnknownCallUuid)?;
        let fits = |possible: bool, kind: ActionKind| {
            if possible {
                Ok(kind)
            } else {
                Err(Transaction::InvalidAction)
            }
        };
        match requested {
            RequestedAction::Start { .. } => Err(Transaction::InvalidAction),
            RequestedAction::Answer { .. } => {
                fits(call.state == CallState::Ringing, ActionKind::Answer)
            }
            RequestedAction::End { .. } => fits(call.state != CallState::Ending, ActionKind::End),
            RequestedAction::SetHeld { on_hold, .. } => fits(
                call.is_active() && call.supports_holding,
                ActionKind::SetHeld { on_hold },
            ),
            RequestedAction::SetMuted { muted, .. } => {
                fits(call.is_active(), ActionKind::SetMuted { muted })
            }
            RequestedAction::PlayDtmf { digits, kind, .. } => fits(
                call.is_active() && call.supports_dtmf,
                ActionKind::PlayDtmf { digits, kind },
            ),
            RequestedAction::SetGroup { with, .. } => {
                let fits_group = self.fits_group(call, with)?;
                fits(fits_group, ActionKind::SetGroup { with })
            }
        }
    }

    fn accept_start(
        &mut self,
        uuid: Uuid,
        handle: Handle,
        video: bool,
    ) -> Result<ActionKind, Transaction> {
        if !self.rules.entitled {
            return Err(Transaction::Unentitled);
        }
        if self.call(uuid).is_some() {
            return Err(Transaction::CallUuidAlreadyExists);
        }
        if self
            .provider
            .as_ref()
            .is_some_and(|provider| self.groups_are_full(provider))
        {
            return Err(Transaction::MaximumCallGroupsReached);
        }
        let serial = self.next_serial();
        let mut call = Call::new(uuid, serial, true);
        call.handle = Some(handle.clone());
        call.video = video;
        self.calls.push(call);
        self.out.timeline.push(TimelineEvent::CallStarted {
            uuid,
            handle: handle.clone(),
            video,
        });
        Ok(ActionKind::Start {
            handle: Some(handle),
            contact: None,
            video,
        })
    }

    /// Whether a call can join the group of another, or leave its own.
    pub(super) fn fits_group(&self, call: &Call, with: Option<Uuid>) -> Result<bool, Transaction> {
        let Some(with) = with else {
            return Ok(call.group.is_some() && call.supports_ungrouping);
        };
        let other = self.call(with).ok_or(Transaction::UnknownCallUuid)?;
        Ok(call.uuid != with
            && call.is_active()
            && call.supports_grouping
            && other.supports_grouping
            && !self.group_is_full(other))
    }
}

fn call_of(requested: &RequestedAction) -> Uuid {
    match requested {
        RequestedAction::Start { uuid, .. }
        | RequestedAction::Answer { uuid }
        | RequestedAction::End { uuid }
        | RequestedAction::SetHeld { uuid, .. }
        | RequestedAction::SetMuted { uuid, .. }
        | RequestedAction::SetGroup { uuid, .. }
        | RequestedAction::PlayDtmf { uuid, .. } => *uuid,
    }
}
