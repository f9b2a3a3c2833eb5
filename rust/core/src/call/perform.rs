//! What the user does on the system's screens, and what the app asked the system to do: CallKit's actions.
//!
//! Start, answer, and what the user does to a call go to JavaScript, which settles the action. Hold, mute, tones and the end that the app
//! itself asked for are fulfilled here: the app has done them already and must not hear of them as if the user had.

use serde_json::{Value, json};
use uuid::Uuid;
use zpns_protocol::calls::Verb;

use super::Calls;
use super::action::{self, Outcome, safety_time};
use super::end::Over;
use super::live::{Call, Direction, MAX_LIVE, Stage};
use super::timers::Timer;
use crate::context::{Context, js_uuid};
use crate::effect::{CallRequest, EndedReason};
use crate::error::Error;
use crate::event::EventKind;
use crate::input::{ActionKind, CallAction};

impl Calls {
    pub(super) fn perform(&mut self, action: CallAction, ctx: &mut Context<'_>) {
        if self.actions.is_open(action.id) {
            return;
        }
        if let ActionKind::Start { handle, video, .. } = &action.kind {
            if self.live.contains_key(&action.call) || self.live.len() >= MAX_LIVE {
                // A call that has this UUID already goes on.
                return ctx.call(CallRequest::Fail { action: action.id });
            }
            let call_id = self
                .invitations
                .get(&action.call)
                .map(|invitation| invitation.call_id.clone());
            let call = Call {
                call_id,
                handle: handle.clone(),
                video: *video,
                ..Call::new(Direction::Outgoing, ctx.now)
            };
            self.live.insert(action.call, Box::new(call));
        } else if let Some(outcome) = self.settled_at_once(&action, ctx) {
            if action.kind == ActionKind::End {
                self.await_gateway(action.call, ctx);
            }
            return self.settle(&action, outcome, ctx);
        }
        let (call, kind) = (action.call, action.kind.clone());
        if kind == ActionKind::End {
            self.ended_by_user(call, ctx);
        }
        let (event, deadline) = (action.clone(), safety_time(&action, ctx.now));
        let Some(number) = self.actions.open(action) else {
            let outcome = if kind == ActionKind::End {
                Outcome::Fulfill
            } else {
                Outcome::Fail
            };
            self.settle(&event, outcome, ctx);
            return;
        };
        if kind == ActionKind::Answer
            && let Some(call) = self.live.get_mut(&call)
        {
            call.stage = Stage::Answering;
            self.timers.cancel(Timer::Ring(event.call));
        }
        self.timers.set(Timer::Action(number), deadline);
        if matches!(event.kind, ActionKind::Start { .. } | ActionKind::Answer) {
            let video = self.live.get(&event.call).is_some_and(|call| call.video);
            ctx.call(CallRequest::PrepareAudio { video });
        }
        let (kind, body) = action::event(number, &event);
        ctx.emit(kind, &body);
    }

    /// Actions that need nobody: echoes of what the app asked for, and those for calls that are over.
    fn settled_at_once(&mut self, action: &CallAction, ctx: &mut Context<'_>) -> Option<Outcome> {
        let by_app = action.transaction.is_some();
        let Some(call) = self.live.get(&action.call) else {
            // It ended while the user's finger was on the way.
            return Some(if action.kind == ActionKind::End {
                Outcome::Fulfill
            } else {
                Outcome::Fail
            });
        };
        match action.kind {
            ActionKind::Answer if call.direction == Direction::Outgoing => Some(Outcome::Fail),
            ActionKind::Answer if call.stage != Stage::Ringing => Some(Outcome::Fulfill),
            ActionKind::Answer | ActionKind::Start { .. } => None,
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
            _ => by_app.then_some(Outcome::Fulfill),
        }
    }

    /// JavaScript settles an action.
    pub(super) fn complete_action(
        &mut self,
        seq: &str,
        outcome: Outcome,
        ctx: &mut Context<'_>,
    ) -> Result<Value, Error> {
        let (number, action) = self.actions.take_named(seq)?;
        self.timers.cancel(Timer::Action(number));
        self.withdraw_event(number, &action, ctx);
        self.settle(&action, outcome, ctx);
        Ok(json!({}))
    }

    /// Nobody settled an action in time: answer fails, an end is fulfilled, the others fail.
    pub(super) fn action_unattended(&mut self, number: u64, ctx: &mut Context<'_>) {
        if let Some(action) = self.actions.take(number) {
            let outcome = if action.kind == ActionKind::End {
                Outcome::Fulfill
            } else {
                Outcome::Fail
            };
            self.withdraw_event(number, &action, ctx);
            self.settle(&action, outcome, ctx);
        }
    }

    /// An action is settled: its event, if JavaScript had yet to hear it, is of no use any more. Of an end it hears all the same.
    pub(super) fn withdraw_event(
        &mut self,
        number: u64,
        action: &CallAction,
        ctx: &mut Context<'_>,
    ) {
        let (kind, body) = action::event(number, action);
        let was_unheard = ctx.mailbox.withdraw(kind, &body.to_string());
        if was_unheard
            && action.kind == ActionKind::End
            && let Some(ended) = self.recent.get(action.call, ctx.now)
        {
            let reason = ended.reason.number();
            let body = json!({ "uuid": js_uuid(action.call), "reason": reason });
            ctx.emit(EventKind::DidEndCall, &body);
        }
    }

    /// Whether this event tells of an action that has been settled meanwhile, so that nobody need hear of it.
    pub(crate) fn is_settled(&self, kind: EventKind, body: &str) -> bool {
        let tells = |(number, action)| {
            let (of, told) = action::event(number, action);
            let told = told.to_string();
            of == kind && told == body
        };
        kind.ends_with_its_action() && !self.actions.all().any(tells)
    }

    /// JavaScript is gone: whoever comes next is offered what the one before may have left open.
    pub(crate) fn offer_open_actions(&mut self, ctx: &mut Context<'_>) {
        for (number, action) in self.actions.all() {
            let (kind, body) = action::event(number, action);
            let body = body.to_string();
            if !ctx.mailbox.holds(kind, &body) {
                ctx.emit_json(kind, body);
            }
        }
    }

    /// The system's deadline passed. The action may not be touched any more; the call is brought in line.
    pub(super) fn action_timed_out(&mut self, id: Uuid, ctx: &mut Context<'_>) {
        if let Some(call) = self.forget_end(id) {
            return self.report_end(call, EndedReason::Failed, ctx);
        }
        let Some(number) = self.actions.number(id) else {
            return;
        };
        let Some(action) = self.actions.take(number) else {
            return;
        };
        self.timers.cancel(Timer::Action(number));
        self.withdraw_event(number, &action, ctx);
        let body = json!({
            "seq": action::seq(number),
            "action": { "callUUID": js_uuid(action.call), "kind": action::kind_name(&action.kind) },
        });
        ctx.emit(EventKind::TimedOutPerformingAction, &body);
        match action.kind {
            ActionKind::Answer | ActionKind::Start { .. } => {
                self.end(action.call, Over::Elsewhere(EndedReason::Failed), ctx);
            }
            // An end that timed out may have left the call on the screen.
            ActionKind::End => self.report_end(action.call, EndedReason::Failed, ctx),
            ActionKind::SetHeld { .. }
            | ActionKind::SetMuted { .. }
            | ActionKind::SetGroup { .. }
            | ActionKind::PlayDtmf { .. } => {}
        }
    }

    /// A call is over: its open actions can't be performed any more.
    pub(super) fn settle_all_of(&mut self, call: Uuid, ctx: &mut Context<'_>) {
        for number in self.actions.of_call(call) {
            self.timers.cancel(Timer::Action(number));
            self.action_unattended(number, ctx);
        }
    }

    /// Tells CallKit, and draws the consequences for the call.
    fn settle(&mut self, action: &CallAction, outcome: Outcome, ctx: &mut Context<'_>) {
        let answering = self
            .live
            .get(&action.call)
            .is_some_and(|call| call.stage == Stage::Answering);
        if answering && action.kind == ActionKind::Answer && outcome == Outcome::Fail {
            // Before the answer fails, which would otherwise be how the call ended for CallKit.
            self.end(action.call, Over::Elsewhere(EndedReason::Failed), ctx);
        }
        match outcome {
            Outcome::Fulfill if action.kind == ActionKind::End => self.fulfill_end(action, ctx),
            Outcome::Fulfill => ctx.call(CallRequest::Fulfill { action: action.id }),
            Outcome::Fail => ctx.call(CallRequest::Fail { action: action.id }),
        }
        match (&action.kind, outcome) {
            (ActionKind::Start { .. }, Outcome::Fail) => {
                // CallKit drops a call that could not start, whatever was reported of it meanwhile.
                self.end(action.call, Over::NotShown(EndedReason::Failed), ctx);
            }
            (ActionKind::End, Outcome::Fail) => {
                // The gateway and this core have ended it: CallKit would be left with a call that is none.
                self.report_end(action.call, EndedReason::Failed, ctx);
            }
            (_, Outcome::Fail)
            | (ActionKind::End | ActionKind::PlayDtmf { .. }, Outcome::Fulfill) => {}
            (ActionKind::Answer, Outcome::Fulfill) => self.answered(action.call, ctx),
            (ActionKind::SetGroup { with }, Outcome::Fulfill) => {
                // It may be over since the group was asked for.
                let with = with.filter(|other| self.live.contains_key(other));
                let Some(call) = self.live.get_mut(&action.call) else {
                    return;
                };
                call.group = with;
            }
            (kind, Outcome::Fulfill) => {
                let Some(call) = self.live.get_mut(&action.call) else {
                    return;
                };
                match kind {
                    // The app may have reported more than that before.
                    ActionKind::Start { .. } if call.stage == Stage::Starting => {
                        call.stage = Stage::Connecting;
                    }
                    ActionKind::SetHeld { on_hold } => call.on_hold = *on_hold,
                    ActionKind::SetMuted { muted } => call.muted = *muted,
                    ActionKind::Start { .. }
                    | ActionKind::Answer
                    | ActionKind::End
                    | ActionKind::SetGroup { .. }
                    | ActionKind::PlayDtmf { .. } => {}
                }
            }
        }
    }

    /// The app has answered: only now does the gateway hear `accept`, so that a phone whose app can't answer leaves the call to the user's
    /// other devices.
    fn answered(&mut self, uuid: Uuid, ctx: &mut Context<'_>) {
        let Some(call) = self.live.get_mut(&uuid) else {
            return;
        };
        // A second answer (the user's beside the app's) is fulfilled here; what JavaScript makes of the first decides.
        if call.stage == Stage::Connected || self.actions.awaits_answer(uuid) {
            return;
        }
        call.stage = Stage::Connected;
        self.accept(uuid, ctx);
        *ctx.dirty = true;
    }

    /// The user (or the app in the user's name) hung up: the gateway hears of it at once, JavaScript or not.
    fn ended_by_user(&mut self, uuid: Uuid, ctx: &mut Context<'_>) {
        let Some(call) = self.live.get(&uuid) else {
            return;
        };
        let verb = self.verb_for_end(uuid, call.stage);
        // What a late push is ended with: it must not look like a missed call.
        let reason = match (call.direction, call.stage) {
            (Direction::Incoming, Stage::Ringing | Stage::Answering) => {
                EndedReason::DeclinedElsewhere
            }
            (Direction::Incoming, _) => EndedReason::AnsweredElsewhere,
            (Direction::Outgoing, _) => EndedReason::RemoteEnded,
        };
        if let Some(verb) = verb {
            self.tell(uuid, verb, ctx);
        }
        self.await_gateway(uuid, ctx);
        self.end(uuid, Over::ByUser(reason), ctx);
    }

    /// What an end means for the gateway.
    pub(super) fn verb_for_end(&self, uuid: Uuid, stage: Stage) -> Option<Verb> {
        Some(
            self.invitations
                .get(&uuid)?
                .verb_for_end(stage == Stage::Connected),
        )
    }
}
