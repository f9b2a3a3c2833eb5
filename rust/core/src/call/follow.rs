//! Following a call on the gateway: a stream of events, a question now and then, and what the answers mean for the phone.
//!
//! Every answer carries the whole call, so what is decided depends on the newest one alone, never on which events came.

use uuid::Uuid;
use zpns_protocol::calls::{self, CallEvent};

use super::end::Over;
use super::gateway_error::is_no_such_call;
use super::invitation::{Invitation, installation};
use super::live::Direction;
use super::recent::EndedCall;
use super::snapshot::Role;
use super::timers::Timer;
use super::{Asked, Calls, backoff, zim};
use crate::context::Context;
use crate::effect::{EndedReason, HttpMethod};
use crate::input::{HttpFailure, HttpResponse, StreamItem};

/// After this many failed connections in a row the call is also asked about without a stream: something in between may not let streams
/// through.
const POLL_AFTER: u32 = 2;

impl Calls {
    /// Follows a call as soon as the phone rings: the network is not on the way from the push to the ring.
    pub(super) fn follow_soon(&mut self, uuid: Uuid, ctx: &Context<'_>) {
        self.timers.set(Timer::Follow(uuid), ctx.now);
    }

    /// Opens the stream of a call's events, unless it is open or there is no token to open it with.
    pub(super) fn follow(&mut self, uuid: Uuid, ctx: &mut Context<'_>) {
        self.timers.cancel(Timer::Follow(uuid));
        if let Some(invitation) = self
            .invitations
            .get_mut(&uuid)
            .filter(|invitation| !invitation.acknowledged)
        {
            invitation.acknowledged = true;
            self.acknowledge(uuid, ctx);
        }
        let Some(invitation) = self
            .invitations
            .get_mut(&uuid)
            .filter(|invitation| invitation.stream.is_none())
        else {
            return;
        };
        let Some((url, bearer)) = invitation.door(ctx.account) else {
            if ctx.account.server_url.is_some() {
                ctx.need_user_token();
            }
            return;
        };
        let id = ctx.open_stream(
            format!("{url}/events"),
            Some(bearer),
            invitation.last_event.clone(),
        );
        invitation.stream = Some(id);
        self.streams.insert(id, uuid);
    }

    pub(super) fn stream_item(&mut self, id: u64, item: StreamItem, ctx: &mut Context<'_>) {
        let Some(uuid) = self.streams.get(&id).copied() else {
            return;
        };
        let Some(invitation) = self.invitations.get_mut(&uuid) else {
            return;
        };
        match item {
            // It may be closed again at once: only what comes on it shows that it works.
            StreamItem::Open { .. } => {}
            StreamItem::Event {
                id: event_id, data, ..
            } => {
                invitation.failures = 0;
                if let Some(event_id) = event_id {
                    invitation.last_event = Some(event_id);
                }
                // Anything else (a comment, an event of a newer gateway) says nothing about the call.
                if let Ok(event) = serde_json::from_slice::<CallEvent>(data.as_bytes()) {
                    self.learn(uuid, event.call.clone(), zim::Cause::of(&event), ctx);
                }
            }
            StreamItem::Closed { status, .. } => {
                self.streams.remove(&id);
                invitation.stream = None;
                self.stream_closed(uuid, status, ctx);
            }
        }
    }

    fn stream_closed(&mut self, uuid: Uuid, status: Option<u16>, ctx: &mut Context<'_>) {
        let Some(invitation) = self.invitations.get_mut(&uuid) else {
            return;
        };
        invitation.failures = invitation.failures.saturating_add(1);
        match status {
            Some(status @ (401 | 403)) => return self.locked_out(uuid, status, ctx),
            Some(404 | 410) => self.poll(uuid, ctx),
            _ if invitation.failures >= POLL_AFTER => self.poll(uuid, ctx),
            _ => {}
        }
        if let Some(invitation) = self.invitations.get(&uuid) {
            let wait = backoff::wait(invitation.failures, None, ctx.entropy);
            self.timers
                .set(Timer::Follow(uuid), ctx.now.saturating_add(wait));
        }
    }

    /// The gateway refused the token: the user's own takes the place of the push's; after that only a newer one helps.
    fn locked_out(&mut self, uuid: Uuid, status: u16, ctx: &mut Context<'_>) {
        let Some(invitation) = self.invitations.get_mut(&uuid) else {
            return;
        };
        if invitation.address.is_some() && !invitation.refused {
            invitation.refused = true;
            self.follow(uuid, ctx);
        } else if status == 401 {
            self.follow(uuid, ctx);
        }
    }

    /// Asks the gateway how the call stands, unless that question is open.
    pub(super) fn poll(&mut self, uuid: Uuid, ctx: &mut Context<'_>) {
        let Some(invitation) = self
            .invitations
            .get_mut(&uuid)
            .filter(|invitation| invitation.poll.is_none())
        else {
            return;
        };
        let Some((url, bearer)) = invitation.door(ctx.account) else {
            return;
        };
        let id = ctx.http::<()>(HttpMethod::Get, url, Some(bearer), None);
        invitation.poll = Some(id);
        self.requests.insert(id, Asked::Poll(uuid));
    }

    pub(super) fn polled(
        &mut self,
        uuid: Uuid,
        id: u64,
        outcome: Result<HttpResponse, HttpFailure>,
        ctx: &mut Context<'_>,
    ) {
        let Some(invitation) = self
            .invitations
            .get_mut(&uuid)
            .filter(|invitation| invitation.poll == Some(id))
        else {
            return;
        };
        invitation.poll = None;
        // Without an answer the stream or the ring timer decide.
        let Ok(response) = outcome else { return };
        match response.status {
            200 => {
                if let Ok(call) = serde_json::from_slice(&response.body) {
                    self.learn(uuid, call, zim::Cause::default(), ctx);
                }
            }
            _ if is_no_such_call(&response) => self.gone(uuid, ctx),
            _ => {}
        }
    }

    /// The gateway does not know the call any more.
    pub(super) fn gone(&mut self, uuid: Uuid, ctx: &mut Context<'_>) {
        self.over_by_itself(uuid, EndedReason::RemoteEnded, ctx);
    }

    /// The call is over without the gateway having said so: by the clock, by a cancelling push, or because the gateway forgot it.
    pub(super) fn over_by_itself(
        &mut self,
        uuid: Uuid,
        reason: EndedReason,
        ctx: &mut Context<'_>,
    ) {
        if let Some(invitation) = self.invitations.get(&uuid) {
            let (kind, body) =
                zim::over_by_itself(invitation, reason, ctx.account.user_id.as_deref(), ctx.now);
            ctx.emit(kind, &body);
        }
        self.finish(uuid, reason, ctx);
    }

    /// Takes in what the gateway says about a call. Older than what is known: nothing new.
    pub(super) fn learn(
        &mut self,
        uuid: Uuid,
        call: calls::Call,
        cause: zim::Cause<'_>,
        ctx: &mut Context<'_>,
    ) {
        let Some(invitation) = self.invitations.get_mut(&uuid) else {
            return;
        };
        if call.call_id.uuid() != uuid {
            return;
        }
        let here = installation(ctx.account);
        let view = invitation.view(ctx.account, here.as_deref());
        let is_news = invitation
            .call
            .as_ref()
            .is_none_or(|known| known.seq < call.seq);
        let events = if is_news {
            zim::changes(invitation, &view, &call, cause, ctx.now)
        } else {
            Vec::new()
        };
        let end = match &invitation.call {
            Some(known) if !is_news => view.end(known),
            _ => view.end(&call),
        };
        if is_news {
            invitation.call = Some(call);
        }
        for (kind, body) in events {
            ctx.emit(kind, &body);
        }
        if let Some(reason) = end {
            self.finish(uuid, reason, ctx);
        }
    }

    /// Ends the call in CallKit, if it is there, and stops following it.
    pub(super) fn finish(&mut self, uuid: Uuid, reason: EndedReason, ctx: &mut Context<'_>) {
        if self.live.contains_key(&uuid) {
            self.end(uuid, Over::Elsewhere(reason), ctx);
        } else {
            self.leave(uuid, reason, ctx);
        }
    }

    /// When the invitation that this phone got was sent, by the gateway's clock.
    pub(super) fn sent_at(&self, uuid: Uuid) -> Option<u64> {
        let invitation = self.invitations.get(&uuid)?;
        (invitation.role == Role::Invitee).then_some(invitation.created_at)
    }

    /// Stops following a call that CallKit does not have; a late push for it does not ring.
    pub(super) fn leave(&mut self, uuid: Uuid, reason: EndedReason, ctx: &mut Context<'_>) {
        if self
            .invitations
            .get(&uuid)
            .is_some_and(|invitation| invitation.role == Role::Invitee)
        {
            self.recent.insert(EndedCall {
                uuid,
                at: ctx.now,
                sent_at: self.sent_at(uuid),
                reason,
                told: false,
            });
            *ctx.dirty = true;
        }
        self.close_invitation(uuid, ctx);
    }

    /// Stops following a call. One that is still on its way to the gateway is over, too.
    pub(super) fn close_invitation(&mut self, uuid: Uuid, ctx: &mut Context<'_>) {
        self.withdraw(uuid, ctx);
        let Some(invitation) = self.invitations.remove(&uuid) else {
            return;
        };
        let Invitation { stream, poll, .. } = *invitation;
        self.timers.cancel(Timer::Follow(uuid));
        // What still rings on the screen goes on having its time.
        let rings = self.live.get(&uuid);
        if rings.is_none_or(|call| call.direction == Direction::Outgoing) {
            self.timers.cancel(Timer::Ring(uuid));
        }
        if let Some(id) = stream {
            self.streams.remove(&id);
            ctx.close_stream(id);
        }
        if let Some(id) = poll {
            self.requests.remove(&id);
        }
    }
}
