use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use http::HeaderValue;
use zpns_protocol::Environment;

use crate::SimulatorConfig;
use crate::apple_extensions::Scope;
use crate::keys::{Keys, Verified};
use crate::log::AuthKind;
use crate::rejection::{
    BAD_CERTIFICATE_ENVIRONMENT, BAD_ENVIRONMENT_KEY_ID_IN_TOKEN, EXPIRED_PROVIDER_TOKEN,
    INVALID_PROVIDER_TOKEN, MISSING_PROVIDER_TOKEN, Rejection, TOO_MANY_PROVIDER_TOKEN_UPDATES,
    TOPIC_DISALLOWED, UNRELATED_KEY_ID_IN_TOKEN,
};

/// How far ahead the clock of a provider may be, in seconds.
const CLOCK_SKEW: u64 = 300;

/// Who is at the other end of one connection, as far as it proved that.
pub(crate) enum Provider {
    /// It showed a client certificate.
    Certificate(Scope),
    /// It has to send a provider token with each request.
    Token(TokenHistory),
}

/// The provider tokens of one connection.
#[derive(Default)]
pub(crate) struct TokenHistory {
    current: Option<(HeaderValue, Arc<Verified>)>,
    updates: VecDeque<Instant>,
}

impl Provider {
    pub(crate) fn new(certificate: Option<Scope>) -> Self {
        certificate.map_or_else(|| Self::Token(TokenHistory::default()), Self::Certificate)
    }

    /// The topic of a request that names none: a certificate with one topic implies it.
    pub(crate) fn implied_topic(&self) -> Option<&str> {
        match self {
            Self::Certificate(Scope { topics, .. }) => match topics.as_slice() {
                [only] => Some(only),
                _ => None,
            },
            Self::Token(_) => None,
        }
    }

    /// For the log: how, and with which key, the last request proved itself.
    pub(crate) fn proof(&self, has_token: bool) -> (AuthKind, Option<String>) {
        match self {
            Self::Certificate(_) => (AuthKind::Certificate, None),
            Self::Token(_) if !has_token => (AuthKind::None, None),
            Self::Token(history) => (
                AuthKind::Token,
                history
                    .current
                    .as_ref()
                    .map(|(_, token)| token.key.id.clone()),
            ),
        }
    }

    /// Whether the request may be sent: by this provider, in this environment, to this topic.
    pub(crate) fn authorize(
        &mut self,
        authorization: Option<&HeaderValue>,
        environment: Environment,
        topic: &str,
        keys: &Keys,
        config: &SimulatorConfig,
        now: u64,
    ) -> Result<(), Rejection> {
        match self {
            Self::Certificate(scope) if !scope.environments.contains(&environment) => {
                Err(BAD_CERTIFICATE_ENVIRONMENT)
            }
            Self::Certificate(scope) if !scope.topics.iter().any(|own| own == topic) => {
                Err(TOPIC_DISALLOWED)
            }
            Self::Certificate(_) => Ok(()),
            Self::Token(history) => {
                let authorization = authorization.ok_or(MISSING_PROVIDER_TOKEN)?;
                let token = history.accept(authorization, keys, config, now)?;
                if !token.key.environments.contains(&environment) {
                    return Err(BAD_ENVIRONMENT_KEY_ID_IN_TOKEN);
                }
                if token.key.covers(topic) {
                    Ok(())
                } else {
                    Err(INVALID_PROVIDER_TOKEN)
                }
            }
        }
    }
}

impl TokenHistory {
    /// Checks the token against those that this connection used before: one team, one key, few changes.
    fn accept(
        &mut self,
        authorization: &HeaderValue,
        keys: &Keys,
        config: &SimulatorConfig,
        now: u64,
    ) -> Result<Arc<Verified>, Rejection> {
        let known = self
            .current
            .as_ref()
            .filter(|(header, _)| header == authorization)
            .map(|(_, token)| token.clone());
        let is_new = known.is_none();
        let token = known.map_or_else(|| keys.verify(authorization), Ok)?;
        if token
            .issued_at
            .saturating_add(config.provider_token_lifetime.as_secs())
            <= now
            || token.is_expired()
        {
            return Err(EXPIRED_PROVIDER_TOKEN);
        }
        if token.issued_at > now.saturating_add(CLOCK_SKEW) {
            return Err(INVALID_PROVIDER_TOKEN);
        }
        if is_new {
            if let Some((_, before)) = &self.current {
                if before.key.team_id != token.key.team_id {
                    return Err(INVALID_PROVIDER_TOKEN);
                }
                if before.key.id != token.key.id {
                    return Err(UNRELATED_KEY_ID_IN_TOKEN);
                }
                self.count_update(config)?;
            }
            self.current = Some((authorization.clone(), token.clone()));
        }
        Ok(token)
    }

    fn count_update(&mut self, config: &SimulatorConfig) -> Result<(), Rejection> {
        while self
            .updates
            .front()
            .is_some_and(|at| at.elapsed() >= config.token_update_window)
        {
            self.updates.pop_front();
        }
        if self.updates.len() >= config.token_updates {
            return Err(TOO_MANY_PROVIDER_TOKEN_UPDATES);
        }
        self.updates.push_back(Instant::now());
        Ok(())
    }
}
