//! The world around one core: storage, time, JavaScript, CallKit and the gateway, as far as they decide what the core hears next.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;
use zpns_core::effect::{HttpRequest, StreamRequest};
use zpns_core::{
    AppFacts, Core, Effect, Event, EventKind, HttpFailure, HttpResponse, Input, PushRequest,
    Stored, StreamItem, SystemEvent, Time,
};

use crate::call_kit::CallKit;
use crate::gateway;
use crate::oracles::{self, Oracle};
use crate::step::{Answer, Build, Memory, News, Step};
use crate::support::{START, user_token};

/// Longest sequence of steps.
pub const MOST_STEPS: usize = 60;
/// Longest that CallKit takes to complete a report that it has not lost.
const REPORT_MS: u64 = 3_000;
/// More ticks than this without the deadline moving on: timers never come to rest.
const MOST_TICKS: usize = 20_000;
/// Questions that oracles ask have numbers of their own.
const FIRST_QUESTION: u64 = 1 << 40;

/// Why the core did something.
#[derive(Clone, Debug)]
pub enum Cause {
    Launch(Option<Memory>),
    Push {
        bytes: Vec<u8>,
        about: About,
        must_report: bool,
    },
    System(SystemEvent),
    Invoke {
        id: u64,
        method: &'static str,
        params: Value,
    },
    Listen(EventKind),
    Unlisten(EventKind),
    Detach,
    Http {
        request: HttpRequest,
        outcome: Result<HttpResponse, HttpFailure>,
    },
    Stream {
        request: StreamRequest,
        item: StreamItem,
    },
    Tick,
    Unlock,
    ClockSet,
}

/// What a push says, as its sender knows it.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// A JSON object at all.
    pub readable: bool,
    pub call_id: Option<&'static str>,
    pub cancels: bool,
    /// Past its `expiresAt`.
    pub stale: bool,
    /// Whom it is for, if it says so.
    pub user: Option<&'static str>,
    /// When the invitation was sent, by the clock of a gateway that is right, if the push says so.
    pub invited_at: Option<u64>,
}

/// One input and what came of it.
pub struct Moment<'a> {
    pub cause: &'a Cause,
    pub effects: &'a [Effect],
    /// The events among them, with their bodies read.
    pub events: &'a [(EventKind, &'a Event, Value)],
    /// The answers among them, read.
    pub answers: &'a [(u64, Value)],
    /// What `getCalls` says after it.
    pub calls: &'a Value,
    /// The calls in it, and those there were before.
    pub before: &'a BTreeSet<Uuid>,
    pub after: &'a BTreeSet<Uuid>,
    /// Milliseconds that have passed, whatever was done to the clock.
    pub elapsed: u64,
    /// What the clock shows.
    pub clock: u64,
    /// Whether the app uses CallKit after it.
    pub call_kit: bool,
    /// Whether the app is kept running in the background after it.
    pub awake: bool,
    /// What differs from what was stored, if something does.
    pub unsaved: Option<Unsaved>,
    /// Who was signed in before it and is after it.
    pub users: [User; 2],
}

/// What would have to be stored, and what is, as JSON.
pub struct Unsaved {
    pub now: String,
    pub stored: String,
}

/// Who is signed in, as far as the core can know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum User {
    SignedOut,
    Known(&'static str),
    /// What was stored was damaged.
    Unclear,
}

impl User {
    /// Whether this is certainly another user.
    pub fn is_other_than(self, user: &str) -> bool {
        matches!(self, Self::Known(known) if known != user)
    }
}

/// How everything stands when nothing is open any more.
pub struct End<'a> {
    pub diagnosis: &'a Value,
    pub live: &'a BTreeSet<Uuid>,
    pub shown: &'a BTreeSet<Uuid>,
    /// Number of the newest event.
    pub last_seq: u64,
    /// Events that wait for a user whose name only damaged storage knows.
    pub waiting: u64,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "as many independent facts about an app"
)]
pub struct World {
    pub build: Build,
    pub core: Core,
    app: AppFacts,
    /// What the clock shows.
    pub clock: u64,
    /// Real time, by a clock that nobody sets.
    pub elapsed: u64,
    pub call_kit: CallKit,
    pub requests: Vec<(HttpRequest, u64)>,
    pub streams: Vec<StreamRequest>,
    /// Numbers of open questions to the system; true where it asks for permission.
    pub questions: Vec<(u64, bool)>,
    invocations: u64,
    asked: u64,
    pub next_action: u128,
    /// What was stored, oldest first, with whether the app used CallKit then, and who was signed in.
    stored: Vec<(Vec<u8>, bool, User)>,
    user: User,
    /// Whether a process found damaged storage.
    was_damaged: bool,
    /// Whether the app uses CallKit.
    enabled: bool,
    /// Whether it is kept running in the background.
    awake: bool,
    /// Whether this process was told which.
    switched: bool,
    locked: bool,
    launches: u8,
    pub live: BTreeSet<Uuid>,
    pub trace: Vec<Effect>,
    oracles: Vec<Box<dyn Oracle>>,
}

/// Plays the steps, lets everything that is open come to its end, and has every oracle judge the whole.
pub fn play(build: Build, steps: &[Step]) -> World {
    let mut world = World::launch(build);
    for step in steps {
        world.play(step);
    }
    world.finish();
    world
}

impl World {
    pub fn launch(build: Build) -> Self {
        let app = AppFacts {
            bundle_id: "com.example.app".into(),
            app_name: "Example".into(),
            call_kit_disabled: build.call_kit_disabled,
            ..AppFacts::default()
        };
        let core = Core::new(app.clone(), Stored::Empty, [0; 32], START);
        let mut world = Self {
            build,
            core,
            app,
            clock: START,
            elapsed: 0,
            call_kit: CallKit::default(),
            requests: vec![],
            streams: vec![],
            questions: vec![],
            invocations: 0,
            asked: FIRST_QUESTION,
            next_action: 1000,
            stored: vec![],
            user: User::SignedOut,
            was_damaged: false,
            awake: false,
            enabled: !build.call_kit_disabled,
            switched: false,
            locked: false,
            launches: 0,
            live: BTreeSet::new(),
            trace: vec![],
            oracles: oracles::all(),
        };
        let effects = world.core.start(world.time());
        world.take(&Cause::Launch(None), effects);
        world.configure(true, Some(0));
        if build.javascript {
            world.listen_to_all();
        }
        world
    }

    /// The process dies, and is launched again with what storage holds.
    pub fn relaunch(&mut self, memory: Memory) {
        if memory == Memory::Older && self.stored.len() > 1 {
            self.stored.pop();
        }
        self.launches = self.launches.wrapping_add(1);
        self.locked = memory == Memory::Locked;
        self.switched = false;
        let newest = self.stored.last().map(|(bytes, ..)| damaged(bytes, memory));
        let stored = if self.locked {
            Stored::Unreadable
        } else {
            newest.as_deref().map_or(Stored::Empty, Stored::Bytes)
        };
        self.awake = false;
        self.core = Core::new(self.app.clone(), stored, [self.launches; 32], self.time());
        self.enabled = match memory {
            Memory::Newest | Memory::Older => self.enabled_as_stored(),
            Memory::Locked => !self.build.call_kit_disabled,
            // Whatever can still be read.
            Memory::Cut(_) | Memory::Changed(..) => {
                self.ask("diagnose")["app"]["callKitDisabled"] == false
            }
        };
        self.user = match memory {
            Memory::Newest | Memory::Older => self
                .stored
                .last()
                .map_or(User::SignedOut, |(.., user)| *user),
            Memory::Locked => User::SignedOut,
            Memory::Cut(_) | Memory::Changed(..) => {
                self.was_damaged = true;
                User::Unclear
            }
        };
        self.call_kit = CallKit::default();
        self.requests.clear();
        self.streams.clear();
        self.questions.clear();
        self.live.clear();
        let effects = self.core.start(self.time());
        self.take(&Cause::Launch(Some(memory)), effects);
    }

    /// Storage can be read from now on.
    pub fn unlock(&mut self) {
        if std::mem::take(&mut self.locked) {
            let bytes = self.stored.last().map(|(bytes, ..)| bytes.clone());
            if self.user == User::SignedOut {
                self.user = self
                    .stored
                    .last()
                    .map_or(User::SignedOut, |(.., user)| *user);
            }
            // What the app said in this process is newer.
            if !self.switched {
                self.enabled &= self.enabled_as_stored();
            }
            let effects = self
                .core
                .handle(Input::StorageReadable(bytes.as_deref()), self.time());
            self.take(&Cause::Unlock, effects);
        }
    }

    fn enabled_as_stored(&self) -> bool {
        self.stored
            .last()
            .map_or(!self.build.call_kit_disabled, |(_, enabled, _)| *enabled)
    }

    pub fn configure(&mut self, gateway: bool, user: Option<usize>) {
        let params = json!({
            "serverURL": gateway.then_some(gateway::URL), "appID": "a", "userTokenProvider": self.build.token_provider,
            "userToken": user.map(|user| user_token(gateway::USERS[user])),
        });
        self.invoke("configure", params);
    }

    pub fn listen_to_all(&mut self) {
        for kind in EventKind::ALL {
            self.give(Cause::Listen(*kind));
        }
    }

    pub fn invoke(&mut self, method: &'static str, params: Value) {
        self.invocations += 1;
        self.give(Cause::Invoke {
            id: self.invocations,
            method,
            params,
        });
    }

    pub fn system(&mut self, event: SystemEvent) {
        self.give(Cause::System(event));
    }

    pub fn respond(&mut self, nth: usize, answer: Answer) {
        if nth < self.requests.len() {
            let (request, _) = self.requests.remove(nth);
            let outcome = gateway::respond(&request, answer);
            self.give(Cause::Http { request, outcome });
        }
    }

    pub fn stream(&mut self, nth: usize, news: News) {
        let Some(request) = self.streams.get(nth).cloned() else {
            return;
        };
        if matches!(news, News::Closed(_)) {
            self.streams.remove(nth);
        }
        let item = gateway::stream_item(&request, news);
        self.give(Cause::Stream { request, item });
    }

    pub fn complete_report(&mut self, refusal: Option<i64>) {
        if let Some(report) = self.call_kit.reports.pop_front() {
            let error = self.call_kit.verdict(&report, refusal);
            self.system(SystemEvent::ReportCompleted {
                id: report.id,
                uuid: report.uuid,
                error,
            });
        }
    }

    pub fn complete_transaction(&mut self, refused: bool) {
        let Some((id, action)) = self.call_kit.transactions.pop_front() else {
            return;
        };
        let error =
            refused.then(|| crate::support::error("com.apple.CallKit.error.requesttransaction", 6));
        if !refused {
            let (call, kind) = crate::support::requested(&action);
            self.perform(call, kind, Some(id));
        }
        self.system(SystemEvent::TransactionCompleted { id, error });
    }

    /// Hands the core an input, carries out what it wants, and lets the oracles see both.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a cause is made for this one call"
    )]
    pub fn give(&mut self, cause: Cause) {
        let input = match &cause {
            Cause::Push {
                bytes, must_report, ..
            } => Input::VoipPush {
                payload: bytes,
                must_report: *must_report,
            },
            Cause::System(event) => Input::System(event.clone()),
            Cause::Invoke { id, method, params } => {
                let text = params.to_string();
                let effects = self.core.handle(
                    Input::Invoke {
                        id: *id,
                        method,
                        params: &text,
                    },
                    self.time(),
                );
                if *method == "setCallKitEnabled" && !self.build.call_kit_disabled {
                    self.enabled = params["enabled"] == true;
                    self.switched = true;
                }
                return self.take(&cause, effects);
            }
            Cause::Listen(kind) => Input::Listen(kind.name()),
            Cause::Unlisten(kind) => Input::Unlisten(kind.name()),
            Cause::Detach => Input::Detach,
            Cause::Http { request, outcome } => Input::Http {
                id: request.id,
                outcome: outcome.clone(),
            },
            Cause::Stream { request, item } => Input::Stream {
                id: request.id,
                item: item.clone(),
            },
            Cause::Tick => Input::Tick,
            // Nothing happens, but the core sees the clock.
            Cause::ClockSet => Input::Unlisten(""),
            Cause::Launch(_) | Cause::Unlock => return self.take(&cause, vec![]),
        };
        let effects = self.core.handle(input, self.time());
        self.take(&cause, effects);
    }

    fn take(&mut self, cause: &Cause, effects: Vec<Effect>) {
        let before_user = self.user;
        if let Cause::Invoke { method, params, .. } = cause {
            self.note_user(method, params);
        }
        self.note_awake(&effects);
        for effect in &effects {
            match effect {
                Effect::Call(request) => self.call_kit.carry_out(request, self.elapsed),
                Effect::Push(request) => self.questions.extend(crate::phone::question(request)),
                Effect::Http(request) => self.requests.push((request.clone(), self.elapsed)),
                Effect::OpenStream(request) => self.streams.push(request.clone()),
                Effect::CloseStream(id) => self.streams.retain(|open| open.id != *id),
                Effect::Persist => self.store(),
                Effect::Emit(_) | Effect::Complete { .. } | Effect::Log(_) => {}
            }
        }
        let calls = self.ask("getCalls");
        let after = uuids(&calls);
        let before = std::mem::replace(&mut self.live, after);
        let events: Vec<_> = effects.iter().filter_map(event).collect();
        let answers: Vec<_> = effects.iter().filter_map(answer).collect();
        let moment = Moment {
            cause,
            effects: &effects,
            events: &events,
            answers: &answers,
            calls: &calls,
            before: &before,
            after: &self.live,
            elapsed: self.elapsed,
            clock: self.clock,
            call_kit: self.enabled,
            awake: self.awake,
            unsaved: self.unsaved(),
            users: [before_user, self.user],
        };
        for oracle in &mut self.oracles {
            oracle.see(&moment);
        }
        self.trace.extend(effects);
    }

    fn note_user(&mut self, method: &str, params: &Value) {
        let token = params["userToken"].as_str();
        if matches!(method, "configure" | "setUserToken")
            && let Some(user) = gateway::USERS
                .into_iter()
                .find(|user| token == Some(user_token(user).as_str()))
        {
            self.user = User::Known(user);
        }
    }

    fn store(&mut self) {
        /// One that a kill can lose, one before it, and one for good measure.
        const KEPT: usize = 3;
        let stored = self
            .core
            .snapshot()
            .expect("only readable storage is written")
            .to_bytes();
        self.stored.push((stored, self.enabled, self.user));
        if self.stored.len() > KEPT {
            self.stored.remove(0);
        }
    }

    /// What storage does not hold, but should. That it still holds calls whose end is forgotten does no harm.
    fn unsaved(&self) -> Option<Unsaved> {
        let now = self.core.snapshot()?.to_bytes();
        let stored = self.stored.last().map(|(bytes, ..)| bytes.as_slice());
        if stored == Some(now.as_slice()) {
            return None;
        }
        let mut now: Value = serde_json::from_slice(&now).expect("a snapshot is JSON");
        let mut stored: Value = serde_json::from_slice(stored.unwrap_or(b"{}")).expect("JSON");
        // Times are stored by the device's clock, which may be set; and how long an invitation can be taken back moves with the time.
        for state in [&mut now, &mut stored] {
            for (list, time) in [("abandoned", "until"), ("outbox", "until"), ("ended", "at")] {
                for entry in state["calls"][list].as_array_mut().into_iter().flatten() {
                    entry[time] = Value::Null;
                }
            }
        }
        let remembered = now["calls"]["ended"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        if let Some(ended) = stored["calls"]["ended"].as_array_mut() {
            ended.retain(|call| remembered.contains(call));
        }
        (now != stored).then(|| Unsaved {
            now: now.to_string(),
            stored: stored.to_string(),
        })
    }

    fn note_awake(&mut self, effects: &[Effect]) {
        for effect in effects {
            if let Effect::Push(PushRequest::KeepAwake { on }) = effect {
                assert_ne!(*on, self.awake, "12: it is told only when it changes");
                self.awake = *on;
            }
        }
    }

    /// Asks a method that changes nothing and answers at once.
    fn ask(&mut self, method: &str) -> Value {
        self.asked += 1;
        let effects = self.core.handle(
            Input::Invoke {
                id: self.asked,
                method,
                params: "{}",
            },
            self.time(),
        );
        self.note_awake(&effects);
        let is_other =
            |effect: &&Effect| !matches!(effect, Effect::Push(PushRequest::KeepAwake { .. }));
        let others: Vec<_> = effects.iter().filter(is_other).collect();
        let [Effect::Complete { answer, .. }] = others.as_slice() else {
            panic!("{method} answers and does nothing else: {others:?}")
        };
        serde_json::from_str::<Value>(answer).unwrap()["ok"].take()
    }

    /// The time by both clocks.
    fn time(&self) -> Time {
        Time {
            steady: self.steady(),
            wall: self.clock,
        }
    }

    /// The time by the clock that nobody sets.
    fn steady(&self) -> u64 {
        START + self.elapsed
    }

    /// Lets time pass while everything that is asked gets the same answer at once.
    pub fn outage(&mut self, answer: Answer, news: News, milliseconds: u64) {
        let end = self.steady() + milliseconds;
        for _ in 0..MOST_TICKS {
            if !self.requests.is_empty() {
                self.respond(0, answer);
            } else if let Some(id) = self.streams.first().map(|open| open.id) {
                for news in [News::Open, news, News::Closed(None)] {
                    if self.streams.first().is_some_and(|open| open.id == id) {
                        self.stream(0, news);
                    }
                }
            } else if self.steady() < end {
                let due = self.core.next_deadline().unwrap_or(end);
                self.wait(due.clamp(self.steady(), end) - self.steady());
            } else {
                return;
            }
        }
        panic!("the core never stops asking");
    }

    /// Lets time pass, doing what becomes due at the time when it does.
    pub fn wait(&mut self, milliseconds: u64) {
        let end = self.steady() + milliseconds;
        for _ in 0..MOST_TICKS {
            let due = self
                .core
                .next_deadline()
                .unwrap_or(u64::MAX)
                .min(self.outside_due());
            if due > end {
                self.pass_to(end);
                return;
            }
            self.pass_to(due);
            self.outside();
            if self
                .core
                .next_deadline()
                .is_some_and(|due| due <= self.steady())
            {
                self.give(Cause::Tick);
            }
        }
        panic!("timers never come to rest");
    }

    fn pass_to(&mut self, steady: u64) {
        let passed = steady.saturating_sub(self.steady());
        self.clock += passed;
        self.elapsed += passed;
    }

    /// When CallKit or the network would have answered by itself.
    fn outside_due(&self) -> u64 {
        let reports = self
            .call_kit
            .reports
            .iter()
            .map(|report| report.since + REPORT_MS);
        let requests = self
            .requests
            .iter()
            .map(|(request, since)| since + request.timeout_ms);
        let due = reports.chain(requests).min();
        due.map_or(u64::MAX, |due| START + due)
    }

    fn outside(&mut self) {
        while self
            .call_kit
            .reports
            .front()
            .is_some_and(|report| report.since + REPORT_MS <= self.elapsed)
        {
            self.complete_report(None);
        }
        while let Some(nth) = self
            .requests
            .iter()
            .position(|(request, since)| since + request.timeout_ms <= self.elapsed)
        {
            self.respond(nth, Answer::TimedOut);
        }
    }

    /// Everything that is open gets its answer or its time; then the oracles judge the whole.
    pub fn finish(&mut self) {
        const LONG_MS: u64 = 25 * 60 * 60 * 1000;
        self.unlock();
        self.listen_to_all();
        self.configure(true, Some(0));
        for _ in 0..3 {
            self.settle_outside();
            self.wait(700_000);
        }
        // Each user comes back once more and hears what is theirs.
        for user in [1, 0] {
            self.configure(true, Some(user));
            self.settle_outside();
        }
        self.wait(LONG_MS);
        self.settle_outside();
        self.give(Cause::System(SystemEvent::ProviderBegan));
        let last_seq = self.last_seq();
        let diagnosis = self.ask("diagnose");
        let waiting = diagnosis["events"]["waiting"].as_u64().unwrap();
        let end = End {
            waiting: if self.was_damaged { waiting } else { 0 },
            diagnosis: &diagnosis,
            live: &self.live,
            shown: &self.call_kit.shows,
            last_seq,
        };
        for oracle in &mut self.oracles {
            oracle.end(&end);
        }
    }

    /// The registration works, the gateway has forgotten every call, CallKit does what it is asked.
    fn settle_outside(&mut self) {
        for _ in 0..1_000 {
            if let Some((request, _)) = self.requests.first() {
                let good = gateway::is_registration(request);
                self.respond(
                    0,
                    if good {
                        Answer::Good { state: 0, seq: 1 }
                    } else {
                        Answer::Status(404)
                    },
                );
            } else if !self.streams.is_empty() {
                self.stream(0, News::Closed(Some(404)));
            } else if !self.call_kit.reports.is_empty() {
                self.complete_report(None);
            } else if !self.call_kit.transactions.is_empty() {
                self.complete_transaction(false);
            } else if !self.questions.is_empty() {
                self.answer_question(true);
            } else {
                return;
            }
        }
        panic!("the core never stops asking");
    }

    fn last_seq(&self) -> u64 {
        let newest = self
            .trace
            .iter()
            .rev()
            .find_map(event)
            .expect("the last input was an event");
        assert_eq!(newest.0, EventKind::ProviderDidBegin);
        newest.1.seq
    }
}

/// What a process finds of these bytes.
fn damaged(bytes: &[u8], memory: Memory) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    match memory {
        Memory::Cut(at) => bytes.truncate(at),
        Memory::Changed(at, byte) => bytes
            .iter_mut()
            .skip(at)
            .take(1)
            .for_each(|changed| *changed = byte),
        Memory::Newest | Memory::Older | Memory::Locked => {}
    }
    bytes
}

fn uuids(calls: &Value) -> BTreeSet<Uuid> {
    calls
        .as_array()
        .unwrap()
        .iter()
        .map(|call| Uuid::parse_str(call["uuid"].as_str().unwrap()).unwrap())
        .collect()
}

fn event(effect: &Effect) -> Option<(EventKind, &Event, Value)> {
    let Effect::Emit(event) = effect else {
        return None;
    };
    let kind = EventKind::from_name(&event.kind).expect("a known event");
    let body: Value = serde_json::from_str(&event.body).expect("a body is JSON");
    assert!(body.is_object(), "a body is an object");
    Some((kind, event, body))
}

fn answer(effect: &Effect) -> Option<(u64, Value)> {
    let Effect::Complete { id, answer } = effect else {
        return None;
    };
    Some((
        *id,
        serde_json::from_str(answer).expect("an answer is JSON"),
    ))
}
