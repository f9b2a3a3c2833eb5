//! Invariant 10: Registration: one request in flight; the newest facts win; 401 -> ask the app for a fresh user token; state survives
//! restart; unreadable storage (before first unlock) counts as empty and loses nothing. Back-off has a property of its own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use zpns_core::effect::{HttpMethod, HttpRequest};
use zpns_core::{Effect, EventKind, SystemEvent, TokenKind};

use super::Oracle;
use crate::gateway::is_registration;
use crate::phone::token_name;
use crate::step::Memory;
use crate::support::user_token;
use crate::world::{Cause, End, Moment};

/// After this long a question for a user token counts as lost.
const ANSWER_MS: u64 = 60_000;

/// What the app and the system said last.
#[derive(Clone, Default)]
struct Facts {
    tokens: BTreeMap<TokenKind, u8>,
    /// Whether the app wants to be registered, and then with VoIP or without.
    wanted: Option<bool>,
    explicit: Option<&'static str>,
    debug: Option<bool>,
}

impl Facts {
    fn environment(&self) -> &'static str {
        self.explicit.unwrap_or(if self.debug == Some(true) {
            "development"
        } else {
            "production"
        })
    }

    fn tokens(&self, voip: bool) -> Value {
        let spelled = |(kind, byte): (&TokenKind, &u8)| {
            (
                token_name(*kind).to_owned(),
                json!(format!("{byte:02x}").repeat(32)),
            )
        };
        self.tokens
            .iter()
            .filter(|(kind, _)| voip || **kind == TokenKind::Apns)
            .map(spelled)
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}

#[derive(Default)]
pub struct Registration {
    facts: Facts,
    /// The process read what an older one wrote, or something damaged: the newest facts are not known here.
    unknown: bool,
    call_kit: bool,
    in_flight: BTreeSet<u64>,
    /// What the gateway was told last, as far as it did not refuse to listen.
    last_put: Option<Value>,
    /// The installation's, once it was stored.
    name: Option<String>,
    /// User tokens that the gateway refused.
    refused: BTreeSet<String>,
    /// When the app was asked for a user token, if it has not answered.
    asked: Option<u64>,
    last_request: u64,
    /// The last request before the app gave a user token: what is refused up to there is an older one.
    given_after: u64,
    /// What the process found, until storage could be read.
    memory: Option<Memory>,
}

impl Registration {
    fn is_locked(&self) -> bool {
        self.memory == Some(Memory::Locked)
    }

    fn launched(&mut self, memory: Option<Memory>) {
        self.unknown |= self.is_locked()
            || memory.is_some_and(|memory| !matches!(memory, Memory::Newest | Memory::Locked));
        // Damage may have hit the name too.
        if matches!(memory, Some(Memory::Cut(_) | Memory::Changed(..))) {
            self.name = None;
        }
        self.memory = memory;
        self.facts.tokens.clear();
        self.in_flight.clear();
        self.last_put = None;
        self.refused.clear();
        self.asked = None;
        self.last_request = 0;
        self.given_after = 0;
    }

    fn hear(&mut self, moment: &Moment<'_>) {
        match moment.cause {
            Cause::Launch(memory) => self.launched(*memory),
            Cause::Unlock => self.memory = None,
            // How long was waited is not known any more.
            Cause::ClockSet => self.asked = None,
            // What was sent over the old way is never answered.
            Cause::System(SystemEvent::NetworkChanged) => self.in_flight.clear(),
            Cause::System(SystemEvent::TokenUpdated { kind, token }) => {
                self.facts.tokens.insert(*kind, token[0]);
            }
            Cause::System(SystemEvent::TokenInvalidated { kind }) => {
                self.facts.tokens.remove(kind);
            }
            Cause::Invoke { method, params, .. } => self.invoked(method, params),
            Cause::Http { request, outcome } => {
                // An answer to what was sent again since says nothing.
                let counts = self.in_flight.remove(&request.id);
                if outcome
                    .as_ref()
                    .is_ok_and(|response| response.status == 401)
                {
                    if request.id > self.given_after {
                        self.refuse(request.bearer.as_deref());
                    }
                } else if counts && request.method == HttpMethod::Put {
                    self.last_put =
                        Some(serde_json::from_slice(request.body.as_ref().unwrap()).unwrap());
                }
            }
            _ => {}
        }
    }

    fn invoked(&mut self, method: &str, params: &Value) {
        match method {
            "registerPush" => {
                self.facts.wanted = params["enableIOSVoIP"].as_bool();
                self.facts.explicit = match params["iOSEnvironment"].as_i64() {
                    Some(0) => Some("production"),
                    Some(1) => Some("development"),
                    _ => None,
                };
            }
            "unregisterPush" => {
                self.facts.wanted = None;
                self.facts.tokens.clear();
            }
            "setVoipToken" => {
                let token = params["token"].as_str().expect("a token");
                self.facts.tokens.insert(
                    TokenKind::Voip,
                    u8::from_str_radix(token.get(..2).expect("digits"), 16).expect("hex"),
                );
                self.facts.wanted = Some(true);
                self.facts.explicit = Some(if params["isProduct"] == true {
                    "production"
                } else {
                    "development"
                });
            }
            "enableDebug" => self.facts.debug = params["isDebug"].as_bool(),
            "configure" | "setUserToken" => {
                self.asked = None;
                self.given_after = self.last_request;
                if let Some(token) = params["userToken"].as_str() {
                    self.refused.remove(token);
                }
            }
            _ => {}
        }
    }

    fn refuse(&mut self, bearer: Option<&str>) {
        let user_tokens = crate::gateway::USERS.map(user_token);
        self.refused.extend(
            bearer
                .filter(|bearer| user_tokens.iter().any(|token| token == bearer))
                .map(str::to_owned),
        );
    }

    fn sent(&mut self, request: &HttpRequest) {
        self.last_request = request.id;
        if let Some(bearer) = &request.bearer {
            assert!(
                !self.refused.contains(bearer),
                "10: a user token that was refused is not used again"
            );
        }
        if !is_registration(request) {
            return;
        }
        assert!(
            !self.is_locked(),
            "10: nothing is registered under a name that storage may contradict"
        );
        self.in_flight.insert(request.id);
        assert!(
            self.in_flight.len() <= 1,
            "10: one registration is in flight"
        );
        let (_, name) = request.url.rsplit_once('/').expect("a path");
        assert_eq!(
            self.name.get_or_insert_with(|| name.to_owned()),
            name,
            "10: an installation keeps its name"
        );
    }
}

impl Oracle for Registration {
    fn see(&mut self, moment: &Moment<'_>) {
        self.hear(moment);
        let switched_off =
            std::mem::replace(&mut self.call_kit, moment.call_kit) && !moment.call_kit;
        if switched_off && matches!(moment.cause, Cause::Unlock) {
            // The system was asked for a VoIP token before anybody knew that CallKit is off.
            self.unknown = true;
        } else if switched_off {
            self.facts.tokens.remove(&TokenKind::Voip);
        }
        for effect in moment.effects {
            if let Effect::Http(request) = effect {
                self.sent(request);
            }
        }
        for (_, event, _) in moment
            .events
            .iter()
            .filter(|(kind, ..)| *kind == EventKind::UserTokenNeeded)
        {
            if !event.flushed {
                let before = self.asked.replace(moment.elapsed);
                let lost = before.is_none_or(|before| before + ANSWER_MS <= moment.elapsed);
                assert!(lost, "10: the app is asked once for a fresh token");
            }
        }
    }

    fn end(&mut self, _end: &End<'_>) {
        let Some(voip) = self.facts.wanted.filter(|_| !self.unknown) else {
            return;
        };
        let tokens = self.facts.tokens(voip && self.call_kit);
        if tokens == json!({}) {
            return;
        }
        let put = self
            .last_put
            .as_ref()
            .expect("10: what is wanted is registered");
        assert_eq!(put["tokens"], tokens, "10: the newest tokens win");
        assert_eq!(
            put["environment"],
            self.facts.environment(),
            "10: the newest environment wins"
        );
    }
}
