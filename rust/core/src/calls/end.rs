//! The one way by which a call ends.

use serde_json::json;
use uuid::Uuid;

use super::Calls;
use super::ended::EndedCall;
use super::invitations::Role;
use super::ring::MISSED;
use super::screen::{Direction, NotShown, Outcome, Stage, Taken};
use crate::context::{Context, js_uuid};
use crate::effect::EndedReason;
use crate::event::EventKind;
use crate::input::ActionKind;
use crate::timers::Timer;

/// Who ended a call, and so who has yet to hear of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndedBy {
    /// The other side, another device, time, a failure: CallKit and JavaScript have yet to hear.
    Elsewhere(EndedReason),
    /// JavaScript: CallKit has yet to hear.
    App(EndedReason),
    /// An end action: everybody knows. The reason is what a late push for the call is ended with.
    User(EndedReason),
    /// CallKit, which does not have it (any more): JavaScript has yet to hear.
    CallKit(EndedReason),
    /// CallKit, which refused it, and the app knows.
    Refused(EndedReason),
}

impl EndedBy {
    const fn reason(self) -> EndedReason {
        match self {
            Self::Elsewhere(reason)
            | Self::App(reason)
            | Self::User(reason)
            | Self::CallKit(reason)
            | Self::Refused(reason) => reason,
        }
    }
}

impl Calls {
    /// Ends a live call. Nothing happens if there is none with this UUID.
    pub(super) fn end(&mut self, uuid: Uuid, by: EndedBy, ctx: &mut Context<'_>) {
        let Some(call) = self.screen.remove(uuid) else {
            return;
        };
        let reason = by.reason();
        ctx.timers.cancel(Timer::Ring(uuid));
        // A report that CallKit completes only after the call's end would bring the call back.
        let call_kit_must_hear = matches!(by, EndedBy::Elsewhere(_) | EndedBy::App(_))
            || self.screen.is_being_reported(uuid);
        if call_kit_must_hear {
            self.screen.report_end(uuid, reason, ctx);
        }
        // After the report: a failed answer would otherwise be the reason that Recents shows.
        for taken in self.screen.take_all_of(uuid, ctx) {
            self.tell_unheard_end(&taken, ctx);
            let outcome = default_outcome(&taken.action.kind);
            self.screen.complete(&taken.action, outcome, ctx);
        }
        // What this user answered or declined here is no missed call, however often a push for it comes.
        let is_attended = matches!(by, EndedBy::User(_))
            || call.stage == Stage::Connected
            || call.direction == Direction::Outgoing;
        self.ended.insert(EndedCall {
            uuid,
            at: ctx.now,
            sent_at: self.sent_at(uuid),
            reason,
            told: is_attended,
        });
        if let Some(event) = self.invitations.take_withheld(uuid) {
            self.tell_missed(uuid, reason, call.user.as_deref(), &event, ctx);
        } else if matches!(by, EndedBy::Elsewhere(_) | EndedBy::CallKit(_)) {
            let mut body = json!({ "uuid": js_uuid(uuid), "reason": reason.number() });
            if let (Some(call_id), Some(body)) = (call.call_id, body.as_object_mut()) {
                body.insert("callID".to_owned(), call_id.into());
            }
            ctx.emit_to(call.user.as_deref(), EventKind::DidEndCall, &body);
        }
        self.stop_following(uuid, ctx);
        *ctx.dirty = true;
    }

    /// CallKit does not show a call.
    pub(super) fn not_shown(&mut self, not_shown: Option<NotShown>, ctx: &mut Context<'_>) {
        if let Some(NotShown {
            call,
            reason,
            app_knows,
            is_hidden,
        }) = not_shown
        {
            let by = if app_knows {
                EndedBy::Refused(reason)
            } else {
                EndedBy::CallKit(reason)
            };
            self.end(call, by, ctx);
            if is_hidden {
                // Nor as missed, however often a push for it comes.
                self.ended.tell(call);
            }
        }
    }

    /// A call is over for everybody else, but CallKit refused to be asked to end it: it may not keep it.
    pub(super) fn end_refused(&mut self, call: Option<Uuid>, ctx: &mut Context<'_>) {
        if let Some(call) = call {
            self.end(call, EndedBy::App(EndedReason::DeclinedElsewhere), ctx);
        }
    }

    /// Apple (`providerDidReset`): end all calls and forget their actions, none of which may be completed any more.
    pub(super) fn provider_reset(&mut self, ctx: &mut Context<'_>) {
        self.forget_actions(ctx);
        let calls: Vec<_> = self
            .screen
            .calls()
            .map(|(uuid, call)| (uuid, call.stage))
            .collect();
        let uuids: Vec<String> = calls.iter().map(|(uuid, _)| js_uuid(*uuid)).collect();
        ctx.emit(EventKind::ProviderDidReset, &json!({ "uuids": uuids }));
        for (uuid, stage) in calls {
            // Nobody has declined what rings: it goes on ringing on the user's other devices, and the caller hears what becomes of it.
            if stage == Stage::Connected
                && let Some(verb) = self.verb_for_end(uuid, stage)
            {
                self.tell(uuid, verb, ctx);
            }
            self.end(uuid, EndedBy::CallKit(EndedReason::Failed), ctx);
        }
    }

    /// Nothing that was asked by a provider that is gone may be completed any more.
    pub(super) fn forget_actions(&mut self, ctx: &mut Context<'_>) {
        for taken in self.screen.forget_actions(ctx) {
            self.tell_unheard_end(&taken, ctx);
        }
    }

    /// JavaScript never hears that the user ended this call: it hears that the call is over.
    pub(super) fn tell_unheard_end(&self, taken: &Taken, ctx: &mut Context<'_>) {
        let call = taken.action.call;
        if taken.unheard
            && taken.action.kind == ActionKind::End
            && let Some(ended) = self.ended.get(call, ctx.now)
        {
            let reason = ended.reason.number();
            let body = json!({ "uuid": js_uuid(call), "reason": reason });
            ctx.emit_to(taken.user.as_deref(), EventKind::DidEndCall, &body);
        }
    }

    /// The call is over without the gateway having said so: by the clock, by a cancelling push, or because the gateway forgot it.
    pub(super) fn over_by_itself(
        &mut self,
        uuid: Uuid,
        reason: EndedReason,
        ctx: &mut Context<'_>,
    ) {
        self.invitations.tell_over(uuid, reason, ctx);
        self.finish(uuid, reason, ctx);
    }

    /// Ends the call in CallKit, if it is there, and stops following it.
    pub(super) fn finish(&mut self, uuid: Uuid, reason: EndedReason, ctx: &mut Context<'_>) {
        if self.screen.has(uuid) {
            self.end(uuid, EndedBy::Elsewhere(reason), ctx);
        } else {
            self.leave(uuid, reason, ctx);
        }
    }

    /// Stops following a call that CallKit does not have; a late push for it does not ring.
    pub(super) fn leave(&mut self, uuid: Uuid, reason: EndedReason, ctx: &mut Context<'_>) {
        let withheld = self.invitations.take_withheld(uuid);
        if self.is_invited(uuid) {
            self.ended.insert(EndedCall {
                uuid,
                at: ctx.now,
                sent_at: self.sent_at(uuid),
                reason,
                told: false,
            });
            *ctx.dirty = true;
        }
        if let Some(event) = withheld {
            let tracked = self.invitations.get(uuid);
            let user = tracked.and_then(|tracked| tracked.user.clone());
            self.tell_missed(uuid, reason, user.as_deref(), &event, ctx);
        }
        self.stop_following(uuid, ctx);
    }

    /// JavaScript hears of a call that seemed to be over, and was: as missed, once.
    fn tell_missed(
        &mut self,
        uuid: Uuid,
        reason: EndedReason,
        user: Option<&str>,
        event: &str,
        ctx: &mut Context<'_>,
    ) {
        if self.ended.tell(uuid)
            && reason.is_missed()
            && let Some(fields) = event.strip_suffix('}')
        {
            let event = [fields, MISSED, "}"].concat();
            ctx.emit_json(user, EventKind::DidReceiveIncomingPush, event);
        }
    }

    /// Stops following a call. One that is still on its way to the gateway is over, too.
    pub(super) fn stop_following(&mut self, uuid: Uuid, ctx: &mut Context<'_>) {
        if !self.invitations.close(uuid, ctx) {
            return;
        }
        // What still rings on the screen goes on having its time.
        let rings = self.screen.get(uuid);
        if rings.is_none_or(|call| call.direction == Direction::Outgoing) {
            ctx.timers.cancel(Timer::Ring(uuid));
        }
    }

    /// Whether this phone follows a call that this user was invited to.
    pub(super) fn is_invited(&self, uuid: Uuid) -> bool {
        let tracked = self.invitations.get(uuid);
        tracked.is_some_and(|tracked| tracked.role == Role::Invitee)
    }

    /// When the invitation that this phone got was sent, by the gateway's clock.
    fn sent_at(&self, uuid: Uuid) -> Option<u64> {
        let tracked = self.invitations.get(uuid)?;
        (tracked.role == Role::Invitee).then_some(tracked.created_at)
    }
}

/// What becomes of an action that nobody settles: an end is fulfilled, the others fail.
pub(super) const fn default_outcome(kind: &ActionKind) -> Outcome {
    match kind {
        ActionKind::End => Outcome::Fulfill,
        ActionKind::Start { .. }
        | ActionKind::Answer
        | ActionKind::SetHeld { .. }
        | ActionKind::SetMuted { .. }
        | ActionKind::SetGroup { .. }
        | ActionKind::PlayDtmf { .. } => Outcome::Fail,
    }
}
