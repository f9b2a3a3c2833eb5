//! Ports that remember what they were asked.

use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use zpns_client::{
    AppFacts, CallRequest, Client, EndedReason, Event, LogEntry, Platform, PortError, PushRequest,
    Storage, SystemEvent,
};

/// Longest wait for something that has to happen.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Something that a port was asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    Call(CallRequest),
    Push(PushRequest),
    Emit(Event),
    Complete(u64, String),
    Log(LogEntry),
}

type Answer = Box<dyn Fn(&Asked) -> Result<(), PortError> + Send + Sync>;

/// A platform that remembers in order what it was asked, and on which thread.
pub struct Recorder {
    asked: Mutex<Vec<(ThreadId, Asked)>>,
    more: Condvar,
    answer: Answer,
}

impl Recorder {
    /// One that can do everything.
    pub fn new() -> Arc<Self> {
        Self::answering(|_| Ok(()))
    }

    /// One that answers what `answer` says, after it has remembered the question.
    pub fn answering(
        answer: impl Fn(&Asked) -> Result<(), PortError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            asked: Mutex::default(),
            more: Condvar::new(),
            answer: Box::new(answer),
        })
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .map(|(_, asked)| asked.clone())
            .collect()
    }

    pub fn on_thread(&self, thread: ThreadId) -> Vec<Asked> {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .filter(|(on, _)| *on == thread)
            .map(|(_, asked)| asked.clone())
            .collect()
    }

    /// Waits until something was asked that `pick` picks.
    pub fn wait_for<T>(&self, what: &str, pick: impl Fn(&Asked) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut asked = self.asked.lock().unwrap();
        loop {
            if let Some(found) = asked.iter().find_map(|(_, asked)| pick(asked)) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "{what} did not come; what came: {:#?}",
                *asked
            );
            asked = self.more.wait_timeout(asked, left).unwrap().0;
        }
    }

    /// The answer to an invocation, as JSON.
    pub fn answer_to(&self, id: u64) -> serde_json::Value {
        let answer = self.wait_for("the answer", |asked| match asked {
            Asked::Complete(invocation, answer) if *invocation == id => Some(answer.clone()),
            _ => None,
        });
        serde_json::from_str(&answer).unwrap()
    }

    fn ask(&self, asked: Asked) -> Result<(), PortError> {
        self.asked
            .lock()
            .unwrap()
            .push((thread::current().id(), asked.clone()));
        self.more.notify_all();
        (self.answer)(&asked)
    }
}

impl Platform for Recorder {
    fn call(&self, request: CallRequest) -> Result<(), PortError> {
        self.ask(Asked::Call(request))
    }
    fn push(&self, request: PushRequest) -> Result<(), PortError> {
        self.ask(Asked::Push(request))
    }
    fn emit(&self, event: Event) -> Result<(), PortError> {
        self.ask(Asked::Emit(event))
    }
    fn complete(&self, invocation: u64, answer: String) -> Result<(), PortError> {
        self.ask(Asked::Complete(invocation, answer))
    }
    fn log(&self, entry: LogEntry) -> Result<(), PortError> {
        self.ask(Asked::Log(entry))
    }
}

/// Storage in memory that can be locked like that of a device before its first unlock.
#[derive(Default)]
pub struct Memory {
    state: Mutex<MemoryState>,
    changed: Condvar,
}

#[derive(Default)]
struct MemoryState {
    bytes: Option<Vec<u8>>,
    locked: bool,
    saved_on: Vec<ThreadId>,
}

impl Memory {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    pub fn set_locked(&self, locked: bool) {
        self.state.lock().unwrap().locked = locked;
    }

    pub fn bytes(&self) -> Option<Vec<u8>> {
        self.state.lock().unwrap().bytes.clone()
    }

    /// The thread of each time that saving was tried.
    pub fn saved_on(&self) -> Vec<ThreadId> {
        self.state.lock().unwrap().saved_on.clone()
    }

    /// Waits until saving was tried this many times.
    pub fn wait_for_saves(&self, count: usize) {
        let state = self.state.lock().unwrap();
        let (state, _) = self
            .changed
            .wait_timeout_while(state, PATIENCE, |state| state.saved_on.len() < count)
            .unwrap();
        let tried = state.saved_on.len();
        assert!(tried >= count, "saving was tried {tried} times only");
    }
}

impl Storage for Memory {
    fn load(&self) -> Result<Option<Vec<u8>>, PortError> {
        let state = self.state.lock().unwrap();
        if state.locked {
            Err(PortError::new("locked"))
        } else {
            Ok(state.bytes.clone())
        }
    }
    fn save(&self, bytes: Vec<u8>) -> Result<(), PortError> {
        let mut state = self.state.lock().unwrap();
        state.saved_on.push(thread::current().id());
        self.changed.notify_all();
        if state.locked {
            return Err(PortError::new("locked"));
        }
        state.bytes = Some(bytes);
        Ok(())
    }
}

pub fn app() -> AppFacts {
    AppFacts {
        bundle_id: "com.example.app".into(),
        app_name: "Example".into(),
        system_version: "26.4".into(),
        ..AppFacts::default()
    }
}

pub fn start(platform: &Arc<Recorder>) -> Arc<Client> {
    Client::start(app(), platform.clone(), Memory::new()).unwrap()
}

pub fn is_report(asked: &Asked) -> bool {
    matches!(asked, Asked::Call(CallRequest::ReportIncoming { .. }))
}

/// CallKit completes the last report that it was asked for.
pub fn completion(platform: &Recorder) -> SystemEvent {
    let report = |asked: &Asked| match asked {
        Asked::Call(CallRequest::ReportIncoming { id, uuid, .. }) => {
            Some(SystemEvent::ReportCompleted {
                id: *id,
                uuid: *uuid,
                error: None,
            })
        }
        _ => None,
    };
    platform.asked().iter().rev().find_map(report).unwrap()
}

/// A push for a call.
pub fn push_for(call_id: &str) -> Vec<u8> {
    format!(r#"{{"aps":{{"alert":{{"title":"Ann"}}}},"call_id":"{call_id}"}}"#).into_bytes()
}

/// A push for a call that rings until this moment, Unix milliseconds.
pub fn expiring_push(at: u64) -> Vec<u8> {
    format!(
        r#"{{"call_id":"call-42","zpns":{{"v":1,"kind":"invite","sentAt":{},"expiresAt":{at}}}}}"#,
        at - 100
    )
    .into_bytes()
}

/// A call ended as nobody answered it.
pub fn is_unanswered(asked: &Asked) -> Option<()> {
    matches!(
        asked,
        Asked::Call(CallRequest::ReportEnded {
            reason: EndedReason::Unanswered,
            ..
        })
    )
    .then_some(())
}
