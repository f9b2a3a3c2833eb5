//! `unregisterPush`: the gateway is told until it knows.

use serde_json::json;

use crate::backoff::Backoff;
use crate::context::{Context, Invocation};
use crate::effect::HttpMethod;
use crate::error::{Code, Error};
use crate::input::{HttpFailure, HttpResponse};

use super::report;

#[derive(Debug, Default)]
pub(crate) struct Removal {
    wanted: bool,
    /// Who unregistered, if that is known: the gateway is told in this user's name.
    user: Option<String>,
    invocation: Option<Invocation>,
    sent: Option<u64>,
    backoff: Backoff,
}

impl Removal {
    pub(super) fn restore(&mut self, wanted: bool, user: Option<String>) {
        if wanted && !self.wanted {
            self.user = user;
        }
        self.wanted |= wanted;
    }

    /// Who unregistered, if that is known.
    pub(super) fn user(&self) -> Option<&String> {
        self.user.as_ref().filter(|_| self.wanted)
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.wanted
    }

    pub(super) fn in_flight(&self) -> bool {
        self.sent.is_some()
    }

    pub(super) fn owns(&self, id: u64) -> bool {
        self.sent == Some(id)
    }

    pub(super) fn deadline(&self) -> Option<u64> {
        self.backoff.at().filter(|_| self.wanted)
    }

    pub(super) fn hurry(&mut self) {
        self.backoff.hurry();
    }

    pub(super) fn network_changed(&mut self) {
        self.sent = None;
        self.backoff.hurry();
    }

    pub(super) fn want(&mut self, invocation: Invocation, ctx: &mut Context<'_>) {
        self.wanted = true;
        self.user.clone_from(&ctx.account.user_id);
        self.backoff.reset();
        if let Some(earlier) = self.invocation.replace(invocation) {
            ctx.complete(earlier, Ok(json!({})));
        }
    }

    /// `registerPush` was called: what it sends replaces the registration anyway.
    pub(super) fn cancel(&mut self, ctx: &mut Context<'_>) {
        *ctx.dirty |= std::mem::take(&mut self.wanted);
        if let Some(invocation) = self.invocation.take() {
            ctx.complete(invocation, Ok(json!({})));
        }
    }

    pub(super) fn advance(&mut self, ctx: &mut Context<'_>) {
        self.backoff.wake(ctx.now);
        if !self.backoff.is_due(ctx.now) {
            return;
        }
        let url = ctx
            .account
            .installation
            .and_then(|installation| ctx.account.url(&format!("installations/{installation}")));
        let Some(url) = url else {
            // The gateway was configured away: there is nobody to tell.
            return self.cancel(ctx);
        };
        if !ctx.account.speaks_for(self.user.as_deref()) {
            return self.settle(Err(failed(&Error::another_user())), ctx);
        }
        let Some(token) = ctx.account.user_token.clone() else {
            if !ctx.need_user_token() {
                self.settle(Err(failed(&report::no_user_token())), ctx);
            }
            return;
        };
        self.sent = Some(ctx.http(HttpMethod::Delete, url, Some(token), None::<&()>));
    }

    pub(super) fn answered(
        &mut self,
        outcome: &Result<HttpResponse, HttpFailure>,
        ctx: &mut Context<'_>,
    ) {
        self.sent = None;
        let status = outcome.as_ref().map_or(0, |response| response.status);
        match report::verdict(outcome) {
            // 404: it is gone already.
            Ok(_) => self.done(ctx),
            Err(_) if status == 404 => self.done(ctx),
            Err(error) if status == 401 => {
                if ctx.account.user_token.is_none() && !ctx.need_user_token() {
                    self.backoff.failed(ctx.now, None, ctx.entropy);
                    self.settle(Err(failed(&error)), ctx);
                }
            }
            Err(error) => {
                let retry_after = outcome
                    .as_ref()
                    .ok()
                    .and_then(|response| response.retry_after);
                self.backoff.failed(ctx.now, retry_after, ctx.entropy);
                self.settle(Err(failed(&error)), ctx);
            }
        }
    }

    fn done(&mut self, ctx: &mut Context<'_>) {
        self.wanted = false;
        self.backoff.reset();
        *ctx.dirty = true;
        self.settle(Ok(()), ctx);
    }

    fn settle(&mut self, outcome: Result<(), Error>, ctx: &mut Context<'_>) {
        if let Some(invocation) = self.invocation.take() {
            ctx.complete(invocation, outcome.map(|()| json!({})));
        }
    }
}

fn failed(cause: &Error) -> Error {
    Error::new(
        Code::UnregistrationFailed,
        format!(
            "this device gave its tokens up, but the gateway does not know yet ({}); it is told again until it does",
            cause.message
        ),
    )
}
