//! Effects come out in order, before the call returns, also if ports call back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use zpns_driver::{CallRequest, Input, PortError, SystemEvent, call_uuid};

use crate::host::{Asked, Host, invoke, is_report, push};

#[test]
fn nothing_but_loading_is_done_before_the_start() {
    let host = Host::new();
    let driver = host.driver();
    assert_eq!(host.asked(), [Asked::Load]);
    driver.start().unwrap();
    assert!(host.asked().len() > 1);
}

#[test]
fn a_push_is_reported_before_the_call_returns() {
    let host = Host::new();
    let driver = host.start();
    push(&driver, "call-42").unwrap();
    let reported = host.all(|asked| match asked {
        Asked::Call(CallRequest::ReportIncoming { uuid, .. }) => Some(*uuid),
        _ => None,
    });
    assert_eq!(reported, [call_uuid("call-42")]);
}

#[test]
fn any_bytes_are_reported_as_a_call() {
    let host = Host::new();
    let driver = host.start();
    for (number, payload) in [&b""[..], b"\xff\xfe", b"null", b"[1,2", b"{\"call_id\":7}"]
        .into_iter()
        .enumerate()
    {
        let must_report = true;
        driver
            .handle(Input::VoipPush {
                payload,
                must_report,
            })
            .unwrap();
        assert_eq!(host.count(is_report), number + 1);
    }
}

#[test]
fn an_event_waits_until_its_type_is_listened_to() {
    let host = Host::new();
    let driver = host.start();
    push(&driver, "call-42").unwrap();
    let emitted = || host.count(|asked| matches!(asked, Asked::Emit(_)));
    assert_eq!(emitted(), 0);
    driver
        .handle(Input::Listen("didReceiveIncomingPush"))
        .unwrap();
    assert_eq!(emitted(), 1);
}

#[test]
fn an_event_that_could_not_be_handed_over_waits_for_the_next_listener() {
    let is_gone = Arc::new(AtomicBool::new(true));
    let gone = Arc::clone(&is_gone);
    let host = Host::answering(move |_, asked| match asked {
        Asked::Emit(_) if gone.load(Ordering::SeqCst) => Err(PortError::new("no JavaScript")),
        _ => Ok(()),
    });
    let driver = host.start();
    let listen = || {
        driver
            .handle(Input::Listen("didReceiveIncomingPush"))
            .unwrap();
    };
    listen();
    push(&driver, "call-42").unwrap();
    is_gone.store(false, Ordering::SeqCst);
    push(&driver, "call-43").unwrap();
    let seqs = || {
        host.all(|asked| match asked {
            Asked::Emit(event) => Some(event.seq),
            _ => None,
        })
    };
    let lost = seqs();
    assert_eq!(lost.len(), 1, "what comes later waits behind it");
    listen();
    assert_eq!(seqs().get(1), lost.first(), "the same event comes first");
    assert_eq!(seqs().len(), 3);
}

#[test]
fn what_a_port_causes_by_calling_back_follows_what_was_queued_before() {
    let host = Host::answering(|driver, asked| {
        if let Asked::Call(CallRequest::ReportIncoming { id, uuid, .. }) = asked {
            let completed = SystemEvent::ReportCompleted {
                id: *id,
                uuid: *uuid,
                error: None,
            };
            driver.handle(Input::System(completed)).unwrap();
            invoke(driver, 1, "getVersion", &json!({})).unwrap();
            driver.log(zpns_driver::LogLevel::Info, "the report ends".into());
        }
        Ok(())
    });
    let driver = host.start();
    driver
        .handle(Input::Listen("didReceiveIncomingPush"))
        .unwrap();
    push(&driver, "call-42").unwrap();
    let steps = host.all(|asked| match asked {
        Asked::Call(CallRequest::ReportIncoming { .. }) => Some("report begins"),
        Asked::Log(entry) if entry.message == "the report ends" => Some("report ends"),
        Asked::Emit(_) => Some("event"),
        Asked::Complete(1, _) => Some("answer"),
        _ => None,
    });
    assert_eq!(steps, ["report begins", "report ends", "event", "answer"]);
}

#[test]
fn the_driver_may_be_dropped_from_within_a_port() {
    let host = Host::answering(|driver, asked| {
        if is_report(asked) {
            driver.shut_down();
        }
        Ok(())
    });
    let driver = host.start();
    assert!(push(&driver, "call-42").is_err());
    drop(driver);
    assert_eq!(Arc::strong_count(&host), 1);
}
