//! From a push to a ringing phone.

use serde_json::{Value, json};
use uuid::Uuid;
use zpns_core::effect::EndedReason;
use zpns_core::{ActionKind, AppFacts, CallRequest, Effect, Input, Stored};

use crate::support::*;

fn incoming(effects: &[Effect]) -> Vec<Uuid> {
    let uuid = |effect: &Effect| match effect {
        Effect::Call(CallRequest::ReportIncoming { uuid, .. }) => Some(*uuid),
        _ => None,
    };
    effects.iter().filter_map(uuid).collect()
}

#[test]
fn a_push_is_reported_first_of_all_whatever_is_in_it() {
    for payload in [
        &b""[..],
        b"\xff",
        b"null",
        b"[]",
        b"{}",
        br#"{"aps":3,"zego":"x","call_id":[],"zpns":{"expiresAt":{}}}"#,
    ] {
        let mut phone = Phone::launch();
        let effects = phone.push_bytes(payload, true);
        assert!(
            matches!(
                effects.first(),
                Some(Effect::Call(CallRequest::ReportIncoming { .. }))
            ),
            "{payload:?}"
        );
        assert_eq!(incoming(&effects).len(), 1);
    }
}

#[test]
fn the_network_waits_until_the_phone_rings() {
    let mut phone = Phone::launch();
    let effects = phone.push(&gateway_push(START));
    assert!(
        effects
            .iter()
            .all(|effect| !matches!(effect, Effect::Http(_) | Effect::OpenStream(_)))
    );
    assert_eq!(
        (phone.requests.len(), phone.streams.len()),
        (1, 1),
        "but not a moment longer"
    );
}

#[test]
fn javascript_hears_of_the_push_with_all_that_was_in_it() {
    let mut phone = Phone::launch();
    let payload = plain_push("call-42");
    phone.push(&payload);
    assert_eq!(
        phone.events_of("didReceiveIncomingPush"),
        [&json!({"payload": payload, "uuid": CALL_42})]
    );
}

#[test]
fn the_push_waits_for_javascript() {
    let mut phone = Phone::launch_without_js(AppFacts::default(), Stored::Empty, START);
    phone.push(&plain_push("call-42"));
    assert!(phone.events.is_empty());
    phone.start_js();
    assert_eq!(phone.events_of("didReceiveIncomingPush").len(), 1);
}

#[test]
fn a_second_push_for_a_live_call_reports_the_same_uuid_and_tells_javascript_nothing() {
    let mut phone = Phone::launch();
    phone.push(&plain_push("call-42"));
    let events = phone.events.len();
    let effects = phone.push(&plain_push("call-42"));
    assert_eq!(incoming(&effects), [call_42()]);
    assert_eq!(phone.events.len(), events);
    assert!(phone.call_kit.calls.contains_key(&call_42()) && phone.ends(call_42()).is_empty());
}

#[test]
fn without_need_a_duplicate_is_not_reported() {
    let mut phone = Phone::launch();
    phone.push(&plain_push("call-42"));
    let effects = phone.push_bytes(plain_push("call-42").to_string().as_bytes(), false);
    assert!(
        effects
            .iter()
            .all(|effect| !matches!(effect, Effect::Call(_)))
    );
}

#[test]
fn a_push_past_its_time_that_nobody_can_be_asked_about_is_reported_and_ended_and_told_as_missed_once()
 {
    let mut phone = Phone::launch();
    let push = over_push();
    let effects = phone.push(&push);
    assert_eq!(incoming(&effects), [call_42()]);
    assert_eq!(phone.ends(call_42()), [EndedReason::Unanswered]);
    phone.push(&push);
    assert_eq!(phone.ends(call_42()).len(), 2);
    assert_eq!(
        phone.events_of("didReceiveIncomingPush"),
        [&json!({"payload": push, "uuid": CALL_42, "missed": true})]
    );
    assert!(phone.streams.is_empty());
}

#[test]
fn without_need_a_push_past_its_time_is_not_reported_but_told_as_missed() {
    let mut phone = Phone::launch();
    let effects = phone.push_bytes(over_push().to_string().as_bytes(), false);
    assert!(incoming(&effects).is_empty());
    assert_eq!(phone.events_of("didReceiveIncomingPush")[0]["missed"], true);
}

/// Past its time, and without a capability to ask with.
fn over_push() -> Value {
    json!({"call_id": "call-42", "zpns": {"sentAt": START - 90_000, "expiresAt": START - 60_000}})
}

#[test]
fn a_push_for_a_call_that_just_ended_does_not_ring_again() {
    let mut phone = Phone::launch();
    phone.push(&plain_push("call-42"));
    phone.invoke("reportCallEnded", &json!({"uuid": CALL_42, "reason": 4}));
    phone.push(&plain_push("call-42"));
    phone.push(&plain_push("call-42"));
    assert_eq!(phone.ends(call_42()), [EndedReason::AnsweredElsewhere; 3]);
    let missed: Vec<&Value> = phone
        .events_of("didReceiveIncomingPush")
        .into_iter()
        .filter(|body| body["missed"] == true)
        .collect();
    assert_eq!(missed.len(), 1);
    phone.wait(86_400_000);
    phone.push(&plain_push("call-42"));
    assert!(
        phone.call_kit.calls.contains_key(&call_42()),
        "after 24 hours it is a new call"
    );
}

#[test]
fn what_is_no_call_is_reported_and_ended_as_failed() {
    let mut phone = Phone::launch();
    let effects = phone.push_bytes(b"\x00\x01", false);
    let uuid = incoming(&effects)[0];
    assert_eq!(phone.ends(uuid), [EndedReason::Failed]);
    assert_eq!(
        phone.events_of("didReceiveIncomingPush")[0]["payload"],
        Value::Null
    );
}

#[test]
fn a_cancelling_push_ends_the_ringing_call() {
    let mut phone = Phone::launch();
    phone.push(&gateway_push(START));
    let mut cancel = gateway_push(START);
    cancel["zpns"]["kind"] = json!("cancel");
    let effects = phone.push(&cancel);
    assert_eq!(incoming(&effects), [call_42()]);
    assert_eq!(phone.ends(call_42()), [EndedReason::RemoteEnded]);
    assert_eq!(
        phone.events_of("didEndCall"),
        [&json!({"uuid": CALL_42, "callID": "call-42", "reason": 2})]
    );
    assert_eq!(phone.events_of("callInvitationCancelled").len(), 1);
    assert_eq!(phone.events_of("didReceiveIncomingPush").len(), 1);
}

#[test]
fn a_cancelling_push_that_says_so_ends_the_call_as_answered_or_declined_elsewhere() {
    for (reason, ended, state) in [
        ("answeredElsewhere", EndedReason::AnsweredElsewhere, 1),
        ("declinedElsewhere", EndedReason::DeclinedElsewhere, 2),
    ] {
        let mut phone = Phone::launch();
        phone.push(&gateway_push(START));
        let mut cancel = gateway_push(START);
        cancel["zpns"]["kind"] = json!("cancel");
        cancel["zpns"]["reason"] = json!(reason);
        phone.push(&cancel);
        assert_eq!(phone.ends(call_42()), [ended]);
        assert!(
            phone.events_of("callInvitationCancelled").is_empty(),
            "nobody took it back"
        );
        let me = json!({"userID": ME, "state": state, "extendedData": ""});
        assert_eq!(
            phone.events_of("callUserStateChanged"),
            [&json!({"callID": "call-42", "callUserList": [me]})]
        );
    }
}

#[test]
fn a_call_answered_elsewhere_before_it_rang_here_is_reported_and_not_told_as_missed() {
    let mut phone = Phone::launch();
    let mut cancel = gateway_push(START);
    cancel["zpns"]["kind"] = json!("cancel");
    cancel["zpns"]["reason"] = json!("answeredElsewhere");
    phone.push(&cancel);
    assert_eq!(
        (phone.reports(call_42()), phone.ends(call_42())),
        (1, vec![EndedReason::AnsweredElsewhere])
    );
    phone.push(&gateway_push(START));
    assert_eq!(
        (phone.reports(call_42()), phone.ends(call_42()).len()),
        (2, 2),
        "the invitation comes late and does not ring"
    );
    assert!(phone.events_of("didReceiveIncomingPush").is_empty());
}

#[test]
fn a_cancelling_push_for_an_unknown_call_is_accounted_for() {
    let mut cancel = gateway_push(START);
    cancel["zpns"]["kind"] = json!("cancel");
    let mut phone = Phone::launch();
    phone.push(&cancel);
    assert_eq!(phone.ends(call_42()), [EndedReason::RemoteEnded]);
    phone.push(&gateway_push(START));
    assert_eq!(
        phone.ends(call_42()).len(),
        2,
        "the invitation comes late and does not ring"
    );
    assert_eq!(phone.events_of("didReceiveIncomingPush").len(), 1);
    let mut phone = Phone::launch();
    assert!(incoming(&phone.push_bytes(cancel.to_string().as_bytes(), false)).is_empty());
}

#[test]
fn the_phone_rings_until_the_call_expires() {
    let mut phone = Phone::launch();
    phone.push(&gateway_push(START));
    phone.wait(44_999);
    assert!(phone.ends(call_42()).is_empty());
    phone.wait(1);
    assert_eq!(phone.ends(call_42()), [EndedReason::Unanswered]);
    assert_eq!(
        phone.events_of("didEndCall"),
        [&json!({"uuid": CALL_42, "callID": "call-42", "reason": 3})]
    );
    assert_eq!(
        phone.events_of("callInvitationTimeout"),
        [&json!({"callID": "call-42", "mode": 0})]
    );
}

#[test]
fn without_an_expiry_the_phone_rings_for_ninety_seconds_or_as_long_as_ios_lets_it() {
    for (ios, seconds) in [("15.8", 90), ("16.0", 55), ("27.1", 55)] {
        let app = AppFacts {
            system_version: ios.to_owned(),
            ..AppFacts::default()
        };
        let mut phone = Phone::launch_without_js(app, Stored::Empty, START);
        phone.push(&plain_push("call-42"));
        phone.wait(seconds * 1000 - 1);
        assert!(phone.ends(call_42()).is_empty(), "{ios}");
        phone.wait(1);
        assert_eq!(phone.ends(call_42()), [EndedReason::Unanswered], "{ios}");
    }
}

#[test]
fn the_same_call_id_with_a_later_invitation_is_a_new_call() {
    let mut phone = Phone::launch();
    let sent =
        |at: u64| json!({"call_id": "room-1", "zpns": {"sentAt": at, "expiresAt": at + 45_000}});
    phone.push(&sent(START));
    phone.invoke(
        "reportCallEnded",
        &json!({"uuid": zpns_protocol::call_uuid("room-1"), "reason": 2}),
    );
    phone.wait(5_000);
    phone.push(&sent(START));
    assert!(phone.call_kit.calls.is_empty(), "another copy of the first");
    phone.push(&sent(START + 5_000));
    assert!(
        phone
            .call_kit
            .calls
            .contains_key(&zpns_protocol::call_uuid("room-1"))
    );
}

#[test]
fn a_push_that_repeats_for_a_call_that_this_user_declined_is_not_missed() {
    let mut phone = Phone::launch();
    phone.push(&plain_push("call-42"));
    phone.user(call_42(), ActionKind::End);
    phone.push(&plain_push("call-42"));
    let pushes = phone.events_of("didReceiveIncomingPush");
    assert!(
        pushes.iter().all(|body| body["missed"] != true),
        "{pushes:?}"
    );
}

#[test]
fn an_end_before_callkit_completed_the_report_waits_for_it() {
    let mut phone = Phone::launch();
    phone.call_kit.slow = true;
    phone.push(&plain_push("call-42"));
    phone.push(&plain_push("call-42"));
    phone.invoke("reportCallEnded", &json!({"uuid": CALL_42, "reason": 2}));
    assert!(phone.ends(call_42()).is_empty());
    phone.complete_one();
    assert!(
        phone.ends(call_42()).is_empty(),
        "the second report is still on its way"
    );
    phone.complete_one();
    assert_eq!(phone.ends(call_42()), [EndedReason::RemoteEnded]);
}

#[test]
fn an_end_is_not_lost_where_callkit_never_completes_the_report() {
    let mut phone = Phone::launch();
    phone.call_kit.slow = true;
    phone.push(&plain_push("call-42"));
    phone.invoke("reportCallEnded", &json!({"uuid": CALL_42, "reason": 2}));
    phone.wait(10_000);
    assert_eq!(phone.ends(call_42()), [EndedReason::RemoteEnded]);
}

#[test]
fn do_not_disturb_makes_a_missed_call_and_the_gateway_hears_no_reject() {
    let mut phone = Phone::launch();
    phone.call_kit.refuse_reports = Some(3);
    phone.push(&gateway_push(START));
    assert_eq!(
        phone.events_of("didEndCall"),
        [&json!({"uuid": CALL_42, "callID": "call-42", "reason": 3})]
    );
    assert!(phone.ends(call_42()).is_empty(), "CallKit has no such call");
    assert!(!phone.asks("/reject"));
    assert_eq!(phone.invoke("getCalls", &json!({})), json!({"ok": []}));
}

#[test]
fn a_blocked_caller_is_no_missed_call() {
    let mut phone = Phone::launch();
    phone.call_kit.refuse_reports = Some(4);
    phone.push(&plain_push("call-42"));
    assert_eq!(phone.events_of("didEndCall")[0]["reason"], 1);
}

#[test]
fn a_refused_second_report_leaves_the_live_call_alone() {
    let mut phone = Phone::launch();
    phone.push(&plain_push("call-42"));
    phone.call_kit.calls.clear();
    phone.call_kit.refuse_reports = Some(3);
    phone.push(&plain_push("call-42"));
    assert!(phone.events_of("didEndCall").is_empty());
}

#[test]
fn a_flood_of_pushes_is_reported_and_ended_beyond_a_thousand_calls() {
    let mut phone = Phone::launch();
    for number in 0..1000 {
        phone.push(&plain_push(&format!("call {number}")));
    }
    let effects = phone.push(&plain_push("call-42"));
    assert_eq!(incoming(&effects), [call_42()]);
    assert_eq!(phone.ends(call_42()), [EndedReason::Failed]);
}

#[test]
fn with_callkit_switched_off_a_push_rings_in_the_app_only() {
    let app = AppFacts {
        call_kit_disabled: true,
        ..AppFacts::default()
    };
    let mut phone = Phone::launch_without_js(app, Stored::Empty, START);
    phone.start_js();
    phone.push(&gateway_push(START));
    assert!(phone.call_kit.told.is_empty());
    assert_eq!(phone.events_of("callInvitationReceived").len(), 1);
    phone.wait(45_000);
    assert_eq!(phone.events_of("callInvitationTimeout").len(), 1);
    assert!(phone.call_kit.told.is_empty());
}

#[test]
fn after_a_kill_a_push_for_a_call_that_rang_rings_again_and_one_that_ended_does_not() {
    let mut phone = Phone::launch();
    phone.push(&plain_push("call-42"));
    phone.push(&plain_push("other"));
    phone.invoke("reportCallEnded", &json!({"uuid": CALL_42, "reason": 2}));
    phone.restart();
    phone.push(&plain_push("call-42"));
    phone.push(&plain_push("other"));
    assert_eq!(
        phone.call_kit.calls.keys().collect::<Vec<_>>(),
        [&zpns_core_uuid("other")]
    );
}

fn zpns_core_uuid(call_id: &str) -> Uuid {
    zpns_protocol::call_uuid(call_id)
}

#[test]
fn a_push_before_the_first_unlock_rings_and_is_not_lost_when_storage_opens() {
    let mut phone = Phone::launch_without_js(AppFacts::default(), Stored::Unreadable, START);
    phone.push(&gateway_push(START));
    assert!(phone.call_kit.calls.contains_key(&call_42()));
    phone.input(Input::StorageReadable(None));
    phone.start_js();
    assert_eq!(phone.events_of("didReceiveIncomingPush").len(), 1);
    phone.user(call_42(), ActionKind::Answer);
    assert_eq!(phone.events_of("performAnswerCallAction").len(), 1);
}

#[test]
fn a_completion_that_comes_after_it_was_given_up_does_not_leave_the_call_on_the_screen() {
    let mut phone = Phone::launch();
    phone.call_kit.slow = true;
    phone.push(&plain_push("call-42"));
    // The clock is set forward: the ring and the completion are over time at once.
    phone.now += 3_600_000;
    phone.input(Input::Tick);
    phone.complete_all();
    assert!(
        phone.call_kit.calls.is_empty(),
        "CallKit completed late and shows a call that is over"
    );
}

#[test]
fn a_call_that_ended_in_the_future_of_a_clock_set_back_is_not_remembered_for_longer() {
    let mut phone = Phone::launch();
    phone.now += 86_400_000;
    phone.push(&plain_push("call-42"));
    phone.invoke("reportCallEnded", &json!({"uuid": CALL_42, "reason": 2}));
    phone.now -= 86_400_000;
    phone.restart();
    phone.wait(86_400_000);
    phone.push(&plain_push("call-42"));
    assert!(phone.call_kit.calls.contains_key(&call_42()));
}
