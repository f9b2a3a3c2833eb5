//! The gateway's word goes before the device's clock, which may be wrong and may jump.

use serde_json::{Value, json};
use zpns_core::effect::EndedReason;
use zpns_core::{ActionKind, HttpResponse, StreamItem};

use crate::support::*;

const HOUR: i64 = 3_600_000;

/// A push of an invitation that rings until this time.
fn invitation(expires_at: u64) -> Value {
    gateway_push(expires_at - 45_000)
}

/// The gateway's answer to a question about the call: it rings until this time of the gateway.
fn ringing(phone: &mut Phone, expires_at: u64, date: u64) {
    let call = json!({
        "callID": "call-42", "mode": 0, "caller": "alice", "createdAt": expires_at - 30_000, "expiresAt": expires_at, "timeout": 30,
        "extendedData": "", "state": "ringing", "seq": 1,
        "participants": [{"userID": "alice", "state": "accepted"}, {"userID": ME, "state": "received"}]
    });
    let at = phone
        .requests
        .iter()
        .position(|request| request.url.ends_with("/v1/calls/call-42"))
        .expect("the gateway is asked");
    let request = phone.requests.remove(at);
    phone.requests.insert(0, request);
    phone.respond_with(Ok(HttpResponse {
        status: 200,
        retry_after: None,
        date: Some(date),
        body: call.to_string().into_bytes(),
    }));
}

fn told(phone: &Phone) -> Vec<Option<&Value>> {
    let pushes = phone.events_of("didReceiveIncomingPush");
    pushes.into_iter().map(|body| body.get("missed")).collect()
}

#[test]
fn a_fresh_invitation_rings_on_a_phone_whose_clock_is_ahead() {
    let mut phone = Phone::launch();
    phone.clock_ahead = HOUR;
    phone.push(&invitation(START + 30_000));
    assert!(phone.call_kit.calls.contains_key(&call_42()));
    assert!(told(&phone).is_empty(), "the gateway is asked first");
    phone.wait(500);
    ringing(&mut phone, START + 30_000, START);
    assert_eq!(told(&phone), [None]);
    assert_eq!(phone.events_of("callInvitationReceived").len(), 1);
    phone.wait(28_000);
    assert!(phone.ends(call_42()).is_empty());
    phone.wait(3_000);
    assert_eq!(phone.ends(call_42()), [EndedReason::Unanswered]);
}

#[test]
fn a_call_that_seems_to_be_over_is_over_if_the_gateway_does_not_say_otherwise_within_two_seconds() {
    let mut phone = Phone::launch();
    let push = invitation(START - 1_000);
    phone.push(&push);
    phone.wait(1_999);
    assert!(phone.ends(call_42()).is_empty());
    phone.wait(1);
    assert_eq!(phone.ends(call_42()), [EndedReason::Unanswered]);
    phone.push(&push);
    assert_eq!(told(&phone), [Some(&json!(true))], "as missed, once");
    assert!(phone.events_of("didEndCall").is_empty());
    assert!(phone.events_of("callInvitationTimeout").is_empty());
}

#[test]
fn the_user_may_answer_a_call_that_seems_to_be_over() {
    let mut phone = Phone::launch();
    phone.clock_ahead = HOUR;
    phone.push(&invitation(START + 30_000));
    let answer = phone.user(call_42(), ActionKind::Answer);
    assert_eq!(told(&phone), [None]);
    phone.wait(5_000);
    assert!(phone.ends(call_42()).is_empty());
    phone.invoke(
        "completeAction",
        &json!({"seq": "native1", "outcome": "fulfill"}),
    );
    assert!(phone.call_kit.told.contains(&Told::Fulfilled(answer)));
}

#[test]
fn a_declined_call_that_seems_to_be_over_is_declined() {
    let mut phone = Phone::launch();
    phone.clock_ahead = HOUR;
    phone.push(&invitation(START + 30_000));
    phone.user(call_42(), ActionKind::End);
    assert!(phone.asks("/v1/calls/call-42/reject"));
}

#[test]
fn a_clock_that_jumps_ends_no_ring_and_fails_no_answer() {
    for jump in [HOUR, -HOUR] {
        let mut phone = Phone::launch();
        phone.push(&invitation(START + 30_000));
        phone.push(&plain_push("b"));
        let answer = phone.user(zpns_protocol::call_uuid("b"), ActionKind::Answer);
        phone.clock_ahead = jump;
        phone.wait(20_000);
        assert!(phone.ends(call_42()).is_empty(), "{jump}");
        let failed = Told::Failed(answer);
        assert!(!phone.call_kit.told.contains(&failed), "{jump}");
        phone.wait(10_000);
        assert_eq!(phone.ends(call_42()), [EndedReason::Unanswered], "{jump}");
        assert!(
            phone.call_kit.told.contains(&failed),
            "{jump}: its time is over"
        );
    }
}

#[test]
fn a_ring_is_as_long_as_the_gateway_says_once_its_clock_was_heard() {
    let mut phone = Phone::launch();
    phone.clock_ahead = 20_000;
    phone.push(&invitation(START + 30_000));
    phone.stream(StreamItem::Open { date: Some(START) });
    phone.wait(28_000);
    assert!(phone.ends(call_42()).is_empty(), "not after ten seconds");
    phone.wait(3_000);
    assert_eq!(phone.ends(call_42()), [EndedReason::Unanswered]);
}

#[test]
fn a_later_invitation_is_told_by_the_gateways_clock() {
    let mut phone = Phone::launch();
    phone.clock_ahead = HOUR;
    phone.push(&invitation(START + 30_000));
    phone.stream(StreamItem::Open { date: Some(START) });
    phone.wait(500);
    ringing(&mut phone, START + 30_000, START);
    phone.invoke("reportCallEnded", &json!({"uuid": CALL_42, "reason": 2}));
    phone.wait(60_000);
    let mut again = invitation(START + 100_000);
    again["zpns"]["sentAt"] = json!(START + 61_000);
    phone.push(&again);
    assert!(phone.call_kit.calls.contains_key(&call_42()));
    assert_eq!(told(&phone), [None, None]);
}
