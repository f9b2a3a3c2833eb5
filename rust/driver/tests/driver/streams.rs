//! Streams of server-sent events.

use std::sync::Arc;

use serde_json::{Value, json};
use zpns_driver::{Driver, EndedReason, Input, StreamItem};

use crate::host::{Asked, Host, RING, START, complete_reports, push_to_follow};

/// A host on which `call-42` rings and is followed on stream `id`.
fn followed() -> (Arc<Host>, Arc<Driver>, u64) {
    let host = Host::new();
    let driver = host.start();
    push_to_follow(&driver).unwrap();
    complete_reports(&host, &driver);
    driver.tick();
    let id = host.streams()[0];
    (host, driver, id)
}

fn deliver(driver: &Driver, id: u64, item: StreamItem) {
    driver.handle(Input::Stream { id, item }).unwrap();
}

fn call(state: &str, sequence: u64) -> Value {
    json!({
        "callID": "call-42", "mode": 0, "caller": "alice", "createdAt": START, "expiresAt": START + RING, "timeout": 45,
        "extendedData": "", "state": state, "seq": sequence, "participants": [],
    })
}

fn cancelled() -> StreamItem {
    let event = json!({"seq": 2, "at": START, "type": "cancelled", "extendedData": "", "call": call("cancelled", 2)});
    StreamItem::Event {
        id: Some("2".into()),
        event: "cancelled".into(),
        data: event.to_string(),
    }
}

fn closed() -> StreamItem {
    StreamItem::Closed {
        status: None,
        failure: None,
    }
}

#[test]
fn what_comes_on_a_stream_reaches_the_core() {
    let (host, driver, id) = followed();
    deliver(&driver, id, StreamItem::Open { date: None });
    deliver(&driver, id, cancelled());
    assert_eq!(host.ends(), [EndedReason::RemoteEnded]);
}

#[test]
fn the_stream_of_a_call_that_ended_is_closed() {
    let (host, driver, id) = followed();
    deliver(&driver, id, cancelled());
    assert_eq!(
        host.count(|asked| *asked == Asked::CloseStream(id)),
        1,
        "{:#?}",
        host.asked()
    );
}

#[test]
fn what_still_comes_on_a_stream_that_was_closed_changes_nothing() {
    let (host, driver, id) = followed();
    deliver(&driver, id, cancelled());
    let before = host.asked();
    deliver(&driver, id, cancelled());
    deliver(&driver, id, closed());
    assert_eq!(host.asked(), before);
}

#[test]
fn the_end_of_a_stream_counts_once() {
    let (host, driver, id) = followed();
    deliver(&driver, id, closed());
    let deadline = driver.next_tick();
    let before = host.asked();
    deliver(&driver, id, closed());
    deliver(&driver, id, cancelled());
    assert_eq!((host.asked(), driver.next_tick()), (before, deadline));
}

#[test]
fn a_stream_may_deliver_while_it_is_being_opened() {
    let host = Host::answering(|driver, asked| {
        if let Asked::OpenStream(request) = asked {
            deliver(driver, request.id, StreamItem::Open { date: None });
            deliver(driver, request.id, cancelled());
        }
        Ok(())
    });
    let driver = host.start();
    push_to_follow(&driver).unwrap();
    complete_reports(&host, &driver);
    driver.tick();
    assert_eq!(host.ends(), [EndedReason::RemoteEnded]);
}

#[test]
fn the_end_closes_the_streams_that_are_open_and_no_others() {
    let (host, driver, id) = followed();
    deliver(&driver, id, closed());
    host.advance(20_000);
    driver.tick();
    assert_eq!(host.streams().len(), 2);
    driver.shut_down();
    let closed = host.all(|asked| match asked {
        Asked::CloseStream(id) => Some(*id),
        _ => None,
    });
    assert_eq!(closed, host.streams()[1..]);
}
