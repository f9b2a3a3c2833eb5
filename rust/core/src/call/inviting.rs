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

use super::gateway_error::{CALL_EXISTS, not_configured, read, unauthenticated, unreachable};
use super::invitation::{Invitation, MAX_INVITATIONS, installation};
use super::invite::{check_extended_data, check_users, known_call_id};
use super::live::Direction;
use super::outbox::Delivery;
use super::ring::longest_ring;
use super::snapshot::{Accepted, Role};
use super::timers::Timer;
use super::{Asked, Calls, backoff, zim};
use crate::command::{Method, parse};
use crate::context::{Context, Invocation};
use crate::error::{Code, Error};
use crate::event::EventKind;
use crate::input::{HttpFailure, HttpResponse};

/// No try begins later than this after the first: whoever waits longer for a call to be made has put the phone away.
const PATIENCE_MS: u64 = 30_000;
/// How long the gateway may be late with telling the caller that nobody answered, before the caller decides so itself.
const CALLER_GRACE_MS: u64 = 30_000;

/// One `callInvite` that the gateway has not answered yet.
pub(super) struct Inviting {
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

impl Inviting {
    /// The try that is under way gets no answer.
    pub(super) fn answer_lost(&mut self) {
        self.open = false;
        self.may_ring = true;
    }
}

impl std::fmt::Debug for Inviting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inviting")
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

impl Calls {
    pub(super) fn invite(&mut self, invocation: Invocation, params: &str, ctx: &mut Context<'_>) {
        let request = invite_request(params, ctx).and_then(|(call_id, invite)| {
            self.check_free(&call_id)?;
            let url = ctx.account.url("calls").ok_or_else(not_configured)?;
            Ok((call_id, invite, url))
        });
        let (call_id, invite, url) = match request {
            Ok(request) => request,
            Err(error) => return ctx.complete(invocation, Err(error)),
        };
        let id = ctx.ids.next();
        let inviting = Inviting {
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
        self.inviting.insert(id, Box::new(inviting));
        self.send_invitation(id, ctx);
    }

    /// Whether this name is free as far as this phone knows: a call that is taken back would take its namesake with it.
    fn check_free(&self, call_id: &CallId) -> Result<(), Error> {
        let uuid = call_id.uuid();
        let on_its_way = self
            .inviting
            .values()
            .any(|inviting| inviting.call_id == *call_id);
        if !on_its_way && !self.invitations.contains_key(&uuid) && !self.outbox.cancels(uuid) {
            return Ok(());
        }
        let text = "callInvite: there is a call with this callID, or it is still being taken back: leave callID out, or choose a new one";
        Err(Error::zim(CALL_EXISTS, text))
    }

    /// Sends an invitation, for the first time or again.
    pub(super) fn send_invitation(&mut self, id: u64, ctx: &mut Context<'_>) {
        let Some(inviting) = self.inviting.get_mut(&id).filter(|inviting| !inviting.open) else {
            return;
        };
        if ctx.now < inviting.not_before && !inviting.withdrawn {
            return;
        }
        self.timers.cancel(Timer::Invitation(id));
        if inviting.withdrawn {
            return self.give_up(
                id,
                Error::new(
                    Code::Expired,
                    "the call was ended before the gateway answered",
                ),
                ctx,
            );
        }
        // The token of the try before may have been refused since, or replaced.
        let Some(bearer) = ctx.account.user_token.clone() else {
            return self.await_user_token(id, ctx);
        };
        if inviting.until <= ctx.now {
            return self.give_up(id, unreachable(HttpFailure::TimedOut), ctx);
        }
        if inviting.user.is_none() {
            inviting.user.clone_from(&ctx.account.user_id);
        } else if inviting.user != ctx.account.user_id {
            return self.give_up(id, Error::another_user(), ctx);
        }
        inviting.tries = inviting.tries.saturating_add(1);
        inviting.open = true;
        let Inviting {
            idempotency_key,
            url,
            invite,
            ..
        } = &**inviting;
        let request = ctx.post_once(idempotency_key.clone(), url.clone(), bearer, invite);
        self.requests.insert(request, Asked::Invitation(id));
    }

    /// The caller's patience is long enough to wait for `getUserToken`, if it is being asked.
    fn await_user_token(&mut self, id: u64, ctx: &mut Context<'_>) {
        match self.inviting.get(&id) {
            Some(inviting) if ctx.now < inviting.until && ctx.need_user_token() => {
                self.timers.set(Timer::Invitation(id), inviting.until);
            }
            _ => self.give_up(id, unauthenticated(), ctx),
        }
    }

    /// The network is back, the app in front again, or there is another user token: what waits for its next try is tried at once.
    pub(super) fn send_invitations(&mut self, ctx: &mut Context<'_>) {
        for id in self.inviting.keys().copied().collect::<Vec<_>>() {
            self.send_invitation(id, ctx);
        }
    }

    /// The app is configured anew, perhaps for another user: what still waits for its first token was asked for by this one.
    pub(crate) fn keep_callers(&mut self, user: Option<&str>) {
        for inviting in self
            .inviting
            .iter_mut()
            .map(|(_, inviting)| inviting)
            .filter(|inviting| inviting.user.is_none())
        {
            inviting.user = user.map(str::to_owned);
        }
    }

    /// The gateway answered an invitation, or did not.
    pub(super) fn invited(
        &mut self,
        id: u64,
        outcome: Result<HttpResponse, HttpFailure>,
        ctx: &mut Context<'_>,
    ) {
        let Some(inviting) = self.inviting.get_mut(&id) else {
            return;
        };
        inviting.open = false;
        let failure = Failure::of(&outcome);
        let error = match read::<Invited>(outcome) {
            Ok(invited) => return self.made(id, invited, ctx),
            Err(error) => error,
        };
        match failure.phones {
            Phones::MayRing => inviting.may_ring = true,
            Phones::NotByThis => {}
            Phones::Silent => inviting.may_ring = false,
        }
        if failure.expired {
            return self.send_invitation(id, ctx);
        }
        let at = ctx.now.saturating_add(backoff::wait(
            inviting.tries,
            failure.retry_after,
            ctx.entropy,
        ));
        inviting.not_before = if failure.retry_after.is_some() { at } else { 0 };
        // What certainly did nothing is for the app to try again: it may want to tell its user first.
        if inviting.may_ring && failure.passing && !inviting.withdrawn && at < inviting.until {
            self.timers.set(Timer::Invitation(id), at);
        } else {
            self.give_up(id, error, ctx);
        }
    }

    /// The call exists: the app hears so, and it is followed.
    fn made(&mut self, id: u64, invited: Invited, ctx: &mut Context<'_>) {
        let Some(inviting) = self.inviting.remove(&id) else {
            return;
        };
        let Inviting {
            invocation,
            withdrawn,
            ..
        } = *inviting;
        let Invited {
            call,
            error_user_list,
            ..
        } = invited;
        ctx.emit(EventKind::CallInvitationCreated, &zim::created(&call));
        let answer = json!({ "callID": call.call_id, "timeout": call.timeout, "errorUserList": error_user_list });
        ctx.complete(invocation, Ok(answer));
        let uuid = call.call_id.uuid();
        if let Some(live) = self.live.get_mut(&uuid) {
            live.call_id = Some(call.call_id.as_str().to_owned());
        }
        if call.state.is_over() {
            return;
        }
        let call_id = call.call_id.clone();
        if self.invitations.len() < MAX_INVITATIONS {
            self.close_invitation(uuid, ctx);
            let invitation = Invitation::from_call(call, Role::Caller, Accepted::NotHere, ctx.skew);
            let mut until = invitation.expires_at.saturating_add(CALLER_GRACE_MS);
            // The same call rings here, too: the caller is among the invitees.
            if let Some(call) = self.live.get(&uuid)
                && call.direction == Direction::Incoming
            {
                until = until.min(longest_ring(call.since, ctx));
            }
            self.timers.set(Timer::Ring(uuid), until);
            self.invitations.insert(uuid, Box::new(invitation));
            self.follow(uuid, ctx);
        }
        if withdrawn {
            self.tell_more(
                call_id.as_str(),
                Verb::Cancel,
                String::new(),
                Vec::new(),
                None,
                ctx,
            );
        }
    }

    /// The caller hung up: no more tries, and the call is taken back as soon as it is known.
    pub(super) fn withdraw(&mut self, uuid: Uuid, ctx: &Context<'_>) {
        for (id, inviting) in &mut self.inviting {
            if inviting.call_id.uuid() == uuid {
                inviting.withdrawn = true;
                if !inviting.open {
                    self.timers.set(Timer::Invitation(*id), ctx.now);
                }
            }
        }
    }

    /// The app hears that it failed. Phones that may ring all the same are told by the gateway once it can be reached.
    fn give_up(&mut self, id: u64, mut error: Error, ctx: &mut Context<'_>) {
        let Some(inviting) = self.inviting.remove(&id) else {
            return;
        };
        let Inviting {
            invocation,
            call_id,
            invite,
            may_ring,
            ..
        } = *inviting;
        if may_ring {
            error
                .message
                .push_str(". If it rings all the same, it stops once the gateway can be reached");
        }
        ctx.complete(invocation, Err(error));
        if may_ring {
            let cancel = Delivery::verb(
                &call_id,
                Verb::Cancel,
                ctx.now.saturating_add(u64::from(invite.timeout) * 1000),
            );
            *ctx.dirty = true;
            self.deliver(cancel, ctx);
        }
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
        installation: installation(ctx.account),
        invitees,
        timeout,
        mode: config.mode.unwrap_or_default(),
        extended_data,
        push_config: config.push_config,
    };
    Ok((call_id, invite))
}
