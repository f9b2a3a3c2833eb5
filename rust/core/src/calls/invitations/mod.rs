//! What the gateway knows: calls that this phone follows there, and those that its app makes. Knows nothing of CallKit: what has to
//! happen to a call comes out as a [`Fact`].

mod commands;
mod follow;
mod outgoing;
mod query;
mod snapshot;
mod tracked;
mod zim;

use litemap::LiteMap;
use uuid::Uuid;
use zpns_protocol::calls;

pub(super) use self::commands::{VerbRequest, verb_request};
use self::outgoing::Outgoing;
use self::query::Query;
pub(super) use self::snapshot::{Accepted, Role};
pub(super) use self::tracked::Tracked;
pub(super) use self::zim::Cause;
use super::outbox::{Delivery, StoredVerb};
use crate::clocks::Clocks;
use crate::context::Context;
use crate::effect::EndedReason;
use crate::input::{HttpFailure, HttpResponse};

/// Most calls that are followed at once.
const MAX_TRACKED: usize = 1000;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Invitations {
    tracked: LiteMap<Uuid, Box<Tracked>>,
    /// The app's invitations that the gateway has not answered.
    outgoing: LiteMap<u64, Box<Outgoing>>,
    /// Which call an open stream follows.
    streams: LiteMap<u64, Uuid>,
    requests: LiteMap<u64, Request>,
    /// Questions of the app that wait for a user token.
    queries: Vec<Query>,
}

/// What an open request is for.
#[derive(Debug)]
enum Request {
    Poll(Uuid),
    Outgoing(u64),
    Query(Query),
}

/// What the other parts have to know.
#[derive(Debug)]
pub(super) enum Fact {
    /// The call is over for this phone, as the gateway says. JavaScript heard why.
    Over(Uuid, EndedReason),
    /// The gateway does not know the call (any more).
    Forgotten(Uuid),
    /// The call goes on, although it seemed to be over by this phone's clock.
    Confirmed(Uuid),
    /// An invitation of the app is a call now, which the caller may have given up already.
    Made {
        call: Box<calls::Call>,
        /// Who called, if that is known.
        user: Option<String>,
        withdrawn: bool,
    },
    /// An invitation of the app failed, but phones may ring all the same: the gateway has to hear this.
    TakeBack(Delivery),
}

impl Invitations {
    pub(super) fn get(&self, uuid: Uuid) -> Option<&Tracked> {
        self.tracked.get(&uuid).map(Box::as_ref)
    }

    pub(super) fn is_full(&self) -> bool {
        self.tracked.len() >= MAX_TRACKED
    }

    /// How many calls are followed.
    pub(super) fn len(&self) -> usize {
        self.tracked.len()
    }

    pub(super) fn open_streams(&self) -> usize {
        self.streams.len()
    }

    pub(super) fn uuids(&self) -> Vec<Uuid> {
        self.tracked.keys().copied().collect()
    }

    /// Number of the newest invitation of the app that the gateway has not answered.
    pub(super) fn newest_outgoing(&self) -> Option<u64> {
        self.outgoing.last().map(|(id, _)| *id)
    }

    /// Follows a call from now on.
    pub(super) fn track(&mut self, uuid: Uuid, tracked: Tracked, ctx: &mut Context<'_>) {
        *ctx.dirty |= tracked.verb_if_abandoned().is_some();
        self.tracked.insert(uuid, Box::new(tracked));
    }

    /// What the gateway must hear if the process dies now.
    pub(super) fn abandoned(&self, clocks: Clocks) -> Vec<StoredVerb> {
        let tracked = self.tracked.iter().filter_map(|(_, tracked)| {
            let verb = tracked.verb_if_abandoned()?;
            let until = clocks.gateway_to_core(tracked.expires_at);
            tracked.delivery(verb, until).to_stored()
        });
        let outgoing = self.outgoing.iter().filter_map(|(_, outgoing)| {
            let taken_back = outgoing.take_back(clocks.now())?;
            taken_back.to_stored()
        });
        tracked.chain(outgoing).collect()
    }

    /// Another push for a call that is followed: its capability takes the place of one that is missing or was refused. False if nothing is new.
    pub(super) fn renew_address(
        &mut self,
        uuid: Uuid,
        address: &super::follow_address::FollowAddress,
    ) -> bool {
        let Some(tracked) = self.tracked.get_mut(&uuid) else {
            return false;
        };
        if tracked.address.is_some() && !tracked.refused {
            return false;
        }
        tracked.address = Some(address.clone());
        tracked.refused = false;
        tracked.acknowledged = false;
        true
    }

    /// The push that JavaScript has yet to hear of, since its call seemed to be over.
    pub(super) fn take_withheld(&mut self, uuid: Uuid) -> Option<String> {
        self.tracked.get_mut(&uuid)?.withheld.take()
    }

    /// Notes whether this phone accepted the call. False if it is not followed.
    pub(super) fn set_accepted(&mut self, uuid: Uuid, accepted: Accepted) -> bool {
        let tracked = self.tracked.get_mut(&uuid);
        tracked.map(|tracked| tracked.accepted = accepted).is_some()
    }

    /// Calls of this user that can only be followed with the user's own token.
    pub(super) fn bound_to(&self, user: &str) -> Vec<Uuid> {
        let needs_token = |tracked: &Tracked| tracked.address.is_none() || tracked.refused;
        let tracked = self
            .tracked
            .iter()
            .filter(|(_, tracked)| tracked.user.as_deref() == Some(user) && needs_token(tracked));
        tracked.map(|(uuid, _)| *uuid).collect()
    }

    /// Requests and streams that were opened over another way to the network are dead.
    pub(super) fn network_changed(&mut self, ctx: &mut Context<'_>) {
        for (_, request) in std::mem::take(&mut self.requests) {
            match request {
                Request::Poll(uuid) => {
                    if let Some(tracked) = self.tracked.get_mut(&uuid) {
                        tracked.poll = None;
                    }
                }
                Request::Outgoing(id) => {
                    if let Some(outgoing) = self.outgoing.get_mut(&id) {
                        outgoing.answer_lost();
                    }
                }
                Request::Query(query) => self.queries.push(query),
            }
        }
        for (id, uuid) in std::mem::take(&mut self.streams) {
            ctx.close_stream(id);
            if let Some(tracked) = self.tracked.get_mut(&uuid) {
                tracked.stream = None;
            }
        }
    }

    /// Takes the answer to a request of the invitations. One that nobody waits for any more is dropped.
    pub(super) fn answered(
        &mut self,
        request: u64,
        outcome: Result<HttpResponse, HttpFailure>,
        ctx: &mut Context<'_>,
    ) -> Option<Fact> {
        match self.requests.remove(&request)? {
            Request::Poll(uuid) => self.polled(uuid, request, outcome, ctx),
            Request::Outgoing(id) => self.outgoing_answered(id, outcome, ctx),
            Request::Query(query) => self.queried(query, outcome, ctx),
        }
    }
}
