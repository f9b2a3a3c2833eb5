//! Start, storage, timers, the end.

#![allow(missing_docs, unreachable_pub, dead_code)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value
)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use support::{
    Asked, Memory, Recorder, app, completion, expiring_push, is_unanswered, push_for, start,
};
use zpns_client::{Client, ClientError, Clock, PushRequest, SystemClock, SystemEvent};

#[test]
fn starting_takes_a_few_milliseconds() {
    let best = (0..5)
        .map(|_| {
            let began = Instant::now();
            let client = start(&Recorder::new());
            let took = began.elapsed();
            client.shutdown();
            took
        })
        .min()
        .unwrap();
    assert!(
        best < Duration::from_millis(5),
        "{best:?} for an unoptimized build"
    );
}

#[test]
fn what_was_set_up_is_there_at_the_next_start() {
    let memory = Memory::new();
    let first = Client::start(app(), Recorder::new(), memory.clone()).unwrap();
    first
        .invoke(
            1,
            "configure",
            r#"{"serverURL":"http://127.0.0.1:9","appID":"demo","userToken":"t"}"#,
        )
        .unwrap();
    first
        .invoke(2, "registerPush", r#"{"enableIOSVoIP":true}"#)
        .unwrap();
    drop(first);
    assert!(
        memory.bytes().is_some(),
        "saved by the time the client is gone"
    );

    let platform = Recorder::new();
    let _second = Client::start(app(), platform.clone(), memory).unwrap();
    let asks_for_tokens = |asked: &Asked| {
        matches!(asked, Asked::Push(PushRequest::Register { voip: true, .. })).then_some(())
    };
    platform.wait_for("a request for tokens without JavaScript", asks_for_tokens);
}

#[test]
fn changes_are_saved_by_the_background_thread_and_so_is_what_is_left_at_the_end() {
    let memory = Memory::new();
    let client = Client::start(app(), Recorder::new(), memory.clone()).unwrap();
    memory.wait_for_saves(1);
    client.invoke(1, "registerPush", "{}").unwrap();
    memory.wait_for_saves(2);
    memory.set_locked(true);
    client.invoke(2, "unregisterPush", "{}").unwrap();
    memory.wait_for_saves(3);
    memory.set_locked(false);
    let before = memory.bytes();
    client.shutdown();
    assert_ne!(memory.bytes(), before, "what was left");
    let threads = memory.saved_on();
    assert!(threads.iter().all(|thread| *thread == threads[0]));
    assert_ne!(threads[0], thread::current().id());
}

#[test]
fn what_could_not_be_saved_is_saved_when_storage_is_readable_again() {
    let memory = Memory::new();
    let client = Client::start(app(), Recorder::new(), memory.clone()).unwrap();
    memory.wait_for_saves(1);
    memory.set_locked(true);
    client.invoke(1, "registerPush", "{}").unwrap();
    memory.wait_for_saves(2);
    memory.set_locked(false);
    client.storage_readable();
    memory.wait_for_saves(3);
}

#[test]
fn a_timer_fires_by_itself() {
    let platform = Recorder::new();
    let client = start(&platform);
    client
        .voip_push(&expiring_push(SystemClock.now() + 300), true)
        .unwrap();
    client.system(completion(&platform)).unwrap();
    platform.wait_for("the end of the ring time", is_unanswered);
}

struct ManualClock(AtomicU64);

impl Clock for ManualClock {
    fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

#[test]
fn a_clock_that_was_moved_is_looked_at_on_the_thread_that_says_so() {
    let clock = Arc::new(ManualClock(AtomicU64::new(1_764_000_000_000)));
    let platform = Recorder::new();
    let client =
        Client::start_with_clock(app(), platform.clone(), Memory::new(), clock.clone()).unwrap();
    client
        .voip_push(&expiring_push(clock.now() + 45_000), true)
        .unwrap();
    client.system(completion(&platform)).unwrap();
    client.wake();
    assert!(
        !platform
            .asked()
            .iter()
            .any(|asked| is_unanswered(asked).is_some()),
        "not before its time"
    );
    clock.0.fetch_add(45_000, Ordering::SeqCst);
    client.wake();
    assert!(
        platform
            .on_thread(thread::current().id())
            .iter()
            .any(|asked| is_unanswered(asked).is_some())
    );
}

#[test]
fn after_the_end_nothing_is_taken() {
    let platform = Recorder::new();
    let client = start(&platform);
    client.shutdown();
    let before = platform.asked().len();
    assert_eq!(client.voip_push(b"{}", true), Err(ClientError::ShutDown));
    assert_eq!(
        client.system(SystemEvent::Awake),
        Err(ClientError::ShutDown)
    );
    assert_eq!(
        client.invoke(1, "getVersion", "{}"),
        Err(ClientError::ShutDown)
    );
    client.listen("registered");
    client.unlisten("registered");
    client.detach();
    client.storage_readable();
    client.wake();
    client.shutdown();
    assert_eq!(platform.asked().len(), before, "and nothing comes out");
}

#[test]
fn the_end_lets_go_of_the_ports() {
    let (platform, memory) = (Recorder::new(), Memory::new());
    let client = Client::start(app(), platform.clone(), memory.clone()).unwrap();
    client.voip_push(&push_for("call-42"), true).unwrap();
    client.shutdown();
    assert_eq!(
        Arc::strong_count(&platform),
        1,
        "the platform may hold the client, so the client must not hold it for ever"
    );
    drop(client);
    assert_eq!(Arc::strong_count(&memory), 1);
}
