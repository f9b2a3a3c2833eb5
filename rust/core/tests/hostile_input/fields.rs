//! Every field of a push with every type of value: a call is a call whatever is wrong with one of its fields.

use serde_json::{Value, json};
use zpns_core::effect::EndedReason;
use zpns_core::{CallRequest, Effect, Input, Stored, SystemEvent};
use zpns_protocol::call_uuid;

use crate::documents::{big_values, places, replaced, values};
use crate::entry_points::payload;
use crate::entry_points::phone::{Phone, START, is_report};
use crate::limits::hold;

/// The push that the gateway sends.
fn push() -> Value {
    json!({
        "aps": {"alert": {"title": "Alice", "body": "calls"}},
        "zego": {"version": 1, "voip_has_video": true, "voip_handle_type": 1, "voip_handle_value": "alice"},
        "call_id": "call-42", "payload": "p",
        "zpns": {"v": 1, "kind": "invite", "sentAt": START, "expiresAt": START + 45_000, "caller": "alice", "user": "bob", "mode": 0,
                 "extendedData": "x", "timeout": 45, "followURL": "https://push.example/v1/calls/call-42", "followToken": "follow"}
    })
}

/// Reports a push and lets CallKit complete it. What the call was ended with, if it was.
fn play(push: &str) -> (Effect, Option<EndedReason>) {
    let mut phone = Phone::launch(Stored::Empty);
    let effects = phone.give(Input::VoipPush {
        payload: push.as_bytes(),
        must_report: true,
    });
    let report = effects.first().expect("the report").clone();
    let Effect::Call(CallRequest::ReportIncoming { id, uuid, .. }) = report else {
        panic!("the report comes first")
    };
    let completed = phone.give(Input::System(SystemEvent::ReportCompleted {
        id,
        uuid,
        error: None,
    }));
    let ended = completed.iter().find_map(|effect| match effect {
        Effect::Call(CallRequest::ReportEnded { reason, .. }) => Some(*reason),
        _ => None,
    });
    (report, ended)
}

#[test]
fn a_call_rings_whatever_is_wrong_with_one_of_its_fields() {
    let push = push();
    for place in places(&push) {
        let may_be_over = matches!(place.as_str(), "/zpns/sentAt" | "/zpns/expiresAt");
        for (name, value) in values() {
            let (report, ended) = play(&replaced(&push, &place, &value));
            assert!(
                is_report(&report),
                "{place} is {name}: the report comes first"
            );
            let rings = ended.is_none() || may_be_over && ended == Some(EndedReason::Unanswered);
            assert!(
                rings,
                "{place} is {name}: it is ended with {ended:?} although it is a call"
            );
        }
    }
}

#[test]
fn whatever_is_in_a_field_of_a_push_holds_the_limits() {
    let push = push();
    for place in places(&push) {
        for (name, value) in values() {
            let push = replaced(&push, &place, &value);
            hold(&format!("{place} is {name}"), push.len(), || {
                payload::check(push.as_bytes())
            });
        }
    }
}

#[test]
fn one_megabyte_in_a_field_of_a_push_holds_the_limits() {
    let push = push();
    for place in ["/call_id", "/payload"] {
        for (name, value) in big_values() {
            let push = replaced(&push, place, &value);
            hold(&format!("{place} is {name}"), push.len(), || {
                payload::check(push.as_bytes())
            });
        }
    }
}

#[test]
fn the_last_of_two_fields_of_the_same_name_counts() {
    for first in [r#""a""#, "{}", "1e999", "null"] {
        let (report, _) = play(&format!(r#"{{"call_id":{first},"call_id":"call-42"}}"#));
        let Effect::Call(CallRequest::ReportIncoming { uuid, .. }) = report else {
            panic!("no report")
        };
        assert_eq!(uuid, call_uuid("call-42"), "{first}");
    }
}

#[test]
fn a_time_that_no_clock_shows_does_not_let_a_call_ring_for_ever() {
    for value in [
        "18446744073709551615",
        "9007199254740991",
        r#""9007199254740991""#,
    ] {
        for place in ["/zpns/sentAt", "/zpns/expiresAt"] {
            let mut phone = Phone::launch(Stored::Empty);
            let push = replaced(&push(), place, value);
            phone.give(Input::VoipPush {
                payload: push.as_bytes(),
                must_report: true,
            });
            phone.give(Input::Tick);
            let due = phone.core.next_deadline().expect("the ring's end");
            assert!(due <= START + 600_000, "{place} is {value}: {due}");
        }
    }
}
