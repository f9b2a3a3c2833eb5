//! What the app may ask of its registration.

use serde::Deserialize;
use serde_json::json;
use zpns_protocol::Environment;

use super::GATHER_MS;
use super::machine::{Registration, WantedBy};
use super::report;
use super::stored::Wanted;
use super::tokens::{self, TokenState, TokenStates};
use crate::command::{self, Method};
use crate::context::{Context, Invocation};
use crate::effect::{LogLevel, PushRequest};
use crate::environment::EnvironmentSetting;
use crate::error::Error;
use crate::input::TokenKind;
use crate::notification::{Notifications, Presentation};
use crate::token::PushToken;

impl Registration {
    /// `enableDebug`.
    pub(crate) fn enable_debug(&mut self, asked: Invocation, params: &str, ctx: &mut Context<'_>) {
        let done = self.set_debug(params, ctx);
        self.answer(asked, done, ctx);
    }

    /// `registerPush`.
    pub(crate) fn register_push(
        &mut self,
        asked: Invocation,
        params: &str,
        notifications: &mut Notifications,
        ctx: &mut Context<'_>,
    ) {
        let done = self.register(params, notifications, ctx);
        self.answer(asked, done, ctx);
    }

    /// `setVoipToken`.
    pub(crate) fn set_voip_token(
        &mut self,
        asked: Invocation,
        params: &str,
        ctx: &mut Context<'_>,
    ) {
        let done = self.take_voip_token(params, ctx);
        self.answer(asked, done, ctx);
    }

    /// `getRegistration`.
    pub(crate) fn get(&mut self, asked: Invocation, ctx: &mut Context<'_>) {
        ctx.complete(asked, Ok(report::registration(self, ctx.app, ctx.account)));
        self.advance(ctx);
    }

    fn answer(&mut self, asked: Invocation, done: Result<(), Error>, ctx: &mut Context<'_>) {
        ctx.complete(asked, done.map(|()| json!({})));
        self.advance(ctx);
    }

    fn set_debug(&mut self, params: &str, ctx: &mut Context<'_>) -> Result<(), Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Params {
            is_debug: bool,
        }
        let Params { is_debug } = command::parse(Method::EnableDebug, params)?;
        self.set_environment(
            EnvironmentSetting {
                debug: Some(is_debug),
                ..self.setting
            },
            ctx,
        );
        Ok(())
    }

    fn set_environment(&mut self, setting: EnvironmentSetting, ctx: &mut Context<'_>) {
        if setting != self.setting {
            self.setting = setting;
            self.backoff.reset();
            *ctx.dirty = true;
        }
    }

    fn register(
        &mut self,
        params: &str,
        notifications: &mut Notifications,
        ctx: &mut Context<'_>,
    ) -> Result<(), Error> {
        #[derive(Deserialize)]
        #[serde(default)]
        #[derive(Default)]
        struct Params {
            #[serde(rename = "enableIOSVoIP")]
            voip: Option<bool>,
            #[serde(rename = "iOSEnvironment")]
            environment: Option<i64>,
            #[serde(rename = "iOSNotificationArrivedConfig")]
            presentation: Option<Presentation>,
        }
        let params: Params = command::parse(Method::RegisterPush, params)?;
        let explicit = match params.environment {
            Some(0) => Some(Environment::Production),
            Some(1) => Some(Environment::Development),
            // 2 is Automatic, -1 is ZEGO's default: whatever `enableDebug` or the build says.
            None | Some(2 | -1) => None,
            Some(other) => {
                return Err(Error::invalid(format!(
                    "registerPush: iOSEnvironment {other} is none of 0 (Production), 1 (Development), 2 (Automatic)"
                )));
            }
        };
        let voip = params.voip.unwrap_or(false);
        if voip && ctx.app.call_kit_disabled {
            ctx.log(LogLevel::Warning, "registerPush: CallKit is switched off, so there are no VoIP pushes; registering for alerts only");
        }
        self.set_environment(
            EnvironmentSetting {
                explicit,
                ..self.setting
            },
            ctx,
        );
        notifications.set_presentation(params.presentation.unwrap_or_default(), ctx);
        self.want(voip, ctx);
        ctx.push(tokens::request(voip && !ctx.app.call_kit_disabled));
        Ok(())
    }

    fn take_voip_token(&mut self, params: &str, ctx: &mut Context<'_>) -> Result<(), Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Params {
            token: String,
            is_product: bool,
        }
        let Params { token, is_product } = command::parse(Method::SetVoipToken, params)?;
        let Some(token) = PushToken::from_hex(&token) else {
            return Err(Error::invalid(
                "setVoipToken: token must be the credential's bytes in hex, two digits each",
            ));
        };
        let explicit = Some(if is_product {
            Environment::Production
        } else {
            Environment::Development
        });
        self.set_environment(
            EnvironmentSetting {
                explicit,
                ..self.setting
            },
            ctx,
        );
        self.want(true, ctx);
        self.tokens.voip = TokenState::Known(token);
        Ok(())
    }

    fn want(&mut self, voip: bool, ctx: &mut Context<'_>) {
        // A token that failed before is asked for again.
        for kind in [TokenKind::Apns, TokenKind::Voip] {
            if self.tokens.get(kind).error().is_some() {
                *self.tokens.get_mut(kind) = TokenState::Missing;
            }
        }
        self.wanted = Some(Wanted { voip });
        self.wanted_by = WantedBy::App;
        ctx.account.unregistered = None;
        self.removal.cancel(ctx);
        self.announce = true;
        self.backoff.reset();
        self.gather_until = Some(ctx.now.saturating_add(GATHER_MS));
        *ctx.dirty = true;
    }

    /// `unregisterPush`.
    pub(crate) fn unregister_push(&mut self, invocation: Invocation, ctx: &mut Context<'_>) {
        let known_to_gateway = ctx.account.server_url.is_some()
            && (self.confirmed.is_some()
                || self.sent.is_some()
                || self.wanted_by == WantedBy::Lost);
        ctx.push(PushRequest::Unregister {
            apns: true,
            voip: true,
        });
        self.wanted = None;
        self.wanted_by = WantedBy::App;
        ctx.account.user_left();
        self.tokens = TokenStates::default();
        self.gather_until = None;
        self.announce = false;
        self.confirmed = None;
        self.fresh = false;
        self.backoff.reset();
        *ctx.dirty = true;
        if known_to_gateway {
            self.removal.want(invocation, ctx);
        } else {
            ctx.complete(invocation, Ok(json!({})));
        }
        self.advance(ctx);
    }

    /// `setServerBadge`.
    pub(crate) fn set_server_badge(
        &mut self,
        invocation: Invocation,
        params: &str,
        ctx: &mut Context<'_>,
    ) {
        self.badges.set(invocation, params, ctx);
    }
}
