//! The HTTP API of phones, by method and path. Statuses, codes and words are those of `zpns-calls`.

use serde::Serialize;
use serde::de::DeserializeOwned;
use zpns_calls::auth::{self, Principal, TokenError};
use zpns_calls::{CallError, check};
use zpns_driver::core::json_path::path_of;
use zpns_protocol::calls::{Receipt, Verb, VerbBody, VerbResult};
use zpns_protocol::errors::ErrorBody;
use zpns_protocol::registration::{Badge, Registered, Registration};

use super::Gateway;
use crate::traffic::{decoded, name_of};

/// A request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Incoming<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) idempotency_key: Option<&'a str>,
    /// `Last-Event-ID`, of a stream.
    pub(crate) last_event_id: Option<&'a str>,
    pub(crate) body: &'a [u8],
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct HttpAnswer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<u64>,
    /// JSON; empty for an answer without a body.
    pub(crate) body: String,
}

/// Why a request was not carried out.
#[derive(Debug)]
pub(crate) enum Refused {
    Call(CallError),
    Token(TokenError),
    /// The body is no such JSON, and why.
    Body(String),
}

impl From<CallError> for Refused {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<TokenError> for Refused {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

impl Refused {
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Call(error) => error.status(),
            Self::Token(_) => 401,
            Self::Body(_) => 400,
        }
    }

    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Call(error) => error.code(),
            Self::Token(error) => error.code(),
            Self::Body(_) => "invalid_field",
        }
    }

    pub(crate) fn message(&self) -> String {
        match self {
            Self::Call(error) => error.to_string(),
            Self::Token(error) => error.to_string(),
            Self::Body(problem) => problem.clone(),
        }
    }
}

impl From<Refused> for HttpAnswer {
    fn from(refused: Refused) -> Self {
        let body = ErrorBody::new(refused.code(), refused.message());
        Self::json(refused.status(), &body)
    }
}

impl HttpAnswer {
    pub(super) fn json(status: u16, body: &impl Serialize) -> Self {
        Self {
            status,
            retry_after: None,
            body: serde_json::to_string(body).unwrap_or_default(),
        }
    }

    /// The body; JSON also where there is none.
    pub(crate) fn json_or_null(&self) -> &str {
        if self.body.is_empty() {
            "null"
        } else {
            &self.body
        }
    }

    const fn empty() -> Self {
        Self {
            status: 204,
            retry_after: None,
            body: String::new(),
        }
    }
}

impl Gateway {
    /// Carries a request out.
    pub(crate) fn handle(&mut self, token: &str, request: &Incoming<'_>, now: u64) -> HttpAnswer {
        self.principal(token, now)
            .map_err(Refused::from)
            .and_then(|principal| self.handle_for(&principal, request, now))
            .unwrap_or_else(HttpAnswer::from)
    }

    /// Carries it out in somebody's name.
    pub(crate) fn handle_for(
        &mut self,
        principal: &Principal,
        request: &Incoming<'_>,
        now: u64,
    ) -> Result<HttpAnswer, Refused> {
        let parts: Vec<String> = request.path.split('/').skip(3).map(decoded).collect();
        let id = parts.first().map_or("", String::as_str);
        let name = name_of(request.method, request.path).ok_or_else(|| not_there(request.path))?;
        match name {
            "register" => {
                let user = auth::signed_in_user(principal)?;
                check::installation("the installation ID in the path", id)
                    .map_err(CallError::from)?;
                let mut registration: Registration = body(request)?;
                check::registration(&mut registration).map_err(CallError::from)?;
                let push_id = self.register(user, id, &registration, now);
                Ok(HttpAnswer::json(200, &Registered { push_id }))
            }
            "unregister" => {
                let user = auth::signed_in_user(principal)?.to_owned();
                self.unregister(&user, id);
                Ok(HttpAnswer::empty())
            }
            "badge" => {
                let user = auth::signed_in_user(principal)?.to_owned();
                let Badge { badge } = body(request)?;
                check::badge(badge).map_err(CallError::from)?;
                self.set_badge(&user, id, badge)?;
                Ok(HttpAnswer::empty())
            }
            "receipt" => {
                let receipt: Receipt = body(request)?;
                self.receive(principal, receipt, now)?;
                Ok(HttpAnswer::empty())
            }
            "invite" => self.invite(principal, request, now),
            "query" => {
                let call = self.stored(id).ok().map(|stored| stored.call.clone());
                Ok(HttpAnswer::json(200, &auth::visible(principal, id, call)?))
            }
            "follow" | "followUser" => {
                self.first_events(principal, request.path, request.last_event_id)
            }
            verb => {
                let verb = Verb::ALL
                    .into_iter()
                    .find(|known| known.as_str() == verb)
                    .ok_or(CallError::NoSuchRoute)?;
                let said: VerbBody = body(request)?;
                check::verb(&said).map_err(CallError::from)?;
                let by = auth::actor(principal, id, verb, &said)?;
                let input = auth::input(verb, by, said);
                let (applied, call) = self.change(id, input, now)?;
                Ok(HttpAnswer::json(200, &VerbResult { applied, call }))
            }
        }
    }
}

/// The body of a request; an empty one counts as `{}`.
pub(super) fn body<T: DeserializeOwned>(request: &Incoming<'_>) -> Result<T, Refused> {
    let json: &[u8] = if request.body.is_empty() {
        b"{}"
    } else {
        request.body
    };
    serde_json::from_slice(json).map_err(|error| {
        let text = std::str::from_utf8(json).unwrap_or_default();
        let problem = error.to_string();
        let problem = problem.split(" at line ").next().unwrap_or_default();
        let path = path_of(text, &error);
        Refused::Body(if path.is_empty() {
            problem.to_owned()
        } else {
            format!("{path}: {problem}")
        })
    })
}

/// What is said of a request that nobody takes.
fn not_there(path: &str) -> CallError {
    let mut methods = ["GET", "POST", "PUT", "DELETE"].into_iter();
    if methods.any(|method| name_of(method, path).is_some()) {
        CallError::NoSuchMethod
    } else {
        CallError::NoSuchRoute
    }
}
