//! A phone around the core that believes nothing: what the core says is checked, what it asks is answered, and in the end all is settled.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::de::IgnoredAny;
use serde_json::Value;
use uuid::Uuid;
use zpns_core::effect::{HttpRequest, RequestedAction};
use zpns_core::{
    ActionKind, AppFacts, CallAction, CallRequest, Core, Effect, Event, EventKind, HttpResponse,
    Input, PushRequest, Stored, StreamItem, SystemEvent,
};

use super::work::worked;

pub const START: u64 = 1_764_000_000_000;
/// What `configure` gets: a gateway, and a token of the user bob.
pub const CONFIGURATION: &str =
    r#"{"serverURL":"https://push.example","appID":"a","userToken":"e30.eyJzdWIiOiJib2IifQ.s"}"#;
/// After this long every promise of a phone whose system and network answer is settled.
const REST_MS: u64 = 120_000;
/// More inputs than this without coming to rest: it never does.
const MOST_INPUTS: usize = 20_000;

pub struct Phone {
    pub core: Core,
    pub now: u64,
    /// The longest that the core worked on one input.
    pub slowest: Duration,
    pub requests: Vec<HttpRequest>,
    pub streams: Vec<u64>,
    reports: Vec<(u64, Uuid)>,
    transactions: Vec<(u64, RequestedAction)>,
    questions: Vec<(u64, bool)>,
    open_actions: BTreeSet<Uuid>,
    open_promises: BTreeSet<u64>,
    newest: BTreeMap<String, u64>,
    next: u64,
}

impl Phone {
    /// A phone with JavaScript that listens to everything.
    pub fn launch(stored: Stored<'_>) -> Self {
        let mut phone = Self::launch_without_javascript(stored);
        for kind in EventKind::ALL {
            phone.give(Input::Listen(kind.name()));
        }
        phone
    }

    pub fn launch_without_javascript(stored: Stored<'_>) -> Self {
        let began = worked();
        let mut core = Core::new(AppFacts::default(), stored, [1; 32], START);
        let effects = core.start(START);
        let mut phone = Self {
            core,
            now: START,
            slowest: worked().saturating_sub(began),
            requests: vec![],
            streams: vec![],
            reports: vec![],
            transactions: vec![],
            questions: vec![],
            open_actions: BTreeSet::new(),
            open_promises: BTreeSet::new(),
            newest: BTreeMap::new(),
            next: 0,
        };
        phone.take(&effects);
        phone
    }

    pub fn give(&mut self, input: Input<'_>) -> Vec<Effect> {
        let began = worked();
        let effects = self.core.handle(input, self.now);
        self.slowest = self.slowest.max(worked().saturating_sub(began));
        self.take(&effects);
        effects
    }

    /// Calls a method; gives its answer, if it came at once.
    pub fn invoke(&mut self, method: &str, params: &str) -> Option<Value> {
        self.next += 1;
        let id = self.next;
        self.open_promises.insert(id);
        let effects = self.give(Input::Invoke { id, method, params });
        effects.iter().find_map(|effect| match effect {
            Effect::Complete {
                id: answered,
                answer,
            } if *answered == id => serde_json::from_str(answer).ok(),
            _ => None,
        })
    }

    pub fn configure(&mut self) {
        let answer = self.invoke("configure", CONFIGURATION);
        assert!(answer.is_some_and(|answer| answer.get("ok").is_some()));
    }

    /// The user does something to a call on the system's screen.
    pub fn user(&mut self, call: Uuid, kind: ActionKind) {
        self.perform(call, kind, None);
    }

    fn perform(&mut self, call: Uuid, kind: ActionKind, transaction: Option<u64>) {
        self.next += 1;
        let id = Uuid::from_u128(self.next.into());
        self.open_actions.insert(id);
        let action = CallAction {
            id,
            call,
            kind,
            deadline: self.now.saturating_add(30_000),
            transaction,
        };
        self.give(Input::System(SystemEvent::Action(action)));
    }

    fn take(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Call(request) => self.call_kit(request),
                Effect::Push(PushRequest::RequestPermission { id }) => {
                    self.questions.push((*id, true));
                }
                Effect::Push(
                    PushRequest::AddNotification { id, .. } | PushRequest::SetBadge { id, .. },
                ) => {
                    self.questions.push((*id, false));
                }
                Effect::Http(request) => self.requests.push(request.clone()),
                Effect::OpenStream(request) => self.streams.push(request.id),
                Effect::CloseStream(id) => self.streams.retain(|open| open != id),
                Effect::Emit(event) => self.hear(event),
                Effect::Complete { id, answer } => {
                    assert!(self.open_promises.remove(id), "a promise settles once");
                    check_answer(answer);
                }
                Effect::Push(_) | Effect::Persist | Effect::Log(_) => {}
            }
        }
    }

    fn call_kit(&mut self, request: &CallRequest) {
        match request {
            CallRequest::ReportIncoming { id, uuid, update } => {
                let handle = update
                    .remote_handle
                    .as_ref()
                    .expect("a report has a handle");
                assert!(!handle.value.trim().is_empty(), "a handle is not empty");
                self.reports.push((*id, *uuid));
            }
            CallRequest::Fulfill { action } | CallRequest::Fail { action } => {
                assert!(
                    self.open_actions.remove(action),
                    "an action is settled once"
                );
            }
            CallRequest::Transaction { id, action } => {
                self.transactions.push((*id, action.clone()));
            }
            // The provider is gone, and its actions with it.
            CallRequest::Disable => self.open_actions.clear(),
            _ => {}
        }
    }

    fn hear(&mut self, event: &Event) {
        assert!(
            EventKind::from_name(&event.kind).is_some(),
            "an event is one of those there are"
        );
        assert!(
            event.body.starts_with('{') && is_json(&event.body),
            "a body is a JSON object"
        );
        assert!(
            nesting(&event.body) <= MOST_NESTED,
            "a body can be read by JavaScript"
        );
        let before = self
            .newest
            .insert(event.kind.clone(), event.seq)
            .unwrap_or(0);
        assert!(
            before < event.seq,
            "events of one type come in order and once"
        );
    }

    /// The system and the network answer everything, then time passes: every promise and every action comes to its end.
    pub fn rest(&mut self) {
        self.answer_all();
        let end = self.now.saturating_add(REST_MS);
        for _ in 0..MOST_INPUTS {
            let Some(due) = self.core.next_deadline().filter(|due| *due < end) else {
                assert!(self.open_promises.is_empty(), "every promise settles");
                assert!(self.open_actions.is_empty(), "every action is settled");
                return;
            };
            self.now = self.now.max(due);
            self.give(Input::Tick);
            self.answer_all();
        }
        panic!("timers never come to rest");
    }

    fn answer_all(&mut self) {
        for _ in 0..MOST_INPUTS {
            if let Some((id, uuid)) = self.reports.pop() {
                self.give(Input::System(SystemEvent::ReportCompleted {
                    id,
                    uuid,
                    error: None,
                }));
            } else if let Some((id, action)) = self.transactions.pop() {
                let (call, kind) = performed(action);
                self.perform(call, kind, Some(id));
                self.give(Input::System(SystemEvent::TransactionCompleted {
                    id,
                    error: None,
                }));
            } else if let Some((id, permission)) = self.questions.pop() {
                self.give(Input::System(if permission {
                    SystemEvent::PermissionAnswered {
                        id,
                        granted: true,
                        error: None,
                    }
                } else {
                    SystemEvent::RequestAnswered { id, error: None }
                }));
            } else if let Some(request) = self.requests.pop() {
                let gone = HttpResponse {
                    status: 404,
                    retry_after: None,
                    date: None,
                    body: vec![],
                };
                self.give(Input::Http {
                    id: request.id,
                    outcome: Ok(gone),
                });
            } else if let Some(id) = self.streams.pop() {
                self.give(Input::Stream {
                    id,
                    item: StreamItem::Closed {
                        status: Some(404),
                        failure: None,
                    },
                });
            } else {
                return;
            }
        }
        panic!("the core never stops asking");
    }
}

/// How often these effects report an incoming call.
pub fn reports(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| is_report(effect)).count()
}

pub fn is_report(effect: &Effect) -> bool {
    matches!(effect, Effect::Call(CallRequest::ReportIncoming { .. }))
}

/// Hermes reads 512 levels of JSON, and 100 where it is built for small stacks.
const MOST_NESTED: usize = 100;

/// How deep a JSON text nests.
fn nesting(json: &str) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !quoted => depth -= 1,
            _ => {}
        }
    }
    deepest
}

/// Whether it is JSON by its syntax: numbers beyond a double and lone surrogates are JavaScript's to read.
pub fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// `{"ok": …}`, or `{"error": {code, domain, message}}` with something in each.
fn check_answer(answer: &str) {
    let answer: Value = serde_json::from_str(answer).expect("an answer is JSON");
    let fields = answer.as_object().expect("an answer is an object");
    assert_eq!(fields.len(), 1, "an answer is ok or an error");
    if let Some(error) = fields.get("error") {
        for field in ["code", "domain", "message"] {
            assert!(
                error[field].as_str().is_some_and(|text| !text.is_empty()),
                "an error says its {field}"
            );
        }
    } else {
        assert!(fields.contains_key("ok"), "an answer is ok or an error");
    }
}

fn performed(action: RequestedAction) -> (Uuid, ActionKind) {
    match action {
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
