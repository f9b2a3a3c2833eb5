//! Many threads: effects come out on the thread whose input caused them, and any thread may end the client.

#![allow(missing_docs, unreachable_pub, dead_code)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value
)]

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex, OnceLock, Weak};
use std::thread;
use std::time::{Duration, Instant};

use support::{
    Asked, Recorder, app, completion, expiring_push, is_report, is_unanswered, push_for, start,
};
use zpns_client::{
    CallRequest, Client, ClientError, Clock, Platform, PortError, PushRequest, SystemClock,
    SystemEvent, call_uuid,
};

#[test]
fn a_push_is_reported_on_the_calling_thread_before_the_call_returns() {
    let platform = Recorder::new();
    let client = start(&platform);
    client.voip_push(&push_for("call-42"), true).unwrap();
    let mine = platform.on_thread(thread::current().id());
    let uuid = call_uuid("call-42");
    assert!(mine.iter().any(|asked| matches!(asked, Asked::Call(CallRequest::ReportIncoming { uuid: reported, .. }) if *reported == uuid)));
}

#[test]
fn pushes_on_many_threads_are_each_reported_on_their_own() {
    let platform = Recorder::new();
    let client = start(&platform);
    thread::scope(|scope| {
        for thread in 0..8 {
            let (client, platform) = (&client, &platform);
            scope.spawn(move || {
                for call in 0..20 {
                    client
                        .voip_push(&push_for(&format!("{thread}-{call}")), true)
                        .unwrap();
                    let reported = platform
                        .on_thread(thread::current().id())
                        .iter()
                        .filter(|asked| is_report(asked))
                        .count();
                    assert_eq!(
                        reported,
                        call + 1,
                        "reported here, and before the call returned"
                    );
                }
            });
        }
    });
    assert_eq!(
        platform
            .asked()
            .iter()
            .filter(|asked| is_report(asked))
            .count(),
        160
    );
}

/// A platform that calls the client back from within a port, as CallKit's completion may.
struct Reentrant {
    client: OnceLock<Weak<Client>>,
    log: Mutex<Vec<String>>,
}

impl Reentrant {
    fn note(&self, text: impl Into<String>) {
        self.log.lock().unwrap().push(text.into());
    }
}

impl Platform for Reentrant {
    fn call(&self, request: CallRequest) -> Result<(), PortError> {
        if let CallRequest::ReportIncoming { id, uuid, .. } = request {
            self.note("report begins");
            let client = self.client.get().and_then(Weak::upgrade).unwrap();
            client
                .system(SystemEvent::ReportCompleted {
                    id,
                    uuid,
                    error: None,
                })
                .unwrap();
            client.invoke(1, "getVersion", "{}").unwrap();
            self.note("report ends");
        }
        Ok(())
    }
    fn push(&self, _: PushRequest) -> Result<(), PortError> {
        Ok(())
    }
    fn emit(&self, _: zpns_client::Event) -> Result<(), PortError> {
        Ok(())
    }
    fn complete(&self, invocation: u64, _: String) -> Result<(), PortError> {
        self.note(format!("answer {invocation}"));
        Ok(())
    }
    fn log(&self, _: zpns_client::LogEntry) -> Result<(), PortError> {
        Ok(())
    }
}

#[test]
fn a_port_that_calls_back_does_not_deadlock_and_its_effects_follow() {
    let platform = Arc::new(Reentrant {
        client: OnceLock::new(),
        log: Mutex::default(),
    });
    let client = Client::start(app(), platform.clone(), support::Memory::new()).unwrap();
    platform.client.set(Arc::downgrade(&client)).unwrap();
    client.voip_push(&push_for("call-42"), true).unwrap();
    assert_eq!(
        *platform.log.lock().unwrap(),
        ["report begins", "report ends", "answer 1"]
    );
}

#[test]
fn a_thread_that_waits_to_enter_is_sent_away_by_the_end() {
    let (reporting, ending) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let platform = Recorder::answering({
        let (reporting, ending) = (reporting.clone(), ending.clone());
        move |asked| {
            if is_report(asked) {
                reporting.wait();
                ending.wait();
            }
            Ok(())
        }
    });
    let client = start(&platform);
    let first = thread::spawn({
        let client = client.clone();
        move || client.voip_push(&push_for("first"), true)
    });
    reporting.wait();
    let second = thread::spawn({
        let client = client.clone();
        move || client.voip_push(&push_for("second"), true)
    });
    client.shutdown();
    assert_eq!(second.join().unwrap(), Err(ClientError::ShutDown));
    ending.wait();
    assert_eq!(
        first.join().unwrap(),
        Err(ClientError::ShutDown),
        "what was left of it was not done"
    );
}

#[test]
fn a_port_may_end_the_client() {
    let slot: Arc<Mutex<Option<Arc<Client>>>> = Arc::default();
    let platform = Recorder::answering({
        let slot = slot.clone();
        move |asked| {
            if is_report(asked) {
                slot.lock().unwrap().take().unwrap().shutdown();
            }
            Ok(())
        }
    });
    let client = start(&platform);
    *slot.lock().unwrap() = Some(client.clone());
    assert_eq!(
        client.voip_push(&push_for("call-42"), true),
        Err(ClientError::ShutDown)
    );
}

#[test]
fn a_port_may_end_the_client_while_the_background_thread_waits_for_that_port() {
    let slot: Arc<Mutex<Option<Arc<Client>>>> = Arc::default();
    let platform = Recorder::answering({
        let slot = slot.clone();
        move |asked| {
            let is_second = matches!(asked, Asked::Complete(1, _));
            if let Some(client) = slot.lock().unwrap().take_if(|_| is_second) {
                // The ring time of the first call ends meanwhile.
                thread::sleep(Duration::from_millis(600));
                client.shutdown();
            }
            Ok(())
        }
    });
    let client = start(&platform);
    client
        .voip_push(&expiring_push(SystemClock.now() + 300), true)
        .unwrap();
    client.system(completion(&platform)).unwrap();
    *slot.lock().unwrap() = Some(client.clone());
    let outcome = client.invoke(1, "getVersion", "{}");
    assert_eq!(outcome, Err(ClientError::ShutDown));
    assert!(
        platform
            .asked()
            .iter()
            .all(|asked| is_unanswered(asked).is_none()),
        "the background thread waited and was sent away"
    );
}

#[test]
fn the_background_thread_may_be_the_one_that_ends_the_client() {
    let slot: Arc<Mutex<Option<Arc<Client>>>> = Arc::default();
    let has_ended = Arc::new(AtomicBool::new(false));
    let platform = Recorder::answering({
        let (slot, has_ended) = (slot.clone(), has_ended.clone());
        move |asked| {
            if is_unanswered(asked).is_some() {
                drop(slot.lock().unwrap().take());
                has_ended.store(true, Ordering::SeqCst);
            }
            Ok(())
        }
    });
    let client = start(&platform);
    client
        .voip_push(&expiring_push(SystemClock.now() + 300), true)
        .unwrap();
    client.system(completion(&platform)).unwrap();
    *slot.lock().unwrap() = Some(client);
    platform.wait_for("the end of the ring time", is_unanswered);
    let deadline = Instant::now() + support::PATIENCE;
    while Arc::strong_count(&platform) > 1 {
        assert!(Instant::now() < deadline, "the client is still there");
        thread::yield_now();
    }
    assert!(
        has_ended.load(Ordering::SeqCst),
        "it does not wait for itself"
    );
}
