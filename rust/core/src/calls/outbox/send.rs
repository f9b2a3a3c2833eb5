//! Delivering what happened to calls: one request at a time for each call, again and again while it is of use.

use serde_json::{Value, json};
use uuid::Uuid;
use zpns_protocol::calls::{Verb, VerbResult};

use super::answer::{answer, expired};
use super::delivery::{Content, Delivery};
use super::{Accepted, Fact, Outbox};
use crate::calls::backoff;
use crate::calls::gateway_error::{
    is_from_gateway, is_no_such_call, not_configured, refusal, unauthenticated, unreachable,
};
use crate::context::Context;
use crate::effect::LogLevel;
use crate::error::Error;
use crate::input::{HttpFailure, HttpResponse};
use crate::timers::Timer;

impl Outbox {
    /// Takes a delivery. It is sent by [`Outbox::send_new`].
    pub(in crate::calls) fn add(&mut self, delivery: Delivery, ctx: &mut Context<'_>) -> u64 {
        *ctx.dirty |= delivery.is_verb();
        let (id, evicted) = self.queue.add(delivery);
        if let Some(evicted) = evicted {
            if let Some(request) = evicted.request {
                self.requests.remove(&request);
            }
            settle(evicted, Err(expired()), ctx);
        }
        id
    }

    /// Sends a delivery that was just added. A verb is a good moment to try what is before it, which then decides for both.
    pub(in crate::calls) fn send_new(&mut self, id: u64, ctx: &mut Context<'_>) -> Vec<Fact> {
        let verbs = match self.queue.get_mut(id) {
            Some(delivery) if delivery.is_verb() => delivery.uuid,
            Some(_) => return self.send(id, ctx),
            None => return Vec::new(),
        };
        let first = self.queue.verbs_of(verbs).first().copied();
        self.send(first.unwrap_or(id), ctx)
    }

    /// Tries everything that waits.
    pub(in crate::calls) fn send_all(&mut self, ctx: &mut Context<'_>) -> Vec<Fact> {
        let ids = self.queue.ids().into_iter();
        ids.flat_map(|id| self.send(id, ctx)).collect()
    }

    /// Requests that were sent over another way to the network have no answer.
    pub(in crate::calls) fn network_changed(&mut self) {
        for (_, id) in std::mem::take(&mut self.requests) {
            if let Some(delivery) = self.queue.get_mut(id) {
                delivery.request = None;
            }
        }
    }

    /// Sends a delivery if it is its turn and there is a token to send it with.
    pub(in crate::calls) fn send(&mut self, id: u64, ctx: &mut Context<'_>) -> Vec<Fact> {
        if !self.queue.is_next(id) {
            return Vec::new();
        }
        let Some(delivery) = self
            .queue
            .get_mut(id)
            .filter(|delivery| delivery.request.is_none())
        else {
            return Vec::new();
        };
        if ctx.now < delivery.not_before.min(delivery.until) {
            return Vec::new();
        }
        if delivery.until <= ctx.now {
            return self.remove(id, Err(expired()), ctx);
        }
        match delivery.send(ctx) {
            Some(request) => {
                ctx.timers.cancel(Timer::Delivery(id));
                self.requests.insert(request, id);
                Vec::new()
            }
            None => self.without_route(id, ctx),
        }
    }

    /// There is no token. A verb waits for one; whoever waits for the verb, or for one behind it, does so only while the app is asked for one.
    fn without_route(&mut self, id: u64, ctx: &mut Context<'_>) -> Vec<Fact> {
        let Some(delivery) = self.queue.get_mut(id) else {
            return Vec::new();
        };
        if delivery.content == Content::Receipt {
            return self.remove(id, Err(unauthenticated()), ctx);
        }
        let uuid = delivery.uuid;
        let configured = ctx.account.server_url.is_some();
        let error = if !ctx.account.speaks_for(delivery.user.as_deref()) {
            Error::another_user()
        } else if configured {
            if ctx.need_user_token() {
                return Vec::new();
            }
            unauthenticated()
        } else {
            not_configured()
        };
        let mut facts = Vec::new();
        for id in self.queue.verbs_of(uuid) {
            let Some(delivery) = self.queue.get_mut(id) else {
                continue;
            };
            let Some((promise, _)) = delivery.promise.take() else {
                continue;
            };
            ctx.complete(promise, Err(error.clone()));
            // An app that called without a token tries again itself: nothing has happened yet.
            if delivery.address.is_none() {
                if delivery.content == Content::Verb(Verb::Accept) {
                    facts.push(Fact::AcceptGivenBack(uuid));
                }
                ctx.timers.cancel(Timer::Delivery(id));
                self.queue.remove(id);
                *ctx.dirty = true;
            }
        }
        if let Some(id) = self.queue.verbs_of(uuid).first().copied()
            && let Some(delivery) = self.queue.get_mut(id)
        {
            ctx.timers.set(Timer::Delivery(id), delivery.until);
        }
        facts
    }

    /// Takes the answer to a request of the outbox; gives back one that is not.
    pub(in crate::calls) fn answered(
        &mut self,
        request: u64,
        outcome: Result<HttpResponse, HttpFailure>,
        ctx: &mut Context<'_>,
    ) -> Result<Vec<Fact>, Result<HttpResponse, HttpFailure>> {
        let Some(id) = self.requests.remove(&request) else {
            return Err(outcome);
        };
        let Some(delivery) = self.queue.get_mut(id) else {
            return Ok(Vec::new());
        };
        delivery.request = None;
        Ok(match outcome {
            Ok(response) if (200..300).contains(&response.status) => {
                self.accepted_by_gateway(id, &response, ctx)
            }
            Ok(response)
                if matches!(response.status, 401 | 403)
                    && delivery.address.is_some()
                    && !delivery.refused =>
            {
                delivery.refused = true;
                *ctx.dirty = true;
                self.send(id, ctx)
            }
            // With the newest token, or as soon as there is one.
            Ok(response) if response.status == 401 => self.send(id, ctx),
            // Also a proxy on the way, or another server for a while, which know nothing of the call.
            Ok(response)
                if matches!(response.status, 408 | 425 | 429)
                    || response.status >= 500
                    || !is_from_gateway(&response) =>
            {
                self.try_again(id, response.retry_after, &refusal(&response), ctx);
                Vec::new()
            }
            Ok(response) => self.refused(id, &response, ctx),
            Err(HttpFailure::InvalidUrl) => {
                self.remove(id, Err(unreachable(HttpFailure::InvalidUrl)), ctx)
            }
            Err(failure) => {
                self.try_again(id, None, &unreachable(failure), ctx);
                Vec::new()
            }
        })
    }

    /// Whoever waits for this verb, or for one behind it, hears of the trouble at once; the deliveries themselves go on.
    fn try_again(
        &mut self,
        id: u64,
        retry_after: Option<u64>,
        error: &Error,
        ctx: &mut Context<'_>,
    ) {
        let Some(delivery) = self.queue.get_mut(id) else {
            return;
        };
        let wait = backoff::wait(delivery.tries, retry_after, ctx.entropy);
        let at = ctx.now.saturating_add(wait);
        delivery.not_before = if retry_after.is_some() { at } else { 0 };
        let (uuid, at) = (delivery.uuid, at.min(delivery.until));
        ctx.timers.set(Timer::Delivery(id), at);
        if delivery.content == Content::Receipt {
            return;
        }
        let message = format!(
            "{}. This library goes on trying while it is of use",
            error.message
        );
        for id in self.queue.verbs_of(uuid) {
            if let Some((promise, _)) = self
                .queue
                .get_mut(id)
                .and_then(|delivery| delivery.promise.take())
            {
                let error = Error {
                    message: message.clone(),
                    ..error.clone()
                };
                ctx.complete(promise, Err(error));
            }
        }
    }

    /// The gateway said no for good.
    fn refused(&mut self, id: u64, response: &HttpResponse, ctx: &mut Context<'_>) -> Vec<Fact> {
        let Some(delivery) = self.queue.get_mut(id) else {
            return Vec::new();
        };
        let (call, content) = (delivery.uuid, delivery.content);
        if content != Content::Receipt {
            ctx.log(
                LogLevel::Warning,
                format!(
                    "the gateway refused what was done to a call, with status {}",
                    response.status
                ),
            );
        }
        let mut facts = self.remove(id, Err(refusal(response)), ctx);
        if content == Content::Verb(Verb::Accept) {
            let no_such_call = is_no_such_call(response);
            facts.push(Fact::AcceptRefused { call, no_such_call });
        }
        facts
    }

    /// The gateway has it.
    fn accepted_by_gateway(
        &mut self,
        id: u64,
        response: &HttpResponse,
        ctx: &mut Context<'_>,
    ) -> Vec<Fact> {
        let Some(delivery) = self.queue.get_mut(id) else {
            return Vec::new();
        };
        let result: Option<VerbResult> = serde_json::from_slice(&response.body).ok();
        let (Content::Verb(verb), Some(result)) = (delivery.content, result) else {
            let answer = json!({ "callID": delivery.call_id });
            return self.remove(id, Ok(answer), ctx);
        };
        vec![Fact::Accepted(Box::new(Accepted {
            id,
            call: delivery.uuid,
            verb,
            user: delivery
                .user
                .clone()
                .or_else(|| ctx.account.user_id.clone()),
            tried_before: delivery.tries > 1,
            everyone: delivery.invitees.is_empty(),
            extended_data: delivery.extended_data.clone(),
            method: delivery.promise.as_ref().map(|(_, method)| *method),
            result,
        }))]
    }

    /// What the gateway said to a verb was taken in; `late` says that an `accept` came too late. The app hears so.
    pub(in crate::calls) fn accepted(
        &mut self,
        accepted: &Accepted,
        late: bool,
        ctx: &mut Context<'_>,
    ) -> Vec<Fact> {
        let answer = accepted.method.map_or(Ok(Value::Null), |method| {
            answer(method, &accepted.result, late)
        });
        self.remove(accepted.id, answer, ctx)
    }

    /// Drops the verbs that can only go out with the token of a user who signed out for good.
    pub(in crate::calls) fn drop_all_of(
        &mut self,
        user: &str,
        ctx: &mut Context<'_>,
    ) -> (usize, Vec<Fact>) {
        let ids = self.queue.bound_to(user);
        let count = ids.len();
        let removed = ids.into_iter();
        let facts = removed.flat_map(|id| self.remove(id, Err(Error::another_user()), ctx));
        (count, facts.collect())
    }

    /// Takes a delivery out, settles its promise, and lets the call's next verb go.
    fn remove(
        &mut self,
        mut id: u64,
        mut answer: Result<Value, Error>,
        ctx: &mut Context<'_>,
    ) -> Vec<Fact> {
        // One after the other rather than by recursion: a thousand may have expired together.
        loop {
            ctx.timers.cancel(Timer::Delivery(id));
            let Some((delivery, next)) = self.queue.remove(id) else {
                return Vec::new();
            };
            let (uuid, is_verb): (Uuid, bool) = (delivery.uuid, delivery.is_verb());
            *ctx.dirty |= is_verb;
            settle(delivery, answer, ctx);
            let Some(next) = next else {
                return if is_verb {
                    vec![Fact::AllDelivered(uuid)]
                } else {
                    Vec::new()
                };
            };
            let is_expired =
                |delivery: &mut Delivery| delivery.request.is_none() && delivery.until <= ctx.now;
            if !self.queue.get_mut(next).is_some_and(is_expired) {
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
