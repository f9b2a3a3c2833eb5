//! What the app asks of CallKit.

use serde_json::{Value, json};
use zpns_core::effect::{EndedReason, RequestedAction};
use zpns_core::{ActionKind, AppFacts, CallRequest, Stored, SystemEvent};

use crate::support::*;

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or_default()
}

/// The app starts `call-42`, and has yet to fulfil the start.
fn starting() -> Phone {
    let mut phone = Phone::launch();
    phone.invoke(
        "startCall",
        &json!({"handle": {"type": 1, "value": "a"}, "uuid": CALL_42}),
    );
    phone
}

#[test]
fn an_outgoing_call_goes_from_start_to_end() {
    let mut phone = Phone::launch();
    let handle = json!({"type": 1, "value": "alice"});
    let answer = phone.invoke(
        "startCall",
        &json!({"handle": handle, "uuid": CALL_42.to_lowercase()}),
    );
    assert_eq!(answer, json!({"ok": {"uuid": CALL_42}}));
    let started = phone.events_of("performStartCallAction");
    assert_eq!((started.len(), &started[0]["source"]), (1, &json!("app")));
    assert_eq!(
        phone.invoke(
            "completeAction",
            &json!({"seq": "native1", "outcome": "fulfill"})
        ),
        json!({"ok": {}})
    );
    assert_eq!(
        phone.invoke("reportOutgoingCallStarted", &json!({"uuid": CALL_42})),
        json!({"ok": {}})
    );
    assert_eq!(
        phone.invoke("reportOutgoingCall", &json!({"uuid": CALL_42})),
        json!({"ok": {}})
    );
    let calls = phone.invoke("getCalls", &json!({}));
    assert_eq!(
        (&calls["ok"][0]["state"], &calls["ok"][0]["outgoing"]),
        (&json!("connected"), &json!(true))
    );
    assert_eq!(
        phone.invoke("endCall", &json!({"uuid": CALL_42})),
        json!({"ok": {}})
    );
    assert!(
        phone.events_of("performEndCallAction").is_empty(),
        "the app ended it itself"
    );
    assert!(phone.call_kit.calls.is_empty() && phone.ends(call_42()).is_empty());
    assert_eq!(phone.invoke("getCalls", &json!({})), json!({"ok": []}));
}

#[test]
fn a_call_reported_as_connected_before_its_start_is_fulfilled_stays_connected() {
    let mut phone = starting();
    phone.invoke("reportOutgoingCall", &json!({"uuid": CALL_42}));
    phone.invoke(
        "completeAction",
        &json!({"seq": "native1", "outcome": "fulfill"}),
    );
    assert_eq!(
        phone.invoke("getCalls", &json!({}))["ok"][0]["state"],
        "connected"
    );
}

#[test]
fn a_start_that_nobody_settles_ends_the_call_whatever_was_reported_of_it() {
    for report in ["reportOutgoingCallStarted", "reportOutgoingCall"] {
        let mut phone = starting();
        phone.invoke(report, &json!({"uuid": CALL_42}));
        phone.wait(ACTION_MS);
        assert_eq!(
            phone.invoke("getCalls", &json!({}))["ok"],
            json!([]),
            "{report}"
        );
        assert_eq!(
            phone.events_of("didEndCall"),
            [&json!({"uuid": CALL_42, "reason": 1})],
            "{report}"
        );
    }
}

#[test]
fn a_second_start_of_the_same_call_fails_and_the_first_goes_on() {
    let mut phone = starting();
    let second = phone.user(
        call_42(),
        ActionKind::Start {
            handle: None,
            contact: None,
            video: false,
        },
    );
    assert!(phone.call_kit.told.contains(&Told::Failed(second)));
    assert_eq!(
        phone.invoke("getCalls", &json!({}))["ok"][0]["state"],
        "starting"
    );
}

#[test]
fn what_the_app_asks_for_does_not_come_back_as_the_users_doing() {
    let mut phone = Phone::launch();
    phone.push(&plain_push("call-42"));
    for (method, params) in [
        ("setMuted", json!({"uuid": CALL_42, "muted": true})),
        ("setHeld", json!({"uuid": CALL_42, "onHold": true})),
        (
            "setGroup",
            json!({"uuid": CALL_42, "callUUIDToGroupWith": CALL_42}),
        ),
        (
            "playDTMF",
            json!({"uuid": CALL_42, "digits": "1", "type": 0}),
        ),
    ] {
        assert_eq!(phone.invoke(method, &params), json!({"ok": {}}), "{method}");
    }
    assert!(
        phone
            .events
            .iter()
            .all(|(kind, _)| !kind.starts_with("perform"))
    );
    let settled = phone
        .call_kit
        .told
        .iter()
        .filter(|told| matches!(told, Told::Fulfilled(_)))
        .count();
    assert_eq!(settled, 4);
    let call = phone.invoke("getCalls", &json!({}))["ok"][0].clone();
    assert_eq!(
        (&call["muted"], &call["onHold"], &call["groupedWith"]),
        (&json!(true), &json!(true), &json!(CALL_42))
    );
}

#[test]
fn the_app_groups_calls_that_there_are_and_takes_them_out_again() {
    let mut phone = Phone::launch();
    phone.push(&plain_push("call-42"));
    let group = |phone: &mut Phone, with: Value| {
        phone.invoke(
            "setGroup",
            &json!({"uuid": CALL_42, "callUUIDToGroupWith": with}),
        )
    };
    let other = phone.invoke("callUUID", &json!({"callID": "other"}))["ok"].clone();
    assert_eq!(
        code(&group(&mut phone, other.clone())),
        "6009007",
        "there is no other call yet"
    );
    phone.push(&plain_push("other"));
    let grouped = |phone: &mut Phone| {
        let calls = phone.invoke("getCalls", &json!({}));
        calls["ok"]
            .as_array()
            .unwrap()
            .iter()
            .find(|call| call["uuid"] == CALL_42)
            .unwrap()["groupedWith"]
            .clone()
    };
    assert_eq!(group(&mut phone, other.clone()), json!({"ok": {}}));
    assert_eq!(grouped(&mut phone), other);
    assert_eq!(group(&mut phone, Value::Null), json!({"ok": {}}));
    assert_eq!(grouped(&mut phone), Value::Null);
    group(&mut phone, other.clone());
    phone.invoke("reportCallEnded", &json!({"uuid": other, "reason": 2}));
    assert_eq!(
        grouped(&mut phone),
        Value::Null,
        "a call that is over is in no group"
    );
}

#[test]
fn a_call_that_ended_before_its_group_was_fulfilled_is_in_none() {
    let mut phone = Phone::launch();
    phone.push(&plain_push("call-42"));
    phone.push(&plain_push("other"));
    let other: uuid::Uuid = phone.invoke("callUUID", &json!({"callID": "other"}))["ok"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    phone.user(call_42(), ActionKind::SetGroup { with: Some(other) });
    phone.invoke("reportCallEnded", &json!({"uuid": other, "reason": 2}));
    let seq = phone.events_of("performSetGroupCallAction")[0]["seq"].clone();
    assert_eq!(
        phone.invoke("completeAction", &json!({"seq": seq, "outcome": "fulfill"})),
        json!({"ok": {}})
    );
    assert_eq!(
        phone.invoke("getCalls", &json!({}))["ok"][0]["groupedWith"],
        Value::Null
    );
}

#[test]
fn calls_come_oldest_first() {
    let mut phone = Phone::launch();
    let names = ["call-42", "other", "call-7", "call-8"];
    let mut uuids = Vec::new();
    for name in names {
        phone.push(&plain_push(name));
        uuids.push(phone.invoke("callUUID", &json!({"callID": name}))["ok"].clone());
        phone.wait(1);
    }
    assert!(
        !uuids.is_sorted_by_key(|uuid| uuid.as_str()),
        "or else this shows nothing"
    );
    let calls = phone.invoke("getCalls", &json!({}));
    assert_eq!(
        calls["ok"]
            .as_array()
            .unwrap()
            .iter()
            .map(|call| call["uuid"].clone())
            .collect::<Vec<_>>(),
        uuids
    );
}

#[test]
fn an_answer_from_the_apps_own_screen_goes_through_its_one_handler() {
    let mut phone = Phone::launch();
    phone.push(&plain_push("call-42"));
    assert_eq!(
        phone.invoke("answerCall", &json!({"uuid": CALL_42})),
        json!({"ok": {}})
    );
    assert_eq!(
        phone.events_of("performAnswerCallAction")[0]["source"],
        "app"
    );
}

#[test]
fn callkits_refusal_of_a_request_carries_number_domain_and_words() {
    let mut phone = Phone::launch();
    phone.call_kit.refuse_transactions = Some(7);
    let answer = phone.invoke("startCall", &json!({"handle": {"type": 1, "value": "a"}}));
    assert_eq!(code(&answer), "7");
    assert_eq!(
        answer["error"]["domain"],
        "com.apple.CallKit.error.requesttransaction"
    );
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .contains("maximumCallGroups")
    );
}

#[test]
fn a_request_that_callkit_never_completes_settles_with_an_error() {
    let mut phone = Phone::launch();
    phone.call_kit.slow = true;
    let id = phone.begin("startCall", &json!({"handle": {"type": 1, "value": "a"}}));
    phone.wait(30_000);
    assert_eq!(code(&phone.answer_of(id)), "6009013");
    phone.complete_all();
    assert_eq!(code(&phone.answer_of(id)), "6009013");
}

#[test]
fn a_reported_call_settles_when_callkit_completed_the_report() {
    let mut phone = Phone::launch();
    phone.call_kit.slow = true;
    let id = phone.begin(
        "reportIncomingCall",
        &json!({"uuid": CALL_42, "update": {"localizedCallerName": "Alice"}}),
    );
    assert!(!phone.is_answered(id));
    phone.complete_all();
    assert_eq!(phone.answer_of(id), json!({"ok": {}}));
}

#[test]
fn a_refused_report_rejects_with_callkits_number_and_domain_and_no_event() {
    let mut phone = Phone::launch();
    phone.call_kit.refuse_reports = Some(3);
    let answer = phone.invoke(
        "reportIncomingCall",
        &json!({"uuid": CALL_42, "update": {}}),
    );
    assert_eq!(
        (code(&answer), &answer["error"]["domain"]),
        ("3", &json!("com.apple.CallKit.error.incomingcall"))
    );
    assert!(phone.events_of("didEndCall").is_empty());
    assert_eq!(phone.invoke("getCalls", &json!({})), json!({"ok": []}));
}

#[test]
fn a_call_reported_twice_is_refused_and_stays() {
    let mut phone = Phone::launch();
    phone.push(&plain_push("call-42"));
    let answer = phone.invoke(
        "reportIncomingCall",
        &json!({"uuid": CALL_42, "update": {}}),
    );
    assert_eq!(code(&answer), "2");
    assert_eq!(
        phone.invoke("getCalls", &json!({}))["ok"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn an_empty_handle_is_replaced_since_callkit_chokes_on_it() {
    let mut phone = Phone::launch();
    phone.invoke(
        "reportIncomingCall",
        &json!({"uuid": CALL_42, "update": {"remoteHandle": {"type": 1, "value": ""}}}),
    );
    assert_eq!(
        phone.invoke("getCalls", &json!({}))["ok"][0]["handle"],
        json!({"type": 1, "value": "Example"})
    );
}

#[test]
fn updates_reach_callkit_and_the_list_of_calls() {
    let mut phone = Phone::launch();
    phone.push(&plain_push("call-42"));
    let update = json!({"localizedCallerName": "Alice B", "hasVideo": true});
    assert_eq!(
        phone.invoke(
            "reportCallUpdate",
            &json!({"uuid": CALL_42, "update": update})
        ),
        json!({"ok": {}})
    );
    assert!(matches!(
        phone.call_kit.told.last(),
        Some(Told::Other(CallRequest::ReportUpdate { .. }))
    ));
    let call = phone.invoke("getCalls", &json!({}))["ok"][0].clone();
    assert_eq!(
        (&call["callerName"], &call["video"], &call["callID"]),
        (&json!("Alice B"), &json!(true), &json!("call-42"))
    );
}

#[test]
fn reporting_the_end_of_a_call_twice_is_harmless() {
    let mut phone = Phone::launch();
    phone.push(&plain_push("call-42"));
    for _ in 0..2 {
        assert_eq!(
            phone.invoke("reportCallEnded", &json!({"uuid": CALL_42, "reason": 5})),
            json!({"ok": {}})
        );
    }
    assert_eq!(phone.ends(call_42()), [EndedReason::DeclinedElsewhere]);
}

#[test]
fn what_names_no_call_or_cannot_be_read_is_refused_with_the_reason() {
    let mut phone = Phone::launch();
    for (method, params, expected) in [
        ("endCall", json!({"uuid": CALL_42}), "6009007"),
        (
            "setMuted",
            json!({"uuid": CALL_42, "muted": true}),
            "6009007",
        ),
        (
            "reportCallEnded",
            json!({"uuid": CALL_42, "reason": 1}),
            "6009007",
        ),
        ("reportOutgoingCall", json!({"uuid": CALL_42}), "6009007"),
        ("endCall", json!({"uuid": "call-42"}), "6009001"),
        ("endCall", json!({}), "6009001"),
        (
            "reportCallEnded",
            json!({"uuid": CALL_42, "reason": 0}),
            "6009001",
        ),
        (
            "reportCallEnded",
            json!({"uuid": CALL_42, "reason": 6}),
            "6009001",
        ),
        (
            "reportIncomingCall",
            json!({"uuid": CALL_42, "update": {"remoteHandle": {"type": 9, "value": "v"}}}),
            "6009001",
        ),
        (
            "startCall",
            json!({"handle": {"type": 1, "value": " "}}),
            "6009001",
        ),
        (
            "startCall",
            json!({"handle": {"type": 0, "value": "a"}}),
            "6009001",
        ),
        ("callUUID", json!({"callID": ""}), "6009001"),
        (
            "setInitConfiguration",
            json!({"maximumCallGroups": 0}),
            "6009001",
        ),
    ] {
        assert_eq!(
            code(&phone.invoke(method, &params)),
            expected,
            "{method} {params}"
        );
    }
    phone.push(&plain_push("call-42"));
    for (digits, kind) in [("", json!(0)), ("1", json!(3)), ("1", json!("x"))] {
        assert_eq!(
            code(&phone.invoke(
                "playDTMF",
                &json!({"uuid": CALL_42, "digits": digits, "type": kind})
            )),
            "6009001"
        );
    }
}

#[test]
fn the_uuid_of_a_call_id_is_the_published_one() {
    let mut phone = Phone::launch();
    assert_eq!(
        phone.invoke("callUUID", &json!({"callID": "call-42"})),
        json!({"ok": CALL_42})
    );
}

#[test]
fn the_configuration_reaches_callkit_at_once_and_again_on_the_next_launch() {
    let configured = |phone: &Phone| match phone.call_kit.told.last() {
        Some(Told::Other(CallRequest::Configure(configuration))) => configuration.clone(),
        other => panic!("not configured, but {other:?}"),
    };
    let mut phone = Phone::launch();
    let params = json!({"localizedName": "Example", "supportsVideo": true, "supportedHandleTypes": [1, 2], "iconTemplateImageName": null});
    assert_eq!(
        phone.invoke("setInitConfiguration", &params),
        json!({"ok": {}})
    );
    let configuration = configured(&phone);
    assert_eq!(configuration.supports_video, Some(true));
    phone.restart();
    assert_eq!(configured(&phone), configuration);
}

#[test]
fn with_callkit_switched_off_nothing_reaches_it_and_every_request_says_so() {
    let app = AppFacts {
        call_kit_disabled: true,
        ..AppFacts::default()
    };
    let mut phone = Phone::launch_without_js(app, Stored::Empty, START);
    for (method, params) in [
        ("setInitConfiguration", json!({"localizedName": "x"})),
        ("reportIncomingCall", json!({"uuid": CALL_42, "update": {}})),
        ("startCall", json!({"handle": {"type": 1, "value": "a"}})),
        ("endCall", json!({"uuid": CALL_42})),
    ] {
        assert_eq!(code(&phone.invoke(method, &params)), "6009010", "{method}");
    }
    assert_eq!(phone.invoke("getCalls", &json!({})), json!({"ok": []}));
    assert!(phone.call_kit.told.is_empty());
}

#[test]
fn several_calls_are_told_apart() {
    let mut phone = Phone::launch();
    phone.push(&plain_push("call-42"));
    phone.push(&plain_push("other"));
    phone.user(call_42(), ActionKind::Answer);
    phone.invoke(
        "completeAction",
        &json!({"seq": "native1", "outcome": "fulfill"}),
    );
    phone.wait(90_000);
    let other = zpns_protocol::call_uuid("other");
    assert_eq!(phone.ends(other), [EndedReason::Unanswered]);
    assert!(phone.ends(call_42()).is_empty());
}

#[test]
fn an_outgoing_call_that_javascript_fails_to_start_is_gone() {
    let mut phone = Phone::launch();
    phone.invoke(
        "startCall",
        &json!({"handle": {"type": 1, "value": "a"}, "uuid": CALL_42}),
    );
    phone.invoke(
        "completeAction",
        &json!({"seq": "native1", "outcome": "fail"}),
    );
    assert!(phone.call_kit.calls.is_empty());
    assert_eq!(
        phone.events_of("didEndCall"),
        [&json!({"uuid": CALL_42, "reason": 1})]
    );
}

#[test]
fn diagnose_tells_what_was_decided_about_a_push_and_names_nobody() {
    let mut phone = Phone::launch();
    phone.push(&gateway_push(START));
    let report = phone.invoke("diagnose", &json!({}))["ok"]["calls"].clone();
    let push = &report["pushes"][0];
    assert_eq!(
        (&push["decision"], &push["uuid"]),
        (&json!("ring"), &json!(CALL_42))
    );
    let text = report.to_string();
    for secret in ["alice", "Alice", "follow\"", "call-42", "push.example"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn an_unknown_transaction_is_ignored_and_an_unknown_call_does_not_stay_on_the_screen() {
    let mut phone = Phone::launch();
    let effects = phone.system(SystemEvent::TransactionCompleted {
        id: 99,
        error: None,
    });
    assert!(effects.is_empty());
    let refused = Some(error("com.apple.CallKit.error.incomingcall", 3));
    assert!(
        phone
            .system(SystemEvent::ReportCompleted {
                id: 99,
                uuid: call_42(),
                error: refused
            })
            .is_empty()
    );
    phone.system(SystemEvent::ReportCompleted {
        id: 99,
        uuid: call_42(),
        error: None,
    });
    assert_eq!(phone.ends(call_42()), [EndedReason::Failed]);
    let end = RequestedAction::End { uuid: call_42() };
    assert!(
        !phone
            .call_kit
            .told
            .contains(&Told::Other(CallRequest::Transaction {
                id: 99,
                action: end
            }))
    );
}

#[test]
fn since_is_a_time_of_the_clock_also_after_that_was_set_back() {
    let mut phone = Phone::launch();
    phone.push(&plain_push("call-42"));
    phone.now -= 3_600_000;
    let calls = phone.invoke("getCalls", &json!({}));
    let since = calls["ok"][0]["since"].as_u64().unwrap();
    assert_eq!(since, START - 3_600_000, "it began just now");
}

#[test]
fn calls_of_other_apps_are_told_from_this_apps_own() {
    let other_calls =
        |phone: &mut Phone| phone.invoke("diagnose", &json!({}))["ok"]["otherCalls"].clone();
    let cellular = uuid::Uuid::from_u128(7);
    let mut phone = Phone::launch();
    assert_eq!(other_calls(&mut phone), 0);
    phone.push(&plain_push("call-42"));
    let calls = vec![call_42(), cellular, cellular];
    phone.system(SystemEvent::CallsObserved { calls });
    assert_eq!(other_calls(&mut phone), 1);
    // The system lags behind: this app's own call is over here.
    phone.user(call_42(), ActionKind::End);
    assert_eq!(other_calls(&mut phone), 1);
    phone.system(SystemEvent::CallsObserved { calls: vec![] });
    assert_eq!(other_calls(&mut phone), 0);
    // And it is ahead: a call that this app starts, before CallKit asks for it.
    let started = uuid::Uuid::from_u128(8);
    let calls = vec![started];
    phone.system(SystemEvent::CallsObserved { calls });
    let start = ActionKind::Start {
        handle: None,
        contact: None,
        video: false,
    };
    phone.user(started, start);
    assert_eq!(other_calls(&mut phone), 0);
    let calls = (100..1_000).map(uuid::Uuid::from_u128).collect();
    phone.system(SystemEvent::CallsObserved { calls });
    assert_eq!(other_calls(&mut phone), 64, "they are bounded");
}
