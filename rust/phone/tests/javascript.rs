//! Reloads that are not atomic, and events that JavaScript can't take.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use std::sync::Arc;

use serde_json::json;
use support::{Js, count, library, push, ringing};
use uuid::Uuid;
use zpns_phone::{CallState, PhoneError, PushKind, TimelineEvent, VirtualPhone};

/// A phone that rings.
fn rings() -> (VirtualPhone, Uuid) {
    let phone = library();
    phone.launch().unwrap();
    phone.background().unwrap();
    phone.settle();
    phone.deliver_push(PushKind::Voip, push("call-42"));
    let uuid = ringing(&phone);
    (phone, uuid)
}

fn refused(phone: &VirtualPhone) -> usize {
    count(
        phone,
        |what| matches!(what, TimelineEvent::EventRefused { kind, .. } if kind == "performAnswerCallAction"),
    )
}

fn heard(phone: &VirtualPhone) -> usize {
    count(
        phone,
        |what| matches!(what, TimelineEvent::Event { kind, .. } if kind == "performAnswerCallAction"),
    )
}

#[test]
fn old_javascript_that_is_torn_down_late_takes_nothing_from_the_new_one() {
    let (phone, uuid) = rings();
    let old = phone.start_js(Arc::new(|_| ())).unwrap();
    let js = Js::start(&phone);
    js.listen("performAnswerCallAction");
    phone.tear_down_js(old);
    assert!(phone.snapshot().js_running);
    phone.answer(uuid).unwrap();
    phone.settle();
    js.hear("performAnswerCallAction");
}

#[test]
fn javascript_that_is_torn_down_in_time_is_gone() {
    let (phone, _) = rings();
    let number = phone.start_js(Arc::new(|_| ())).unwrap();
    phone.tear_down_js(number);
    assert!(!phone.snapshot().js_running);
}

#[test]
fn what_the_old_javascript_listened_to_is_not_listened_to_by_the_new_one() {
    let (phone, uuid) = rings();
    Js::start(&phone).listen("performAnswerCallAction");
    let js = Js::start(&phone);
    phone.answer(uuid).unwrap();
    phone.settle();
    assert_eq!(heard(&phone), 0);
    js.listen("performAnswerCallAction");
    js.hear("performAnswerCallAction");
}

#[test]
fn an_event_that_javascript_can_not_take_comes_again_when_it_listens_anew() {
    let (phone, uuid) = rings();
    let js = Js::start(&phone);
    js.listen("performAnswerCallAction");
    phone.refuse_event("performAnswerCallAction").unwrap();
    phone.answer(uuid).unwrap();
    phone.settle();
    assert_eq!((refused(&phone), heard(&phone)), (1, 0));
    js.listen("performAnswerCallAction");
    let answer = js.hear("performAnswerCallAction");
    js.ask(
        "completeAction",
        &json!({ "seq": answer["seq"], "outcome": "fulfill" }),
    );
    assert_eq!(refused(&phone), 1, "it takes the next one");
    assert_eq!(phone.calls()[0].state, CallState::Active);
}

#[test]
fn only_events_of_the_type_are_refused() {
    let (phone, _) = rings();
    let js = Js::start(&phone);
    phone.refuse_event("performAnswerCallAction").unwrap();
    js.listen("didReceiveIncomingPush");
    js.hear("didReceiveIncomingPush");
    assert_eq!(refused(&phone), 0);
}

#[test]
fn the_next_javascript_takes_what_the_one_before_could_not() {
    let (phone, uuid) = rings();
    Js::start(&phone);
    phone.refuse_event("performAnswerCallAction").unwrap();
    let js = Js::start(&phone);
    js.listen("performAnswerCallAction");
    phone.answer(uuid).unwrap();
    phone.settle();
    js.hear("performAnswerCallAction");
}

#[test]
fn without_javascript_there_is_nothing_that_could_refuse_an_event() {
    let (phone, _) = rings();
    let refuse = || phone.refuse_event("performAnswerCallAction");
    assert_eq!(refuse(), Err(PhoneError::NoJavaScript));
    phone.kill().unwrap();
    assert_eq!(refuse(), Err(PhoneError::NotRunning));
}
