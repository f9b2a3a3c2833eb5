//! An invitation on its way to the gateway.
//!
//! Phones ring before the gateway's answer is here, and the answer may get lost. So all tries of one invitation carry the same
//! `Idempotency-Key`: the first that arrives rings, the others get the same call again. The next try is made as long as an earlier one may
//! have arrived unheard. When it is given up, the call is taken back: no phone goes on ringing for a caller who was told that it failed.

use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;
use zpns_protocol::CallId;
use zpns_protocol::calls::{self, CallMode, Invited, Verb, limits};
use zpns_protocol::push_config::PushConfig;

use super::commands::{check_extended_data, check_users, known_call_id};
use super::{Fact, Invitations, Request, zim};
use crate::calls::backoff;
use crate::calls::gateway_error::{
    CALL_EXISTS, not_configured, read, unauthenticated, unreachable,
};
use crate::calls::outbox::Delivery;
use crate::command::{Method, parse};
use crate::context::{Context, Invocation};
use crate::error::{Code, Error};
use crate::event::EventKind;
use crate::input::{HttpFailure, HttpResponse};
use crate::timers::Timer;

/// No try begins later than this after the first: whoever waits longer for a call to be made has put the phone away.
const PATIENCE_MS: u64 = 30_000;
/// One `callInvite` that the gateway has not answered yet.
pub(super) struct Outgoing {
    invocation: Invocation,
    call_id: CallId,
    invite: calls::Invite,
    /// Who calls, once that is known: whose token the first try carried.
    user: Option<String>,
    url: String,
    /// The same for every try.
    idempotency_key: String,
    /// No try begins at or after this.
    until: u64,
    tries: u32,
    /// The server asked not to be asked before.
    not_before: u64,
    /// Whether a try is under way.
    open: bool,
    /// Whether a try may have arrived whose answer did not.
    may_ring: bool,
    /// Whether the caller has hung up.
    withdrawn: bool,
}

impl Outgoing {
    /// What takes the invitation back, if a try of it may have arrived.
    pub(super) fn take_back(&self, now: u64) -> Option<Delivery> {
        let until = now.saturating_add(u64::from(self.invite.timeout) * 1000);
        let (call_id, user) = (self.call_id.as_str().to_owned(), self.user.clone());
        let may_ring = self.may_ring || self.open;
        may_ring.then(|| Delivery::verb(call_id, Verb::Cancel, user, until))
    }

    /// The try that is under way gets no answer.
    pub(super) fn answer_lost(&mut self) {
        self.open = false;
        self.may_ring = true;
    }
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outgoing")
            .field("tries", &self.tries)
            .field("may_ring", &self.may_ring)
            .finish_non_exhaustive()
    }
}

/// A try that failed.
struct Failure {
    phones: Phones,
    /// Whether another try may fare better.
    passing: bool,
    /// Whether the user token was refused: another may be here already, or on its way.
    expired: bool,
    retry_after: Option<u64>,
}

/// What a failure says about the phones of the invitees.
enum Phones {
    /// They may ring: the gateway may have taken the invitation.
    MayRing,
    /// This try can't have reached them; those before are another matter.
    NotByThis,
    /// They don't ring: the gateway answers what it took before it refuses anything.
    Silent,
}

impl Failure {
    fn of(outcome: &Result<HttpResponse, HttpFailure>) -> Self {
        let (phones, passing) = match outcome {
            Err(HttpFailure::TimedOut | HttpFailure::Broken) => (Phones::MayRing, true),
            Err(HttpFailure::Unreachable) => (Phones::NotByThis, true),
            Err(HttpFailure::InvalidUrl) => (Phones::NotByThis, false),
            Ok(response) => match response.status {
                500.. => (Phones::MayRing, true),
                408 | 425 | 429 => (Phones::NotByThis, true),
                // Who answers but can't be understood is no gateway of this version, and will not become one.
                200..=299 => (Phones::MayRing, false),
                300..=399 | 401 | 403 => (Phones::NotByThis, false),
                _ => (Phones::Silent, false),
            },
        };
        let expired = outcome
            .as_ref()
            .is_ok_and(|response| response.status == 401);
        Self {
            phones,
            passing,
            expired,
            retry_after: outcome
                .as_ref()
                .ok()
                .and_then(|response| response.retry_after),
        }
    }
}

impl Invitations {
    /// `callInvite`. `is_taken_back` says whether a call of this UUID is still being taken back.
    pub(in crate::calls) fn invite(
        &mut self,
        invocation: Invocation,
        params: &str,
        is_taken_back: impl Fn(Uuid) -> bool,
        ctx: &mut Context<'_>,
    ) -> Option<Fact> {
        let request = invite_request(params, ctx).and_then(|(call_id, invite)| {
            self.check_free(&call_id, is_taken_back)?;
            let url = ctx.account.url("calls").ok_or_else(not_configured)?;
            Ok((call_id, invite, url))
        });
        let (call_id, invite, url) = match request {
            Ok(request) => request,
            Err(error) => {
                ctx.complete(invocation, Err(error));
                return None;
            }
        };
        let id = ctx.ids.next();
        let outgoing = Outgoing {
            invocation,
            call_id,
            invite,
            user: None,
            url,
            idempotency_key: ctx.entropy.uuid().to_string(),
            until: ctx.now.saturating_add(PATIENCE_MS),
            tries: 0,
            not_before: 0,
            open: false,
            may_ring: false,
            withdrawn: false,
        };
        self.outgoing.insert(id, Box::new(outgoing));
        self.send_outgoing(id, ctx)
    }

    /// Whether this name is free as far as this phone knows: a call that is taken back would take its namesake with it.
    fn check_free(
        &self,
        call_id: &CallId,
        is_taken_back: impl Fn(Uuid) -> bool,
    ) -> Result<(), Error> {
        let uuid = call_id.uuid();
        let on_its_way = self
            .outgoing
            .values()
            .any(|outgoing| outgoing.call_id == *call_id);
        if !on_its_way && !self.tracked.contains_key(&uuid) && !is_taken_back(uuid) {
            return Ok(());
        }
        let text = "callInvite: there is a call with this callID, or it is still being taken back: leave callID out, or choose a new one";
        Err(Error::zim(CALL_EXISTS, text))
    }

    /// Sends an invitation of the app, for the first time or again.
    pub(in crate::calls) fn send_outgoing(
        &mut self,
        id: u64,
        ctx: &mut Context<'_>,
    ) -> Option<Fact> {
        let outgoing = self
            .outgoing
            .get_mut(&id)
            .filter(|outgoing| !outgoing.open)?;
        if ctx.now < outgoing.not_before && !outgoing.withdrawn {
            return None;
        }
        ctx.timers.cancel(Timer::Outgoing(id));
        if outgoing.withdrawn {
            let error = Error::new(
                Code::Expired,
                "the call was ended before the gateway answered",
            );
            return self.give_up(id, error, ctx);
        }
        // The token of the try before may have been refused since, or replaced.
        let Some(bearer) = ctx.account.user_token.clone() else {
            return self.await_user_token(id, ctx);
        };
        if outgoing.until <= ctx.now {
            return self.give_up(id, unreachable(HttpFailure::TimedOut), ctx);
        }
        if outgoing.user.is_none() {
            outgoing.user.clone_from(&ctx.account.user_id);
        } else if outgoing.user != ctx.account.user_id {
            return self.give_up(id, Error::another_user(), ctx);
        }
        outgoing.tries = outgoing.tries.saturating_add(1);
        outgoing.open = true;
        let Outgoing {
            idempotency_key,
            url,
            invite,
            ..
        } = &**outgoing;
        let request = ctx.post_once(idempotency_key.clone(), url.clone(), bearer, invite);
        self.requests.insert(request, Request::Outgoing(id));
        *ctx.dirty = true;
        None
    }

    /// The caller's patience is long enough to wait for `getUserToken`, if it is being asked.
    fn await_user_token(&mut self, id: u64, ctx: &mut Context<'_>) -> Option<Fact> {
        match self.outgoing.get(&id) {
            Some(outgoing) if ctx.now < outgoing.until && ctx.need_user_token() => {
                ctx.timers.set(Timer::Outgoing(id), outgoing.until);
                None
            }
            _ => self.give_up(id, unauthenticated(), ctx),
        }
    }

    /// The network is back, the app in front again, or there is another user token: what waits for its next try is tried at once.
    pub(in crate::calls) fn send_all_outgoing(&mut self, ctx: &mut Context<'_>) -> Vec<Fact> {
        let ids: Vec<u64> = self.outgoing.keys().copied().collect();
        let sent = ids.into_iter().map(|id| self.send_outgoing(id, ctx));
        sent.flatten().collect()
    }

    /// The app is configured anew, perhaps for another user: what still waits for its first token was asked for by this one.
    pub(in crate::calls) fn keep_callers(&mut self, user: Option<&str>) {
        let outgoing = self.outgoing.iter_mut().map(|(_, outgoing)| outgoing);
        for outgoing in outgoing.filter(|outgoing| outgoing.user.is_none()) {
            outgoing.user = user.map(str::to_owned);
        }
    }

    /// The gateway answered an invitation of the app, or did not.
    pub(super) fn outgoing_answered(
        &mut self,
        id: u64,
        outcome: Result<HttpResponse, HttpFailure>,
        ctx: &mut Context<'_>,
    ) -> Option<Fact> {
        let outgoing = self.outgoing.get_mut(&id)?;
        outgoing.open = false;
        // Whether it would have to be taken back may be another now.
        *ctx.dirty = true;
        let failure = Failure::of(&outcome);
        let error = match read::<Invited>(outcome) {
            Ok(invited) => return self.made(id, invited, ctx),
            Err(error) => error,
        };
        match failure.phones {
            Phones::MayRing => outgoing.may_ring = true,
            Phones::NotByThis => {}
            Phones::Silent => outgoing.may_ring = false,
        }
        if failure.expired {
            return self.send_outgoing(id, ctx);
        }
        let wait = backoff::wait(outgoing.tries, failure.retry_after, ctx.entropy);
        let at = ctx.now.saturating_add(wait);
        outgoing.not_before = if failure.retry_after.is_some() { at } else { 0 };
        // What certainly did nothing is for the app to try again: it may want to tell its user first.
        if outgoing.may_ring && failure.passing && !outgoing.withdrawn && at < outgoing.until {
            ctx.timers.set(Timer::Outgoing(id), at);
            return None;
        }
        self.give_up(id, error, ctx)
    }

    /// The call exists: the app hears so.
    fn made(&mut self, id: u64, invited: Invited, ctx: &mut Context<'_>) -> Option<Fact> {
        let Outgoing {
            invocation,
            user,
            withdrawn,
            ..
        } = *self.outgoing.remove(&id)?;
        let Invited {
            call,
            error_user_list,
            ..
        } = invited;
        let created = zim::created(&call);
        ctx.emit_to(user.as_deref(), EventKind::CallInvitationCreated, &created);
        let answer = json!({ "callID": call.call_id, "timeout": call.timeout, "errorUserList": error_user_list });
        ctx.complete(invocation, Ok(answer));
        let call = Box::new(call);
        Some(Fact::Made {
            call,
            user,
            withdrawn,
        })
    }

    /// The caller hung up: no more tries, and the call is taken back as soon as it is known.
    pub(in crate::calls) fn withdraw(&mut self, uuid: Uuid, ctx: &mut Context<'_>) {
        for (id, outgoing) in &mut self.outgoing {
            if outgoing.call_id.uuid() == uuid {
                outgoing.withdrawn = true;
                if !outgoing.open {
                    ctx.timers.set(Timer::Outgoing(*id), ctx.now);
                }
            }
        }
    }

    /// The app hears that it failed. Phones that may ring all the same are told by the gateway once it can be reached.
    fn give_up(&mut self, id: u64, mut error: Error, ctx: &mut Context<'_>) -> Option<Fact> {
        let outgoing = self.outgoing.remove(&id)?;
        *ctx.dirty = true;
        let taken_back = outgoing.take_back(ctx.now);
        if taken_back.is_some() {
            error
                .message
                .push_str(". If it rings all the same, it stops once the gateway can be reached");
        }
        ctx.complete(outgoing.invocation, Err(error));
        taken_back.map(Fact::TakeBack)
    }
}

fn invite_request(params: &str, ctx: &mut Context<'_>) -> Result<(CallId, calls::Invite), Error> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct InviteConfig {
        timeout: Option<u32>,
        mode: Option<CallMode>,
        extended_data: Option<String>,
        push_config: Option<PushConfig>,
    }
    #[derive(Deserialize)]
    struct Params {
        invitees: Vec<String>,
        config: Option<InviteConfig>,
        #[serde(rename = "callID")]
        call_id: Option<String>,
    }
    let method = Method::CallInvite;
    let Params {
        invitees,
        config,
        call_id,
    } = parse(method, params)?;
    let config = config.unwrap_or_default();
    if invitees.is_empty() {
        return Err(Error::invalid(
            "callInvite: invitees may not be empty: name 1 to 9 users",
        ));
    }
    check_users(method, &invitees)?;
    let timeout = config.timeout.unwrap_or(limits::DEFAULT_TIMEOUT);
    if !(limits::MIN_TIMEOUT..=limits::MAX_TIMEOUT).contains(&timeout) {
        let (min, max) = (limits::MIN_TIMEOUT, limits::MAX_TIMEOUT);
        return Err(Error::invalid(format!(
            "callInvite: config.timeout must be {min} to {max} seconds, not {timeout}"
        )));
    }
    let extended_data = config.extended_data.unwrap_or_default();
    check_extended_data(method, &extended_data)?;
    if let Some(push_config) = &config.push_config {
        push_config
            .check()
            .map_err(|error| Error::invalid(format!("callInvite: config.{error}")))?;
    }
    // Named here rather than by the gateway, so that it can be taken back although no answer ever said its name.
    let call_id = known_call_id(
        method,
        call_id.unwrap_or_else(|| ctx.entropy.uuid().to_string()),
    )?;
    let invite = calls::Invite {
        call_id: Some(call_id.clone()),
        caller: None,
        installation: ctx.account.installation_name(),
        invitees,
        timeout,
        mode: config.mode.unwrap_or_default(),
        extended_data,
        push_config: config.push_config,
    };
    Ok((call_id, invite))
}
