//! `setServerBadge`: the number that the gateway counts on from.

use serde_json::json;
use zpns_protocol::registration::Badge;

use super::report;
use crate::command::Method;
use crate::context::{Context, Invocation};
use crate::effect::HttpMethod;
use crate::error::Error;
use crate::input::{HttpFailure, HttpResponse};
use crate::notification;

/// Badges on their way to the gateway.
#[derive(Debug, Default)]
pub(super) struct Badges {
    /// With the numbers of their requests.
    sent: Vec<(u64, Setting)>,
    /// Those that wait for a user token, in order.
    waiting: Vec<Setting>,
}

#[derive(Debug)]
struct Setting {
    invocation: Invocation,
    /// Whose badge it is, if that was known.
    user: Option<String>,
    badge: u32,
}

impl Badges {
    pub(super) fn set(&mut self, invocation: Invocation, params: &str, ctx: &mut Context<'_>) {
        match notification::badge(Method::SetServerBadge, params) {
            Ok(badge) => {
                let user = ctx.account.user_id.clone();
                self.send(
                    Setting {
                        invocation,
                        user,
                        badge,
                    },
                    ctx,
                );
            }
            Err(error) => ctx.complete(invocation, Err(error)),
        }
    }

    fn send(&mut self, setting: Setting, ctx: &mut Context<'_>) {
        let url = ctx.account.installation.and_then(|installation| {
            ctx.account
                .url(&format!("installations/{installation}/badge"))
        });
        match (url, ctx.account.user_token.clone()) {
            _ if !ctx.account.speaks_for(setting.user.as_deref()) => {
                ctx.complete(setting.invocation, Err(Error::another_user()));
            }
            (Some(url), Some(token)) => {
                let id = ctx.http(
                    HttpMethod::Put,
                    url,
                    Some(token),
                    Some(&Badge {
                        badge: setting.badge,
                    }),
                );
                self.sent.push((id, setting));
            }
            (None, _) => ctx.complete(
                setting.invocation,
                Err(report::no_gateway(Method::SetServerBadge.name())),
            ),
            (Some(_), None) if ctx.need_user_token() => self.waiting.push(setting),
            (Some(_), None) => ctx.complete(setting.invocation, Err(report::no_user_token())),
        }
    }

    /// There is another gateway or user token, or none came in time.
    pub(super) fn send_waiting(&mut self, ctx: &mut Context<'_>) {
        for setting in std::mem::take(&mut self.waiting) {
            self.send(setting, ctx);
        }
    }

    /// Takes an answer that is ours. False if it is not.
    pub(super) fn answered(
        &mut self,
        id: u64,
        outcome: &Result<HttpResponse, HttpFailure>,
        ctx: &mut Context<'_>,
    ) -> bool {
        let Some(at) = self.sent.iter().position(|(sent, _)| *sent == id) else {
            return false;
        };
        let (_, setting) = self.sent.swap_remove(at);
        if outcome
            .as_ref()
            .is_ok_and(|response| response.status == 401)
        {
            self.send(setting, ctx);
        } else {
            ctx.complete(
                setting.invocation,
                report::verdict(outcome).map(|_| json!({})),
            );
        }
        true
    }
}
