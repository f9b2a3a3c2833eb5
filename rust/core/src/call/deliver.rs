//! Delivering what happened to calls: one request at a time for each call, again and again while it is of use.

use serde_json::{Value, json};
use uuid::Uuid;
use zpns_protocol::CallId;
use zpns_protocol::calls::{CallState, Receipt, Verb, VerbBody, VerbResult};

use super::gateway_error::{
    is_from_gateway, is_no_such_call, not_configured, refusal, unauthenticated, unreachable,
};
use super::invitation::{call_path, installation};
use super::outbox::{Delivery, Errand};
use super::snapshot::Accepted;
use super::timers::Timer;
use super::{Asked, Calls, backoff, zim};
use crate::command::Method;
use crate::context::{Context, Invocation};
use crate::effect::{EndedReason, HttpMethod, LogLevel};
use crate::error::{Code, Error, ZIM_DOMAIN};
use crate::input::{HttpFailure, HttpResponse};

/// A decline in the last second still gets a few tries.
const SHORTEST_MS: u64 = 15_000;
/// How long an `end` is of use: the other side sits in a call that nobody is in.
const END_MS: u64 = 60 * 60 * 1000;
/// ZIM's number for a cancel that comes too late.
const CANCEL_FAILED: u32 = 6_000_271;

impl Calls {
    /// Tells the gateway what was done to a call that came from it.
    pub(super) fn tell(&mut self, uuid: Uuid, verb: Verb, ctx: &mut Context<'_>) {
        let Some(invitation) = self.invitations.get(&uuid) else {
            return;
        };
        let call_id = invitation.call_id.clone();
        self.tell_more(&call_id, verb, String::new(), Vec::new(), None, ctx);
    }

    /// Tells it with everything that an app can say. The call need not be known here.
    pub(super) fn tell_more(
        &mut self,
        call_id: &str,
        verb: Verb,
        extended_data: String,
        invitees: Vec<String>,
        promise: Option<(Invocation, Method)>,
        ctx: &mut Context<'_>,
    ) {
        let uuid = zpns_protocol::call_uuid(call_id);
        let invitation = self.invitations.get(&uuid);
        let until = match verb {
            Verb::End => ctx.now.saturating_add(END_MS),
            Verb::Accept | Verb::Reject | Verb::Cancel => invitation
                .map_or(0, |invitation| invitation.expires_at)
                .max(ctx.now.saturating_add(SHORTEST_MS)),
        };
        let delivery = Delivery {
            uuid,
            call_id: call_id.to_owned(),
            errand: Errand::Verb(verb),
            address: invitation
                .and_then(|invitation| invitation.address.clone())
                .map(|address| (address.url, address.token)),
            refused: invitation.is_some_and(|invitation| invitation.refused),
            extended_data,
            invitees,
            until,
            tries: 0,
            not_before: 0,
            request: None,
            promise,
        };
        *ctx.dirty = true;
        self.deliver(delivery, ctx);
    }

    /// Tells the gateway that the push arrived.
    pub(super) fn acknowledge(&mut self, uuid: Uuid, ctx: &mut Context<'_>) {
        let Some(invitation) = self.invitations.get(&uuid) else {
            return;
        };
        let Some(address) = &invitation.address else {
            return;
        };
        // The address ends in /v1/calls/{id}; anything else is not a gateway of ours.
        let Some((base, _)) = address.url.rsplit_once("/v1/calls/") else {
            return;
        };
        let delivery = Delivery {
            uuid,
            call_id: invitation.call_id.clone(),
            errand: Errand::Receipt,
            address: Some((format!("{base}/v1/receipts"), address.token.clone())),
            refused: false,
            extended_data: String::new(),
            invitees: Vec::new(),
            until: invitation.expires_at,
            tries: 0,
            not_before: 0,
            request: None,
            promise: None,
        };
        self.deliver(delivery, ctx);
    }

    pub(super) fn deliver(&mut self, delivery: Delivery, ctx: &mut Context<'_>) {
        let (uuid, verb) = (delivery.uuid, matches!(delivery.errand, Errand::Verb(_)));
        let (id, evicted) = self.outbox.add(delivery);
        if let Some(evicted) = evicted {
            if let Some(request) = evicted.request {
                self.requests.remove(&request);
            }
            settle(evicted, Err(expired()), ctx);
        }
        // The app tells the gateway itself before it fulfils the end.
        if verb && self.actions.awaits_end(uuid) {
            self.await_gateway(uuid, ctx);
        }
        // Something new is a good moment to try what is before it, which then decides for both.
        let first = self.outbox.verbs_of(uuid).first().copied();
        self.send(if verb { first.unwrap_or(id) } else { id }, ctx);
    }

    /// Sends a delivery if it is its turn and there is a token to send it with.
    pub(super) fn send(&mut self, id: u64, ctx: &mut Context<'_>) {
        if !self.outbox.is_next(id) {
            return;
        }
        let Some(delivery) = self
            .outbox
            .get_mut(id)
            .filter(|delivery| delivery.request.is_none())
        else {
            return;
        };
        if ctx.now < delivery.not_before.min(delivery.until) {
            return;
        }
        if delivery.until <= ctx.now {
            return self.drop_delivery(id, Err(expired()), ctx);
        }
        let own = delivery.address.clone().filter(|_| !delivery.refused);
        let door = match (own, delivery.errand) {
            (Some((url, token)), Errand::Verb(verb)) => {
                Some((format!("{url}/{}", verb.as_str()), token, false))
            }
            (Some((url, token)), Errand::Receipt) => Some((url, token, false)),
            (None, Errand::Verb(verb)) => {
                let url = ctx.account.url(&format!(
                    "{}/{}",
                    call_path(&delivery.call_id),
                    verb.as_str()
                ));
                url.zip(ctx.account.user_token.clone())
                    .map(|(url, token)| (url, token, true))
            }
            (None, Errand::Receipt) => None,
        };
        let Some((url, bearer, by_user)) = door else {
            return self.no_door(id, ctx);
        };
        delivery.tries = delivery.tries.saturating_add(1);
        let request = match delivery.errand {
            Errand::Verb(_) => {
                let body = VerbBody {
                    user: None,
                    // A capability names its installation itself.
                    installation: if by_user {
                        installation(ctx.account)
                    } else {
                        None
                    },
                    extended_data: delivery.extended_data.clone(),
                    invitees: delivery.invitees.clone(),
                };
                ctx.http(HttpMethod::Post, url, Some(bearer), Some(&body))
            }
            Errand::Receipt => {
                let body = Receipt {
                    call_id: CallId::new(delivery.call_id.clone()).ok(),
                    ..Receipt::default()
                };
                ctx.http(HttpMethod::Post, url, Some(bearer), Some(&body))
            }
        };
        delivery.request = Some(request);
        self.timers.cancel(Timer::Delivery(id));
        self.requests.insert(request, Asked::Delivery(id));
    }

    /// There is no token. A verb waits for one; whoever waits for the verb, or for one behind it, does so only while the app is asked for one.
    fn no_door(&mut self, id: u64, ctx: &mut Context<'_>) {
        let Some(delivery) = self.outbox.get_mut(id) else {
            return;
        };
        if delivery.errand == Errand::Receipt {
            return self.drop_delivery(id, Err(unauthenticated()), ctx);
        }
        let uuid = delivery.uuid;
        let configured = ctx.account.server_url.is_some();
        if configured && ctx.need_user_token() {
            return;
        }
        let error = if configured {
            unauthenticated()
        } else {
            not_configured()
        };
        for id in self.outbox.verbs_of(uuid) {
            let Some(delivery) = self.outbox.get_mut(id) else {
                continue;
            };
            let Some((promise, _)) = delivery.promise.take() else {
                continue;
            };
            ctx.complete(promise, Err(error.clone()));
            // An app that called without a token tries again itself: nothing has happened yet.
            if delivery.address.is_none() {
                let accepts = delivery.errand == Errand::Verb(Verb::Accept);
                if let Some(invitation) = self.invitations.get_mut(&uuid).filter(|_| accepts) {
                    invitation.accepted = Accepted::NotHere;
                }
                self.timers.cancel(Timer::Delivery(id));
                self.outbox.remove(id);
            }
        }
        if let Some(id) = self.outbox.verbs_of(uuid).first().copied()
            && let Some(delivery) = self.outbox.get_mut(id)
        {
            self.timers.set(Timer::Delivery(id), delivery.until);
        }
    }

    pub(super) fn delivered(
        &mut self,
        id: u64,
        outcome: Result<HttpResponse, HttpFailure>,
        ctx: &mut Context<'_>,
    ) {
        let Some(delivery) = self.outbox.get_mut(id) else {
            return;
        };
        delivery.request = None;
        match outcome {
            Ok(response) if (200..300).contains(&response.status) => self.taken(id, &response, ctx),
            Ok(response)
                if matches!(response.status, 401 | 403)
                    && delivery.address.is_some()
                    && !delivery.refused =>
            {
                delivery.refused = true;
                self.send(id, ctx);
            }
            // With the newest token, or as soon as there is one.
            Ok(response) if response.status == 401 => self.send(id, ctx),
            Ok(response)
                if matches!(response.status, 408 | 425 | 429) || response.status >= 500 =>
            {
                self.try_again(id, response.retry_after, &refusal(&response), ctx);
            }
            Ok(response) if !is_from_gateway(&response) => {
                // A proxy on the way, or another server for a while: it knows nothing of the call.
                self.try_again(id, response.retry_after, &refusal(&response), ctx);
            }
            Ok(response) => self.refused(id, &response, ctx),
            Err(HttpFailure::InvalidUrl) => {
                self.drop_delivery(id, Err(unreachable(HttpFailure::InvalidUrl)), ctx);
            }
            Err(failure) => self.try_again(id, None, &unreachable(failure), ctx),
        }
    }

    /// Whoever waits for this verb, or for one behind it, hears of the trouble at once; the deliveries themselves go on.
    fn try_again(
        &mut self,
        id: u64,
        retry_after: Option<u64>,
        error: &Error,
        ctx: &mut Context<'_>,
    ) {
        let Some(delivery) = self.outbox.get_mut(id) else {
            return;
        };
        let wait = backoff::wait(delivery.tries, retry_after, ctx.entropy);
        let at = ctx.now.saturating_add(wait);
        delivery.not_before = if retry_after.is_some() { at } else { 0 };
        let (uuid, at) = (delivery.uuid, at.min(delivery.until));
        self.timers.set(Timer::Delivery(id), at);
        if delivery.errand == Errand::Receipt {
            return;
        }
        let message = format!(
            "{}. This library goes on trying while it is of use",
            error.message
        );
        for id in self.outbox.verbs_of(uuid) {
            if let Some((promise, _)) = self
                .outbox
                .get_mut(id)
                .and_then(|delivery| delivery.promise.take())
            {
                ctx.complete(
                    promise,
                    Err(Error {
                        message: message.clone(),
                        ..error.clone()
                    }),
                );
            }
        }
    }

    /// The gateway said no for good.
    fn refused(&mut self, id: u64, response: &HttpResponse, ctx: &mut Context<'_>) {
        let Some(delivery) = self.outbox.get_mut(id) else {
            return;
        };
        let (uuid, errand) = (delivery.uuid, delivery.errand);
        if errand != Errand::Receipt {
            ctx.log(
                LogLevel::Warning,
                format!(
                    "the gateway refused what was done to a call, with status {}",
                    response.status
                ),
            );
        }
        self.drop_delivery(id, Err(refusal(response)), ctx);
        if errand == Errand::Verb(Verb::Accept) {
            if is_no_such_call(response) {
                self.gone(uuid, ctx);
            } else {
                self.finish(uuid, EndedReason::Failed, ctx);
            }
        }
    }

    /// The gateway has it. What it says about the call counts: somebody may have been faster.
    fn taken(&mut self, id: u64, response: &HttpResponse, ctx: &mut Context<'_>) {
        let Some(delivery) = self.outbox.get_mut(id) else {
            return;
        };
        let (uuid, errand, tries, everyone) = (
            delivery.uuid,
            delivery.errand,
            delivery.tries,
            delivery.invitees.is_empty(),
        );
        let said = delivery.extended_data.clone();
        let method = delivery.promise.as_ref().map(|(_, method)| *method);
        let result: Option<VerbResult> = serde_json::from_slice(&response.body).ok();
        let Some(result) = result.filter(|_| errand != Errand::Receipt) else {
            let answer = json!({ "callID": delivery.call_id });
            return self.drop_delivery(id, Ok(answer), ctx);
        };
        let mut late = false;
        if errand == Errand::Verb(Verb::Accept) {
            // An earlier try may have worked although its answer was lost.
            late = !result.applied && !self.accepted_here(uuid, &result, tries > 1, ctx);
            if let Some(invitation) = self.invitations.get_mut(&uuid) {
                invitation.accepted = if late {
                    Accepted::NotHere
                } else {
                    Accepted::Confirmed
                };
            } else if !late && method == Some(Method::CallAccept) {
                self.adopt(uuid, result.call.clone(), ctx);
            }
        }
        let answer = method.map_or(Ok(Value::Null), |method| answer(method, &result, late));
        let left = errand == Errand::Verb(Verb::Cancel)
            && everyone
            && result.call.state == CallState::Accepted
            && self.hung_up(uuid, ctx);
        self.drop_delivery(id, answer, ctx);
        if left {
            // They answered while the user hung up: nobody may sit in a call that the other side has left.
            self.tell_more(
                result.call.call_id.as_str(),
                Verb::End,
                String::new(),
                Vec::new(),
                None,
                ctx,
            );
        }
        let user = self.acting_user(uuid, ctx).map(str::to_owned);
        let cause = match &user {
            Some(user) if result.applied => zim::Cause::by(user, &said),
            _ => zim::Cause::default(),
        };
        self.learn(uuid, result.call, cause, ctx);
    }

    /// In whose name this phone does something to the call.
    fn acting_user<'a>(&'a self, uuid: Uuid, ctx: &'a Context<'_>) -> Option<&'a str> {
        let invitation = self.invitations.get(&uuid);
        invitation
            .and_then(|invitation| invitation.user.as_deref())
            .or(ctx.account.user_id.as_deref())
    }

    /// Whether CallKit had this call and has it no more.
    fn hung_up(&self, uuid: Uuid, ctx: &Context<'_>) -> bool {
        !self.live.contains_key(&uuid) && self.recent.get(uuid, ctx.now).is_some()
    }

    fn accepted_here(
        &self,
        uuid: Uuid,
        result: &VerbResult,
        tried_before: bool,
        ctx: &Context<'_>,
    ) -> bool {
        let here = installation(ctx.account);
        let accepted = if tried_before {
            Accepted::Sent
        } else {
            Accepted::NotHere
        };
        let user = self.acting_user(uuid, ctx);
        let view = super::snapshot::View {
            role: super::snapshot::Role::Invitee,
            user,
            installation: here.as_deref(),
            accepted,
        };
        let accepted = view
            .me(&result.call)
            .is_some_and(|me| me.state == zpns_protocol::calls::UserState::Accepted);
        accepted && view.end(&result.call).is_none()
    }

    /// Takes a delivery out, settles its promise, and lets the call's next verb go.
    fn drop_delivery(
        &mut self,
        mut id: u64,
        mut answer: Result<Value, Error>,
        ctx: &mut Context<'_>,
    ) {
        // One after the other rather than by recursion: a thousand may have expired together.
        loop {
            self.timers.cancel(Timer::Delivery(id));
            let Some((delivery, next)) = self.outbox.remove(id) else {
                return;
            };
            let (uuid, is_verb) = (delivery.uuid, matches!(delivery.errand, Errand::Verb(_)));
            *ctx.dirty |= is_verb;
            settle(delivery, answer, ctx);
            let Some(next) = next else {
                if is_verb {
                    self.finish_closing(uuid, ctx);
                }
                return;
            };
            let is_expired =
                |delivery: &mut Delivery| delivery.request.is_none() && delivery.until <= ctx.now;
            if !self.outbox.get_mut(next).is_some_and(is_expired) {
                return self.send(next, ctx);
            }
            (id, answer) = (next, Err(expired()));
        }
    }
}

fn settle(delivery: Delivery, answer: Result<Value, Error>, ctx: &mut Context<'_>) {
    if let Some((promise, _)) = delivery.promise {
        ctx.complete(promise, answer);
    }
}

fn expired() -> Error {
    Error::new(
        Code::Expired,
        "the gateway could not be told before the call was over: nothing is left to do",
    )
}

/// What the app hears of a verb, in ZIM's shapes.
fn answer(method: Method, result: &VerbResult, late: bool) -> Result<Value, Error> {
    let call = &result.call;
    match method {
        Method::CallAccept if late => Err(Error::new(
            Code::Expired,
            "the call was cancelled, over, or answered on another device before: it can't be accepted any more",
        )),
        Method::CallCancel
            if !result.applied && call.state == zpns_protocol::calls::CallState::Accepted =>
        {
            Err(Error {
                code: CANCEL_FAILED.to_string(),
                domain: ZIM_DOMAIN.to_owned(),
                message: "the call was accepted before it could be cancelled: use callEnd"
                    .to_owned(),
            })
        }
        Method::CallCancel => Ok(json!({ "callID": call.call_id, "errorInvitees": [] })),
        Method::CallEnd => Ok(json!({
            "callID": call.call_id,
            "createTime": call.created_at,
            "acceptTime": call.accepted_at.unwrap_or(0),
            "endTime": call.ended_at.unwrap_or(0),
        })),
        _ => Ok(json!({ "callID": call.call_id })),
    }
}
