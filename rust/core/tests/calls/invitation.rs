//! `CallInvitation`, in ZIM's shapes.

use serde_json::{Value, json};
use zpns_core::effect::EndedReason;
use zpns_core::{ActionKind, HttpFailure};

use crate::support::*;

fn signed_in() -> Phone {
    let mut phone = Phone::launch();
    phone.configure();
    phone
}

/// `call-42`, in which this phone's user calls Alice.
fn own_call(seq: u64, state: &str, alice: &str) -> Value {
    json!({
        "callID": "call-42", "mode": 0, "caller": ME, "createdAt": START, "expiresAt": START + 30_000, "timeout": 30,
        "extendedData": "x", "state": state, "seq": seq, "acceptedAt": null, "endedAt": null,
        "participants": [
            {"userID": ME, "state": "accepted", "extendedData": ""},
            {"userID": "alice", "state": alice, "extendedData": "a"}
        ]
    })
}

fn invited() -> Phone {
    let mut phone = signed_in();
    let id =
        phone.begin("callInvite", &json!({"invitees": ["alice"], "config": {"timeout": 30, "extendedData": "x"}, "callID": "call-42"}));
    let errors = json!([{"userID": "carol", "code": 6_000_281, "reason": "no device"}]);
    phone.respond(
        201,
        &json!({"call": own_call(1, "ringing", "inviting"), "errorUserList": errors}),
    );
    assert_eq!(
        phone.answer_of(id),
        json!({"ok": {"callID": "call-42", "timeout": 30, "errorUserList": errors}})
    );
    phone
}

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or_default()
}

#[test]
fn an_invitation_goes_to_the_gateway_with_the_users_token_and_installation() {
    let mut phone = signed_in();
    let push_config = json!({"title": "T", "resourcesID": "voip", "voIPConfig": {"iOSVoIPHandleType": 1, "iOSVoIPHandleValue": "bob"}});
    phone.begin(
        "callInvite",
        &json!({"invitees": ["alice"], "config": {"mode": 1, "pushConfig": push_config}}),
    );
    let request = &phone.requests[0];
    assert_eq!(
        (request.url.as_str(), &request.bearer),
        ("https://push.example/v1/calls", &Some(user_token(ME)))
    );
    let body: Value = serde_json::from_slice(request.body.as_deref().unwrap()).unwrap();
    assert_eq!(
        (&body["invitees"], &body["timeout"], &body["mode"]),
        (&json!(["alice"]), &json!(90), &json!(1))
    );
    assert_eq!(body["pushConfig"]["resourcesID"], "voip");
    assert!(body["installation"].is_string());
}

#[test]
fn the_caller_hears_of_its_call_and_follows_it() {
    let phone = invited();
    let created = phone.events_of("callInvitationCreated");
    assert_eq!(
        (
            created.len(),
            &created[0]["callID"],
            &created[0]["createTime"]
        ),
        (1, &json!("call-42"), &json!(START))
    );
    assert_eq!(
        phone.streams[0].url,
        "https://push.example/v1/calls/call-42/events"
    );
    assert_eq!(phone.streams[0].bearer, Some(user_token(ME)));
}

#[test]
fn the_caller_hears_who_accepts_declines_or_does_not_answer() {
    for (state, alice, event, expected) in [
        (
            "accepted",
            "accepted",
            "callInvitationAccepted",
            json!({"callID": "call-42", "invitee": "alice", "extendedData": "a"}),
        ),
        (
            "rejected",
            "rejected",
            "callInvitationRejected",
            json!({"callID": "call-42", "invitee": "alice", "extendedData": "a"}),
        ),
        (
            "timedOut",
            "timeout",
            "callInviteesAnsweredTimeout",
            json!({"callID": "call-42", "invitees": ["alice"]}),
        ),
    ] {
        let mut phone = invited();
        phone.event(&gateway_event("x", None, &own_call(2, state, alice)));
        assert!(
            phone.events_of(event).is_empty(),
            "an event of an unknown kind is of a newer gateway"
        );
        phone.event(&gateway_event("accepted", None, &own_call(2, state, alice)));
        assert_eq!(phone.events_of(event), [&expected]);
        assert_eq!(phone.events_of("callUserStateChanged").len(), 1);
    }
}

#[test]
fn the_caller_whose_gateway_falls_silent_gives_up_by_itself() {
    let mut phone = invited();
    phone.wait(60_000);
    assert_eq!(
        phone.events_of("callInviteesAnsweredTimeout"),
        [&json!({"callID": "call-42", "invitees": ["alice"]})]
    );
    assert_eq!(phone.closed_streams.len(), 1);
}

#[test]
fn the_callers_own_call_in_callkit_ends_with_the_invitation() {
    let mut phone = invited();
    phone.invoke(
        "startCall",
        &json!({"handle": {"type": 1, "value": "alice"}, "uuid": CALL_42}),
    );
    phone.invoke(
        "completeAction",
        &json!({"seq": "native1", "outcome": "fulfill"}),
    );
    phone.event(&gateway_event(
        "rejected",
        Some("alice"),
        &own_call(2, "rejected", "rejected"),
    ));
    assert_eq!(phone.ends(call_42()), [EndedReason::RemoteEnded]);
}

#[test]
fn hanging_up_before_anybody_accepted_cancels_and_afterwards_ends() {
    for (state, alice, verb) in [
        ("ringing", "inviting", "/cancel"),
        ("accepted", "accepted", "/end"),
    ] {
        let mut phone = invited();
        phone.invoke(
            "startCall",
            &json!({"handle": {"type": 1, "value": "alice"}, "uuid": CALL_42}),
        );
        phone.invoke(
            "completeAction",
            &json!({"seq": "native1", "outcome": "fulfill"}),
        );
        phone.event(&gateway_event("accepted", None, &own_call(2, state, alice)));
        phone.user(call_42(), ActionKind::End);
        assert!(phone.asks(verb), "{:?}", phone.urls());
    }
}

#[test]
fn the_invitee_hears_of_the_invitation_by_push() {
    let mut phone = Phone::launch();
    phone.push(&gateway_push(START));
    assert_eq!(
        phone.events_of("callInvitationReceived"),
        [&json!({
            "callID": "call-42", "mode": 0, "caller": "alice", "inviter": "alice", "timeout": 45, "createTime": START, "extendedData": "x",
            "callUserList": [{"userID": "alice", "state": 1, "extendedData": ""}, {"userID": ME, "state": 5, "extendedData": ""}]
        })]
    );
}

#[test]
fn accepting_in_the_app_tells_the_gateway_once_and_callkit_follows() {
    let mut phone = Phone::launch();
    phone.push(&gateway_push(START));
    phone.respond(204, &Value::Null);
    let id = phone.begin(
        "callAccept",
        &json!({"callID": "call-42", "config": {"extendedData": "hi"}}),
    );
    assert_eq!(
        phone.events_of("performAnswerCallAction")[0]["source"],
        "app"
    );
    phone.invoke(
        "completeAction",
        &json!({"seq": "native1", "outcome": "fulfill"}),
    );
    assert_eq!(phone.requests.len(), 1, "{:?}", phone.urls());
    let body: Value = serde_json::from_slice(phone.requests[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(body["extendedData"], "hi");
    phone.respond(
        200,
        &json!({"applied": true, "call": gateway_call(2, "accepted", "accepted", None)}),
    );
    assert_eq!(phone.answer_of(id), json!({"ok": {"callID": "call-42"}}));
    assert!(phone.requests.is_empty() && phone.ends(call_42()).is_empty());
}

#[test]
fn a_push_for_a_call_that_the_app_took_without_callkit_does_not_ring() {
    let mut phone = signed_in();
    let id = phone.begin("callAccept", &json!({"callID": "call-42", "config": {}}));
    phone.respond(
        200,
        &json!({"applied": true, "call": gateway_call(2, "accepted", "accepted", None)}),
    );
    assert_eq!(phone.answer_of(id), json!({"ok": {"callID": "call-42"}}));
    assert_eq!(phone.streams.len(), 1, "it is followed to its end");
    phone.push(&gateway_push(START));
    assert_eq!(phone.ends(call_42()), [EndedReason::AnsweredElsewhere]);
    assert!(
        phone.events_of("didReceiveIncomingPush").is_empty() && phone.call_kit.calls.is_empty()
    );
}

#[test]
fn an_accept_without_a_token_waits_for_one() {
    let mut phone = signed_in();
    phone.push(&gateway_push(START));
    phone.respond(204, &Value::Null);
    phone.invoke("setUserToken", &json!({"userToken": null}));
    phone.stream(zpns_core::StreamItem::Closed {
        status: Some(401),
        failure: None,
    });
    let promise = phone.begin("callAccept", &json!({"callID": "call-42", "config": {}}));
    assert!(!phone.is_answered(promise));
    phone.invoke("setUserToken", &json!({"userToken": user_token(ME)}));
    assert_eq!(
        phone.urls(),
        ["https://push.example/v1/calls/call-42/accept"]
    );
    phone.respond(
        200,
        &json!({"applied": true, "call": gateway_call(2, "accepted", "accepted", None)}),
    );
    assert_eq!(phone.answer_of(promise)["ok"]["callID"], "call-42");
}

#[test]
fn accepting_too_late_is_an_error_and_ends_the_call() {
    let mut phone = Phone::launch();
    phone.push(&gateway_push(START));
    phone.respond(204, &Value::Null);
    let id = phone.begin("callAccept", &json!({"callID": "call-42", "config": {}}));
    phone.respond(
        200,
        &json!({"applied": false, "call": gateway_call(2, "cancelled", "beCancelled", None)}),
    );
    assert_eq!(code(&phone.answer_of(id)), "6009012");
    assert_eq!(phone.ends(call_42()), [EndedReason::RemoteEnded]);
}

#[test]
fn declining_in_the_app_stops_the_ring_and_tells_the_gateway_once() {
    let mut phone = Phone::launch();
    phone.push(&gateway_push(START));
    phone.respond(204, &Value::Null);
    let id = phone.begin("callReject", &json!({"callID": "call-42", "config": {}}));
    assert_eq!(
        phone.urls(),
        ["https://push.example/v1/calls/call-42/reject"]
    );
    phone.respond(
        200,
        &json!({"applied": true, "call": gateway_call(2, "rejected", "rejected", None)}),
    );
    assert!(phone.call_kit.calls.is_empty() && phone.events_of("performEndCallAction").is_empty());
    assert_eq!(phone.answer_of(id), json!({"ok": {"callID": "call-42"}}));
}

#[test]
fn a_decline_that_callkit_refuses_to_follow_still_stops_the_ring() {
    let mut phone = Phone::launch();
    phone.push(&gateway_push(START));
    phone.call_kit.refuse_transactions = Some(0);
    phone.begin("callReject", &json!({"callID": "call-42", "config": {}}));
    assert_eq!(phone.ends(call_42()), [EndedReason::DeclinedElsewhere]);
}

#[test]
fn cancelling_and_ending_answer_in_zims_shapes() {
    let mut phone = invited();
    let id = phone.begin(
        "callCancel",
        &json!({"invitees": [], "callID": "call-42", "config": {}}),
    );
    phone.respond(
        200,
        &json!({"applied": true, "call": own_call(2, "cancelled", "beCancelled")}),
    );
    assert_eq!(
        phone.answer_of(id),
        json!({"ok": {"callID": "call-42", "errorInvitees": []}})
    );
    assert_eq!(phone.closed_streams.len(), 1);
    let mut phone = invited();
    phone.event(&gateway_event(
        "accepted",
        Some("alice"),
        &own_call(2, "accepted", "accepted"),
    ));
    let id = phone.begin("callEnd", &json!({"callID": "call-42", "config": {}}));
    let mut call = own_call(3, "ended", "ended");
    call["acceptedAt"] = json!(START + 1);
    call["endedAt"] = json!(START + 2);
    phone.respond(200, &json!({"applied": true, "call": call}));
    assert_eq!(
        phone.answer_of(id),
        json!({"ok": {"callID": "call-42", "createTime": START, "acceptTime": START + 1, "endTime": START + 2}})
    );
}

#[test]
fn a_cancel_after_the_accept_carries_zims_number() {
    let mut phone = invited();
    let id = phone.begin(
        "callCancel",
        &json!({"invitees": [], "callID": "call-42", "config": {}}),
    );
    phone.respond(
        200,
        &json!({"applied": false, "call": own_call(2, "accepted", "accepted")}),
    );
    let answer = phone.answer_of(id);
    assert_eq!(
        (code(&answer), &answer["error"]["domain"]),
        ("6000271", &json!("zim"))
    );
}

#[test]
fn a_query_answers_how_the_call_stands() {
    let mut phone = signed_in();
    let id = phone.begin("queryCallInvitation", &json!({"callID": "call-42"}));
    phone.respond(200, &own_call(1, "ringing", "received"));
    let answer = phone.answer_of(id);
    assert_eq!(
        (
            &answer["ok"]["state"],
            &answer["ok"]["callUserList"][1]["state"]
        ),
        (&json!(1), &json!(5))
    );
}

#[test]
fn without_a_gateway_or_a_token_every_method_says_what_to_do() {
    let methods = [
        ("callInvite", json!({"invitees": ["alice"]})),
        ("callCancel", json!({"callID": "c", "invitees": []})),
        ("callAccept", json!({"callID": "c"})),
        ("callReject", json!({"callID": "c"})),
        ("callEnd", json!({"callID": "c"})),
        ("queryCallInvitation", json!({"callID": "c"})),
    ];
    let mut phone = Phone::launch();
    for (method, params) in &methods {
        assert_eq!(code(&phone.invoke(method, params)), "6009003", "{method}");
    }
    phone.invoke(
        "configure",
        &json!({"serverURL": "https://push.example", "appID": "a"}),
    );
    for (method, params) in &methods {
        assert_eq!(code(&phone.invoke(method, params)), "6009004", "{method}");
    }
    assert!(
        phone.events_of("userTokenNeeded").is_empty(),
        "there is no getUserToken"
    );
    assert!(phone.requests.is_empty());
}

#[test]
fn a_caller_who_hangs_up_while_the_other_side_answers_ends_the_call() {
    let mut phone = invited();
    phone.invoke(
        "startCall",
        &json!({"handle": {"type": 1, "value": "alice"}, "uuid": CALL_42}),
    );
    phone.invoke(
        "completeAction",
        &json!({"seq": "native1", "outcome": "fulfill"}),
    );
    phone.user(call_42(), ActionKind::End);
    phone.respond_to(
        "/cancel",
        200,
        &json!({"applied": false, "call": own_call(2, "accepted", "accepted")}),
    );
    assert!(phone.asks("/v1/calls/call-42/end"), "{:?}", phone.urls());
}

#[test]
fn a_cancel_that_comes_too_late_leaves_a_call_that_callkit_does_not_show() {
    let mut phone = invited();
    let id = phone.begin("callCancel", &json!({"invitees": [], "callID": "call-42"}));
    phone.respond_to(
        "/cancel",
        200,
        &json!({"applied": false, "call": own_call(2, "accepted", "accepted")}),
    );
    assert_eq!(code(&phone.answer_of(id)), "6000271");
    assert!(
        !phone.asks("/v1/calls/call-42/end"),
        "what to do about it is the app's decision"
    );
}

#[test]
fn an_answered_call_goes_on_when_the_app_cancels_it() {
    let mut phone = invited();
    phone.invoke(
        "startCall",
        &json!({"handle": {"type": 1, "value": "alice"}, "uuid": CALL_42}),
    );
    phone.invoke(
        "completeAction",
        &json!({"seq": "native1", "outcome": "fulfill"}),
    );
    phone.event(&gateway_event(
        "accepted",
        Some("alice"),
        &own_call(2, "accepted", "accepted"),
    ));
    let id = phone.begin("callCancel", &json!({"invitees": [], "callID": "call-42"}));
    phone.respond_to(
        "/cancel",
        200,
        &json!({"applied": false, "call": own_call(2, "accepted", "accepted")}),
    );
    assert_eq!(code(&phone.answer_of(id)), "6000271");
    assert_eq!(
        phone.invoke("getCalls", &json!({}))["ok"]
            .as_array()
            .unwrap()
            .len(),
        1,
        "use callEnd, says the error"
    );
    phone.begin("callEnd", &json!({"callID": "call-42"}));
    assert!(phone.asks("/v1/calls/call-42/end"));
}

#[test]
fn a_refusal_of_a_token_that_was_replaced_meanwhile_does_not_cost_the_fresh_one() {
    let mut phone = signed_in();
    let id = phone.begin(
        "callInvite",
        &json!({"callID": "call-42", "invitees": ["alice"]}),
    );
    phone.invoke("setUserToken", &json!({"userToken": user_token("carol")}));
    phone.respond(
        401,
        &json!({"error": {"code": "token_expired", "message": "expired"}}),
    );
    assert_eq!(
        code(&phone.answer_of(id)),
        "6009004",
        "nobody is called in another's name"
    );
    phone.begin("queryCallInvitation", &json!({"callID": "call-42"}));
    assert_eq!(phone.requests[0].bearer, Some(user_token("carol")));
    assert!(phone.events_of("userTokenNeeded").is_empty());
}

#[test]
fn a_user_token_that_is_refused_to_the_question_how_a_call_stands_is_not_used_again() {
    let mut phone = invited();
    phone.system(zpns_core::SystemEvent::Awake);
    phone.respond(
        401,
        &json!({"error": {"code": "token_expired", "message": "expired"}}),
    );
    assert_eq!(phone.events_of("userTokenNeeded").len(), 1);
    phone.begin("queryCallInvitation", &json!({"callID": "call-7"}));
    assert!(phone.requests.is_empty(), "{:?}", phone.urls());
}

#[test]
fn a_follow_token_that_is_refused_to_a_query_does_not_cost_the_users_own() {
    let mut phone = signed_in();
    phone.push(&gateway_push(START));
    phone.respond(204, &Value::Null);
    let id = phone.begin("queryCallInvitation", &json!({"callID": "call-42"}));
    assert_eq!(phone.requests[0].bearer.as_deref(), Some("follow"));
    phone.respond(
        401,
        &json!({"error": {"code": "token_expired", "message": "expired"}}),
    );
    assert_eq!(
        phone.requests[0].bearer,
        Some(user_token(ME)),
        "asked in the user's name instead"
    );
    phone.respond(200, &gateway_call(1, "ringing", "inviting", None));
    assert_eq!(phone.answer_of(id)["ok"]["callID"], "call-42");
    assert!(phone.events_of("userTokenNeeded").is_empty());
}

#[test]
fn the_gateways_refusals_and_silence_reject_the_promise() {
    let mut phone = signed_in();
    let id = phone.begin("callInvite", &json!({"invitees": ["alice"]}));
    phone.respond(
        409,
        &json!({"error": {"code": "call_exists", "message": "taken"}}),
    );
    let answer = phone.answer_of(id);
    assert_eq!(
        (code(&answer), &answer["error"]["domain"]),
        ("6000275", &json!("zim"))
    );
    for (method, params) in [
        ("callInvite", json!({"invitees": ["alice"]})),
        ("callEnd", json!({"callID": "c"})),
        ("queryCallInvitation", json!({"callID": "c"})),
    ] {
        let id = phone.begin(method, &params);
        phone.respond_with(Err(HttpFailure::Unreachable));
        assert_eq!(code(&phone.answer_of(id)), "6009005", "{method}");
    }
}

#[test]
fn bad_arguments_are_refused_with_the_name_of_the_field() {
    let mut phone = signed_in();
    let ten: Vec<String> = (0..10).map(|number| format!("user{number}")).collect();
    for (method, params, field) in [
        ("callInvite", json!({"invitees": []}), "invitees"),
        ("callInvite", json!({"invitees": ten}), "invitees"),
        ("callInvite", json!({"invitees": ["a", "a"]}), "invitees[1]"),
        ("callInvite", json!({"invitees": ["a", ""]}), "invitees[1]"),
        (
            "callInvite",
            json!({"invitees": ["a"], "config": {"timeout": 0}}),
            "timeout",
        ),
        (
            "callInvite",
            json!({"invitees": ["a"], "config": {"timeout": 601}}),
            "timeout",
        ),
        (
            "callInvite",
            json!({"invitees": ["a"], "config": {"extendedData": "x".repeat(1025)}}),
            "extendedData",
        ),
        (
            "callInvite",
            json!({"invitees": ["a"], "config": {"pushConfig": {"resourcesID": "r".repeat(33)}}}),
            "resourcesID",
        ),
        (
            "callInvite",
            json!({"invitees": ["a"], "callID": ""}),
            "callID",
        ),
        ("callAccept", json!({"config": {}}), "callID"),
        ("callReject", json!({"callID": "x".repeat(129)}), "callID"),
        (
            "callCancel",
            json!({"callID": "c", "invitees": [""]}),
            "invitees[0]",
        ),
        (
            "callEnd",
            json!({"callID": "c", "config": {"extendedData": "x".repeat(1025)}}),
            "extendedData",
        ),
    ] {
        let answer = phone.invoke(method, &params);
        assert_eq!(code(&answer), "6009001", "{method} {params}");
        assert!(
            answer["error"]["message"].as_str().unwrap().contains(field),
            "{answer}"
        );
    }
    assert!(phone.requests.is_empty());
}
