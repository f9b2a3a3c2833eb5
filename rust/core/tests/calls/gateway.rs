//! What the gateway hears: nothing that the user did is lost.

use serde_json::{Value, json};
use zpns_core::effect::{EndedReason, HttpRequest};
use zpns_core::{ActionKind, AppFacts, HttpFailure, HttpResponse, Input, Stored, SystemEvent};

use crate::support::*;

/// A phone that rings, in a process without JavaScript; the receipt is delivered.
fn ringing_without_js() -> Phone {
    let mut phone = Phone::launch_without_js(AppFacts::default(), Stored::Empty, START);
    phone.push(&gateway_push(START));
    phone.respond(204, &Value::Null);
    phone
}

fn answered() -> Phone {
    let mut phone = ringing_without_js();
    phone.start_js();
    phone.user(call_42(), ActionKind::Answer);
    phone.invoke(
        "completeAction",
        &json!({"seq": "native1", "outcome": "fulfill"}),
    );
    phone
}

fn verb(phone: &Phone) -> Option<&str> {
    phone.requests.iter().find_map(|request| {
        request
            .url
            .strip_prefix("https://push.example/v1/calls/call-42/")
    })
}

fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(request.body.as_deref().unwrap()).unwrap()
}

fn result(applied: bool, call: &Value) -> Value {
    json!({"applied": applied, "call": call})
}

#[test]
fn a_decline_reaches_the_gateway_without_javascript() {
    let mut phone = ringing_without_js();
    phone.user(call_42(), ActionKind::End);
    assert_eq!(verb(&phone), Some("reject"));
    assert_eq!(phone.requests[0].bearer.as_deref(), Some("follow"));
    assert!(
        phone.persisted > 0,
        "it is stored before anything can go wrong"
    );
    phone.respond(
        200,
        &result(true, &gateway_call(2, "rejected", "rejected", None)),
    );
    phone.wait(600_000);
    assert!(phone.requests.is_empty());
}

#[test]
fn a_decline_survives_a_kill_and_is_sent_at_the_next_launch() {
    let mut phone = ringing_without_js();
    phone.user(call_42(), ActionKind::End);
    phone.restart();
    assert_eq!(verb(&phone), Some("reject"));
    assert_eq!(phone.requests[0].bearer.as_deref(), Some("follow"));
    phone.respond(
        200,
        &result(true, &gateway_call(2, "rejected", "rejected", None)),
    );
    phone.restart();
    assert!(
        phone.requests.is_empty(),
        "what was delivered is not sent again"
    );
}

#[test]
fn a_decline_that_does_not_get_through_is_tried_until_the_call_is_over() {
    let mut phone = ringing_without_js();
    phone.user(call_42(), ActionKind::End);
    let mut tries = 0;
    while phone.now < START + 60_000 {
        while !phone.requests.is_empty() {
            tries += 1;
            phone.respond_with(Err(HttpFailure::Unreachable));
        }
        phone.wait(100);
    }
    assert!((4..60).contains(&tries), "{tries} tries");
    phone.wait(600_000);
    assert!(phone.requests.is_empty());
}

#[test]
fn a_busy_gateway_is_asked_again_when_it_says() {
    let mut phone = ringing_without_js();
    phone.user(call_42(), ActionKind::End);
    phone.respond_with(Ok(HttpResponse {
        status: 503,
        retry_after: Some(7),
        date: None,
        body: vec![],
    }));
    phone.wait(6_999);
    assert!(phone.requests.is_empty());
    phone.wait(1);
    assert_eq!(verb(&phone), Some("reject"));
}

#[test]
fn waking_up_hurries_what_waits_but_for_what_the_gateway_asked_to_wait() {
    for (retry_after, expected) in [(None, Some("reject")), (Some(7), None)] {
        let mut phone = ringing_without_js();
        phone.user(call_42(), ActionKind::End);
        phone.respond_with(Ok(HttpResponse {
            status: 503,
            retry_after,
            date: None,
            body: vec![],
        }));
        phone.system(SystemEvent::Awake);
        assert_eq!(verb(&phone), expected);
        phone.wait(7_000);
        assert_eq!(verb(&phone), Some("reject"));
    }
}

#[test]
fn the_gateway_hears_accept_when_the_app_has_answered_and_not_before() {
    let mut phone = ringing_without_js();
    phone.start_js();
    phone.user(call_42(), ActionKind::Answer);
    assert_eq!(verb(&phone), None);
    phone.invoke(
        "completeAction",
        &json!({"seq": "native1", "outcome": "fulfill"}),
    );
    assert_eq!(verb(&phone), Some("accept"));
}

#[test]
fn an_app_that_cannot_answer_leaves_the_call_to_the_users_other_devices() {
    let mut phone = ringing_without_js();
    phone.user(call_42(), ActionKind::Answer);
    phone.wait(ACTION_MS);
    assert_eq!(phone.ends(call_42()), [EndedReason::Failed]);
    assert_eq!(verb(&phone), None);
}

#[test]
fn hanging_up_after_answering_is_an_end_and_waits_for_the_accept() {
    let mut phone = answered();
    phone.user(call_42(), ActionKind::End);
    assert_eq!(phone.requests.len(), 1);
    assert_eq!(verb(&phone), Some("accept"));
    phone.respond(
        200,
        &result(true, &gateway_call(2, "accepted", "accepted", None)),
    );
    assert_eq!(verb(&phone), Some("end"));
}

#[test]
fn an_accept_that_comes_too_late_ends_the_call() {
    let mut phone = answered();
    phone.respond(
        200,
        &result(false, &gateway_call(2, "cancelled", "beCancelled", None)),
    );
    assert_eq!(phone.ends(call_42()), [EndedReason::RemoteEnded]);
    assert_eq!(phone.events_of("didEndCall")[0]["reason"], 2);
}

#[test]
fn an_accept_after_another_device_ends_the_call_as_answered_elsewhere() {
    let mut phone = answered();
    phone.respond(
        200,
        &result(
            false,
            &gateway_call(2, "accepted", "accepted", Some("other-phone")),
        ),
    );
    assert_eq!(phone.ends(call_42()), [EndedReason::AnsweredElsewhere]);
}

#[test]
fn an_accept_whose_first_answer_was_lost_is_this_phones_own() {
    let mut phone = answered();
    phone.respond_with(Err(HttpFailure::Broken));
    phone.wait(500);
    phone.respond(
        200,
        &result(false, &gateway_call(2, "accepted", "accepted", None)),
    );
    assert!(phone.ends(call_42()).is_empty());
}

#[test]
fn an_accept_for_a_call_that_is_gone_ends_it() {
    let mut phone = answered();
    phone.respond(
        404,
        &json!({"error": {"code": "no_such_call", "message": "gone"}}),
    );
    assert_eq!(phone.ends(call_42()), [EndedReason::RemoteEnded]);
}

#[test]
fn an_accept_that_the_gateway_refuses_for_good_ends_the_call_as_failed() {
    let mut phone = answered();
    phone.respond(409, &json!({"error": {"code": "no", "message": "no"}}));
    assert_eq!(phone.ends(call_42()), [EndedReason::Failed]);
}

#[test]
fn a_refused_follow_token_gives_way_to_the_users_own_once_there_is_one() {
    let mut phone = ringing_without_js();
    phone.start_js();
    phone.user(call_42(), ActionKind::End);
    phone.respond(401, &json!({}));
    assert!(phone.requests.is_empty());
    phone.configure();
    assert_eq!(verb(&phone), Some("reject"));
    assert_eq!(phone.requests[0].bearer, Some(user_token(ME)));
    assert!(
        body(&phone.requests[0])["installation"].is_string(),
        "a user token does not say which phone it is"
    );
}

#[test]
fn a_final_refusal_is_not_tried_again() {
    let mut phone = ringing_without_js();
    phone.user(call_42(), ActionKind::End);
    phone.respond(400, &json!({"error": {"code": "bad", "message": "bad"}}));
    phone.wait(60_000);
    assert!(phone.requests.is_empty());
}

#[test]
fn a_call_that_a_dead_process_was_in_is_ended_at_the_next_launch() {
    let mut phone = answered();
    phone.respond(
        200,
        &result(true, &gateway_call(2, "accepted", "accepted", None)),
    );
    phone.restart();
    assert_eq!(verb(&phone), Some("end"));
}

#[test]
fn a_provider_reset_ends_what_is_connected_and_declines_nothing() {
    let mut phone = ringing_without_js();
    phone.system(SystemEvent::ProviderReset);
    assert_eq!(verb(&phone), None, "nobody has declined it");
    let mut phone = answered();
    phone.respond(
        200,
        &result(true, &gateway_call(2, "accepted", "accepted", None)),
    );
    phone.system(SystemEvent::ProviderReset);
    assert_eq!(verb(&phone), Some("end"));
}

#[test]
fn a_decline_stored_by_an_earlier_process_is_sent_when_storage_opens() {
    let mut phone = ringing_without_js();
    phone.user(call_42(), ActionKind::End);
    let stored = phone.core.snapshot().unwrap().to_bytes();
    let mut locked = Phone::launch_without_js(AppFacts::default(), Stored::Unreadable, START);
    assert!(locked.requests.is_empty());
    locked.input(Input::StorageReadable(Some(&stored)));
    assert_eq!(verb(&locked), Some("reject"));
}

#[test]
fn an_end_of_a_ring_by_ios_itself_is_no_decline() {
    for (ios, age, expected) in [
        ("16.4", 60_000, None),
        ("16.4", 20_000, Some("reject")),
        ("15.8", 60_000, Some("reject")),
    ] {
        let app = AppFacts {
            system_version: ios.to_owned(),
            ..AppFacts::default()
        };
        let mut phone = Phone::launch_without_js(app, Stored::Empty, START);
        phone.push(&json!({"call_id": "call-42", "zpns": {
            "expiresAt": START + 90_000, "followURL": "https://push.example/v1/calls/call-42", "followToken": "f",
        }}));
        phone.respond(204, &Value::Null);
        // The app is suspended meanwhile: no timer of the core runs before the action.
        phone.now += age;
        phone.user(call_42(), ActionKind::End);
        assert_eq!(verb(&phone), expected, "{ios} after {age} ms");
    }
}

#[test]
fn a_fulfilled_decline_stays_open_until_the_gateway_knows_and_at_most_two_seconds() {
    for heard_after in [Some(300), None] {
        let mut phone = ringing_without_js();
        phone.start_js();
        let action = phone.user(call_42(), ActionKind::End);
        let seq = phone.events_of("performEndCallAction")[0]["seq"].clone();
        phone.invoke("completeAction", &json!({"seq": seq, "outcome": "fulfill"}));
        let fulfilled = |phone: &Phone| phone.call_kit.told.contains(&Told::Fulfilled(action));
        phone.wait(heard_after.unwrap_or(1_999));
        assert!(!fulfilled(&phone), "the gateway does not know yet");
        if heard_after.is_some() {
            let answer = result(true, &gateway_call(2, "rejected", "rejected", None));
            phone.respond(200, &answer);
        } else {
            phone.wait(1);
        }
        assert!(fulfilled(&phone));
    }
}

#[test]
fn the_app_is_kept_awake_until_the_gateway_has_heard_of_the_decline() {
    let mut phone = ringing_without_js();
    phone.user(call_42(), ActionKind::End);
    assert_eq!(phone.awake, Some(true));
    phone.respond(
        200,
        &result(true, &gateway_call(2, "rejected", "rejected", None)),
    );
    assert_eq!(phone.awake, Some(false));
}

#[test]
fn an_app_that_can_not_reach_the_gateway_is_not_kept_awake_for_longer_than_ios_allows() {
    let mut phone = ringing_without_js();
    phone.user(call_42(), ActionKind::End);
    phone.wait(24_999);
    assert_eq!(phone.awake, Some(true));
    phone.wait(1);
    assert_eq!(phone.awake, Some(false));
}

#[test]
fn a_decline_under_way_when_the_network_changes_is_sent_again_at_once() {
    let mut phone = ringing_without_js();
    phone.user(call_42(), ActionKind::End);
    assert_eq!(verb(&phone), Some("reject"));
    phone.system(SystemEvent::NetworkChanged);
    let sent = phone
        .urls()
        .iter()
        .filter(|url| url.ends_with("/reject"))
        .count();
    assert_eq!(sent, 2);
}

#[test]
fn a_refusal_of_something_between_does_not_take_a_verb_out_of_the_outbox() {
    let mut phone = ringing_without_js();
    phone.user(call_42(), ActionKind::End);
    phone.respond_with(Ok(HttpResponse {
        status: 404,
        retry_after: None,
        date: None,
        body: b"<html>".to_vec(),
    }));
    phone.wait(500);
    assert_eq!(verb(&phone), Some("reject"), "it is tried again");
}

#[test]
fn an_end_that_times_out_while_the_gateway_is_told_leaves_no_call_on_the_screen() {
    let mut phone = ringing_without_js();
    phone.start_js();
    let action = phone.user(call_42(), ActionKind::End);
    let seq = phone.events_of("performEndCallAction")[0]["seq"].clone();
    phone.invoke("completeAction", &json!({"seq": seq, "outcome": "fulfill"}));
    phone.system(SystemEvent::ActionTimedOut { action });
    assert_eq!(phone.ends(call_42()), [EndedReason::Failed]);
}
