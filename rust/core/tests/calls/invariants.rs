//! Rules that hold whatever happens in whatever order.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;
use zpns_core::effect::DtmfKind;
use zpns_core::{
    ActionKind, AppFacts, CallAction, CallRequest, Core, Effect, EventKind, HttpFailure, HttpResponse, Input, Stored, StreamItem,
    SystemEvent,
};

use crate::support::{START, error};

/// Three call IDs are enough for every kind of confusion.
const CALLS: [&str; 3] = ["call-42", "b", "1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10"];

#[derive(Clone, Debug)]
enum Step {
    Push { call: usize, kind: u8, must_report: bool },
    Garbage(Vec<u8>),
    CompleteReport { refusal: Option<i64> },
    Action { call: usize, kind: u8 },
    ActionTimedOut { nth: usize },
    Transaction { refused: bool },
    Complete { seq: u64, fulfill: bool },
    Invoke { call: usize, method: usize },
    Http { status: u16, state: usize },
    Event { state: usize, seq: u64 },
    StreamClosed { status: u16 },
    Reset,
    Awake,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let call = 0..CALLS.len();
    prop_oneof![
        8 => (call.clone(), 0..4_u8, any::<bool>()).prop_map(|(call, kind, must_report)| Step::Push { call, kind, must_report }),
        1 => proptest::collection::vec(any::<u8>(), 0..20).prop_map(Step::Garbage),
        8 => prop_oneof![5 => Just(None), 1 => (0..8_i64).prop_map(Some)].prop_map(|refusal| Step::CompleteReport { refusal }),
        6 => (call.clone(), 0..7_u8).prop_map(|(call, kind)| Step::Action { call, kind }),
        1 => (0..4_usize).prop_map(|nth| Step::ActionTimedOut { nth }),
        3 => any::<bool>().prop_map(|refused| Step::Transaction { refused }),
        5 => (0..9_u64, any::<bool>()).prop_map(|(seq, fulfill)| Step::Complete { seq, fulfill }),
        6 => (call, 0..METHODS.len()).prop_map(|(call, method)| Step::Invoke { call, method }),
        5 => (prop_oneof![Just(0_u16), Just(200), Just(401), Just(404), Just(503)], 0..STATES.len()).prop_map(|(status, state)| Step::Http { status, state }),
        4 => (0..STATES.len(), 1..6_u64).prop_map(|(state, seq)| Step::Event { state, seq }),
        2 => prop_oneof![Just(0_u16), Just(401), Just(404)].prop_map(|status| Step::StreamClosed { status }),
        1 => Just(Step::Reset),
        1 => Just(Step::Awake),
        4 => prop_oneof![Just(0_u64), Just(100), Just(5_000), Just(50_000), Just(700_000)].prop_map(Step::Wait),
    ]
}

const METHODS: [&str; 11] = [
    "reportIncomingCall",
    "reportCallEnded",
    "answerCall",
    "endCall",
    "setMuted",
    "callAccept",
    "callReject",
    "callEnd",
    "callInvite",
    "queryCallInvitation",
    "startCall",
];

const STATES: [(&str, &str); 6] = [
    ("ringing", "received"),
    ("accepted", "accepted"),
    ("cancelled", "beCancelled"),
    ("timedOut", "timeout"),
    ("rejected", "rejected"),
    ("ended", "ended"),
];

/// What is known of one call in CallKit, from what the core told it.
#[derive(Default)]
struct Shown {
    open_reports: usize,
    exists: bool,
}

/// The world outside the core, which checks the rules while it goes.
struct World {
    core: Core,
    now: u64,
    calls: BTreeMap<Uuid, Shown>,
    reports: Vec<Uuid>,
    transactions: Vec<(u64, CallRequest)>,
    actions: Vec<(Uuid, bool)>,
    /// What each action was about.
    about: BTreeMap<Uuid, (Uuid, ActionKind)>,
    settled: BTreeMap<Uuid, usize>,
    requests: Vec<(u64, String)>,
    streams: Vec<u64>,
    invocations: u64,
    answers: BTreeMap<u64, usize>,
    missed: BTreeMap<String, usize>,
}

impl World {
    fn new() -> Self {
        let mut core = Core::new(AppFacts { app_name: "Example".into(), ..AppFacts::default() }, Stored::Empty, [5; 32], START);
        core.start(START);
        for kind in EventKind::ALL {
            core.handle(Input::Listen(kind.name()), START);
        }
        let mut world = Self {
            core,
            now: START,
            calls: BTreeMap::new(),
            reports: vec![],
            transactions: vec![],
            actions: vec![],
            about: BTreeMap::new(),
            settled: BTreeMap::new(),
            requests: vec![],
            streams: vec![],
            invocations: 0,
            answers: BTreeMap::new(),
            missed: BTreeMap::new(),
        };
        let params = json!({"serverURL": "https://push.example", "appID": "a", "userToken": crate::support::user_token("bob")});
        world.invoke("configure", &params);
        world
    }

    fn invoke(&mut self, method: &str, params: &Value) {
        self.invocations += 1;
        self.input(Input::Invoke { id: self.invocations, method, params: &params.to_string() });
    }

    fn input(&mut self, input: Input<'_>) -> Vec<Effect> {
        let effects = self.core.handle(input, self.now);
        for effect in &effects {
            match effect {
                Effect::Call(request) => self.told(request),
                Effect::Complete { id, .. } => *self.answers.entry(*id).or_default() += 1,
                Effect::Http(request) => self.requests.push((request.id, request.url.clone())),
                Effect::OpenStream(request) => self.streams.push(request.id),
                Effect::CloseStream(id) => self.streams.retain(|open| open != id),
                Effect::Emit(event) if event.kind == "didReceiveIncomingPush" => {
                    let body: Value = serde_json::from_str(&event.body).unwrap();
                    if body["missed"] == true {
                        *self.missed.entry(body["uuid"].as_str().unwrap().to_owned()).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
        effects
    }

    fn told(&mut self, request: &CallRequest) {
        match request {
            CallRequest::ReportIncoming { uuid, update } => {
                assert!(!update.remote_handle.as_ref().unwrap().value.is_empty());
                self.calls.entry(*uuid).or_default().open_reports += 1;
                self.reports.push(*uuid);
            }
            CallRequest::ReportEnded { uuid, .. } => {
                let call = self.calls.entry(*uuid).or_default();
                assert_eq!(call.open_reports, 0, "an end waits for the report's completion");
                call.exists = false;
            }
            CallRequest::Fulfill { action } | CallRequest::Fail { action } => {
                *self.settled.entry(*action).or_default() += 1;
                let fulfilled = matches!(request, CallRequest::Fulfill { .. });
                match self.about.get(action) {
                    Some((call, ActionKind::End)) if fulfilled => self.calls.entry(*call).or_default().exists = false,
                    Some((call, ActionKind::Start { .. })) if !fulfilled => self.calls.entry(*call).or_default().exists = false,
                    _ => {}
                }
            }
            CallRequest::Transaction { id, .. } => self.transactions.push((*id, request.clone())),
            _ => {}
        }
    }

    fn push(&mut self, payload: &[u8], must_report: bool) {
        let effects = self.input(Input::VoipPush { payload, must_report });
        let reports = effects.iter().filter(|effect| matches!(effect, Effect::Call(CallRequest::ReportIncoming { .. }))).count();
        if must_report {
            assert!(matches!(effects.first(), Some(Effect::Call(CallRequest::ReportIncoming { .. }))), "the report comes first");
            assert_eq!(reports, 1);
        } else {
            assert!(reports <= 1);
        }
    }

    fn action(&mut self, call: Uuid, kind: ActionKind, transaction: Option<u64>) {
        let id = Uuid::from_u128(1000 + self.actions.len() as u128);
        let shown = self.calls.entry(call).or_default();
        match kind {
            // CallKit refuses what it has already.
            ActionKind::Start { .. } if shown.exists => return,
            ActionKind::Start { .. } => shown.exists = true,
            _ => {}
        }
        self.actions.push((id, false));
        self.about.insert(id, (call, kind.clone()));
        self.input(Input::System(SystemEvent::Action(CallAction { id, call, kind, deadline: self.now + 30_000, transaction })));
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each thing that can happen")]
    fn run(&mut self, step: Step) {
        match step {
            Step::Push { call, kind, must_report } => {
                let id = CALLS[call];
                let payload = match kind {
                    0 => json!({"call_id": id}),
                    1 => json!({"call_id": id, "zpns": {"kind": "cancel"}}),
                    2 => json!({"call_id": id, "zpns": {"expiresAt": self.now.saturating_sub(1)}}),
                    _ => json!({"call_id": id, "zpns": {"expiresAt": self.now + 40_000, "caller": "alice", "user": "bob",
                        "followURL": format!("https://push.example/v1/calls/{id}"), "followToken": "f"}}),
                };
                self.push(payload.to_string().as_bytes(), must_report);
            }
            Step::Garbage(bytes) => self.push(&bytes, true),
            Step::CompleteReport { refusal } => {
                if self.reports.is_empty() {
                    return;
                }
                let uuid = self.reports.remove(0);
                let call = self.calls.get_mut(&uuid).unwrap();
                call.open_reports -= 1;
                let refusal = if call.exists { Some(2) } else { refusal.filter(|code| *code != 2) };
                call.exists |= refusal.is_none();
                let error = refusal.map(|code| error("com.apple.CallKit.error.incomingcall", code));
                self.input(Input::System(SystemEvent::ReportCompleted { uuid, error }));
            }
            Step::Action { call, kind } => {
                let call = zpns_protocol::call_uuid(CALLS[call]);
                let kind = match kind {
                    0 | 1 => ActionKind::Answer,
                    2 | 3 => ActionKind::End,
                    4 => ActionKind::SetMuted { muted: true },
                    5 => ActionKind::SetHeld { on_hold: true },
                    _ => ActionKind::PlayDtmf { digits: "1".into(), kind: DtmfKind::SingleTone },
                };
                self.action(call, kind, None);
            }
            Step::ActionTimedOut { nth } => {
                if let Some((action, timed_out)) = self.actions.iter_mut().rev().nth(nth)
                    && !self.settled.contains_key(action)
                {
                    *timed_out = true;
                    let action = *action;
                    self.input(Input::System(SystemEvent::ActionTimedOut { action }));
                }
            }
            Step::Transaction { refused } => {
                if self.transactions.is_empty() {
                    return;
                }
                let (id, request) = self.transactions.remove(0);
                let error = refused.then(|| error("com.apple.CallKit.error.requesttransaction", 6));
                if !refused && let CallRequest::Transaction { action, .. } = request {
                    let (call, kind) = crate::support::requested(&action);
                    self.action(call, kind, Some(id));
                }
                self.input(Input::System(SystemEvent::TransactionCompleted { id, error }));
            }
            Step::Complete { seq, fulfill } => {
                let outcome = if fulfill { "fulfill" } else { "fail" };
                self.invoke("completeAction", &json!({"seq": format!("native{seq}"), "outcome": outcome}));
            }
            Step::Invoke { call, method } => {
                let id = CALLS[call];
                let params = json!({"uuid": zpns_protocol::call_uuid(id).to_string(), "callID": id, "update": {}, "reason": 2, "muted": true,
                    "invitees": ["alice"], "config": {}, "handle": {"type": 1, "value": "v"}});
                self.invoke(METHODS[method], &params);
            }
            Step::Http { status, state } => {
                if self.requests.is_empty() {
                    return;
                }
                let (id, url) = self.requests.remove(0);
                let call = CALLS.into_iter().find(|call| url.contains(call)).unwrap_or(CALLS[0]);
                let call = call_json(call, state, 3);
                let body = if url.ends_with("/v1/calls") {
                    json!({"call": call, "errorUserList": []})
                } else if url.ends_with(CALLS[0]) || url.ends_with("/b") {
                    call
                } else {
                    json!({"applied": state % 2 == 0, "call": call})
                };
                let outcome = match status {
                    0 => Err(HttpFailure::Unreachable),
                    status => Ok(HttpResponse { status, retry_after: None, body: body.to_string().into_bytes() }),
                };
                self.input(Input::Http { id, outcome });
            }
            Step::Event { state, seq } => {
                let Some(id) = self.streams.last().copied() else { return };
                let call = call_json(CALLS[0], state, seq);
                let data = json!({"seq": seq, "at": 0, "type": "ended", "call": call}).to_string();
                self.input(Input::Stream { id, item: StreamItem::Event { id: Some(seq.to_string()), event: "ended".into(), data } });
            }
            Step::StreamClosed { status } => {
                let Some(id) = self.streams.pop() else { return };
                let item = StreamItem::Closed { status: Some(status).filter(|status| *status > 0), failure: None };
                self.input(Input::Stream { id, item });
            }
            Step::Reset => {
                for call in self.calls.values_mut() {
                    *call = Shown::default();
                }
                self.reports.clear();
                self.forget_open_actions();
                self.input(Input::System(SystemEvent::ProviderReset));
            }
            Step::Awake => {
                self.input(Input::System(SystemEvent::Awake));
            }
            Step::Wait(time) => self.wait(time),
        }
    }

    /// Actions that a reset took back need not be settled.
    fn forget_open_actions(&mut self) {
        for (action, timed_out) in &mut self.actions {
            *timed_out |= !self.settled.contains_key(action);
        }
    }

    fn wait(&mut self, time: u64) {
        let end = self.now + time;
        let mut ticks = 0;
        while let Some(due) = self.core.next_deadline().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            // CallKit answers within seconds: what is older than that was answered meanwhile.
            self.answer_reports();
            self.input(Input::Tick);
            ticks += 1;
            assert!(ticks < 10_000, "timers never come to rest");
        }
        self.now = end;
    }

    /// The calls as the app sees them.
    fn live_calls(&mut self) -> Vec<Uuid> {
        self.invocations += 1;
        let effects = self.input(Input::Invoke { id: self.invocations, method: "getCalls", params: "{}" });
        let answer = effects.iter().find_map(|effect| match effect {
            Effect::Complete { answer, .. } => Some(serde_json::from_str::<Value>(answer).unwrap()),
            _ => None,
        });
        let uuid = |call: &Value| Uuid::parse_str(call["uuid"].as_str().unwrap()).unwrap();
        answer.unwrap()["ok"].as_array().unwrap().iter().map(uuid).collect()
    }

    fn answer_reports(&mut self) {
        while !self.reports.is_empty() {
            self.run(Step::CompleteReport { refusal: None });
        }
    }

    /// Everything that is open gets its answer or its time; then the rules about the end must hold.
    fn finish(&mut self) {
        for _ in 0..2 {
            while !self.reports.is_empty() || !self.transactions.is_empty() || !self.requests.is_empty() {
                self.answer_reports();
                self.run(Step::Transaction { refused: false });
                self.run(Step::Http { status: 404, state: 0 });
            }
            self.wait(700_000);
        }
        for (action, timed_out) in &self.actions {
            let settled = self.settled.get(action).copied().unwrap_or_default();
            assert_eq!(settled, usize::from(!timed_out), "every action is settled exactly once");
        }
        let known = self.live_calls();
        for (uuid, call) in &self.calls {
            assert!(!call.exists || known.contains(uuid), "CallKit shows a call that is over: {uuid}");
        }
        for id in 1..=self.invocations {
            assert_eq!(self.answers.get(&id), Some(&1), "every promise settles once: {id}");
        }
    }
}

fn call_json(id: &str, state: usize, seq: u64) -> Value {
    let (state, bob) = STATES[state];
    json!({
        "callID": id, "mode": 0, "caller": "alice", "createdAt": START, "expiresAt": START + 40_000, "timeout": 40, "extendedData": "",
        "state": state, "seq": seq,
        "participants": [{"userID": "alice", "state": "accepted"}, {"userID": "bob", "state": bob}]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pushes_are_reported_actions_settled_and_promises_kept_in_any_order(steps in proptest::collection::vec(step(), 1..60)) {
        let mut world = World::new();
        for step in steps {
            world.run(step);
        }
        world.finish();
    }

    #[test]
    fn a_call_that_is_over_is_told_as_missed_at_most_once(must_report in proptest::collection::vec(any::<bool>(), 2..8)) {
        let mut world = World::new();
        for must_report in must_report {
            world.run(Step::Push { call: 0, kind: 2, must_report });
            world.answer_reports();
        }
        prop_assert_eq!(world.missed.values().copied().collect::<Vec<_>>(), vec![1]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_inputs_give_the_same_effects(steps in proptest::collection::vec(step(), 1..30)) {
        let run = || {
            let mut world = World::new();
            for step in steps.clone() {
                world.run(step);
            }
            (world.settled, world.answers, world.core.snapshot(), world.core.next_deadline())
        };
        prop_assert_eq!(run(), run());
    }
}
