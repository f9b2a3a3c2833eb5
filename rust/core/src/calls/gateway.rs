//! The gateway: what it is told about a call, and what its answers mean for this phone.

use uuid::Uuid;
use zpns_protocol::call_uuid;
use zpns_protocol::calls::{self, CallState, Verb};

use super::Calls;
use super::invitations::{self, Accepted, Cause, Invitations, Role, Tracked};
use super::outbox::{self, Delivery};
use super::screen::Direction;
use crate::command::Method;
use crate::context::Context;
use crate::effect::EndedReason;

impl Calls {
    /// Tells the gateway what was done to a call that came from it.
    pub(super) fn tell(&mut self, uuid: Uuid, verb: Verb, ctx: &mut Context<'_>) {
        let tracked = self.invitations.get(uuid);
        if let Some(call_id) = tracked.map(|tracked| tracked.call_id.clone()) {
            let delivery = self.verb(&call_id, verb, ctx);
            self.enqueue(delivery, ctx);
        }
    }

    /// What is done to a call, as the gateway is to hear it. The call need not be known here.
    pub(super) fn verb(&self, call_id: &str, verb: Verb, ctx: &Context<'_>) -> Delivery {
        if let Some(tracked) = self.invitations.get(call_uuid(call_id)) {
            let expires_at = ctx.clocks.gateway_to_core(tracked.expires_at);
            let until = Delivery::useful_until(verb, expires_at, ctx.now);
            return tracked.delivery(verb, until);
        }
        let until = Delivery::useful_until(verb, 0, ctx.now);
        let user = ctx.account.user_id.clone();
        Delivery::verb(call_id.to_owned(), verb, user, until)
    }

    /// Has something delivered.
    pub(super) fn enqueue(&mut self, delivery: Delivery, ctx: &mut Context<'_>) {
        let (call, is_verb) = (delivery.call(), delivery.is_verb());
        let id = self.outbox.add(delivery, ctx);
        // The app tells the gateway itself before it fulfils the end.
        if is_verb && self.screen.awaits_end(call) {
            self.hold_ends(call, ctx);
        }
        let facts = self.outbox.send_new(id, ctx);
        self.delivered(facts, ctx);
    }

    /// End actions of this call wait from now on, if the gateway has yet to hear something about it.
    pub(super) fn hold_ends(&mut self, call: Uuid, ctx: &mut Context<'_>) {
        if self.outbox.has_verbs(call) {
            self.screen.hold_ends(call, ctx);
        }
    }

    /// Tries everything that the gateway must hear.
    pub(super) fn deliver_all(&mut self, ctx: &mut Context<'_>) {
        let facts = self.outbox.send_all(ctx);
        self.delivered(facts, ctx);
    }

    /// Tries all invitations of the app.
    pub(super) fn invite_all(&mut self, ctx: &mut Context<'_>) {
        for fact in self.invitations.send_all_outgoing(ctx) {
            self.invitations_changed(Some(fact), ctx);
        }
    }

    /// Draws the consequences of what became of deliveries.
    pub(super) fn delivered(&mut self, facts: Vec<outbox::Fact>, ctx: &mut Context<'_>) {
        for fact in facts {
            match fact {
                outbox::Fact::Accepted(accepted) => self.verb_accepted(*accepted, ctx),
                outbox::Fact::AcceptRefused { call, no_such_call } => {
                    if no_such_call {
                        self.forgotten_by_gateway(call, ctx);
                    } else {
                        self.finish(call, EndedReason::Failed, ctx);
                    }
                }
                outbox::Fact::AcceptGivenBack(call) => {
                    self.invitations.set_accepted(call, Accepted::NotHere);
                }
                outbox::Fact::AllDelivered(call) => self.screen.release_ends(call, ctx),
            }
        }
    }

    /// The gateway has a verb. What it says about the call counts: somebody may have been faster.
    fn verb_accepted(&mut self, accepted: outbox::Accepted, ctx: &mut Context<'_>) {
        let (call, verb) = (accepted.call, accepted.verb);
        let result = &accepted.result;
        let mut late = false;
        if verb == Verb::Accept {
            late = !result.applied
                && !Invitations::is_accepted_here(
                    result,
                    accepted.user.as_deref(),
                    accepted.tried_before,
                    ctx,
                );
            let state = if late {
                Accepted::NotHere
            } else {
                Accepted::Confirmed
            };
            let is_followed = self.invitations.set_accepted(call, state);
            if !is_followed && !late && accepted.method == Some(Method::CallAccept) {
                let user = accepted.user.clone();
                self.invitations.adopt(call, result.call.clone(), user, ctx);
            }
        }
        let hung_up = verb == Verb::Cancel
            && accepted.everyone
            && result.call.state == CallState::Accepted
            && self.was_hung_up(&accepted, ctx);
        if hung_up {
            // They answered while the user hung up: nobody may sit in a call that the other side has left. It goes out as soon as the cancel is
            // taken out, and the end action waits for it, too.
            let end = self.verb(accepted.result.call.call_id.as_str(), Verb::End, ctx);
            self.outbox.add(end, ctx);
        }
        let facts = self.outbox.accepted(&accepted, late, ctx);
        self.delivered(facts, ctx);
        let cause = match &accepted.user {
            Some(user) if accepted.result.applied => Cause::by(user, &accepted.extended_data),
            _ => Cause::default(),
        };
        let fact = self
            .invitations
            .learn(call, accepted.result.call, cause, ctx);
        self.invitations_changed(fact, ctx);
    }

    /// Whether the user, or a process that died, has left the call that this cancel is about.
    fn was_hung_up(&self, cancel: &outbox::Accepted, ctx: &Context<'_>) -> bool {
        let call = cancel.call;
        let has_ended = self.ended.get(call, ctx.now).is_some();
        let is_taken_back = cancel.method.is_none() && self.invitations.get(call).is_none();
        !self.screen.has(call) && (has_ended || is_taken_back)
    }

    /// Draws the consequences of what the gateway said about a call.
    pub(super) fn invitations_changed(
        &mut self,
        fact: Option<invitations::Fact>,
        ctx: &mut Context<'_>,
    ) {
        match fact {
            Some(invitations::Fact::Over(uuid, reason)) => self.finish(uuid, reason, ctx),
            Some(invitations::Fact::Confirmed(uuid)) => self.confirm(uuid, ctx),
            Some(invitations::Fact::Forgotten(uuid)) => self.forgotten_by_gateway(uuid, ctx),
            Some(invitations::Fact::Made {
                call,
                user,
                withdrawn,
            }) => self.made(*call, user, withdrawn, ctx),
            Some(invitations::Fact::TakeBack(delivery)) => self.enqueue(delivery, ctx),
            None => {}
        }
    }

    /// The gateway does not know the call any more.
    fn forgotten_by_gateway(&mut self, uuid: Uuid, ctx: &mut Context<'_>) {
        self.over_by_itself(uuid, EndedReason::RemoteEnded, ctx);
    }

    /// An invitation of the app is a call now: it is followed.
    fn made(
        &mut self,
        call: calls::Call,
        user: Option<String>,
        withdrawn: bool,
        ctx: &mut Context<'_>,
    ) {
        let uuid = call.call_id.uuid();
        let call_id = call.call_id.as_str().to_owned();
        self.screen.set_call_id(uuid, &call_id);
        if call.state.is_over() {
            return;
        }
        if !self.invitations.is_full() {
            self.stop_following(uuid, ctx);
            let tracked = Tracked::from_call(call, Role::Caller, Accepted::NotHere, user);
            self.invitations.track(uuid, tracked, ctx);
            self.set_ring_time(uuid, ctx);
            self.follow(uuid, ctx);
        }
        if withdrawn {
            let cancel = self.verb(&call_id, Verb::Cancel, ctx);
            self.enqueue(cancel, ctx);
        }
    }

    /// Follows a call on the gateway. That its push arrived is told first.
    pub(super) fn follow(&mut self, uuid: Uuid, ctx: &mut Context<'_>) {
        if let Some(receipt) = self.invitations.receipt_due(uuid, ctx) {
            self.enqueue(receipt, ctx);
        }
        self.invitations.follow(uuid, ctx);
    }

    /// Whether somebody accepted the call: for one that rings here this user, perhaps on a screen of the app's own.
    pub(super) fn is_accepted(&self, uuid: Uuid) -> bool {
        let call = self.screen.get(uuid);
        let rings = call.is_some_and(|call| call.direction == Direction::Incoming);
        let tracked = self.invitations.get(uuid);
        tracked.is_some_and(|tracked| {
            tracked.is_accepted() && (!rings || tracked.role == Role::Invitee)
        })
    }
}
