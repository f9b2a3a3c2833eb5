//! The gateway in memory, by itself.

use serde_json::{Value, json};
use zpns_driver::StreamItem;
use zpns_phone::PushKind;
use zpns_protocol::calls::CallEvent;

use super::{Gateway, Incoming, Outgoing};

const USER_STREAM: &str = "/v1/users/me/events";
const NOW: u64 = 1_700_000_000_000;

fn act(gateway: &mut Gateway, user: &str, path: &str, body: &Value) {
    let token = gateway.user_token(user, None, NOW / 1000 + 3600);
    let body = body.to_string();
    let request = Incoming {
        method: "POST",
        path,
        idempotency_key: None,
        last_event_id: None,
        body: body.as_bytes(),
    };
    let answer = gateway.handle(&token, &request, NOW);
    assert!(answer.status < 300, "{answer:?}");
}

fn invite(gateway: &mut Gateway, caller: &str, invitee: &str, call: &str) {
    let body = json!({"callID": call, "invitees": [invitee]});
    act(gateway, caller, "/v1/calls", &body);
}

fn follow(gateway: &mut Gateway, user: &str, path: &str, last: Option<&str>) -> Vec<String> {
    let token = gateway.user_token(user, None, NOW / 1000 + 3600);
    gateway.follow((0, 0, 1), path, &token, last, NOW).unwrap();
    heard(gateway)
}

/// Everything that was sent: an event with its call, or with its data if it is about none.
fn heard(gateway: &mut Gateway) -> Vec<String> {
    let sent = gateway.take_outgoing().into_iter();
    sent.map(|outgoing| match outgoing {
        Outgoing::Event {
            item: StreamItem::Event { event, data, .. },
            ..
        } => match serde_json::from_slice::<CallEvent>(data.as_bytes()) {
            Ok(about) => format!("{event} {}", about.call.call_id),
            Err(_) => format!("{event} {data}"),
        },
        other => format!("{other:?}").chars().take(70).collect(),
    })
    .collect()
}

#[test]
fn a_user_hears_of_calls_as_they_come_and_nothing_of_those_of_others() {
    let mut gateway = Gateway::new();
    let ready = [r#"ready {"resumed":false}"#];
    assert_eq!(follow(&mut gateway, "bob", USER_STREAM, None), ready);
    invite(&mut gateway, "alice", "carol", "c1");
    invite(&mut gateway, "alice", "bob", "c2");
    act(&mut gateway, "bob", "/v1/calls/c2/reject", &json!({}));
    assert_eq!(heard(&mut gateway), ["created c2", "rejected c2"]);
    gateway.unfollow((0, 0, 1));
    invite(&mut gateway, "alice", "bob", "c3");
    assert_eq!(heard(&mut gateway), [""; 0]);
}

#[test]
fn a_device_without_a_voip_token_is_invited_by_an_alert_that_says_how_to_follow() {
    let mut gateway = Gateway::new();
    let token = gateway.user_token("bob", None, NOW / 1000 + 3600);
    let device = json!({"bundleID": "com.example", "environment": "production", "tokens": {"apns": "aa".repeat(32)}});
    let body = device.to_string();
    let request = Incoming {
        method: "PUT",
        path: "/v1/installations/phone",
        idempotency_key: None,
        last_event_id: None,
        body: body.as_bytes(),
    };
    assert_eq!(gateway.handle(&token, &request, NOW).status, 200);
    let body = json!({"callID": "c1", "invitees": ["bob"], "extendedData": "x", "pushConfig": {"resourcesID": "voip"}});
    act(&mut gateway, "alice", "/v1/calls", &body);
    let sent = gateway.take_outgoing();
    let [Outgoing::Push(push)] = sent.as_slice() else {
        panic!("{sent:?}")
    };
    assert_eq!(push.kind, PushKind::Alert);
    let payload: Value = serde_json::from_slice(&push.payload).unwrap();
    let zpns = &payload["zpns"];
    assert_eq!(
        (&payload["call_id"], &zpns["kind"], &zpns["extendedData"]),
        (&json!("c1"), &json!("invite"), &json!("x"))
    );
    let token = zpns["followToken"].as_str().unwrap();
    gateway
        .follow((0, 0, 1), "/v1/calls/c1/events", token, None, NOW)
        .unwrap();
    assert_eq!(heard(&mut gateway), ["created c1"]);
}

#[test]
fn a_stream_that_goes_on_where_a_call_is_not_over_brings_no_event_twice() {
    let mut gateway = Gateway::new();
    invite(&mut gateway, "alice", "bob", "c1");
    let path = "/v1/calls/c1/events";
    assert_eq!(follow(&mut gateway, "bob", path, Some("1")), [""; 0]);
    act(&mut gateway, "bob", "/v1/calls/c1/accept", &json!({}));
    assert_eq!(heard(&mut gateway), ["accepted c1"]);
}

#[test]
fn the_stream_of_a_user_ends_with_the_user_token() {
    let mut gateway = Gateway::new();
    assert_eq!(gateway.next_due(), None);
    follow(&mut gateway, "bob", USER_STREAM, None);
    let end = NOW + 3600 * 1000 + 30_000;
    assert_eq!(gateway.next_due(), Some(end));
    gateway.tick(end - 1);
    assert_eq!(heard(&mut gateway), [""; 0]);
    gateway.tick(end);
    let [closed] = heard(&mut gateway).try_into().unwrap();
    assert!(closed.contains("Closed"), "{closed}");
    assert_eq!(gateway.next_due(), None);
}

#[test]
fn a_stream_that_breaks_with_a_call_is_that_of_its_users_too() {
    let mut gateway = Gateway::new();
    invite(&mut gateway, "alice", "bob", "c1");
    follow(&mut gateway, "bob", USER_STREAM, None);
    let change = r#"{"event": "accepted", "by": "bob", "silently": true}"#;
    gateway.change_by_event("c1", change, NOW).unwrap();
    assert_eq!(heard(&mut gateway), [""; 0]);
    let again = follow(&mut gateway, "bob", USER_STREAM, None);
    assert_eq!(again, ["accepted c1", r#"ready {"resumed":false}"#]);
}
