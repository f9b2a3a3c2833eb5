//! Following a call on the gateway: a stream of events, a question now and then, and what the answers mean for the phone.
//!
//! Every answer carries the whole call, so what is decided depends on the newest one alone, never on which events came.

use uuid::Uuid;
use zpns_protocol::calls::{self, CallEvent, UserState, VerbResult};

use super::snapshot::{Accepted, Role, View};
use super::tracked::Tracked;
use super::zim::{self, Cause};
use super::{Fact, Invitations, Request};
use crate::calls::backoff;
use crate::calls::gateway_error::is_no_such_call;
use crate::calls::outbox::Delivery;
use crate::context::Context;
use crate::effect::{EndedReason, HttpMethod};
use crate::event::EventKind;
use crate::input::{HttpFailure, HttpResponse, StreamItem};
use crate::timers::Timer;

/// After this many failed connections in a row the call is also asked about without a stream: something in between may not let streams
/// through.
const POLL_AFTER: u32 = 2;
/// A stream that brought something works if it was open at least this long. What ends sooner, again and again, would be opened several times
/// a second, whatever it brings.
const STEADY_MS: u64 = 10_000;

impl Invitations {
    /// Says that the push of this call arrived, if the gateway has yet to hear so.
    pub(in crate::calls) fn receipt_due(
        &mut self,
        uuid: Uuid,
        ctx: &Context<'_>,
    ) -> Option<Delivery> {
        let tracked = self.tracked.get_mut(&uuid)?;
        if std::mem::replace(&mut tracked.acknowledged, true) {
            return None;
        }
        let address = tracked.address.as_ref()?;
        let until = ctx.clocks.gateway_to_core(tracked.expires_at);
        Delivery::receipt(tracked.call_id.clone(), address, until)
    }

    /// Opens the stream of a call's events, unless it is open or there is no token to open it with.
    pub(in crate::calls) fn follow(&mut self, uuid: Uuid, ctx: &mut Context<'_>) {
        ctx.timers.cancel(Timer::Follow(uuid));
        let Some(tracked) = self
            .tracked
            .get_mut(&uuid)
            .filter(|tracked| tracked.stream.is_none())
        else {
            return;
        };
        let Some((url, bearer)) = tracked.route(ctx.account) else {
            if ctx.account.server_url.is_some() && ctx.account.speaks_for(tracked.user.as_deref()) {
                ctx.need_user_token();
            }
            return;
        };
        let id = ctx.open_stream(
            format!("{url}/events"),
            Some(bearer),
            tracked.last_event.clone(),
        );
        tracked.stream = Some(id);
        tracked.opened_at = ctx.now;
        tracked.heard = false;
        self.streams.insert(id, uuid);
    }

    pub(in crate::calls) fn stream_item(
        &mut self,
        id: u64,
        item: StreamItem,
        ctx: &mut Context<'_>,
    ) -> Option<Fact> {
        let uuid = self.streams.get(&id).copied()?;
        let tracked = self.tracked.get_mut(&uuid)?;
        match item {
            // It may be closed again at once: only what comes on it shows that it works.
            StreamItem::Open { .. } => None,
            StreamItem::Event {
                id: event_id, data, ..
            } => {
                tracked.heard = true;
                if let Some(event_id) = event_id {
                    tracked.last_event = Some(event_id);
                }
                // Anything else (a comment, an event of a newer gateway) says nothing about the call.
                let event = serde_json::from_slice::<CallEvent>(data.as_bytes()).ok()?;
                self.learn(uuid, event.call.clone(), Cause::of(&event), ctx)
            }
            StreamItem::Closed { status, .. } => {
                self.streams.remove(&id);
                tracked.stream = None;
                self.stream_closed(uuid, status, ctx);
                None
            }
        }
    }

    fn stream_closed(&mut self, uuid: Uuid, status: Option<u16>, ctx: &mut Context<'_>) {
        let Some(tracked) = self.tracked.get_mut(&uuid) else {
            return;
        };
        if tracked.heard && ctx.now.saturating_sub(tracked.opened_at) >= STEADY_MS {
            tracked.failures = 0;
        }
        tracked.failures = tracked.failures.saturating_add(1);
        let failures = tracked.failures;
        match status {
            Some(status @ (401 | 403)) => return self.locked_out(uuid, status, ctx),
            Some(404 | 410) => self.poll(uuid, ctx),
            _ if failures >= POLL_AFTER => self.poll(uuid, ctx),
            _ => {}
        }
        let wait = backoff::wait(failures, None, ctx.entropy);
        ctx.timers
            .set(Timer::Follow(uuid), ctx.now.saturating_add(wait));
    }

    /// The gateway refused the token: the user's own takes the place of the push's; after that only a newer one helps.
    fn locked_out(&mut self, uuid: Uuid, status: u16, ctx: &mut Context<'_>) {
        let Some(tracked) = self.tracked.get_mut(&uuid) else {
            return;
        };
        if tracked.address.is_some() && !tracked.refused {
            tracked.refused = true;
            *ctx.dirty = true;
            self.follow(uuid, ctx);
        } else if status == 401 {
            self.follow(uuid, ctx);
        }
    }

    /// Asks the gateway how the call stands, unless that question is open.
    pub(in crate::calls) fn poll(&mut self, uuid: Uuid, ctx: &mut Context<'_>) {
        let Some(tracked) = self
            .tracked
            .get_mut(&uuid)
            .filter(|tracked| tracked.poll.is_none())
        else {
            return;
        };
        let Some((url, bearer)) = tracked.route(ctx.account) else {
            return;
        };
        let id = ctx.http::<()>(HttpMethod::Get, url, Some(bearer), None);
        tracked.poll = Some(id);
        self.requests.insert(id, Request::Poll(uuid));
    }

    pub(super) fn polled(
        &mut self,
        uuid: Uuid,
        id: u64,
        outcome: Result<HttpResponse, HttpFailure>,
        ctx: &mut Context<'_>,
    ) -> Option<Fact> {
        let tracked = self.tracked.get_mut(&uuid)?;
        if tracked.poll != Some(id) {
            return None;
        }
        tracked.poll = None;
        // Without an answer the stream or the ring timer decide.
        let response = outcome.ok()?;
        if response.status == 200 {
            let call = serde_json::from_slice(&response.body).ok()?;
            return self.learn(uuid, call, Cause::default(), ctx);
        }
        is_no_such_call(&response).then_some(Fact::Forgotten(uuid))
    }

    /// Takes in what the gateway says about a call. Older than what is known: nothing changes.
    pub(in crate::calls) fn learn(
        &mut self,
        uuid: Uuid,
        call: calls::Call,
        cause: Cause<'_>,
        ctx: &mut Context<'_>,
    ) -> Option<Fact> {
        let tracked = self.tracked.get_mut(&uuid)?;
        if call.call_id.uuid() != uuid {
            return None;
        }
        let here = ctx.account.installation_name();
        let view = tracked.view(ctx.account, here.as_deref());
        let known = tracked.call.as_ref().filter(|known| known.seq >= call.seq);
        let (events, end) = match known {
            Some(known) => (Vec::new(), view.end(known)),
            None => (
                zim::changes(tracked, &view, &call, cause, ctx.now),
                view.end(&call),
            ),
        };
        if known.is_none() {
            let before = tracked.verb_if_abandoned();
            tracked.call = Some(call);
            *ctx.dirty |= before != tracked.verb_if_abandoned();
        }
        let user = tracked.user.as_deref();
        let is_withheld = tracked.withheld.is_some();
        for (kind, body) in events.into_iter().filter(|_| !is_withheld) {
            ctx.emit_to(user, kind, &body);
        }
        if is_withheld && end.is_none() {
            return Some(Fact::Confirmed(uuid));
        }
        end.map(|reason| Fact::Over(uuid, reason))
    }

    /// JavaScript hears that a call is over without the gateway having said so: by the clock, by a cancelling push, or because the gateway
    /// forgot it.
    pub(in crate::calls) fn tell_over(
        &self,
        uuid: Uuid,
        reason: EndedReason,
        ctx: &mut Context<'_>,
    ) {
        let tracked = self.tracked.get(&uuid);
        if let Some(tracked) = tracked.filter(|tracked| tracked.withheld.is_none()) {
            let me = ctx.account.user_id.as_deref();
            let (kind, body) = zim::over_by_itself(tracked, reason, me, ctx.now);
            ctx.emit_to(tracked.user.as_deref(), kind, &body);
        }
    }

    /// JavaScript hears of an invitation that came by push.
    pub(in crate::calls) fn tell_received(&self, uuid: Uuid, ctx: &mut Context<'_>) {
        let tracked = self.tracked.get(&uuid);
        if let Some(tracked) = tracked.filter(|tracked| !tracked.caller.is_empty()) {
            let body = zim::received(tracked, tracked.user.as_deref());
            let user = tracked.user.as_deref();
            ctx.emit_json(user, EventKind::CallInvitationReceived, body);
        }
    }

    /// Whether the `accept` that this phone sent counts although the gateway says that it changed nothing: the answer to an earlier try was
    /// lost.
    pub(in crate::calls) fn is_accepted_here(
        result: &VerbResult,
        user: Option<&str>,
        tried_before: bool,
        ctx: &Context<'_>,
    ) -> bool {
        let here = ctx.account.installation_name();
        let view = View {
            role: Role::Invitee,
            user,
            installation: here.as_deref(),
            accepted: if tried_before {
                Accepted::Sent
            } else {
                Accepted::NotHere
            },
        };
        let me = view.me(&result.call);
        me.is_some_and(|me| me.state == UserState::Accepted) && view.end(&result.call).is_none()
    }

    /// A call that the app accepted without this phone having heard of it by push: followed from now on.
    pub(in crate::calls) fn adopt(
        &mut self,
        uuid: Uuid,
        call: calls::Call,
        user: Option<String>,
        ctx: &mut Context<'_>,
    ) {
        if call.state.is_over() || self.is_full() {
            return;
        }
        let tracked = Tracked::from_call(call, Role::Invitee, Accepted::Confirmed, user);
        self.track(uuid, tracked, ctx);
        self.follow(uuid, ctx);
    }

    /// Stops following a call; an invitation of the app that is still on its way to the gateway is given up with it.
    pub(in crate::calls) fn close(&mut self, uuid: Uuid, ctx: &mut Context<'_>) -> bool {
        self.withdraw(uuid, ctx);
        let Some(tracked) = self.tracked.remove(&uuid) else {
            return false;
        };
        *ctx.dirty |= tracked.verb_if_abandoned().is_some();
        ctx.timers.cancel(Timer::Follow(uuid));
        if let Some(id) = tracked.stream {
            self.streams.remove(&id);
            ctx.close_stream(id);
        }
        if let Some(id) = tracked.poll {
            self.requests.remove(&id);
        }
        true
    }
}
