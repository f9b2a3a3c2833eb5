//! `CXAction`s on their way to the app and back: each is settled once, by the app or by its deadline.

use uuid::Uuid;
use zpns_driver::SystemEvent;
use zpns_driver::core::{ActionKind, CallAction};

use super::call::CallState;
use super::{ActionName, CallKit, EndCause, Origin, Others, Timer};
use crate::error::PhoneError;
use crate::timeline_event::TimelineEvent;

/// An action that the app has not settled.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) action: CallAction,
    origin: Origin,
}

impl CallKit {
    /// Asks the app to perform an action on a call that exists.
    pub(super) fn perform(
        &mut self,
        call: Uuid,
        kind: ActionKind,
        origin: Origin,
        transaction: Option<u64>,
        now: u64,
    ) {
        let name = ActionName::from(&kind);
        match kind {
            ActionKind::Answer => self.answering(call),
            ActionKind::End => self.set_state(call, CallState::Ending),
            _ => {}
        }
        let begins_call = matches!(kind, ActionKind::Start { .. } | ActionKind::Answer);
        if begins_call || matches!(kind, ActionKind::SetHeld { on_hold: false }) {
            self.other_call_makes_room(Others::Hold);
        }
        let deadline = now.saturating_add(self.rules.action_timeout);
        let action = CallAction {
            id: self.entropy.uuid(),
            call,
            kind,
            deadline,
            transaction,
        };
        self.out.timeline.push(TimelineEvent::ActionRequested {
            action: action.id,
            uuid: call,
            kind: name,
            origin,
            deadline,
        });
        self.out
            .timers
            .push((deadline, Timer::ActionDeadline { action: action.id }));
        self.out.to_app.push(SystemEvent::Action(action.clone()));
        self.pending.push(Pending { action, origin });
        if begins_call {
            self.audio_before_fulfil();
        }
    }

    /// `CXAction.fulfill()`.
    pub(crate) fn fulfill(&mut self, action: Uuid, now: u64) {
        let Some(Pending { action, origin }) = self.take_pending(action) else {
            self.out.timeline.push(TimelineEvent::LateFulfil { action });
            return;
        };
        let uuid = action.call;
        self.out.timeline.push(TimelineEvent::ActionFulfilled {
            action: action.id,
            uuid,
            kind: ActionName::from(&action.kind),
        });
        match action.kind {
            ActionKind::Start { .. } => {
                if self.advance(uuid, CallState::Starting, CallState::Dialing) {
                    self.audio_after_fulfil(now);
                }
            }
            ActionKind::Answer => {
                if self.advance(uuid, CallState::Answering, CallState::Active) {
                    self.out
                        .timeline
                        .push(TimelineEvent::CallConnected { uuid });
                    self.audio_after_fulfil(now);
                }
            }
            ActionKind::End => self.remove(uuid, origin.into(), now),
            ActionKind::SetHeld { on_hold } => self.hold(uuid, on_hold, now),
            ActionKind::SetMuted { muted } => self.mute(uuid, muted),
            ActionKind::SetGroup { with } => self.group(uuid, with),
            ActionKind::PlayDtmf { digits, .. } => self
                .out
                .timeline
                .push(TimelineEvent::TonesPlayed { uuid, digits }),
        }
    }

    /// `CXAction.fail()`.
    pub(crate) fn fail(&mut self, action: Uuid, now: u64) {
        let Some(Pending { action, origin }) = self.take_pending(action) else {
            self.out.timeline.push(TimelineEvent::LateFail { action });
            return;
        };
        let uuid = action.call;
        self.out.timeline.push(TimelineEvent::ActionFailed {
            action: action.id,
            uuid,
            kind: ActionName::from(&action.kind),
        });
        match action.kind {
            ActionKind::Start { .. } => self.remove(uuid, EndCause::StartFailed, now),
            ActionKind::Answer => self.remove(uuid, EndCause::AnswerFailed, now),
            // The user closed the call screen already: there is no way back.
            ActionKind::End => self.remove(uuid, origin.into(), now),
            // What was shown before is shown again.
            ActionKind::SetHeld { .. }
            | ActionKind::SetMuted { .. }
            | ActionKind::SetGroup { .. }
            | ActionKind::PlayDtmf { .. } => {}
        }
    }

    pub(super) fn action_deadline(&mut self, action: Uuid, now: u64) {
        let Some(Pending { action, origin }) = self.take_pending(action) else {
            return;
        };
        let uuid = action.call;
        self.out.timeline.push(TimelineEvent::ActionTimedOut {
            action: action.id,
            uuid,
            kind: ActionName::from(&action.kind),
        });
        self.out
            .to_app
            .push(SystemEvent::ActionTimedOut { action: action.id });
        match action.kind {
            ActionKind::Start { .. } | ActionKind::Answer => {
                self.remove(uuid, EndCause::TimedOut, now);
            }
            ActionKind::End => self.remove(uuid, origin.into(), now),
            ActionKind::SetHeld { .. }
            | ActionKind::SetMuted { .. }
            | ActionKind::SetGroup { .. }
            | ActionKind::PlayDtmf { .. } => {}
        }
    }

    /// The time for everything that the app still has to do with this call is up, now.
    pub(crate) fn time_out(&mut self, call: Uuid, now: u64) -> Result<(), PhoneError> {
        let of_call = self
            .pending
            .iter()
            .filter(|pending| pending.action.call == call);
        let waiting: Vec<_> = of_call.map(|pending| pending.action.id).collect();
        if waiting.is_empty() {
            return Err(PhoneError::NothingWaiting);
        }
        for action in waiting {
            self.action_deadline(action, now);
        }
        Ok(())
    }

    fn take_pending(&mut self, action: Uuid) -> Option<Pending> {
        let at = self
            .pending
            .iter()
            .position(|pending| pending.action.id == action)?;
        Some(self.pending.remove(at))
    }

    fn answering(&mut self, uuid: Uuid) {
        if let Some(call) = self.call_mut(uuid) {
            call.state = CallState::Answering;
            call.is_answered = true;
        }
    }

    fn set_state(&mut self, uuid: Uuid, state: CallState) {
        if let Some(call) = self.call_mut(uuid) {
            call.state = state;
        }
    }

    /// Moves a call on, unless the user has ended it meanwhile.
    fn advance(&mut self, uuid: Uuid, from: CallState, to: CallState) -> bool {
        match self.call_mut(uuid) {
            Some(call) if call.state == from => {
                call.state = to;
                true
            }
            _ => false,
        }
    }

    fn hold(&mut self, uuid: Uuid, on_hold: bool, now: u64) {
        if let Some(call) = self.call_mut(uuid) {
            call.on_hold = on_hold;
            self.out
                .timeline
                .push(TimelineEvent::CallHeld { uuid, on_hold });
            if !on_hold {
                self.audio_after_resume(now);
            }
        }
    }

    fn mute(&mut self, uuid: Uuid, muted: bool) {
        if let Some(call) = self.call_mut(uuid) {
            call.muted = muted;
            self.out
                .timeline
                .push(TimelineEvent::CallMuted { uuid, muted });
        }
    }

    fn group(&mut self, uuid: Uuid, with: Option<Uuid>) {
        let group = match with {
            None => None,
            Some(with) => {
                let fresh = self.next_serial();
                let Some(other) = self.call_mut(with) else {
                    return;
                };
                Some(*other.group.get_or_insert(fresh))
            }
        };
        if let Some(call) = self.call_mut(uuid) {
            call.group = group;
            self.out
                .timeline
                .push(TimelineEvent::CallGrouped { uuid, with });
        }
    }
}
