//! From a VoIP push to a ringing phone.

use uuid::Uuid;
use zpns_protocol::call_uuid;
use zpns_protocol::payload::PushKind;

use super::Calls;
use super::decision::{Decision, Known, Why, decide};
use super::invitation::{Invitation, MAX_INVITATIONS};
use super::live::{Call, Direction, MAX_LIVE, RING_LIMIT_MS, Stage};
use super::payload::Push;
use super::push_log::LoggedPush;
use super::recent::EndedCall;
use super::snapshot::Role;
use super::timers::Timer;
use super::zim;
use crate::context::{Context, js_uuid};
use crate::effect::EndedReason;
use crate::event::EventKind;

impl Calls {
    /// A VoIP push. The report is the first effect, whatever else there is to do: iOS ends an app that leaves the push without one.
    pub(crate) fn voip_push(&mut self, payload: &[u8], must_report: bool, ctx: &mut Context<'_>) {
        let push = Push::decode(payload, &ctx.app.app_name);
        let uuid = push
            .raw_call_id
            .as_deref()
            .map_or_else(|| ctx.entropy.uuid(), call_uuid);
        let (decision, why) = decide(
            &push,
            self.known(uuid, &push, ctx),
            must_report,
            ctx.clock(),
        );
        if !matches!(decision, Decision::Drop(_)) && !ctx.app.call_kit_disabled {
            self.report(uuid, push.update(), None, ctx);
        }
        self.log.add(LoggedPush {
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
            Decision::Ring => self.ring(uuid, push, ctx),
            Decision::RingAgain => self.ring_again(uuid, &push, ctx),
            Decision::EndLive(reason) => {
                self.over_by_itself(uuid, reason, ctx);
                // JavaScript heard of the call and of its end: another push for it is no missed call.
                self.recent.tell(uuid);
            }
            Decision::ReportAndEnd(reason) => {
                if !ctx.app.call_kit_disabled {
                    self.report_end(uuid, reason, ctx);
                }
                self.account_for(uuid, &push, reason, why, ctx);
            }
            Decision::Drop(reason) => self.account_for(uuid, &push, reason, why, ctx),
        }
    }

    /// A push that does not ring.
    fn account_for(
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
            _ => self.missed(uuid, push, reason, why, ctx),
        }
    }

    fn known(&self, uuid: Uuid, push: &Push<'_>, ctx: &Context<'_>) -> Known {
        let invited = self
            .invitations
            .get(&uuid)
            .is_some_and(|invitation| invitation.role == Role::Invitee);
        if self.live.contains_key(&uuid) || (invited && ctx.app.call_kit_disabled) {
            return Known::Live;
        }
        if invited {
            return Known::InApp;
        }
        if let Some(ended) = self.recent.get(uuid, ctx.now)
            && !is_later(push, ended, ctx)
        {
            return Known::Ended(ended.reason);
        }
        let full = self.live.len() >= MAX_LIVE || self.invitations.len() >= MAX_INVITATIONS;
        if full { Known::NoRoom } else { Known::New }
    }

    fn ring(&mut self, uuid: Uuid, push: Push<'_>, ctx: &mut Context<'_>) {
        ctx.emit_json(
            EventKind::DidReceiveIncomingPush,
            push_event(uuid, &push, ""),
        );
        // This user's own call from another device, say.
        self.close_invitation(uuid, ctx);
        self.recent.remove(uuid);
        let until = ctx.inside(push.ring_until(ctx.clock()));
        self.timers
            .set(Timer::Ring(uuid), until.min(longest_ring(ctx.now, ctx)));
        let invitation = Invitation::from_push(&push, ctx.clock(), ctx.skew);
        if !ctx.app.call_kit_disabled {
            let call = Call {
                call_id: push.call_id().map(str::to_owned),
                handle: Some(push.handle),
                name: Some(push.name),
                video: push.video,
                ..Call::new(Direction::Incoming, ctx.now)
            };
            self.live.insert(uuid, Box::new(call));
        }
        if let Some(invitation) = invitation {
            if !invitation.caller.is_empty() {
                let me = invitation
                    .user
                    .as_deref()
                    .or(ctx.account.user_id.as_deref());
                let body = zim::received(&invitation, me);
                ctx.emit_json(EventKind::CallInvitationReceived, body);
            }
            self.invitations.insert(uuid, Box::new(invitation));
            self.follow_soon(uuid, ctx);
        }
    }

    /// Another push for a live call. Nothing is new to JavaScript; but where the app itself reported the call first, or the way to follow it
    /// was lost, the push brings the way.
    fn ring_again(&mut self, uuid: Uuid, push: &Push<'_>, ctx: &mut Context<'_>) {
        let Some(address) = &push.follow else { return };
        if let Some(invitation) = self.invitations.get_mut(&uuid) {
            if invitation.address.is_some() && !invitation.refused {
                return;
            }
            invitation.address = Some(address.clone());
            invitation.refused = false;
            invitation.acknowledged = false;
        } else {
            let Some(call) = self
                .live
                .get_mut(&uuid)
                .filter(|call| call.direction == Direction::Incoming)
            else {
                return;
            };
            let Some(invitation) = Invitation::from_push(push, ctx.clock(), ctx.skew) else {
                return;
            };
            call.call_id
                .get_or_insert_with(|| invitation.call_id.clone());
            if call.stage == Stage::Ringing {
                let until = invitation.expires_at.min(longest_ring(call.since, ctx));
                self.timers.set_earlier(Timer::Ring(uuid), until);
            }
            self.invitations.insert(uuid, Box::new(invitation));
        }
        self.follow_soon(uuid, ctx);
    }

    /// A call that does not ring (any more). JavaScript hears of it once.
    fn missed(
        &mut self,
        uuid: Uuid,
        push: &Push<'_>,
        reason: EndedReason,
        why: Why,
        ctx: &mut Context<'_>,
    ) {
        let news = if why == Why::EndedBefore {
            push.kind == PushKind::Invite && self.recent.tell(uuid)
        } else {
            // No other push can have the UUID of one without a call ID.
            if push.raw_call_id.is_some() {
                self.recent.insert(EndedCall {
                    uuid,
                    at: ctx.now,
                    sent_at: push.sent_at,
                    reason,
                    told: true,
                });
            }
            // What the user answered or declined on another device was not missed.
            !matches!(
                reason,
                EndedReason::AnsweredElsewhere | EndedReason::DeclinedElsewhere
            )
        };
        if news {
            ctx.emit_json(
                EventKind::DidReceiveIncomingPush,
                push_event(uuid, push, r#","missed":true"#),
            );
            *ctx.dirty = true;
        }
    }

    /// Nobody answered in time.
    pub(super) fn ring_over(&mut self, uuid: Uuid, ctx: &mut Context<'_>) {
        let connected = self
            .live
            .get(&uuid)
            .is_some_and(|call| matches!(call.stage, Stage::Answering | Stage::Connected));
        if !connected && !self.is_accepted(uuid) {
            self.over_by_itself(uuid, EndedReason::Unanswered, ctx);
        }
    }

    /// Whether somebody accepted the call: for one that rings here this user, perhaps on a screen of the app's own.
    pub(super) fn is_accepted(&self, uuid: Uuid) -> bool {
        let rings = self
            .live
            .get(&uuid)
            .is_some_and(|call| call.direction == Direction::Incoming);
        self.invitations.get(&uuid).is_some_and(|invitation| {
            invitation.is_accepted() && (!rings || invitation.role == Role::Invitee)
        })
    }
}

/// Whether a push invites anew to a call that had ended before it was sent, as when a room's ID is used again. Another copy of the
/// invitation that ended was sent at the same time as that, whatever the clocks of both sides say.
fn is_later(push: &Push<'_>, ended: &EndedCall, ctx: &Context<'_>) -> bool {
    let ended_at = ended.at.saturating_sub(ctx.skew);
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
