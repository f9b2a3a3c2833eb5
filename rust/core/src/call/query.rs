//! `queryCallInvitation`: the gateway is asked how a call stands.

use serde::Deserialize;
use zpns_protocol::{CallId, calls};

use super::gateway_error::{not_configured, read, unauthenticated};
use super::invitation::call_path;
use super::invite::known_call_id;
use super::{Asked, Calls, zim};
use crate::command::{Method, parse};
use crate::context::{Context, Invocation};
use crate::effect::HttpMethod;
use crate::error::Error;
use crate::input::{HttpFailure, HttpResponse};

/// One question of the app.
#[derive(Debug)]
pub(super) struct Query {
    invocation: Invocation,
    call_id: CallId,
    /// Who asks, if that was known.
    user: Option<String>,
    /// Whether it is asked in the user's name, rather than by what the call's push brought.
    by_user: bool,
}

impl Calls {
    pub(super) fn query(&mut self, invocation: Invocation, params: &str, ctx: &mut Context<'_>) {
        #[derive(Deserialize)]
        struct Params {
            #[serde(rename = "callID")]
            call_id: String,
        }
        let method = Method::QueryCallInvitation;
        match parse::<Params>(method, params)
            .and_then(|params| known_call_id(method, params.call_id))
        {
            Ok(call_id) => {
                let user = ctx.account.user_id.clone();
                self.ask(
                    Query {
                        invocation,
                        call_id,
                        user,
                        by_user: false,
                    },
                    ctx,
                );
            }
            Err(error) => ctx.complete(invocation, Err(error)),
        }
    }

    fn ask(&mut self, mut query: Query, ctx: &mut Context<'_>) {
        let invitation = self
            .invitations
            .get(&query.call_id.uuid())
            .filter(|_| !query.by_user);
        let mut door = invitation.and_then(|invitation| invitation.door(ctx.account));
        if door.is_none() {
            query.by_user = true;
            door = ctx
                .account
                .url(&call_path(query.call_id.as_str()))
                .zip(ctx.account.user_token.clone());
        }
        match door {
            _ if query.by_user && !ctx.account.speaks_for(query.user.as_deref()) => {
                ctx.complete(query.invocation, Err(Error::another_user()));
            }
            Some((url, bearer)) => {
                let id = ctx.http::<()>(HttpMethod::Get, url, Some(bearer), None);
                self.requests.insert(id, Asked::Query(query));
            }
            None if ctx.account.server_url.is_none() => {
                ctx.complete(query.invocation, Err(not_configured()));
            }
            None if ctx.need_user_token() => self.queries.push(query),
            None => ctx.complete(query.invocation, Err(unauthenticated())),
        }
    }

    /// There is another gateway or user token, or there will be none.
    pub(super) fn ask_again(&mut self, ctx: &mut Context<'_>) {
        for query in std::mem::take(&mut self.queries) {
            self.ask(query, ctx);
        }
    }

    /// The gateway answered how a call stands.
    pub(super) fn queried(
        &mut self,
        query: Query,
        outcome: Result<HttpResponse, HttpFailure>,
        ctx: &mut Context<'_>,
    ) {
        if outcome
            .as_ref()
            .is_ok_and(|response| response.status == 401)
        {
            return self.ask(
                Query {
                    by_user: true,
                    ..query
                },
                ctx,
            );
        }
        match read::<calls::Call>(outcome) {
            Ok(call) => {
                ctx.complete(query.invocation, Ok(zim::info(&call)));
                self.learn(call.call_id.uuid(), call, zim::Cause::default(), ctx);
            }
            Err(error) => ctx.complete(query.invocation, Err(error)),
        }
    }
}
