//! From a VoIP push to a ringing phone.

use uuid::Uuid;
use zpns_protocol::call_uuid;
use zpns_protocol::payload::PushKind;

use super::Calls;
use super::ended::EndedCall;
use super::invitations::{Role, Tracked};
use super::push::{Decision, Known, LoggedPush, Push, Why, decide};
use super::screen::{Call, Direction, RING_LIMIT_MS, Stage};
use crate::context::{Context, js_uuid};
use crate::effect::EndedReason;
use crate::event::EventKind;
use crate::timers::Timer;

/// In the body of `didReceiveIncomingPush`, for a call that does not ring.
pub(super) const MISSED: &str = r#","missed":true"#;

/// How long a call rings that seems to be over, for the gateway to say that it is not, in milliseconds.
const CONFIRM_MS: u64 = 2_000;
/// How long the gateway may be late with telling the caller that nobody answered, before the caller decides so itself.
const CALLER_GRACE_MS: u64 = 30_000;

impl Calls {
    /// A VoIP push. The report is the first effect, whatever else there is to do: iOS ends an app that leaves the push without one.
    pub(crate) fn voip_push(&mut self, payload: &[u8], must_report: bool, ctx: &mut Context<'_>) {
        let push = Push::decode(payload, &ctx.app.app_name);
        let uuid = push
            .raw_call_id
            .as_deref()
            .map_or_else(|| ctx.entropy.uuid(), call_uuid);
        let known = self.known(uuid, &push, ctx);
        let (decision, why) = decide(&push, known, must_report, *ctx.clocks);
        if !matches!(decision, Decision::Drop(_)) && !ctx.app.call_kit_disabled {
            self.screen.report(uuid, push.update(), None, ctx);
        }
        self.pushes.add(LoggedPush {
            at: ctx.now,
            uuid,
            call_id: push.call_id().map(str::to_owned),
            bytes: payload.len(),
            must_report,
            decision,
            why,
            followed: push.follow.is_some(),
            problems: push.problems.clone(),
        });
        match decision {
            Decision::Ring => self.ring(uuid, push, false, ctx),
            Decision::RingIfConfirmed => self.ring(uuid, push, true, ctx),
            Decision::RingAgain => self.ring_again(uuid, &push, ctx),
            Decision::EndLive(reason) => {
                self.over_by_itself(uuid, reason, ctx);
                // JavaScript heard of the call and of its end: another push for it is no missed call.
                self.ended.tell(uuid);
            }
            Decision::ReportAndEnd(reason) => {
                if !ctx.app.call_kit_disabled {
                    self.screen.report_end(uuid, reason, ctx);
                }
                self.without_ring(uuid, &push, reason, why, ctx);
            }
            Decision::Drop(reason) => self.without_ring(uuid, &push, reason, why, ctx),
        }
    }

    /// A push that does not ring.
    fn without_ring(
        &mut self,
        uuid: Uuid,
        push: &Push<'_>,
        reason: EndedReason,
        why: Why,
        ctx: &mut Context<'_>,
    ) {
        match why {
            Why::LiveCall => self.ring_again(uuid, push, ctx),
            Why::Cancelled => self.over_by_itself(uuid, reason, ctx),
            _ => self.report_missed(uuid, push, reason, why, ctx),
        }
    }

    fn known(&self, uuid: Uuid, push: &Push<'_>, ctx: &Context<'_>) -> Known {
        let invited = self.is_invited(uuid);
        if self.screen.has(uuid) || (invited && ctx.app.call_kit_disabled) {
            return Known::Live;
        }
        if invited {
            return Known::InApp;
        }
        if let Some(ended) = self.ended.get(uuid, ctx.now)
            && !is_later(push, ended, ctx)
        {
            return Known::Ended(ended.reason);
        }
        if !push
            .user
            .as_deref()
            .is_none_or(|user| ctx.account.may_be(user))
        {
            Known::OtherUser
        } else if self.screen.is_full() || self.invitations.is_full() {
            Known::NoRoom
        } else {
            Known::New
        }
    }

    /// A new call rings. One that seems to be over does so for a moment, unheard by JavaScript: the gateway is asked.
    fn ring(&mut self, uuid: Uuid, push: Push<'_>, seems_over: bool, ctx: &mut Context<'_>) {
        let user = owner(&push, ctx);
        let event = push_event(uuid, &push, "");
        let withheld = if seems_over {
            Some(event)
        } else {
            ctx.emit_json(user.as_deref(), EventKind::DidReceiveIncomingPush, event);
            None
        };
        // This user's own call from another device, say.
        self.stop_following(uuid, ctx);
        self.ended.remove(uuid);
        let tracked = Tracked::from_push(&push, user.clone(), ctx);
        let until = push.ring_until(ctx.clocks.to_gateway_clock(ctx.now));
        let until = ctx.clocks.gateway_to_core(until);
        let until = until.min(longest_ring(ctx.now, ctx));
        ctx.timers.set(Timer::Ring(uuid), until);
        if !ctx.app.call_kit_disabled {
            let call = Call {
                call_id: push.call_id().map(str::to_owned),
                user,
                handle: Some(push.handle),
                name: Some(push.name),
                video: push.video,
                ..Call::new(Direction::Incoming, ctx.now)
            };
            self.screen.add(uuid, call);
        }
        if let Some(tracked) = tracked {
            let tracked = Tracked {
                withheld,
                ..tracked
            };
            self.invitations.track(uuid, tracked, ctx);
            if seems_over {
                let until = ctx.now.saturating_add(CONFIRM_MS);
                ctx.timers.set(Timer::Ring(uuid), until);
                self.invitations.poll(uuid, ctx);
            } else {
                self.invitations.tell_received(uuid, ctx);
            }
            follow_soon(uuid, ctx);
        }
    }

    /// A call goes on that seemed to be over: the gateway says so, or the user did something to it. JavaScript hears of it.
    pub(super) fn confirm(&mut self, uuid: Uuid, ctx: &mut Context<'_>) {
        let Some(event) = self.invitations.take_withheld(uuid) else {
            return;
        };
        let tracked = self.invitations.get(uuid);
        let user = tracked.and_then(|tracked| tracked.user.as_deref());
        ctx.emit_json(user, EventKind::DidReceiveIncomingPush, event);
        self.invitations.tell_received(uuid, ctx);
        self.set_ring_time(uuid, ctx);
    }

    /// How long a call rings that is followed: as long as the gateway says, and no longer than iOS lets it.
    pub(super) fn set_ring_time(&self, uuid: Uuid, ctx: &mut Context<'_>) {
        let Some(tracked) = self.invitations.get(uuid) else {
            return;
        };
        let mut until = ctx.clocks.gateway_to_core(tracked.expires_at);
        if tracked.role == Role::Caller {
            until = until.saturating_add(CALLER_GRACE_MS);
        }
        let call = self.screen.get(uuid);
        if let Some(call) = call.filter(|call| call.direction == Direction::Incoming) {
            until = until.min(longest_ring(call.since, ctx));
        }
        ctx.timers.set(Timer::Ring(uuid), until);
    }

    /// The gateway's clock is not what it seemed to be: what rings does so for another time.
    pub(crate) fn gateway_clock_moved(&self, ctx: &mut Context<'_>) {
        for uuid in self.invitations.uuids() {
            let tracked = self.invitations.get(uuid);
            let is_certain = tracked.is_some_and(|tracked| tracked.withheld.is_none());
            if is_certain && ctx.timers.is_set(Timer::Ring(uuid)) {
                self.set_ring_time(uuid, ctx);
            }
        }
    }

    /// Another push for a live call. Nothing is new to JavaScript; but where the app itself reported the call first, or the way to follow it
    /// was lost, the push brings the way.
    fn ring_again(&mut self, uuid: Uuid, push: &Push<'_>, ctx: &mut Context<'_>) {
        let Some(address) = &push.follow else { return };
        if self.invitations.get(uuid).is_some() {
            if self.invitations.renew_address(uuid, address) {
                *ctx.dirty = true;
                follow_soon(uuid, ctx);
            }
            return;
        }
        let rings_here = |call: &&Call| call.direction == Direction::Incoming;
        let (Some(call), Some(tracked)) = (
            self.screen.get(uuid).filter(rings_here),
            Tracked::from_push(push, owner(push, ctx), ctx),
        ) else {
            return;
        };
        if call.stage == Stage::Ringing {
            let until = ctx.clocks.gateway_to_core(tracked.expires_at);
            let until = until.min(longest_ring(call.since, ctx));
            ctx.timers.set_earlier(Timer::Ring(uuid), until);
        }
        if call.call_id.is_none() {
            self.screen.set_call_id(uuid, &tracked.call_id);
        }
        self.invitations.track(uuid, tracked, ctx);
        follow_soon(uuid, ctx);
    }

    /// A call that does not ring (any more). JavaScript hears of it once.
    fn report_missed(
        &mut self,
        uuid: Uuid,
        push: &Push<'_>,
        reason: EndedReason,
        why: Why,
        ctx: &mut Context<'_>,
    ) {
        let is_new = if why == Why::EndedBefore {
            push.kind == PushKind::Invite && self.ended.tell(uuid)
        } else {
            // No other push can have the UUID of one without a call ID.
            if push.raw_call_id.is_some() {
                self.ended.insert(EndedCall {
                    uuid,
                    at: ctx.now,
                    sent_at: push.sent_at,
                    reason,
                    told: true,
                });
            }
            reason.is_missed()
        };
        if is_new {
            let event = push_event(uuid, push, MISSED);
            let user = owner(push, ctx);
            ctx.emit_json(user.as_deref(), EventKind::DidReceiveIncomingPush, event);
            *ctx.dirty = true;
        }
    }

    /// Nobody answered in time.
    pub(super) fn ring_over(&mut self, uuid: Uuid, ctx: &mut Context<'_>) {
        let call = self.screen.get(uuid);
        let is_answered =
            call.is_some_and(|call| matches!(call.stage, Stage::Answering | Stage::Connected));
        if !is_answered && !self.is_accepted(uuid) {
            self.over_by_itself(uuid, EndedReason::Unanswered, ctx);
        }
    }
}

/// Follows a call as soon as the phone rings: the network is not on the way from the push to the ring.
fn follow_soon(uuid: Uuid, ctx: &mut Context<'_>) {
    ctx.timers.set(Timer::Follow(uuid), ctx.now);
}

/// Whose call a push is about: that of whoever is signed in, if it does not say.
fn owner(push: &Push<'_>, ctx: &Context<'_>) -> Option<String> {
    push.user.clone().or_else(|| ctx.account.user_id.clone())
}

/// Whether a push invites anew to a call that had ended before it was sent, as when a room's ID is used again. Another copy of the
/// invitation that ended was sent at the same time as that, whatever the clocks of both sides say.
fn is_later(push: &Push<'_>, ended: &EndedCall, ctx: &Context<'_>) -> bool {
    let ended_at = ctx.clocks.to_gateway_clock(ended.at);
    push.kind == PushKind::Invite
        && push
            .sent_at
            .is_some_and(|at| at > ended_at && Some(at) > ended.sent_at)
}

/// When a call that was reported at this time has to be over unless somebody answers, whatever the gateway says: before iOS ends it by itself.
pub(super) fn longest_ring(since: u64, ctx: &Context<'_>) -> u64 {
    if ctx.app.system_ends_rings() && !ctx.app.call_kit_disabled {
        since.saturating_add(RING_LIMIT_MS)
    } else {
        u64::MAX
    }
}

/// Body of `didReceiveIncomingPush`. The push goes in as it came: it is JSON, and was not written anew on the way to the first ring.
fn push_event(uuid: Uuid, push: &Push<'_>, more: &str) -> String {
    [
        r#"{"payload":"#,
        push.json,
        r#","uuid":""#,
        &js_uuid(uuid),
        r#"""#,
        more,
        "}",
    ]
    .concat()
}
