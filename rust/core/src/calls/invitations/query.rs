//! `queryCallInvitation`: the gateway is asked how a call stands.

use serde::Deserialize;
use zpns_protocol::{CallId, calls};

use super::commands::known_call_id;
use super::{Fact, Invitations, Request, zim};
use crate::calls::gateway_error::{not_configured, read, unauthenticated};
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

impl Invitations {
    pub(in crate::calls) fn query(
        &mut self,
        invocation: Invocation,
        params: &str,
        ctx: &mut Context<'_>,
    ) {
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
        let tracked = self.tracked.get(&query.call_id.uuid());
        let mut route = tracked
            .filter(|_| !query.by_user)
            .and_then(|tracked| tracked.route(ctx.account));
        if route.is_none() {
            query.by_user = true;
            route = ctx
                .account
                .call_route(query.call_id.as_str(), query.user.as_deref());
        }
        match route {
            _ if query.by_user && !ctx.account.speaks_for(query.user.as_deref()) => {
                ctx.complete(query.invocation, Err(Error::another_user()));
            }
            Some((url, bearer)) => {
                let id = ctx.http::<()>(HttpMethod::Get, url, Some(bearer), None);
                self.requests.insert(id, Request::Query(query));
            }
            None if ctx.account.server_url.is_none() => {
                ctx.complete(query.invocation, Err(not_configured()));
            }
            None if ctx.need_user_token() => self.queries.push(query),
            None => ctx.complete(query.invocation, Err(unauthenticated())),
        }
    }

    /// There is another gateway or user token, or there will be none.
    pub(in crate::calls) fn ask_again(&mut self, ctx: &mut Context<'_>) {
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
    ) -> Option<Fact> {
        if outcome
            .as_ref()
            .is_ok_and(|response| response.status == 401)
        {
            let query = Query {
                by_user: true,
                ..query
            };
            self.ask(query, ctx);
            return None;
        }
        match read::<calls::Call>(outcome) {
            Ok(call) => {
                ctx.complete(query.invocation, Ok(zim::info(&call)));
                self.learn(call.call_id.uuid(), call, zim::Cause::default(), ctx)
            }
            Err(error) => {
                ctx.complete(query.invocation, Err(error));
                None
            }
        }
    }
}
