//! What becomes of a call elsewhere: the stream of events, the questions, and what they mean for the phone.

use serde_json::{Value, json};
use zpns_core::effect::EndedReason;
use zpns_core::{ActionKind, HttpFailure, StreamItem, SystemEvent};

use crate::support::*;

fn ringing() -> Phone {
    let mut phone = Phone::launch();
    phone.push(&gateway_push(START));
    phone
}

fn answered() -> Phone {
    let mut phone = ringing();
    phone.user(call_42(), ActionKind::Answer);
    phone.invoke(
        "completeAction",
        &json!({"seq": "native1", "outcome": "fulfill"}),
    );
    phone
}

fn closed(status: u16) -> StreamItem {
    StreamItem::Closed {
        status: Some(status),
        failure: None,
    }
}

fn lost() -> StreamItem {
    StreamItem::Closed {
        status: None,
        failure: Some(HttpFailure::Broken),
    }
}

#[test]
fn a_ringing_call_is_acknowledged_and_followed_with_the_pushs_own_token() {
    let phone = ringing();
    assert_eq!(phone.urls(), ["https://push.example/v1/receipts"]);
    assert_eq!(
        phone.streams[0].url,
        "https://push.example/v1/calls/call-42/events"
    );
    for bearer in [&phone.requests[0].bearer, &phone.streams[0].bearer] {
        assert_eq!(bearer.as_deref(), Some("follow"));
    }
}

#[test]
fn a_push_without_a_gateway_is_not_followed() {
    let mut phone = Phone::launch();
    phone.push(&plain_push("call-42"));
    assert!(phone.streams.is_empty() && phone.requests.is_empty());
}

#[test]
fn what_happens_elsewhere_ends_the_ring_with_the_right_reason() {
    use EndedReason as E;
    for (kind, state, bob, installation, reason) in [
        (
            "cancelled",
            "cancelled",
            "beCancelled",
            None,
            E::RemoteEnded,
        ),
        ("timedOut", "timedOut", "timeout", None, E::Unanswered),
        (
            "accepted",
            "accepted",
            "accepted",
            Some("other-phone"),
            E::AnsweredElsewhere,
        ),
        (
            "rejected",
            "rejected",
            "rejected",
            Some("other-phone"),
            E::DeclinedElsewhere,
        ),
        ("ended", "ended", "ended", None, E::RemoteEnded),
    ] {
        let mut phone = ringing();
        phone.event(&gateway_event(
            kind,
            Some("alice"),
            &gateway_call(2, state, bob, installation),
        ));
        assert_eq!(phone.ends(call_42()), [reason], "{kind}");
        assert_eq!(
            phone.events_of("didEndCall"),
            [&json!({"uuid": CALL_42, "callID": "call-42", "reason": reason.number()})]
        );
        assert_eq!(phone.closed_streams, [phone.streams[0].id], "{kind}");
        phone.wait(600_000);
        assert_eq!(phone.ends(call_42()).len(), 1, "{kind}");
    }
}

#[test]
fn the_whole_call_decides_and_not_the_kind_of_the_event() {
    let mut phone = ringing();
    phone.event(&gateway_event(
        "received",
        Some(ME),
        &gateway_call(7, "cancelled", "beCancelled", None),
    ));
    assert_eq!(phone.ends(call_42()), [EndedReason::RemoteEnded]);
}

#[test]
fn a_group_call_rings_on_while_others_answer() {
    let mut phone = ringing();
    let mut call = gateway_call(2, "accepted", "received", None);
    call["participants"]
        .as_array_mut()
        .unwrap()
        .push(json!({"userID": "carol", "state": "accepted", "extendedData": ""}));
    phone.event(&gateway_event("accepted", Some("carol"), &call));
    assert!(phone.ends(call_42()).is_empty());
    assert_eq!(
        phone.events_of("callUserStateChanged"),
        [
            &json!({"callID": "call-42", "callUserList": [{"userID": "carol", "state": 1, "extendedData": ""}]})
        ]
    );
}

#[test]
fn an_answered_call_is_followed_to_its_end() {
    let mut phone = answered();
    phone.event(&gateway_event(
        "accepted",
        Some(ME),
        &gateway_call(2, "accepted", "accepted", None),
    ));
    assert!(
        phone.ends(call_42()).is_empty(),
        "it was this phone that accepted"
    );
    let mut ended = gateway_call(3, "ended", "ended", None);
    ended["endedAt"] = json!(START + 5);
    phone.event(&gateway_event("ended", Some("alice"), &ended));
    assert_eq!(phone.ends(call_42()), [EndedReason::RemoteEnded]);
    assert_eq!(
        phone.events_of("callInvitationEnded"),
        [
            &json!({"callID": "call-42", "mode": 0, "caller": "alice", "operatedUserID": "alice", "extendedData": "e", "endTime": START + 5})
        ]
    );
}

#[test]
fn an_event_heard_twice_tells_nothing_new() {
    let mut phone = answered();
    let event = gateway_event(
        "accepted",
        Some(ME),
        &gateway_call(2, "accepted", "accepted", None),
    );
    phone.event(&event);
    let events = phone.events.len();
    phone.event(&event);
    phone.event(&gateway_event(
        "received",
        None,
        &gateway_call(1, "ringing", "received", None),
    ));
    assert_eq!(phone.events.len(), events);
}

#[test]
fn events_that_cannot_be_read_or_are_of_another_call_are_ignored() {
    let mut phone = ringing();
    phone.stream(StreamItem::Event {
        id: None,
        event: "ping".into(),
        data: "{".into(),
    });
    let mut other = gateway_event(
        "cancelled",
        None,
        &gateway_call(2, "cancelled", "beCancelled", None),
    );
    other["call"]["callID"] = json!("other");
    phone.event(&other);
    assert!(phone.ends(call_42()).is_empty());
}

#[test]
fn a_lost_stream_is_opened_again_where_it_stopped() {
    let mut phone = ringing();
    phone.stream(StreamItem::Open { date: None });
    phone.event(&gateway_event(
        "received",
        Some(ME),
        &gateway_call(2, "ringing", "received", None),
    ));
    phone.stream(lost());
    phone.wait(500);
    assert_eq!(phone.streams.len(), 2);
    assert_eq!(phone.streams[1].last_event_id.as_deref(), Some("2"));
    phone.event(&gateway_event(
        "cancelled",
        Some("alice"),
        &gateway_call(3, "cancelled", "beCancelled", None),
    ));
    assert_eq!(phone.ends(call_42()), [EndedReason::RemoteEnded]);
}

#[test]
fn where_streams_do_not_get_through_the_call_is_asked_about() {
    let mut phone = ringing();
    for _ in 0..2 {
        phone.stream(lost());
        phone.wait(1_000);
    }
    phone.respond_to(
        "/v1/calls/call-42",
        200,
        &gateway_call(5, "cancelled", "beCancelled", None),
    );
    assert_eq!(phone.ends(call_42()), [EndedReason::RemoteEnded]);
}

#[test]
fn a_call_that_the_gateway_does_not_know_is_over() {
    for status in [404, 410] {
        let mut phone = ringing();
        phone.stream(closed(status));
        assert!(phone.ends(call_42()).is_empty());
        let body = json!({"error": {"code": "no_such_call", "message": "there is no such call"}});
        phone.respond_to("/v1/calls/call-42", status, &body);
        assert_eq!(phone.ends(call_42()), [EndedReason::RemoteEnded]);
    }
}

#[test]
fn a_bare_404_of_something_between_ends_no_call() {
    for status in [404, 410] {
        let mut phone = ringing();
        phone.stream(closed(status));
        phone.respond_to("/v1/calls/call-42", status, &json!({}));
        assert!(phone.ends(call_42()).is_empty(), "{status}");
    }
}

#[test]
fn a_refused_follow_token_gives_way_to_the_users_own() {
    let mut phone = ringing();
    phone.configure();
    phone.stream(closed(401));
    assert_eq!(phone.streams[1].bearer, Some(user_token(ME)));
    phone.stream(closed(401));
    assert_eq!(phone.events_of("userTokenNeeded").len(), 1);
    phone.invoke("setUserToken", &json!({"userToken": user_token(ME)}));
    assert_eq!(phone.streams.len(), 3);
}

#[test]
fn on_waking_the_call_is_asked_about_once() {
    let mut phone = ringing();
    phone.system(SystemEvent::Awake);
    phone.system(SystemEvent::Awake);
    assert_eq!(
        phone
            .urls()
            .iter()
            .filter(|url| url.ends_with("/v1/calls/call-42"))
            .count(),
        1
    );
    phone.respond_to(
        "/v1/calls/call-42",
        200,
        &gateway_call(5, "timedOut", "timeout", None),
    );
    assert_eq!(phone.ends(call_42()), [EndedReason::Unanswered]);
    assert_eq!(phone.events_of("callInvitationTimeout").len(), 1);
}

#[test]
fn nothing_is_tried_any_more_when_the_call_is_over() {
    let mut phone = ringing();
    phone.stream(lost());
    phone.wait(45_000);
    let (streams, requests) = (phone.streams.len(), phone.requests.len());
    phone.system(SystemEvent::Awake);
    phone.wait(600_000);
    assert_eq!(
        (phone.streams.len(), phone.requests.len()),
        (streams, requests)
    );
}

#[test]
fn a_receipt_is_sent_again_until_it_arrived() {
    let mut phone = ringing();
    phone.respond_with(Err(HttpFailure::Unreachable));
    assert!(phone.requests.is_empty());
    phone.wait(500);
    assert_eq!(phone.urls(), ["https://push.example/v1/receipts"]);
    phone.respond(204, &Value::Null);
    phone.wait(20_000);
    assert!(phone.requests.is_empty());
}

#[test]
fn a_push_for_a_call_that_the_app_reported_first_brings_the_way_to_follow_it() {
    let mut phone = Phone::launch();
    phone.invoke(
        "reportIncomingCall",
        &json!({"uuid": CALL_42, "update": {}}),
    );
    phone.push(&gateway_push(START));
    assert_eq!(phone.streams.len(), 1);
    assert!(phone.events.iter().all(|(kind, _)| kind == "callsChanged"));
    phone.wait(45_000);
    assert_eq!(phone.ends(call_42()), [EndedReason::Unanswered]);
}
