//! `callsChanged`: how all calls stand, for JavaScript that draws them.

use serde_json::{Value, json};
use zpns_core::effect::EndedReason;
use zpns_core::{ActionKind, AppFacts, Effect, Input, Stored};

use crate::support::*;

const NAME: &str = "callsChanged";

/// The snapshots that were told so far.
fn told(phone: &Phone) -> Vec<Value> {
    let calls = |body: &&Value| body["calls"].clone();
    phone.events_of(NAME).iter().map(calls).collect()
}

/// A phone whose JavaScript listens to nothing but `callsChanged`.
fn listening() -> Phone {
    let mut phone = Phone::launch_without_js(AppFacts::default(), Stored::Empty, START);
    phone.input(Input::Listen(NAME));
    phone
}

#[test]
fn whoever_begins_to_listen_is_told_how_the_calls_stand_at_once() {
    let mut phone = Phone::launch_without_js(AppFacts::default(), Stored::Empty, START);
    phone.push(&plain_push("call-42"));
    let effects = phone.input(Input::Listen(NAME));
    let [Effect::Emit(event)] = effects.as_slice() else {
        panic!("one event: {effects:?}")
    };
    assert!(!event.flushed, "it did not wait");
    let calls = phone.invoke("getCalls", &json!({}))["ok"].clone();
    assert_eq!(
        (told(&phone), calls[0]["uuid"].clone()),
        (vec![calls], json!(CALL_42))
    );
}

#[test]
fn every_change_of_a_call_is_told_the_apps_own_included() {
    let mut phone = listening();
    assert_eq!(told(&phone), [json!([])]);
    phone.push(&plain_push("call-42"));
    phone.user(call_42(), ActionKind::Answer);
    for (method, params) in [
        (
            "completeAction",
            json!({"seq": "native1", "outcome": "fulfill"}),
        ),
        ("setMuted", json!({"uuid": CALL_42, "muted": true})),
        ("setHeld", json!({"uuid": CALL_42, "onHold": true})),
        (
            "reportCallUpdate",
            json!({"uuid": CALL_42, "update": {"localizedCallerName": "Li hua"}}),
        ),
        (
            "reportCallEnded",
            json!({"uuid": CALL_42, "reason": EndedReason::RemoteEnded.number()}),
        ),
    ] {
        assert_eq!(phone.invoke(method, &params), json!({"ok": {}}));
    }
    let first = |calls: &Value| {
        let call = &calls[0];
        let (state, muted) = (call["state"].clone(), call["muted"].clone());
        json!([state, muted, call["onHold"], call["callerName"]])
    };
    let nobody = json!([null, null, null, null]);
    assert_eq!(
        told(&phone).iter().map(first).collect::<Vec<_>>(),
        [
            nobody.clone(),
            json!(["ringing", false, false, "Alice"]),
            json!(["answering", false, false, "Alice"]),
            json!(["connected", false, false, "Alice"]),
            json!(["connected", true, false, "Alice"]),
            json!(["connected", true, true, "Alice"]),
            json!(["connected", true, true, "Li hua"]),
            nobody,
        ]
    );
}

#[test]
fn an_input_that_changes_no_call_is_not_told() {
    let mut phone = listening();
    phone.push(&plain_push("call-42"));
    let before = told(&phone).len();
    phone.push(&plain_push("call-42"));
    phone.invoke("getCalls", &json!({}));
    phone.invoke("enableDebug", &json!({"isDebug": true}));
    phone.input(Input::Tick);
    assert_eq!(told(&phone).len(), before);
}

#[test]
fn nothing_waits_for_javascript_that_does_not_listen() {
    let mut phone = Phone::launch_without_js(AppFacts::default(), Stored::Empty, START);
    for call in ["call-42", "call-43", "call-44"] {
        phone.push(&plain_push(call));
    }
    // JavaScript goes and comes: it hears how things stand, once.
    for gone in [Input::Unlisten(NAME), Input::Detach] {
        phone.input(Input::Listen(NAME));
        phone.input(gone);
    }
    phone.user(call_42(), ActionKind::End);
    assert_eq!(told(&phone).len(), 2);
    phone.input(Input::Listen(NAME));
    let calls = phone.invoke("getCalls", &json!({}))["ok"].clone();
    assert_eq!((told(&phone).len(), told(&phone).pop()), (3, Some(calls)));
}

#[test]
fn whoever_listens_anew_is_told_again_though_nothing_changed() {
    let mut phone = listening();
    phone.input(Input::Listen(NAME));
    assert_eq!(told(&phone), [json!([]), json!([])]);
}

#[test]
fn a_snapshot_that_could_not_be_handed_over_does_not_come_later() {
    let mut phone = listening();
    let effects = phone.push(&plain_push("call-42"));
    let lost = effects.into_iter().find_map(|effect| match effect {
        Effect::Emit(event) if event.kind == NAME => Some(event),
        _ => None,
    });
    phone.input(Input::NotEmitted(lost.expect("a snapshot")));
    phone.user(call_42(), ActionKind::End);
    assert_eq!(told(&phone).len(), 2, "nobody listens");
    phone.input(Input::Listen(NAME));
    assert_eq!(told(&phone).last(), Some(&json!([])));
    assert_eq!(told(&phone).len(), 3);
}
