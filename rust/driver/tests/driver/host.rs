//! Ports that remember what they were asked.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};

use serde_json::{Value, json};
use zpns_driver::{
    AppFacts, CallRequest, Clock, Driver, DriverError, EndedReason, Event, HttpRequest, Input,
    LogEntry, Network, Platform, PortError, Ports, PushRequest, Scheduler, Storage, StreamRequest,
    SystemEvent,
};

/// When every test begins, Unix milliseconds.
pub(crate) const START: u64 = 1_764_000_000_000;

/// How long a call rings in these tests, milliseconds.
pub(crate) const RING: u64 = 45_000;

/// Something that a port was asked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Asked {
    Call(CallRequest),
    Push(PushRequest),
    Emit(Event),
    Complete(u64, String),
    Log(LogEntry),
    Load,
    Save(Vec<u8>),
    Request(HttpRequest),
    OpenStream(StreamRequest),
    CloseStream(u64),
    TickAt(Option<u64>),
    SaveSoon,
}

/// What storage does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum StorageState {
    Works,
    /// As before the first unlock of a device.
    Locked,
    Panics,
}

type Answer = Box<dyn Fn(&Driver, &Asked) -> Result<(), PortError> + Send + Sync>;

/// All ports of one driver. Its clock stands still unless it is moved.
pub(crate) struct Host {
    asked: Mutex<Vec<Asked>>,
    answer: Answer,
    stored: Mutex<Option<Vec<u8>>>,
    storage: Mutex<StorageState>,
    now: AtomicU64,
    driver: OnceLock<Weak<Driver>>,
}

impl Host {
    /// One that can do everything.
    pub(crate) fn new() -> Arc<Self> {
        Self::answering(|_, _| Ok(()))
    }

    /// One that answers what `answer` says, after it has remembered the question. Before there is a driver it can do everything.
    pub(crate) fn answering(
        answer: impl Fn(&Driver, &Asked) -> Result<(), PortError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            asked: Mutex::default(),
            answer: Box::new(answer),
            stored: Mutex::default(),
            storage: Mutex::new(StorageState::Works),
            now: AtomicU64::new(START),
            driver: OnceLock::new(),
        })
    }

    /// A driver on this host that has not started.
    pub(crate) fn driver(self: &Arc<Self>) -> Arc<Driver> {
        let app = AppFacts {
            bundle_id: "com.example.app".into(),
            app_name: "Example".into(),
            system_version: "26.4".into(),
            ..AppFacts::default()
        };
        let ports = Ports {
            platform: self.clone(),
            storage: self.clone(),
            network: self.clone(),
            scheduler: self.clone(),
            clock: self.clone(),
        };
        let driver = Arc::new(Driver::new(app, ports, [7; 32]).unwrap());
        self.driver.set(Arc::downgrade(&driver)).unwrap();
        driver
    }

    /// A driver on this host that has started.
    pub(crate) fn start(self: &Arc<Self>) -> Arc<Driver> {
        let driver = self.driver();
        driver.start().unwrap();
        driver
    }

    /// Everything so far, in order.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// What `pick` picks of everything so far.
    pub(crate) fn all<T>(&self, pick: impl Fn(&Asked) -> Option<T>) -> Vec<T> {
        self.asked().iter().filter_map(pick).collect()
    }

    pub(crate) fn count(&self, is_meant: impl Fn(&Asked) -> bool) -> usize {
        self.asked().iter().filter(|asked| is_meant(asked)).count()
    }

    /// The answer to an invocation, as JSON.
    pub(crate) fn answer_to(&self, invocation: u64) -> Value {
        let answers = self.all(|asked| match asked {
            Asked::Complete(id, answer) if *id == invocation => Some(answer.clone()),
            _ => None,
        });
        assert_eq!(answers.len(), 1, "{:#?}", self.asked());
        serde_json::from_str(&answers[0]).unwrap()
    }

    /// Numbers of the streams that were opened.
    pub(crate) fn streams(&self) -> Vec<u64> {
        self.all(|asked| match asked {
            Asked::OpenStream(request) => Some(request.id),
            _ => None,
        })
    }

    /// Why calls ended.
    pub(crate) fn ends(&self) -> Vec<EndedReason> {
        self.all(|asked| match asked {
            Asked::Call(CallRequest::ReportEnded { reason, .. }) => Some(*reason),
            _ => None,
        })
    }

    pub(crate) fn stored(&self) -> Option<Vec<u8>> {
        self.stored.lock().unwrap().clone()
    }

    pub(crate) fn set_storage(&self, state: StorageState) {
        *self.storage.lock().unwrap() = state;
    }

    pub(crate) fn store(&self, bytes: Vec<u8>) {
        *self.stored.lock().unwrap() = Some(bytes);
    }

    pub(crate) fn advance(&self, milliseconds: u64) {
        self.now.fetch_add(milliseconds, Ordering::SeqCst);
    }

    fn use_storage(&self) -> Result<(), PortError> {
        let state = *self.storage.lock().unwrap();
        match state {
            StorageState::Works => Ok(()),
            StorageState::Locked => Err(PortError::new("locked")),
            StorageState::Panics => panic!("on purpose"),
        }
    }

    fn ask(&self, asked: Asked) -> Result<(), PortError> {
        self.asked.lock().unwrap().push(asked.clone());
        match self.driver.get().and_then(Weak::upgrade) {
            Some(driver) => (self.answer)(&driver, &asked),
            None => Ok(()),
        }
    }
}

impl Platform for Host {
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

impl Storage for Host {
    fn load(&self) -> Result<Option<Vec<u8>>, PortError> {
        self.ask(Asked::Load)?;
        self.use_storage()?;
        Ok(self.stored())
    }
    fn save(&self, bytes: Vec<u8>) -> Result<(), PortError> {
        self.ask(Asked::Save(bytes.clone()))?;
        self.use_storage()?;
        *self.stored.lock().unwrap() = Some(bytes);
        Ok(())
    }
}

impl Network for Host {
    fn request(&self, request: HttpRequest) -> Result<(), PortError> {
        self.ask(Asked::Request(request))
    }
    fn open_stream(&self, request: StreamRequest) -> Result<(), PortError> {
        self.ask(Asked::OpenStream(request))
    }
    fn close_stream(&self, id: u64) {
        self.ask(Asked::CloseStream(id)).unwrap();
    }
}

impl Scheduler for Host {
    fn tick_at(&self, deadline: Option<u64>) -> Result<(), PortError> {
        self.ask(Asked::TickAt(deadline))
    }
    fn save_soon(&self) -> Result<(), PortError> {
        self.ask(Asked::SaveSoon)
    }
}

impl Clock for Host {
    fn now(&self) -> u64 {
        self.now.load(Ordering::SeqCst)
    }
}

pub(crate) fn is_report(asked: &Asked) -> bool {
    matches!(asked, Asked::Call(CallRequest::ReportIncoming { .. }))
}

/// A push for a call that rings until its time is up.
pub(crate) fn push(driver: &Driver, call_id: &str) -> Result<(), DriverError> {
    let payload = json!({"call_id": call_id, "zpns": {
        "v": 1, "kind": "invite", "sentAt": START, "expiresAt": START + RING,
    }});
    deliver(driver, &payload)
}

/// The same for `call-42`, which can be followed on the gateway.
pub(crate) fn push_to_follow(driver: &Driver) -> Result<(), DriverError> {
    let payload = json!({"call_id": "call-42", "zpns": {
        "v": 1, "kind": "invite", "sentAt": START, "expiresAt": START + RING,
        "followURL": "https://gateway.example/v1/calls/call-42", "followToken": "follow",
    }});
    deliver(driver, &payload)
}

fn deliver(driver: &Driver, payload: &Value) -> Result<(), DriverError> {
    driver.handle(Input::VoipPush {
        payload: payload.to_string().as_bytes(),
        must_report: true,
    })
}

/// CallKit completes every report that it was asked for.
pub(crate) fn complete_reports(host: &Host, driver: &Driver) {
    let completions = host.all(|asked| match asked {
        Asked::Call(CallRequest::ReportIncoming { id, uuid, .. }) => {
            Some(SystemEvent::ReportCompleted {
                id: *id,
                uuid: *uuid,
                error: None,
            })
        }
        _ => None,
    });
    for completion in completions {
        driver.handle(Input::System(completion)).unwrap();
    }
}

pub(crate) fn invoke(
    driver: &Driver,
    id: u64,
    method: &str,
    params: &Value,
) -> Result<(), DriverError> {
    let params = &params.to_string();
    driver.handle(Input::Invoke { id, method, params })
}
