//! What the user does on the system's screens, and what the app asked the system to do: CallKit's actions.
//!
//! Start, answer, and what the user does to a call go to JavaScript, which settles the action. Hold, mute, tones and the end that the app
//! itself asked for are fulfilled here: the app has done them already and must not hear of them as if the user had.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;
use zpns_protocol::calls::Verb;

use super::Calls;
use super::end::{EndedBy, default_outcome};
use super::screen::{Call, Direction, Outcome, Stage, Taken};
use crate::command::{Method, parse};
use crate::context::Context;
use crate::effect::{CallRequest, EndedReason};
use crate::error::{Error, SystemError};
use crate::input::{ActionKind, CallAction};
use crate::timers::Timer;

impl Calls {
    /// `CXProviderDelegate.provider(_:perform:)`.
    pub(crate) fn perform(&mut self, action: CallAction, ctx: &mut Context<'_>) {
        if self.screen.is_open(action.id) {
            return;
        }
        if let ActionKind::Start { handle, video, .. } = &action.kind {
            if self.screen.has(action.call) || self.screen.is_full() {
                // A call that has this UUID already goes on.
                return ctx.call(CallRequest::Fail { action: action.id });
            }
            let tracked = self.invitations.get(action.call);
            let call = Call {
                call_id: tracked.map(|tracked| tracked.call_id.clone()),
                user: ctx.account.user_id.clone(),
                handle: handle.clone(),
                video: *video,
                ..Call::new(Direction::Outgoing, ctx.now)
            };
            self.screen.add(action.call, call);
        } else if let Some(outcome) = self.settled_at_once(&action, ctx) {
            if action.kind == ActionKind::End {
                self.hold_ends(action.call, ctx);
            }
            return self.settle(&action, outcome, ctx);
        }
        let user = self.screen.get(action.call);
        let user = user.and_then(|call| call.user.clone());
        match action.kind {
            ActionKind::End => self.ended_by_user(action.call, ctx),
            ActionKind::Answer => ctx.timers.cancel(Timer::Ring(action.call)),
            ActionKind::Start { .. }
            | ActionKind::SetHeld { .. }
            | ActionKind::SetMuted { .. }
            | ActionKind::SetGroup { .. }
            | ActionKind::PlayDtmf { .. } => {}
        }
        if let Err(action) = self.screen.ask(action, user, ctx) {
            self.settle(&action, default_outcome(&action.kind), ctx);
        }
    }

    /// Actions that need nobody: echoes of what the app asked for, and those for calls that are over.
    fn settled_at_once(&mut self, action: &CallAction, ctx: &mut Context<'_>) -> Option<Outcome> {
        let by_app = action.transaction.is_some();
        let Some(call) = self.screen.get(action.call) else {
            // It ended while the user's finger was on the way.
            return Some(default_outcome(&action.kind));
        };
        match action.kind {
            ActionKind::Answer if call.direction == Direction::Outgoing => Some(Outcome::Fail),
            ActionKind::Answer if call.stage != Stage::Ringing => Some(Outcome::Fulfill),
            ActionKind::Answer => {
                // Even if it seemed to be over: now it is for the gateway to say.
                self.confirm(action.call, ctx);
                None
            }
            ActionKind::Start { .. } => None,
            // Nobody touched the phone: iOS ended the ring. That is no decline, and the user's other devices go on ringing.
            ActionKind::End
                if !by_app
                    && ctx.app.system_ends_rings()
                    && call.has_rung_out(ctx.now)
                    && !self.is_accepted(action.call) =>
            {
                self.over_by_itself(action.call, EndedReason::Unanswered, ctx);
                Some(Outcome::Fulfill)
            }
            ActionKind::End if by_app => {
                self.ended_by_user(action.call, ctx);
                Some(Outcome::Fulfill)
            }
            ActionKind::End
            | ActionKind::SetHeld { .. }
            | ActionKind::SetMuted { .. }
            | ActionKind::SetGroup { .. }
            | ActionKind::PlayDtmf { .. } => by_app.then_some(Outcome::Fulfill),
        }
    }

    /// `completeAction`: JavaScript settles an action.
    pub(super) fn complete_action(
        &mut self,
        params: &str,
        ctx: &mut Context<'_>,
    ) -> Result<Value, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum Settled {
            Fulfill,
            Fail,
        }
        #[derive(Deserialize)]
        struct Params {
            seq: String,
            outcome: Settled,
        }
        let Params { seq, outcome } = parse(Method::CompleteAction, params)?;
        let outcome = match outcome {
            Settled::Fulfill => Outcome::Fulfill,
            Settled::Fail => Outcome::Fail,
        };
        let taken = self.screen.take_named(&seq, ctx)?;
        self.tell_unheard_end(&taken, ctx);
        self.settle(&taken.action, outcome, ctx);
        Ok(json!({}))
    }

    /// Nobody settled an action in time.
    pub(super) fn action_unattended(&mut self, number: u64, ctx: &mut Context<'_>) {
        if let Some(taken) = self.screen.take(number, ctx) {
            self.tell_unheard_end(&taken, ctx);
            let outcome = default_outcome(&taken.action.kind);
            self.settle(&taken.action, outcome, ctx);
        }
    }

    /// The system's deadline passed. The action may not be touched any more; the call is brought in line.
    pub(crate) fn action_timed_out(&mut self, id: Uuid, ctx: &mut Context<'_>) {
        if let Some(call) = self.screen.forget_end(id) {
            return self.screen.report_end(call, EndedReason::Failed, ctx);
        }
        let Some(taken) = self.screen.take_timed_out(id, ctx) else {
            return;
        };
        self.tell_unheard_end(&taken, ctx);
        let Taken { action, .. } = taken;
        match action.kind {
            ActionKind::Answer | ActionKind::Start { .. } => {
                self.end(action.call, EndedBy::Elsewhere(EndedReason::Failed), ctx);
            }
            // An end that timed out may have left the call on the screen.
            ActionKind::End => self
                .screen
                .report_end(action.call, EndedReason::Failed, ctx),
            ActionKind::SetHeld { .. }
            | ActionKind::SetMuted { .. }
            | ActionKind::SetGroup { .. }
            | ActionKind::PlayDtmf { .. } => {}
        }
    }

    /// Tells CallKit, and draws the consequences for the call.
    fn settle(&mut self, action: &CallAction, outcome: Outcome, ctx: &mut Context<'_>) {
        let call = self.screen.get(action.call);
        let is_answering = call.is_some_and(|call| call.stage == Stage::Answering);
        if is_answering && action.kind == ActionKind::Answer && outcome == Outcome::Fail {
            // Before the answer fails, which would otherwise be how the call ended for CallKit.
            self.end(action.call, EndedBy::Elsewhere(EndedReason::Failed), ctx);
        }
        self.screen.complete(action, outcome, ctx);
        match (&action.kind, outcome) {
            // CallKit drops a call that could not start, whatever was reported of it meanwhile.
            (ActionKind::Start { .. }, Outcome::Fail) => {
                self.end(action.call, EndedBy::CallKit(EndedReason::Failed), ctx);
            }
            // The gateway and this core have ended it: CallKit would be left with a call that is none.
            (ActionKind::End, Outcome::Fail) => {
                self.screen
                    .report_end(action.call, EndedReason::Failed, ctx);
            }
            (ActionKind::Answer, Outcome::Fulfill) => self.answered(action.call, ctx),
            (_, Outcome::Fail) => {}
            (_, Outcome::Fulfill) => self.screen.apply(action),
        }
    }

    /// The app has answered: only now does the gateway hear `accept`, so that a phone whose app can't answer leaves the call to the user's
    /// other devices.
    fn answered(&mut self, uuid: Uuid, ctx: &mut Context<'_>) {
        if self.screen.connect(uuid) {
            self.accept(uuid, ctx);
            *ctx.dirty = true;
        }
    }

    /// The user (or the app in the user's name) hung up: the gateway hears of it at once, JavaScript or not.
    fn ended_by_user(&mut self, uuid: Uuid, ctx: &mut Context<'_>) {
        let Some(call) = self.screen.get(uuid) else {
            return;
        };
        let (direction, stage) = (call.direction, call.stage);
        self.confirm(uuid, ctx);
        let verb = self.verb_for_end(uuid, stage);
        // What a late push is ended with: it must not look like a missed call.
        let reason = match (direction, stage) {
            (Direction::Incoming, Stage::Ringing | Stage::Answering) => {
                EndedReason::DeclinedElsewhere
            }
            (Direction::Incoming, _) => EndedReason::AnsweredElsewhere,
            (Direction::Outgoing, _) => EndedReason::RemoteEnded,
        };
        if let Some(verb) = verb {
            self.tell(uuid, verb, ctx);
        }
        self.hold_ends(uuid, ctx);
        self.end(uuid, EndedBy::User(reason), ctx);
    }

    /// What an end means for the gateway.
    pub(super) fn verb_for_end(&self, uuid: Uuid, stage: Stage) -> Option<Verb> {
        let tracked = self.invitations.get(uuid)?;
        Some(tracked.verb_for_end(stage == Stage::Connected))
    }

    /// `reportNewIncomingCall` completed.
    pub(crate) fn report_completed(
        &mut self,
        id: u64,
        uuid: Uuid,
        error: Option<SystemError>,
        ctx: &mut Context<'_>,
    ) {
        let ended = self.ended.get(uuid, ctx.now).map(|ended| ended.reason);
        let not_shown = self.screen.report_completed(id, uuid, error, ended, ctx);
        self.not_shown(not_shown, ctx);
    }

    /// `CXCallController.request` completed.
    pub(crate) fn transaction_completed(
        &mut self,
        id: u64,
        error: Option<&SystemError>,
        ctx: &mut Context<'_>,
    ) {
        let refused = self.screen.transaction_completed(id, error, ctx);
        self.end_refused(refused, ctx);
    }

    /// `providerDidReset`.
    pub(crate) fn reset(&mut self, ctx: &mut Context<'_>) {
        if ctx.app.call_kit_disabled {
            // Giving the provider up resets it: JavaScript heard of that when CallKit was switched off.
            self.forget_actions(ctx);
        } else {
            self.provider_reset(ctx);
        }
    }
}
