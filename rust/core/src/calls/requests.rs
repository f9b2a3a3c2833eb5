//! What the app wants: the methods of `CallKit` and `CallInvitation`.

use serde_json::{Value, json};
use uuid::Uuid;
use zpns_protocol::calls::Verb;

use super::Calls;
use super::end::EndedBy;
use super::gateway_error::not_configured;
use super::invitations::{Accepted, Role, VerbRequest, verb_request};
use super::ring::longest_ring;
use super::screen::{
    Call, Direction, EndReport, IncomingReport, Requested, Stage, call_uuid_of, disabled,
    end_report, start_request,
};
use crate::clocks::Clocks;
use crate::command::Method;
use crate::context::{Context, Invocation, js_uuid};
use crate::effect::{EndedReason, RequestedAction};
use crate::error::Error;
use crate::timers::Timer;

/// The methods of `CallKit`.
impl Calls {
    /// `setInitConfiguration`.
    pub(crate) fn configure(&mut self, asked: Invocation, params: &str, ctx: &mut Context<'_>) {
        self.answer(asked, ctx, |calls, ctx| calls.screen.configure(params, ctx));
    }

    /// `reportIncomingCall`. Answered when CallKit has completed the report.
    pub(crate) fn report_incoming(
        &mut self,
        asked: Invocation,
        params: &str,
        ctx: &mut Context<'_>,
    ) {
        let report = if ctx.app.call_kit_disabled {
            Err(disabled())
        } else {
            self.screen.incoming_report(params, ctx)
        };
        let IncomingReport { uuid, update } = match report {
            Ok(report) => report,
            Err(error) => return ctx.complete(asked, Err(error)),
        };
        if !self.screen.has(uuid) {
            let call = Call {
                user: ctx.account.user_id.clone(),
                handle: update.remote_handle.clone(),
                name: update.localized_caller_name.clone(),
                video: update.has_video.unwrap_or_default(),
                ..Call::new(Direction::Incoming, ctx.now)
            };
            self.ended.remove(uuid);
            self.screen.add(uuid, call);
            let until = longest_ring(ctx.now, ctx);
            if until < u64::MAX {
                ctx.timers.set(Timer::Ring(uuid), until);
            }
        }
        self.screen.report(uuid, update, Some(asked), ctx);
    }

    /// `reportOutgoingCallStarted`, and `reportOutgoingCall` for one that is connected.
    pub(crate) fn report_outgoing(
        &mut self,
        asked: Invocation,
        method: Method,
        params: &str,
        ctx: &mut Context<'_>,
    ) {
        self.answer(asked, ctx, |calls, ctx| {
            let uuid = calls.screen.named(method, params)?;
            calls
                .screen
                .report_outgoing(uuid, method == Method::ReportOutgoingCall, ctx);
            let connected = calls.screen.get(uuid).is_some_and(|call| {
                call.direction == Direction::Outgoing && call.stage == Stage::Connected
            });
            if connected {
                ctx.timers.cancel(Timer::Ring(uuid));
            }
            Ok(json!({}))
        });
    }

    /// `reportCallUpdate`.
    pub(crate) fn report_update(&mut self, asked: Invocation, params: &str, ctx: &mut Context<'_>) {
        self.answer(asked, ctx, |calls, ctx| {
            calls.screen.report_update(params, ctx)
        });
    }

    /// `reportCallEnded`. Saying so again is harmless: the app and this core may both have heard it from the gateway.
    pub(crate) fn report_ended(&mut self, asked: Invocation, params: &str, ctx: &mut Context<'_>) {
        self.answer(asked, ctx, |calls, ctx| {
            let EndReport { uuid, reason } = end_report(params)?;
            if calls.ended.get(uuid, ctx.now).is_some() && !calls.screen.has(uuid) {
                return Ok(json!({}));
            }
            calls.screen.known(Method::ReportCallEnded, uuid)?;
            let call = calls.screen.get(uuid);
            let connected = call.is_some_and(|call| call.stage == Stage::Connected);
            if connected
                && reason == EndedReason::Failed
                && calls.verb_for_end(uuid, Stage::Connected) == Some(Verb::End)
            {
                calls.tell(uuid, Verb::End, ctx);
            }
            calls.end(uuid, EndedBy::App(reason), ctx);
            Ok(json!({}))
        });
    }

    /// `completeAction`.
    pub(crate) fn complete(&mut self, asked: Invocation, params: &str, ctx: &mut Context<'_>) {
        self.answer(asked, ctx, |calls, ctx| calls.complete_action(params, ctx));
    }

    /// `startCall`.
    pub(crate) fn start_call(&mut self, asked: Invocation, params: &str, ctx: &mut Context<'_>) {
        let request = start_request(params, ctx);
        let uuid = request.as_ref().map_or(Uuid::nil(), |(uuid, _)| *uuid);
        self.request(asked, request, json!({ "uuid": js_uuid(uuid) }), ctx);
    }

    /// `answerCall`.
    pub(crate) fn answer_call(&mut self, asked: Invocation, params: &str, ctx: &mut Context<'_>) {
        let request = self.screen.answer_request(params);
        self.request(asked, request, json!({}), ctx);
    }

    /// `endCall`.
    pub(crate) fn end_call(&mut self, asked: Invocation, params: &str, ctx: &mut Context<'_>) {
        let request = self.screen.end_request(params);
        self.request(asked, request, json!({}), ctx);
    }

    /// `setMuted`.
    pub(crate) fn set_muted(&mut self, asked: Invocation, params: &str, ctx: &mut Context<'_>) {
        let request = self.screen.mute_request(params);
        self.request(asked, request, json!({}), ctx);
    }

    /// `setHeld`.
    pub(crate) fn set_held(&mut self, asked: Invocation, params: &str, ctx: &mut Context<'_>) {
        let request = self.screen.hold_request(params);
        self.request(asked, request, json!({}), ctx);
    }

    /// `setGroup`.
    pub(crate) fn set_group(&mut self, asked: Invocation, params: &str, ctx: &mut Context<'_>) {
        let request = self.screen.group_request(params);
        self.request(asked, request, json!({}), ctx);
    }

    /// `playDTMF`.
    pub(crate) fn play_dtmf(&mut self, asked: Invocation, params: &str, ctx: &mut Context<'_>) {
        let request = self.screen.tones_request(params);
        self.request(asked, request, json!({}), ctx);
    }

    /// `getCalls`.
    pub(crate) fn to_json(&self, clocks: Clocks) -> Value {
        self.screen.to_json(clocks)
    }

    /// `callUUID`.
    pub(crate) fn call_uuid(params: &str) -> Result<Value, Error> {
        call_uuid_of(params)
    }

    /// Answers a method that needs CallKit.
    fn answer(
        &mut self,
        asked: Invocation,
        ctx: &mut Context<'_>,
        method: impl FnOnce(&mut Self, &mut Context<'_>) -> Result<Value, Error>,
    ) {
        let answer = if ctx.app.call_kit_disabled {
            Err(disabled())
        } else {
            method(self, ctx)
        };
        ctx.complete(asked, answer);
    }

    /// Asks CallKit for an action. Answered when CallKit has agreed.
    fn request(
        &mut self,
        asked: Invocation,
        request: Requested,
        answer: Value,
        ctx: &mut Context<'_>,
    ) {
        let request = if ctx.app.call_kit_disabled {
            Err(disabled())
        } else {
            request
        };
        match request {
            Ok((uuid, action)) => self
                .screen
                .request(uuid, action, Some((asked, answer)), ctx),
            Err(error) => ctx.complete(asked, Err(error)),
        }
    }
}

/// The methods of `CallInvitation`.
impl Calls {
    /// `callInvite`.
    pub(crate) fn invite(&mut self, asked: Invocation, params: &str, ctx: &mut Context<'_>) {
        let outbox = &self.outbox;
        let is_taken_back = |uuid| outbox.cancels(uuid);
        let fact = self.invitations.invite(asked, params, is_taken_back, ctx);
        self.invitations_changed(fact, ctx);
    }

    /// `queryCallInvitation`.
    pub(crate) fn query(&mut self, asked: Invocation, params: &str, ctx: &mut Context<'_>) {
        self.invitations.query(asked, params, ctx);
    }

    /// `callAccept`, `callReject`, `callCancel`, `callEnd`: the gateway hears it, and CallKit follows where it has the call.
    pub(crate) fn act(
        &mut self,
        asked: Invocation,
        verb: Verb,
        params: &str,
        ctx: &mut Context<'_>,
    ) {
        let VerbRequest {
            call_id,
            method,
            extended_data,
            invitees,
        } = match verb_request(verb, params) {
            Ok(request) => request,
            Err(error) => return ctx.complete(asked, Err(error)),
        };
        let uuid = call_id.uuid();
        let everyone = invitees.is_empty();
        let tracked = self.invitations.get(uuid);
        let has_route = tracked.is_some_and(|tracked| tracked.route(ctx.account).is_some());
        if !has_route && ctx.account.server_url.is_none() {
            return ctx.complete(asked, Err(not_configured()));
        }
        let is_first = tracked.is_some_and(|tracked| tracked.accepted == Accepted::NotHere);
        if verb == Verb::Accept && is_first {
            self.invitations.set_accepted(uuid, Accepted::Sent);
            ctx.timers.cancel(Timer::Ring(uuid));
            *ctx.dirty = true;
        }
        let delivery = self
            .verb(call_id.as_str(), verb, ctx)
            .saying(extended_data, invitees)
            .promised(Some((asked, method)));
        self.enqueue(delivery, ctx);
        let tracked = self.invitations.get(uuid);
        let is_answered = tracked.is_some_and(super::invitations::Tracked::is_accepted);
        let call = self.screen.get(uuid);
        match (verb, call.map(|call| (call.direction, call.stage))) {
            (Verb::Accept, Some((Direction::Incoming, Stage::Ringing))) => {
                let answer = RequestedAction::Answer { uuid };
                self.screen.request(uuid, answer, None, ctx);
            }
            (Verb::Reject | Verb::End, Some(_)) => self.end_by_verb(uuid, ctx),
            // An answered call goes on: the gateway only stops what still rings.
            (Verb::Cancel, Some(_)) if everyone && !is_answered => self.end_by_verb(uuid, ctx),
            (Verb::Cancel, None) if everyone => self.invitations.withdraw(uuid, ctx),
            (Verb::End, None) => self.invitations.withdraw(uuid, ctx),
            (Verb::Reject, None) => self.leave(uuid, EndedReason::DeclinedElsewhere, ctx),
            (Verb::Accept | Verb::Cancel, _) => {}
        }
    }

    /// The app ended the call by a verb: CallKit is asked to follow, and must not tell the gateway again.
    fn end_by_verb(&mut self, uuid: Uuid, ctx: &mut Context<'_>) {
        self.stop_following(uuid, ctx);
        let end = RequestedAction::End { uuid };
        self.screen.request(uuid, end, None, ctx);
    }

    /// The app has answered in CallKit.
    pub(super) fn accept(&mut self, uuid: Uuid, ctx: &mut Context<'_>) {
        let tracked = self.invitations.get(uuid);
        let is_first = tracked.is_some_and(|tracked| {
            tracked.role == Role::Invitee && tracked.accepted == Accepted::NotHere
        });
        if is_first {
            self.invitations.set_accepted(uuid, Accepted::Sent);
            self.tell(uuid, Verb::Accept, ctx);
        }
    }
}
