//! The phone of these tests.

use serde_json::{Value, json};
use zpns_core::effect::{HttpRequest, LogLevel};
use zpns_core::{
    AppFacts, Core, Effect, HttpFailure, HttpResponse, Input, PushRequest, Stored, SystemEvent,
    TokenKind,
};

pub const START: u64 = 1_764_000_000_000;

/// A phone without an outside: it keeps what the core asked for.
pub struct Phone {
    pub core: Core,
    pub now: u64,
    pub requests: Vec<HttpRequest>,
    pub events: Vec<(String, Value)>,
    pub answers: Vec<(u64, Value)>,
    pub asked: Vec<PushRequest>,
    pub persisted: usize,
    pub warnings: Vec<String>,
    next: u64,
}

impl Phone {
    pub fn launch(app: AppFacts, stored: Stored<'_>) -> Self {
        let core = Core::new(app, stored, [9; 32], START);
        let mut phone = Self {
            core,
            now: START,
            requests: vec![],
            events: vec![],
            answers: vec![],
            asked: vec![],
            persisted: 0,
            warnings: vec![],
            next: 0,
        };
        let effects = phone.core.start(START);
        phone.take(effects);
        for kind in ["registered", "tokenInvalidated", "userTokenNeeded"] {
            phone.input(Input::Listen(kind));
        }
        phone
    }

    pub fn store_build() -> Self {
        Self::launch(app(), Stored::Empty)
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Http(request) => self.requests.push(request),
                Effect::Emit(event) => self
                    .events
                    .push((event.kind, serde_json::from_str(&event.body).unwrap())),
                Effect::Complete { id, answer } => self
                    .answers
                    .push((id, serde_json::from_str(&answer).unwrap())),
                Effect::Push(request) => self.asked.push(request),
                Effect::Persist => self.persisted += 1,
                Effect::Log(entry) if entry.level == LogLevel::Warning => {
                    self.warnings.push(entry.message);
                }
                _ => {}
            }
        }
    }

    pub fn input(&mut self, input: Input<'_>) {
        let effects = self.core.handle(input, self.now);
        self.take(effects);
    }

    /// Calls a method and gives its answer, if it came at once.
    pub fn invoke(&mut self, method: &str, params: &Value) -> Option<Value> {
        self.next += 1;
        let id = self.next;
        self.input(Input::Invoke {
            id,
            method,
            params: &params.to_string(),
        });
        self.answers
            .iter()
            .find(|(answered, _)| *answered == id)
            .map(|(_, answer)| answer.clone())
    }

    pub fn configure(&mut self) {
        let answer = self.invoke("configure", &json!({"serverURL": "https://push.example", "appID": "a", "userToken": user_token("bob")}));
        assert_eq!(answer.unwrap(), json!({"ok": {}}));
    }

    pub fn token(&mut self, kind: TokenKind, byte: u8) {
        self.input(Input::System(SystemEvent::TokenUpdated {
            kind,
            token: vec![byte; 32],
        }));
    }

    pub fn both_tokens(&mut self) {
        self.token(TokenKind::Apns, 0xA1);
        self.token(TokenKind::Voip, 0xB2);
    }

    pub fn register(&mut self) {
        assert_eq!(
            self.invoke("registerPush", &json!({"enableIOSVoIP": true}))
                .unwrap(),
            json!({"ok": {}})
        );
    }

    pub fn respond(&mut self, status: u16, body: &Value) {
        self.respond_with(Ok(HttpResponse {
            status,
            retry_after: None,
            date: None,
            body: body.to_string().into_bytes(),
        }));
    }

    pub fn respond_with(&mut self, outcome: Result<HttpResponse, HttpFailure>) {
        let request = self.requests.remove(0);
        self.input(Input::Http {
            id: request.id,
            outcome,
        });
    }

    pub fn advance_to_deadline(&mut self) -> u64 {
        let due = self.core.next_deadline().expect("a timer");
        let waited = due.saturating_sub(self.now);
        self.now = due;
        self.input(Input::Tick);
        waited
    }

    pub fn registered(&self) -> Vec<&Value> {
        self.events
            .iter()
            .filter(|(kind, _)| kind == "registered")
            .map(|(_, body)| body)
            .collect()
    }

    /// The VoIP tokens that were handed over, with whether they are for production.
    pub fn handed_over(&self) -> Vec<(Vec<u8>, bool)> {
        let handed = |request: &PushRequest| match request {
            PushRequest::HandOverVoipToken { token, is_product } => {
                Some((token.clone(), *is_product))
            }
            _ => None,
        };
        self.asked.iter().filter_map(handed).collect()
    }

    pub fn body(&self, request: usize) -> Value {
        serde_json::from_slice(self.requests[request].body.as_deref().unwrap()).unwrap()
    }
}

pub fn app() -> AppFacts {
    AppFacts {
        bundle_id: "com.example.app".into(),
        app_name: "Example".into(),
        app_version: "1".into(),
        background_modes: vec!["voip".into()],
        ..AppFacts::default()
    }
}

/// A token whose payload says who the user is; nobody here checks its signature.
pub fn user_token(user: &str) -> String {
    match user {
        "bob" => "e30.eyJzdWIiOiJib2IifQ.s".into(),
        "eve" => "e30.eyJzdWIiOiJldmUifQ.s".into(),
        _ => panic!("no token for {user}"),
    }
}

pub const PUSH_ID: &str = "zp_0000000000000000000001";
