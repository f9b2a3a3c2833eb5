//! A scripted iPhone around the core: it carries out effects on a small model of CallKit and keeps everything else for the test to look at.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};
use uuid::Uuid;
use zpns_core::effect::{EndedReason, HttpRequest, RequestedAction, StreamRequest};
use zpns_core::{
    ActionKind, AppFacts, CallAction, CallRequest, Core, Effect, EventKind, HttpFailure,
    HttpResponse, Input, PushRequest, Stored, StreamItem, SystemError, SystemEvent, Time,
};

/// When every test begins.
pub const START: u64 = 1_764_000_000_000;
/// Apple's time limit for an action, as the model has it.
pub const ACTION_MS: u64 = 30_000;
/// `call-42`'s UUID, as published.
pub const CALL_42: &str = "F918FA96-D863-5F2C-9BA5-A60EA3CF90A8";
/// The user of the phone.
pub const ME: &str = "bob";

/// What CallKit was told, as it understood it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    Reported(Uuid),
    Ended(Uuid, EndedReason),
    Fulfilled(Uuid),
    Failed(Uuid),
    Other(CallRequest),
}

enum Completion {
    Report(u64, Uuid, Option<SystemError>),
    Transaction(u64, Option<SystemError>),
    Perform(Uuid, ActionKind, u64),
}

/// CallKit, as far as an app can tell.
#[derive(Default)]
pub struct CallKit {
    /// The calls it has; true once answered.
    pub calls: BTreeMap<Uuid, bool>,
    pub told: Vec<Told>,
    /// The number of the error with which reports fail.
    pub refuse_reports: Option<i64>,
    /// The number of the error with which transactions fail.
    pub refuse_transactions: Option<i64>,
    /// Whether completions wait for [`Phone::complete_all`].
    pub slow: bool,
    completions: VecDeque<Completion>,
    open: BTreeMap<Uuid, (Uuid, ActionKind)>,
    next_action: u128,
}

pub struct Phone {
    pub app: AppFacts,
    pub core: Core,
    pub now: u64,
    /// How far the device's clock is ahead of the time, in milliseconds.
    pub clock_ahead: i64,
    pub call_kit: CallKit,
    pub requests: Vec<HttpRequest>,
    pub streams: Vec<StreamRequest>,
    pub closed_streams: Vec<u64>,
    pub events: Vec<(String, Value)>,
    pub answers: BTreeMap<u64, Vec<Value>>,
    pub persisted: usize,
    /// Whether the app is kept running in the background, as it was said last.
    pub awake: Option<bool>,
    next_invocation: u64,
}

impl Phone {
    /// A phone whose app was just launched by a push, with JavaScript listening to everything.
    pub fn launch() -> Self {
        let mut phone = Self::launch_without_js(
            AppFacts {
                app_name: "Example".into(),
                ..AppFacts::default()
            },
            Stored::Empty,
            START,
        );
        phone.start_js();
        phone
    }

    pub fn launch_without_js(app: AppFacts, stored: Stored<'_>, now: u64) -> Self {
        let mut core = Core::new(app.clone(), stored, [7; 32], now);
        let effects = core.start(now);
        let mut phone = Self {
            app,
            core,
            now,
            clock_ahead: 0,
            call_kit: CallKit::default(),
            requests: vec![],
            streams: vec![],
            closed_streams: vec![],
            events: vec![],
            answers: BTreeMap::new(),
            persisted: 0,
            awake: None,
            next_invocation: 0,
        };
        phone.carry_out(effects);
        phone
    }

    /// The process dies and is launched again; CallKit's calls died with it.
    pub fn restart(&mut self) {
        let stored = self.core.snapshot().map(|snapshot| snapshot.to_bytes());
        let stored = stored.as_deref().map_or(Stored::Empty, Stored::Bytes);
        *self = Self::launch_without_js(self.app.clone(), stored, self.now);
    }

    pub fn start_js(&mut self) {
        for kind in EventKind::ALL {
            self.input(Input::Listen(kind.name()));
        }
    }

    pub fn input(&mut self, input: Input<'_>) -> Vec<Effect> {
        let effects = self.core.handle(input, self.time());
        self.carry_out(effects.clone());
        if !self.call_kit.slow {
            self.complete_all();
        }
        self.do_what_is_due();
        effects
    }

    fn time(&self) -> Time {
        Time {
            steady: self.now,
            wall: self.now.saturating_add_signed(self.clock_ahead),
        }
    }

    fn do_what_is_due(&mut self) {
        for _ in 0..10_000 {
            if self.core.next_deadline().is_none_or(|due| due > self.now) {
                return;
            }
            let effects = self.core.handle(Input::Tick, self.time());
            self.carry_out(effects);
        }
        panic!("timers never come to rest");
    }

    pub fn system(&mut self, event: SystemEvent) -> Vec<Effect> {
        self.input(Input::System(event))
    }

    pub fn push(&mut self, payload: &Value) -> Vec<Effect> {
        self.push_bytes(payload.to_string().as_bytes(), true)
    }

    pub fn push_bytes(&mut self, payload: &[u8], must_report: bool) -> Vec<Effect> {
        self.input(Input::VoipPush {
            payload,
            must_report,
        })
    }

    /// CallKit completes what it was asked, and asks the app to perform what follows.
    pub fn complete_all(&mut self) {
        while self.complete_one() {}
    }

    pub fn complete_one(&mut self) -> bool {
        let Some(completion) = self.call_kit.completions.pop_front() else {
            return false;
        };
        let event = match completion {
            Completion::Report(id, uuid, error) => SystemEvent::ReportCompleted { id, uuid, error },
            Completion::Transaction(id, error) => SystemEvent::TransactionCompleted { id, error },
            Completion::Perform(call, kind, transaction) => {
                self.perform(call, kind, Some(transaction));
                return true;
            }
        };
        let effects = self.core.handle(Input::System(event), self.time());
        self.carry_out(effects);
        true
    }

    /// The user does something on the system's screen. Gives the action's UUID.
    pub fn user(&mut self, call: Uuid, kind: ActionKind) -> Uuid {
        let action = self.perform(call, kind, None);
        if !self.call_kit.slow {
            self.complete_all();
        }
        action
    }

    fn perform(&mut self, call: Uuid, kind: ActionKind, transaction: Option<u64>) -> Uuid {
        self.call_kit.next_action += 1;
        let id = Uuid::from_u128(0xAC_0000 + self.call_kit.next_action);
        self.call_kit.open.insert(id, (call, kind.clone()));
        if let ActionKind::Start { .. } = kind {
            self.call_kit.calls.insert(call, false);
        }
        let action = CallAction {
            id,
            call,
            kind,
            deadline: self.time().wall + ACTION_MS,
            transaction,
        };
        let action = Input::System(SystemEvent::Action(action));
        let effects = self.core.handle(action, self.time());
        self.carry_out(effects);
        id
    }

    /// Calls a method; gives its number.
    pub fn begin(&mut self, method: &str, params: &Value) -> u64 {
        self.next_invocation += 1;
        let id = self.next_invocation;
        self.input(Input::Invoke {
            id,
            method,
            params: &params.to_string(),
        });
        id
    }

    /// Calls a method that is answered at once.
    pub fn invoke(&mut self, method: &str, params: &Value) -> Value {
        let id = self.begin(method, params);
        self.answer_of(id)
    }

    /// The answer of a method.
    pub fn answer_of(&self, id: u64) -> Value {
        match self.answers.get(&id).map(Vec::as_slice) {
            Some([answer]) => answer.clone(),
            Some(answers) => panic!("{} answers to one call", answers.len()),
            None => panic!("no answer yet"),
        }
    }

    pub fn is_answered(&self, id: u64) -> bool {
        self.answers.contains_key(&id)
    }

    pub fn configure(&mut self) {
        let params = json!({"serverURL": "https://push.example", "appID": "a", "userToken": user_token(ME), "userTokenProvider": true});
        assert_eq!(self.invoke("configure", &params), json!({"ok": {}}));
    }

    /// Lets time pass, doing what becomes due at the time when it does.
    pub fn wait(&mut self, milliseconds: u64) {
        let end = self.now + milliseconds;
        for _ in 0..100_000 {
            let Some(due) = self.core.next_deadline().filter(|due| *due <= end) else {
                self.now = end;
                return;
            };
            self.now = self.now.max(due);
            self.input(Input::Tick);
        }
        panic!("timers never come to rest");
    }

    /// Answers the oldest open request.
    pub fn respond(&mut self, status: u16, body: &Value) {
        self.respond_with(Ok(HttpResponse {
            status,
            retry_after: None,
            date: None,
            body: body.to_string().into_bytes(),
        }));
    }

    pub fn respond_with(&mut self, outcome: Result<HttpResponse, HttpFailure>) {
        assert!(!self.requests.is_empty(), "no open request");
        let request = self.requests.remove(0);
        self.input(Input::Http {
            id: request.id,
            outcome,
        });
    }

    /// Answers the open request to this URL, taking it out of its order.
    pub fn respond_to(&mut self, url_end: &str, status: u16, body: &Value) {
        let at = self
            .requests
            .iter()
            .position(|request| request.url.ends_with(url_end));
        let at =
            at.unwrap_or_else(|| panic!("no open request to {url_end}, only to {:?}", self.urls()));
        let request = self.requests.remove(at);
        let outcome = Ok(HttpResponse {
            status,
            retry_after: None,
            date: None,
            body: body.to_string().into_bytes(),
        });
        self.input(Input::Http {
            id: request.id,
            outcome,
        });
    }

    /// URLs of the open requests.
    pub fn urls(&self) -> Vec<&str> {
        self.requests
            .iter()
            .map(|request| request.url.as_str())
            .collect()
    }

    /// Whether a request to this URL is open.
    pub fn asks(&self, url_end: &str) -> bool {
        self.requests
            .iter()
            .any(|request| request.url.ends_with(url_end))
    }

    pub fn stream(&mut self, item: StreamItem) {
        let id = self.streams.last().expect("a stream").id;
        self.input(Input::Stream { id, item });
    }

    /// The gateway sends an event on the newest stream.
    pub fn event(&mut self, event: &Value) {
        let seq = event["seq"].to_string();
        let kind = event["type"].as_str().unwrap_or("message").to_owned();
        self.stream(StreamItem::Event {
            id: Some(seq),
            event: kind,
            data: event.to_string(),
        });
    }

    /// Bodies of the events of this type so far.
    pub fn events_of(&self, kind: &str) -> Vec<&Value> {
        self.events
            .iter()
            .filter(|(name, _)| name == kind)
            .map(|(_, body)| body)
            .collect()
    }

    /// What CallKit was told about a call's end.
    pub fn ends(&self, call: Uuid) -> Vec<EndedReason> {
        let reason = |told: &Told| match told {
            Told::Ended(uuid, reason) if *uuid == call => Some(*reason),
            _ => None,
        };
        self.call_kit.told.iter().filter_map(reason).collect()
    }

    /// How often a call was reported as incoming.
    pub fn reports(&self, call: Uuid) -> usize {
        self.call_kit
            .told
            .iter()
            .filter(|told| **told == Told::Reported(call))
            .count()
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Call(request) => self.call_kit.carry_out(request),
                Effect::Http(request) => self.requests.push(request),
                Effect::OpenStream(request) => self.streams.push(request),
                Effect::CloseStream(id) => self.closed_streams.push(id),
                Effect::Emit(event) => self
                    .events
                    .push((event.kind, serde_json::from_str(&event.body).unwrap())),
                Effect::Complete { id, answer } => self
                    .answers
                    .entry(id)
                    .or_default()
                    .push(serde_json::from_str(&answer).unwrap()),
                Effect::Persist => self.persisted += 1,
                Effect::Push(PushRequest::KeepAwake { on }) => self.awake = Some(on),
                Effect::Push(_) | Effect::Log(_) => {}
            }
        }
    }
}

impl CallKit {
    fn carry_out(&mut self, request: CallRequest) {
        let told = match request {
            CallRequest::ReportIncoming { id, uuid, .. } => {
                let refusal = if self.calls.contains_key(&uuid) {
                    Some(2)
                } else {
                    self.refuse_reports
                };
                if refusal.is_none() {
                    self.calls.insert(uuid, false);
                }
                self.completions.push_back(Completion::Report(
                    id,
                    uuid,
                    refusal.map(|code| error("com.apple.CallKit.error.incomingcall", code)),
                ));
                Told::Reported(uuid)
            }
            CallRequest::ReportEnded { uuid, reason } => {
                self.calls.remove(&uuid);
                Told::Ended(uuid, reason)
            }
            CallRequest::Fulfill { action } => {
                match self.open.remove(&action) {
                    Some((call, ActionKind::End)) => {
                        self.calls.remove(&call);
                    }
                    Some((call, ActionKind::Answer)) => {
                        self.calls
                            .entry(call)
                            .and_modify(|answered| *answered = true);
                    }
                    _ => {}
                }
                Told::Fulfilled(action)
            }
            CallRequest::Fail { action } => {
                if let Some((call, ActionKind::Start { .. })) = self.open.remove(&action) {
                    self.calls.remove(&call);
                }
                Told::Failed(action)
            }
            CallRequest::Transaction { id, action } => {
                let refusal = self
                    .refuse_transactions
                    .map(|code| error("com.apple.CallKit.error.requesttransaction", code));
                if refusal.is_none() {
                    let (call, kind) = requested(&action);
                    self.completions
                        .push_back(Completion::Perform(call, kind, id));
                }
                self.completions
                    .push_back(Completion::Transaction(id, refusal));
                Told::Other(CallRequest::Transaction { id, action })
            }
            other => Told::Other(other),
        };
        self.told.push(told);
    }
}

pub fn requested(action: &RequestedAction) -> (Uuid, ActionKind) {
    match action.clone() {
        RequestedAction::Start {
            uuid,
            handle,
            video,
        } => (
            uuid,
            ActionKind::Start {
                handle: Some(handle),
                contact: None,
                video,
            },
        ),
        RequestedAction::Answer { uuid } => (uuid, ActionKind::Answer),
        RequestedAction::End { uuid } => (uuid, ActionKind::End),
        RequestedAction::SetHeld { uuid, on_hold } => (uuid, ActionKind::SetHeld { on_hold }),
        RequestedAction::SetMuted { uuid, muted } => (uuid, ActionKind::SetMuted { muted }),
        RequestedAction::SetGroup { uuid, with } => (uuid, ActionKind::SetGroup { with }),
        RequestedAction::PlayDtmf { uuid, digits, kind } => {
            (uuid, ActionKind::PlayDtmf { digits, kind })
        }
    }
}

pub fn error(domain: &str, code: i64) -> SystemError {
    SystemError {
        domain: domain.to_owned(),
        code,
        message: String::new(),
    }
}

/// `call-42`'s UUID.
pub fn call_42() -> Uuid {
    Uuid::parse_str(CALL_42).unwrap()
}

/// A push without a gateway.
pub fn plain_push(call_id: &str) -> Value {
    json!({"aps": {"alert": "Alice"}, "zego": {"voip_handle_type": 1, "voip_handle_value": "alice"}, "call_id": call_id})
}

/// The push that the gateway sends for `call-42`, ringing for 45 seconds.
pub fn gateway_push(now: u64) -> Value {
    json!({
        "aps": {"alert": {"title": "Alice", "body": "calls"}},
        "zego": {"version": 1, "voip_has_video": true, "voip_handle_type": 1, "voip_handle_value": "alice"},
        "call_id": "call-42", "payload": "p",
        "zpns": {"v": 1, "kind": "invite", "sentAt": now, "expiresAt": now + 45_000, "caller": "alice", "user": ME, "mode": 0,
                 "extendedData": "x", "timeout": 45, "followURL": "https://push.example/v1/calls/call-42", "followToken": "follow"}
    })
}

/// `call-42` as the gateway tells it: Alice calls Bob.
pub fn gateway_call(seq: u64, state: &str, bob: &str, installation: Option<&str>) -> Value {
    json!({
        "callID": "call-42", "mode": 0, "caller": "alice", "createdAt": START, "expiresAt": START + 45_000, "timeout": 45,
        "extendedData": "x", "state": state, "seq": seq,
        "participants": [
            {"userID": "alice", "state": "accepted", "extendedData": ""},
            {"userID": ME, "state": bob, "installation": installation, "extendedData": ""}
        ]
    })
}

/// An event on the stream of `call-42`.
pub fn gateway_event(kind: &str, by: Option<&str>, call: &Value) -> Value {
    json!({"seq": call["seq"], "at": START, "type": kind, "by": by.map(|user| json!({"userID": user})), "extendedData": "e", "call": call})
}

/// A token as an app's server makes it; nobody verifies it here.
pub fn user_token(user: &str) -> String {
    use base64::Engine as _;
    let claims =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json!({"sub": user}).to_string());
    format!("e30.{claims}.s")
}
