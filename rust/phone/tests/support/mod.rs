//! Phones to test on, with the real library or with an app that is scripted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    unreachable_pub
)]

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use uuid::Uuid;
use zpns_phone::driver::core::effect::{Handle, ProviderConfiguration};
use zpns_phone::driver::{
    CallRequest, CallUpdate, Clock, DriverError, Event, Platform, PushRequest, SystemEvent,
};
use zpns_phone::{
    App, Entry, JsMessage, Launch, Launcher, PhoneOptions, TimelineEvent, VirtualPhone,
};

/// When clocks start.
pub const START: u64 = 1_764_000_000_000;

/// A phone, and the library on it, which asks for VoIP pushes at launch.
pub fn library() -> VirtualPhone {
    library_with(PhoneOptions::default())
}

pub fn library_with(options: PhoneOptions) -> VirtualPhone {
    let options = PhoneOptions {
        voip_at_launch: true,
        ..options
    };
    VirtualPhone::new(options, 1, START)
}

/// A VoIP push as the gateway sends it.
pub fn push(call_id: &str) -> String {
    json!({
        "aps": { "alert": { "title": "Alice", "body": "calls" } },
        "zego": { "version": 1, "voip_has_video": true, "voip_handle_type": 1, "voip_handle_value": "alice" },
        "call_id": call_id,
        "payload": "for the app",
    })
    .to_string()
}

/// What is on the timeline that the test wants, once everything due has happened.
pub fn wait(phone: &VirtualPhone, wanted: impl FnMut(&TimelineEvent) -> bool) -> Entry {
    wait_after(phone, 0, wanted)
}

/// Like [`wait`], but only looks at entries after this one.
pub fn wait_after(
    phone: &VirtualPhone,
    after: u64,
    mut wanted: impl FnMut(&TimelineEvent) -> bool,
) -> Entry {
    phone.settle();
    let entries = phone.timeline().entries();
    let found = entries
        .iter()
        .find(|entry| entry.number > after && wanted(&entry.what));
    found
        .unwrap_or_else(|| panic!("it did not happen; what did: {entries:#?}"))
        .clone()
}

/// The first call that rings.
pub fn ringing(phone: &VirtualPhone) -> Uuid {
    match wait(phone, |what| matches!(what, TimelineEvent::Ringing { .. })).what {
        TimelineEvent::Ringing { uuid } => uuid,
        other => panic!("{other:?}"),
    }
}

/// How often something happened so far.
pub fn count(phone: &VirtualPhone, mut wanted: impl FnMut(&TimelineEvent) -> bool) -> usize {
    phone
        .timeline()
        .entries()
        .iter()
        .filter(|entry| wanted(&entry.what))
        .count()
}

/// JavaScript of the app, in the hands of the test.
pub struct Js<'a> {
    phone: &'a VirtualPhone,
    messages: Receiver<JsMessage>,
    events: Mutex<Vec<Event>>,
}

impl<'a> Js<'a> {
    pub fn start(phone: &'a VirtualPhone) -> Self {
        let (sender, messages) = channel();
        let sender = Mutex::new(sender);
        phone
            .start_js(Arc::new(move |message| {
                sender.lock().unwrap().send(message).unwrap_or(());
            }))
            .unwrap();
        Self {
            phone,
            messages,
            events: Mutex::default(),
        }
    }

    pub fn listen(&self, kind: &str) -> &Self {
        self.phone.listen(kind).unwrap();
        self
    }

    /// The answer to an invocation.
    pub fn ask(&self, method: &str, params: &Value) -> Value {
        let number = self.phone.invoke(method, &params.to_string()).unwrap();
        loop {
            self.phone.settle();
            match self
                .messages
                .recv_timeout(std::time::Duration::ZERO)
                .expect("an answer in time")
            {
                JsMessage::Answer { invocation, answer } if invocation == number => {
                    return serde_json::from_str(&answer).unwrap();
                }
                JsMessage::Answer { .. } => {}
                JsMessage::Event(event) => self.events.lock().unwrap().push(event),
            }
        }
    }

    /// The next event of this type: its body.
    pub fn hear(&self, kind: &str) -> Value {
        loop {
            let mut events = self.events.lock().unwrap();
            if let Some(at) = events.iter().position(|event| event.kind == kind) {
                return serde_json::from_str(&events.remove(at).body).unwrap();
            }
            self.phone.settle();
            match self
                .messages
                .recv_timeout(std::time::Duration::ZERO)
                .unwrap_or_else(|_| panic!("no {kind} in time"))
            {
                JsMessage::Event(event) => events.push(event),
                JsMessage::Answer { .. } => {}
            }
        }
    }
}

/// What a scripted app does when it is launched.
pub type OnLaunch = Box<dyn Fn(&dyn Platform) + Send + Sync>;
/// What a scripted app does when it gets a VoIP push.
pub type OnPush = Box<dyn Fn(&dyn Platform, &[u8], bool) + Send + Sync>;

/// An app that does what a test says, also what no app should.
pub struct Scripted {
    on_launch: OnLaunch,
    on_push: Arc<OnPush>,
    heard: Arc<Mutex<Vec<SystemEvent>>>,
    platforms: Arc<Mutex<Vec<Arc<dyn Platform>>>>,
    clocks: Arc<Mutex<Vec<Arc<dyn Clock>>>>,
}

/// Where a scripted app can be looked into.
#[derive(Clone)]
pub struct Inside {
    pub heard: Arc<Mutex<Vec<SystemEvent>>>,
    /// iOS as each of its processes sees it.
    pub platforms: Arc<Mutex<Vec<Arc<dyn Platform>>>>,
    /// The clock as each of its processes sees it.
    pub clocks: Arc<Mutex<Vec<Arc<dyn Clock>>>>,
}

impl Scripted {
    /// Makes its provider and its PushKit registry at launch, as it should.
    pub fn new(on_push: impl Fn(&dyn Platform, &[u8], bool) + Send + Sync + 'static) -> Self {
        Self::launching(
            |platform| {
                let handles = Some(vec![zpns_handle_type()]);
                let configuration = ProviderConfiguration {
                    supported_handle_types: handles,
                    ..ProviderConfiguration::default()
                };
                platform
                    .call(CallRequest::Configure(configuration))
                    .unwrap();
                platform
                    .push(PushRequest::Register {
                        apns: true,
                        voip: true,
                    })
                    .unwrap();
            },
            on_push,
        )
    }

    pub fn launching(
        on_launch: impl Fn(&dyn Platform) + Send + Sync + 'static,
        on_push: impl Fn(&dyn Platform, &[u8], bool) + Send + Sync + 'static,
    ) -> Self {
        let on_push: OnPush = Box::new(on_push);
        Self {
            on_launch: Box::new(on_launch),
            on_push: Arc::new(on_push),
            heard: Arc::default(),
            platforms: Arc::default(),
            clocks: Arc::default(),
        }
    }

    /// A phone with this app on it, launched once and in the background.
    pub fn on_phone(self, options: PhoneOptions) -> (VirtualPhone, Inside) {
        let inside = Inside {
            heard: Arc::clone(&self.heard),
            platforms: Arc::clone(&self.platforms),
            clocks: Arc::clone(&self.clocks),
        };
        let phone = VirtualPhone::with_app(options, 1, START, Arc::new(self));
        phone.launch().unwrap();
        phone.background().unwrap();
        phone.settle();
        (phone, inside)
    }
}

fn zpns_handle_type() -> zpns_protocol::push_config::HandleType {
    zpns_protocol::push_config::HandleType::Generic
}

impl Inside {
    /// iOS as the newest process sees it.
    pub fn platform(&self) -> Arc<dyn Platform> {
        Arc::clone(self.platforms.lock().unwrap().last().unwrap())
    }

    /// What the newest process sees on the clock.
    pub fn now(&self) -> u64 {
        self.clocks.lock().unwrap().last().unwrap().now()
    }

    pub fn heard(&self) -> Vec<SystemEvent> {
        self.heard.lock().unwrap().clone()
    }
}

impl Launcher for Scripted {
    fn launch(&self, launch: Launch) -> Result<Arc<dyn App>, DriverError> {
        self.clocks.lock().unwrap().push(launch.clock);
        (self.on_launch)(&*launch.platform);
        self.platforms
            .lock()
            .unwrap()
            .push(Arc::clone(&launch.platform));
        Ok(Arc::new(Running {
            platform: launch.platform,
            on_push: Arc::clone(&self.on_push),
            heard: Arc::clone(&self.heard),
        }))
    }
}

struct Running {
    platform: Arc<dyn Platform>,
    on_push: Arc<OnPush>,
    heard: Arc<Mutex<Vec<SystemEvent>>>,
}

impl App for Running {
    fn voip_push(&self, payload: &[u8], must_report: bool) -> Result<(), DriverError> {
        (self.on_push)(&*self.platform, payload, must_report);
        Ok(())
    }

    fn system(&self, event: SystemEvent) -> Result<(), DriverError> {
        self.heard.lock().unwrap().push(event);
        Ok(())
    }

    fn invoke(&self, _id: u64, _method: &str, _params: &str) -> Result<(), DriverError> {
        Ok(())
    }

    fn listen(&self, _kind: &str) {}
    fn unlisten(&self, _kind: &str) {}
    fn detach(&self) {}
    fn storage_readable(&self) {}
    fn shut_down(&self) {}
}

/// Reports a call from alice.
pub fn report(platform: &dyn Platform, uuid: Uuid) {
    let handle = Handle {
        kind: zpns_handle_type(),
        value: "alice".to_owned(),
    };
    platform
        .call(CallRequest::ReportIncoming {
            id: 1,
            uuid,
            update: CallUpdate {
                remote_handle: Some(handle),
                ..CallUpdate::default()
            },
        })
        .unwrap();
}
