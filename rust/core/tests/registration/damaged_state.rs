//! Stored state of which a part is damaged, or which a newer version wrote: only what can't be read is lost.

use serde_json::{Value, json};
use zpns_core::{ActionKind, CallAction, Input, PushRequest, Stored, SystemEvent};
use zpns_protocol::call_uuid;

use crate::phone::{PUSH_ID, Phone, START, app};

const VOIP_ALONE: PushRequest = PushRequest::Register {
    apns: false,
    voip: true,
};

/// A push of a call that can be declined without JavaScript.
fn push(call: &str) -> Vec<u8> {
    json!({"call_id": call, "zpns": {"kind": "invite", "user": "bob", "caller": "alice", "expiresAt": START + 45_000,
        "followURL": format!("https://push.example/v1/calls/{call}"), "followToken": "f"}})
    .to_string()
    .into_bytes()
}

/// What a registered phone stores on which calls were declined that the gateway has not heard of.
fn declined(calls: &[&str]) -> Value {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    for (number, call) in (1..).zip(calls) {
        phone.input(Input::VoipPush {
            payload: &push(call),
            must_report: true,
        });
        phone.input(Input::System(SystemEvent::Action(CallAction {
            id: uuid::Uuid::from_u128(number),
            call: call_uuid(call),
            kind: ActionKind::End,
            deadline: START + 30_000,
            transaction: None,
        })));
    }
    let mut stored: Value =
        serde_json::from_slice(&phone.core.snapshot().unwrap().to_bytes()).unwrap();
    // Not the one that a phone of these tests makes up.
    stored["account"]["installation"] = json!("11111111-2222-4333-8444-555555555555");
    stored
}

fn relaunched(stored: &Value) -> Phone {
    Phone::launch(app(), Stored::Bytes(stored.to_string().as_bytes()))
}

/// The calls of which the gateway is told at launch that they were declined.
fn told_at_launch(phone: &Phone) -> Vec<&str> {
    let rejected = phone
        .requests
        .iter()
        .filter_map(|request| request.url.strip_suffix("/reject"));
    rejected
        .filter_map(|url| url.strip_prefix("https://push.example/v1/calls/"))
        .collect()
}

/// The installation under which a phone registers once JavaScript runs.
fn installation(phone: &mut Phone) -> String {
    phone.configure();
    phone.register();
    phone.both_tokens();
    let url = phone.requests.last().unwrap().url.clone();
    url.strip_prefix("https://push.example/v1/installations/")
        .unwrap()
        .to_owned()
}

#[test]
fn a_damaged_field_costs_neither_the_installation_nor_a_decline() {
    let whole = declined(&["call-1"]);
    for (place, damage) in [
        ("/call_kit_off", json!("no")),
        ("/v", json!("one")),
        ("/account/user_id", json!(7)),
        ("/account/server_url", json!({})),
        ("/registration", json!([])),
        ("/registration/confirmed", json!({"digest": 1})),
        ("/calls/provider", json!("x")),
        ("/calls/ended", json!("x")),
    ] {
        let mut stored = whole.clone();
        *stored.pointer_mut(place).unwrap() = damage;
        let mut phone = relaunched(&stored);
        assert_eq!(told_at_launch(&phone), ["call-1"], "{place}");
        assert_eq!(
            installation(&mut phone),
            whole["account"]["installation"].as_str().unwrap(),
            "{place}"
        );
    }
}

#[test]
fn a_damaged_decline_costs_no_other_decline() {
    let mut stored = declined(&["call-1", "call-2", "call-3"]);
    stored["calls"]["outbox"][1]["verb"] = json!("enlighten");
    let phone = relaunched(&stored);
    assert_eq!(told_at_launch(&phone), ["call-1", "call-3"]);
}

#[test]
fn a_damaged_memory_of_a_call_costs_no_other() {
    let mut stored = declined(&["call-1", "call-2"]);
    stored["calls"]["ended"][0]["at"] = json!(-1);
    let ended = relaunched(&stored).invoke("diagnose", &json!({})).unwrap()["ok"]["calls"].take();
    assert_eq!(ended["endedRecently"], 1, "{ended}");
}

#[test]
fn what_is_skipped_is_named_in_one_warning_without_a_word_of_what_was_there() {
    let mut stored = declined(&["call-1", "call-2"]);
    stored["account"]["user_id"] = json!({"secret": "bob"});
    stored["calls"]["outbox"][1]["callId"] = json!(["secret"]);
    stored["registration"]["wanted"] = json!("secret");
    let phone = relaunched(&stored);
    assert_eq!(
        phone.warnings,
        [
            "the stored state is damaged: skipped account.user_id, calls.outbox (1 of 2), registration.wanted; everything else in it is used"
        ]
    );
    assert!(relaunched(&declined(&[])).warnings.is_empty());
}

#[test]
fn damage_that_is_found_after_the_first_unlock_is_named_too() {
    let mut locked = Phone::launch(app(), Stored::Unreadable);
    let mut stored = declined(&["call-1"]);
    stored["account"]["app_id"] = json!(7);
    locked.input(Input::StorageReadable(Some(stored.to_string().as_bytes())));
    assert_eq!(locked.warnings.len(), 1, "{:?}", locked.warnings);
    assert_eq!(told_at_launch(&locked), ["call-1"]);
}

#[test]
fn of_a_newer_version_s_state_what_is_known_is_used() {
    let mut stored = declined(&["call-1"]);
    stored["v"] = json!(2);
    stored["ringtones"] = json!({"of": ["a later version"]});
    stored["account"]["tenant"] = json!("x");
    let other =
        json!({"callId": "call-2", "verb": "hold", "address": null, "until": START + 45_000});
    stored["calls"]["outbox"]
        .as_array_mut()
        .unwrap()
        .push(other);
    let expected = stored["account"]["installation"].clone();
    let mut phone = relaunched(&stored);
    assert_eq!(told_at_launch(&phone), ["call-1"]);
    assert!(
        phone.warnings[0].contains("is of version 2, newer than this library's 1")
            && phone.warnings[0].contains("calls.outbox (1 of 2)"),
        "{:?}",
        phone.warnings
    );
    assert_eq!(installation(&mut phone), expected.as_str().unwrap());
}

#[test]
fn what_stands_before_the_place_where_it_is_no_json_is_used() {
    let stored = declined(&["call-1"]);
    // As it is stored: the calls come last.
    let bytes = Phone::launch(app(), Stored::Bytes(stored.to_string().as_bytes()))
        .core
        .snapshot()
        .unwrap()
        .to_bytes();
    let mut phone = Phone::launch(app(), Stored::Bytes(&bytes[..bytes.len() - 3]));
    assert_eq!(told_at_launch(&phone), <[&str; 0]>::default());
    assert_eq!(phone.warnings.len(), 1);
    assert_eq!(
        installation(&mut phone),
        stored["account"]["installation"].as_str().unwrap()
    );
}

#[test]
fn pushkit_is_told_that_we_are_here_wherever_it_is_not_known_what_the_app_wants() {
    let whole = declined(&[]);
    let with = |place: &str, value: Value| {
        let mut stored = whole.clone();
        *stored.pointer_mut(place).unwrap() = value;
        stored.to_string()
    };
    for stored in [
        "no JSON".to_owned(),
        String::new(),
        "{}".to_owned(),
        with("/registration", json!("x")),
        with("/registration/wanted", json!({"voip": "x"})),
        with("/registration", json!({})),
        whole.to_string().replace(r#""wanted""#, r#""goal""#),
    ] {
        let phone = Phone::launch(app(), Stored::Bytes(stored.as_bytes()));
        assert_eq!(phone.asked, [VOIP_ALONE], "{stored}");
        // The next push may come before JavaScript ever ran.
        let stored = phone.core.snapshot().unwrap().to_bytes();
        let next = Phone::launch(app(), Stored::Bytes(&stored));
        assert_eq!(next.asked, [VOIP_ALONE], "at the launch after that");
    }
}

#[test]
fn an_app_that_is_known_not_to_want_pushes_is_not_registered_for_them() {
    let mut phone = relaunched(&json!({"v": 1, "registration": {"wanted": "x"}}));
    phone.invoke("unregisterPush", &json!({}));
    let stored = phone.core.snapshot().unwrap().to_bytes();
    assert_eq!(Phone::launch(app(), Stored::Bytes(&stored)).asked, []);
    let never = Phone::store_build().core.snapshot().unwrap().to_bytes();
    assert_eq!(Phone::launch(app(), Stored::Bytes(&never)).asked, []);
}

#[test]
fn a_gateway_that_may_know_a_phone_whose_registration_was_lost_hears_that_it_is_taken_back() {
    let mut stored = declined(&[]);
    stored["registration"] = json!("x");
    let mut phone = relaunched(&stored);
    phone.configure();
    phone.invoke("unregisterPush", &json!({}));
    let installation = stored["account"]["installation"].as_str().unwrap();
    assert!(phone.requests[0].url.ends_with(installation));
    assert_eq!(
        phone.requests[0].method,
        zpns_core::effect::HttpMethod::Delete
    );
}
