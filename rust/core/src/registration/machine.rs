//! The state machine of registration.

use serde_json::json;
use zpns_protocol::Environment;
use zpns_protocol::errors::ErrorBody;
use zpns_protocol::registration::Registered;

use crate::backoff::Backoff;
use crate::context::Context;
use crate::effect::{HttpMethod, LogLevel, PushRequest};
use crate::environment::{self, EnvironmentSetting, Resolution};
use crate::error::{Code, Error};
use crate::event::EventKind;
use crate::input::{HttpFailure, HttpResponse, SystemEvent};
use crate::token::PushToken;

use super::GATHER_MS;
use super::badge::Badges;
use super::facts::Facts;
use super::removal::Removal;
use super::report;
use super::stored::{Confirmed, StoredGoal, StoredRegistration, Wanted};
use super::tokens::{self, TokenState, TokenStates};

#[derive(Debug, Default)]
pub(crate) struct Registration {
    pub(super) wanted: Option<Wanted>,
    pub(super) wanted_by: WantedBy,
    pub(super) setting: EnvironmentSetting,
    pub(super) tokens: TokenStates,
    /// The VoIP token and its environment, as they were handed over last.
    handed_over: Option<(PushToken, Environment)>,
    /// Until when the second token is waited for.
    pub(super) gather_until: Option<u64>,
    /// JavaScript called `registerPush` and has not heard yet.
    pub(super) announce: bool,
    /// What the gateway is known to know, perhaps from an earlier process.
    pub(super) confirmed: Option<Confirmed>,
    /// Whether this process has seen it confirmed.
    pub(super) fresh: bool,
    /// The registration that is under way.
    pub(super) sent: Option<(u64, Facts)>,
    pub(super) backoff: Backoff,
    pub(super) removal: Removal,
    pub(super) badges: Badges,
    /// What went wrong last, for `diagnose()`.
    pub(super) last_error: Option<String>,
}

/// Whose word `wanted` is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum WantedBy {
    /// The app's, in an earlier process.
    #[default]
    Stored,
    /// What the app said in an earlier process is lost.
    Lost,
    /// The app's, in this process: what was stored is older.
    App,
}

impl Registration {
    pub(crate) fn restore(&mut self, stored: StoredRegistration) {
        let is_decided = self.wanted_by == WantedBy::App;
        let taken_back = is_decided && self.wanted.is_none();
        if !is_decided {
            self.wanted = stored.wanted.into();
            if stored.wanted == StoredGoal::Unknown {
                self.wanted_by = WantedBy::Lost;
            }
            self.setting.explicit = stored.setting.explicit;
        }
        self.setting.debug = self.setting.debug.or(stored.setting.debug);
        // What was taken back before it could be read is unknown to the gateway only once it was told.
        let removing = stored.removing || (taken_back && stored.confirmed.is_some());
        if !taken_back {
            self.confirmed = self.confirmed.take().or(stored.confirmed);
        }
        self.removal
            .restore(removing && self.wanted.is_none(), stored.removing_user);
    }

    pub(crate) fn to_stored(&self) -> StoredRegistration {
        StoredRegistration {
            wanted: match self.wanted_by {
                WantedBy::Lost => StoredGoal::Unknown,
                WantedBy::Stored | WantedBy::App => self.wanted.into(),
            },
            setting: self.setting,
            confirmed: self.confirmed.clone(),
            removing: self.removal.is_wanted(),
            removing_user: self.removal.user().cloned(),
        }
    }

    /// At launch: asks for tokens again if they were ever wanted. Where that is not known, as storage can't be read yet or is damaged, the app
    /// may have been launched by a push, and iOS ends an app that does not take it: PushKit is told that we are here.
    pub(crate) fn start(&mut self, readable: bool, ctx: &mut Context<'_>) {
        match self.wanted {
            Some(Wanted { voip }) => {
                // The gateway would lose the token that comes second until it comes.
                self.gather_until = Some(ctx.now.saturating_add(GATHER_MS));
                ctx.push(tokens::request(voip && !ctx.app.call_kit_disabled));
            }
            None if !ctx.app.call_kit_disabled
                && (ctx.app.voip_at_launch || !readable || self.wanted_by == WantedBy::Lost) =>
            {
                ctx.push(PushRequest::Register {
                    apns: false,
                    voip: true,
                });
            }
            None => {}
        }
        self.advance(ctx);
    }

    pub(crate) fn resolution(&self, app: &crate::AppFacts) -> Resolution {
        environment::resolve(self.setting, app)
    }

    /// Without CallKit iOS ends apps that get VoIP pushes, so the token goes; with it, it is asked for again.
    pub(crate) fn call_kit_switched(&mut self, ctx: &mut Context<'_>) {
        if ctx.app.call_kit_disabled {
            ctx.push(PushRequest::Unregister {
                apns: false,
                voip: true,
            });
            self.tokens.voip = TokenState::Missing;
        } else if let Some(Wanted { voip: true }) = self.wanted {
            ctx.push(tokens::request(true));
        }
        self.advance(ctx);
    }

    pub(crate) fn token_event(&mut self, event: SystemEvent, ctx: &mut Context<'_>) {
        match event {
            SystemEvent::TokenUpdated { kind, token } => {
                if let Some(token) = PushToken::from_bytes(&token) {
                    *self.tokens.get_mut(kind) = TokenState::Known(token);
                }
            }
            SystemEvent::TokenInvalidated { kind } => {
                *self.tokens.get_mut(kind) = TokenState::Missing;
                ctx.emit(
                    EventKind::TokenInvalidated,
                    &json!({ "kind": report::kind_name(kind) }),
                );
            }
            SystemEvent::TokenFailed { kind, error } => {
                // A token that is there stays good.
                if self.tokens.get(kind).known().is_none() {
                    *self.tokens.get_mut(kind) = TokenState::Failed(error);
                }
            }
            _ => return,
        }
        self.advance(ctx);
    }

    pub(crate) fn account_changed(&mut self, ctx: &mut Context<'_>) {
        self.backoff.reset();
        self.removal.hurry();
        self.advance(ctx);
        self.badges.send_waiting(ctx);
    }

    pub(crate) fn awake(&mut self, ctx: &mut Context<'_>) {
        self.backoff.hurry();
        self.removal.hurry();
        self.advance(ctx);
    }

    /// What was sent over the old way to the network has no answer: it is sent again. A `Retry-After` still holds.
    pub(crate) fn network_changed(&mut self, ctx: &mut Context<'_>) {
        self.sent = None;
        self.removal.network_changed();
        self.backoff.hurry();
        self.advance(ctx);
    }

    /// Whether the gateway is being told that this device is registered no more.
    pub(crate) fn is_being_removed(&self) -> bool {
        self.removal.in_flight()
    }

    pub(crate) fn tick(&mut self, ctx: &mut Context<'_>) {
        self.advance(ctx);
        self.badges.send_waiting(ctx);
    }

    pub(crate) fn next_deadline(&self) -> Option<u64> {
        if self.sent.is_some() || self.removal.in_flight() {
            return None;
        }
        [
            self.gather_until,
            self.backoff.at(),
            self.removal.deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// For whoever sends pushes besides us: needs neither a gateway nor JavaScript.
    fn hand_over_voip_token(&mut self, ctx: &mut Context<'_>) {
        let Some(token) = self.tokens.voip.known() else {
            return;
        };
        let environment = self.resolution(ctx.app).environment;
        if self
            .handed_over
            .as_ref()
            .is_none_or(|(old, of)| old != token || *of != environment)
        {
            ctx.push(PushRequest::HandOverVoipToken {
                token: token.to_bytes(),
                is_product: environment == Environment::Production,
            });
            self.handed_over = Some((token.clone(), environment));
        }
    }

    /// Does the next thing that can be done now.
    pub(super) fn advance(&mut self, ctx: &mut Context<'_>) {
        self.hand_over_voip_token(ctx);
        if self.sent.is_some() || self.removal.in_flight() {
            return;
        }
        self.backoff.wake(ctx.now);
        if self.removal.is_wanted() {
            self.removal.advance(ctx);
            return;
        }
        let Some(Wanted { voip }) = self.wanted else {
            return;
        };
        let voip = voip && !ctx.app.call_kit_disabled;
        if let Some(until) = self.gather_until {
            if !self.tokens.complete(voip) && ctx.now < until {
                return;
            }
            self.gather_until = None;
        }
        let environment = self.resolution(ctx.app).environment;
        let Some(facts) = Facts::gather(ctx.app, ctx.account, environment, &self.tokens, voip)
        else {
            if self.announce {
                let failure = report::no_token(&self.tokens);
                self.fail(failure, ctx);
            }
            return;
        };
        if ctx.account.server_url.is_some() {
            self.register_with_gateway(facts, ctx);
        } else {
            self.register_locally(&facts, ctx);
        }
    }

    fn register_locally(&mut self, facts: &Facts, ctx: &mut Context<'_>) {
        let digest = facts.digest();
        let known = self.fresh
            && self
                .confirmed
                .as_ref()
                .is_some_and(|confirmed| confirmed.digest == digest);
        if !known {
            self.confirm(digest, facts.local_push_id().to_string(), ctx);
            self.announce = true;
        }
        self.announce_success(ctx);
    }

    fn register_with_gateway(&mut self, facts: Facts, ctx: &mut Context<'_>) {
        let digest = facts.digest();
        if self.fresh
            && self
                .confirmed
                .as_ref()
                .is_some_and(|confirmed| confirmed.digest == digest)
        {
            self.announce_success(ctx);
            return;
        }
        if !self.backoff.is_due(ctx.now) {
            return;
        }
        // Storage can't be read: this installation does not know its own name yet.
        let Some(installation) = ctx.account.installation else {
            return;
        };
        let Some(token) = ctx.account.user_token.clone() else {
            if !ctx.need_user_token() && self.announce {
                self.fail(report::no_user_token(), ctx);
            }
            return;
        };
        let Some(url) = ctx.account.url(&format!("installations/{installation}")) else {
            return;
        };
        let id = ctx.http(HttpMethod::Put, url, Some(token), Some(facts.body()));
        self.sent = Some((id, facts));
    }

    /// Takes an answer that is ours; gives back one that is not.
    pub(crate) fn http(
        &mut self,
        id: u64,
        outcome: Result<HttpResponse, HttpFailure>,
        ctx: &mut Context<'_>,
    ) -> Option<Result<HttpResponse, HttpFailure>> {
        if self.badges.answered(id, &outcome, ctx) {
            return None;
        }
        if self.removal.owns(id) {
            self.removal.answered(&outcome, ctx);
            self.advance(ctx);
            return None;
        }
        match self.sent.take() {
            Some((sent, facts)) if sent == id => {
                self.answered(&facts, &outcome, ctx);
                self.advance(ctx);
                None
            }
            other => {
                self.sent = other;
                Some(outcome)
            }
        }
    }

    fn answered(
        &mut self,
        facts: &Facts,
        outcome: &Result<HttpResponse, HttpFailure>,
        ctx: &mut Context<'_>,
    ) {
        if self.wanted.is_none() {
            return;
        }
        let registered = report::verdict(outcome).and_then(|body| {
            serde_json::from_slice::<Registered>(body).map_err(|error| {
                Error::new(
                    Code::PushIdFailed,
                    format!(
                        "the gateway's answer is no pushID ({error}): is serverURL a zpns gateway?"
                    ),
                )
            })
        });
        match registered {
            Ok(Registered { push_id }) => {
                let renewed = !self.fresh
                    || self
                        .confirmed
                        .as_ref()
                        .is_none_or(|confirmed| confirmed.push_id != push_id.as_str());
                self.confirm(facts.digest(), push_id.to_string(), ctx);
                self.announce |= renewed;
                self.backoff.reset();
                self.last_error = None;
            }
            Err(error) if matches!(outcome, Ok(response) if response.status == 401) => {
                if ctx.account.user_token.is_none() && !ctx.need_user_token() {
                    self.fail(error, ctx);
                }
            }
            Err(error) => {
                // It may have arrived all the same, so what was confirmed before may not hold any more.
                if let Some(confirmed) = &mut self.confirmed
                    && !confirmed.digest.is_empty()
                {
                    confirmed.digest.clear();
                    *ctx.dirty = true;
                }
                let retry_after = outcome
                    .as_ref()
                    .ok()
                    .and_then(|response| response.retry_after);
                self.backoff.failed(ctx.now, retry_after, ctx.entropy);
                self.fail(error, ctx);
            }
        }
    }

    fn confirm(&mut self, digest: String, push_id: String, ctx: &mut Context<'_>) {
        self.confirmed = Some(Confirmed { digest, push_id });
        self.fresh = true;
        *ctx.dirty = true;
    }

    fn announce_success(&mut self, ctx: &mut Context<'_>) {
        if !std::mem::take(&mut self.announce) {
            return;
        }
        if let Some(confirmed) = &self.confirmed {
            let resolution = self.resolution(ctx.app);
            if let Some(warning) = &resolution.warning {
                ctx.log(LogLevel::Warning, warning.clone());
            }
            ctx.emit(
                EventKind::Registered,
                &report::registered(&confirmed.push_id, &resolution),
            );
        }
    }

    /// Tells JavaScript once for each `registerPush`; trying goes on.
    fn fail(&mut self, error: Error, ctx: &mut Context<'_>) {
        if std::mem::take(&mut self.announce) {
            ctx.log(
                LogLevel::Warning,
                format!("push registration failed: {}", error.message),
            );
            ctx.emit(
                EventKind::Registered,
                &report::failed(&error, &self.resolution(ctx.app)),
            );
        }
        self.last_error = Some(error.message);
    }

    pub(crate) fn diagnose(&self, app: &crate::AppFacts) -> serde_json::Value {
        report::diagnosis(self, app)
    }
}

/// What the gateway says in an error body, if it is one.
pub(super) fn gateway_message(body: &[u8]) -> Option<String> {
    serde_json::from_slice::<ErrorBody>(body)
        .ok()
        .map(|body| body.error.message)
}
