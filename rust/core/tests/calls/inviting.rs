//! An invitation on its way to the gateway: answers that get lost, and calls that nobody wants any more.

use serde_json::{Value, json};
use zpns_core::{ActionKind, HttpFailure, HttpResponse, SystemEvent};

use crate::support::*;

/// The call that this phone's user makes, ringing.
fn own_call() -> Value {
    let user = |id: &str, state: &str| json!({"userID": id, "state": state, "extendedData": ""});
    json!({
        "callID": "call-42", "mode": 0, "caller": ME, "createdAt": START, "expiresAt": START + 30_000, "timeout": 30,
        "extendedData": "", "state": "ringing", "seq": 1, "acceptedAt": null, "endedAt": null,
        "participants": [user(ME, "accepted"), user("alice", "inviting")]
    })
}

fn made() -> Value {
    json!({"call": own_call(), "errorUserList": []})
}

/// A phone whose app has called `callInvite`, and the number of the promise.
fn inviting() -> (Phone, u64) {
    let mut phone = Phone::launch();
    phone.configure();
    let promise = invite(&mut phone);
    (phone, promise)
}

fn invite(phone: &mut Phone) -> u64 {
    phone.begin(
        "callInvite",
        &json!({"invitees": ["alice"], "config": {"timeout": 30}, "callID": "call-42"}),
    )
}

/// The open request is an invitation: its key.
fn key(phone: &Phone) -> String {
    assert_eq!(phone.urls(), ["https://push.example/v1/calls"]);
    phone.requests[0].idempotency_key.clone().expect("a key")
}

/// No answer comes, and the next try is made.
fn loses_the_answer(phone: &mut Phone) {
    phone.respond_with(Err(HttpFailure::Broken));
    phone.wait(500);
}

fn code(phone: &Phone, promise: u64) -> String {
    phone.answer_of(promise)["error"]["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn all_tries_of_one_invitation_are_the_same_request() {
    let (mut phone, promise) = inviting();
    let (first, body) = (key(&phone), phone.requests[0].body.clone());
    for failure in [
        HttpFailure::Broken,
        HttpFailure::TimedOut,
        HttpFailure::Unreachable,
    ] {
        phone.respond_with(Err(failure));
        phone.wait(2_000);
        assert_eq!(
            (key(&phone), &phone.requests[0].body),
            (first.clone(), &body),
            "{failure:?}"
        );
    }
    phone.respond(201, &made());
    assert_eq!(phone.answer_of(promise)["ok"]["callID"], "call-42");
    assert_eq!(phone.events_of("callInvitationCreated").len(), 1);
}

#[test]
fn every_invitation_has_a_key_and_a_call_id_of_its_own() {
    let mut phone = Phone::launch();
    phone.configure();
    for _ in 0..2 {
        phone.begin("callInvite", &json!({"invitees": ["alice"]}));
    }
    let named = |number: usize| {
        let request = &phone.requests[number];
        let body: Value = serde_json::from_slice(request.body.as_deref().unwrap()).unwrap();
        (
            request.idempotency_key.clone().unwrap(),
            body["callID"].as_str().unwrap().to_owned(),
        )
    };
    let (first, second) = (named(0), named(1));
    assert!(
        first.0 != second.0 && first.1 != second.1,
        "{first:?} {second:?}"
    );
}

#[test]
fn a_gateway_that_fails_is_asked_again_when_it_says() {
    let (mut phone, promise) = inviting();
    phone.respond_with(Ok(HttpResponse {
        status: 503,
        retry_after: Some(5),
        date: None,
        body: vec![],
    }));
    phone.wait(4_999);
    assert!(phone.requests.is_empty() && !phone.is_answered(promise));
    phone.wait(1);
    key(&phone);
}

#[test]
fn a_gateway_that_wants_more_time_than_a_caller_has_fails_the_invitation_at_once() {
    let (mut phone, promise) = inviting();
    phone.respond_with(Ok(HttpResponse {
        status: 503,
        retry_after: Some(30),
        date: None,
        body: vec![],
    }));
    assert_eq!(code(&phone, promise), "6009006");
}

#[test]
fn what_certainly_rang_nobody_is_for_the_app_to_try_again() {
    for outcome in [
        Err(HttpFailure::Unreachable),
        Ok(HttpResponse {
            status: 429,
            retry_after: Some(1),
            date: None,
            body: vec![],
        }),
    ] {
        let (mut phone, promise) = inviting();
        phone.respond_with(outcome);
        assert!(phone.is_answered(promise));
        phone.wait(60_000);
        assert!(phone.requests.is_empty(), "{:?}", phone.urls());
    }
}

#[test]
fn an_invitation_that_nobody_answers_is_given_up_after_half_a_minute_and_taken_back() {
    let (mut phone, promise) = inviting();
    while phone.now < START + 30_000 {
        if !phone.requests.is_empty() && !phone.is_answered(promise) {
            phone.respond_with(Err(HttpFailure::Broken));
        }
        phone.wait(100);
    }
    assert_eq!(code(&phone, promise), "6009005");
    assert!(
        phone.answer_of(promise)["error"]["message"]
            .as_str()
            .unwrap()
            .contains("it stops once the gateway can be reached")
    );
    assert_eq!(
        phone.urls(),
        ["https://push.example/v1/calls/call-42/cancel"]
    );
}

#[test]
fn taking_back_outlives_the_app() {
    let (mut phone, promise) = inviting();
    phone.respond_with(Ok(HttpResponse {
        status: 503,
        retry_after: Some(30),
        date: None,
        body: vec![],
    }));
    assert!(phone.is_answered(promise));
    phone.respond_with(Err(HttpFailure::Unreachable));
    phone.restart();
    phone.configure();
    assert!(phone.asks("/calls/call-42/cancel"), "{:?}", phone.urls());
}

#[test]
fn an_invitation_that_never_arrived_has_nothing_to_take_back() {
    let (mut phone, promise) = inviting();
    phone.respond_with(Err(HttpFailure::TimedOut));
    phone.wait(500);
    // Had it taken the first try, it would give that one's answer.
    phone.respond(
        400,
        &json!({"error": {"code": "unknown_resource", "message": "no resource"}}),
    );
    assert_eq!(code(&phone, promise), "6009006");
    assert!(phone.requests.is_empty(), "{:?}", phone.urls());
}

#[test]
fn a_user_token_that_runs_out_between_two_tries_is_renewed_and_the_same_call_made() {
    let (mut phone, promise) = inviting();
    let first = key(&phone);
    loses_the_answer(&mut phone);
    phone.respond(
        401,
        &json!({"error": {"code": "token_expired", "message": "expired"}}),
    );
    assert_eq!(
        (
            phone.events_of("userTokenNeeded").len(),
            phone.requests.len()
        ),
        (1, 0)
    );
    phone.invoke("setUserToken", &json!({"userToken": user_token(ME)}));
    assert_eq!(key(&phone), first);
    phone.respond(201, &made());
    assert_eq!(phone.answer_of(promise)["ok"]["callID"], "call-42");
}

#[test]
fn a_caller_without_a_user_token_waits_for_get_user_token() {
    let mut phone = Phone::launch();
    phone.invoke(
        "configure",
        &json!({"serverURL": "https://push.example", "appID": "a", "userTokenProvider": true}),
    );
    let promise = invite(&mut phone);
    assert_eq!(
        (
            phone.events_of("userTokenNeeded").len(),
            phone.is_answered(promise)
        ),
        (1, false)
    );
    phone.invoke("setUserToken", &json!({"userToken": user_token(ME)}));
    key(&phone);
    phone.respond(201, &made());
    assert_eq!(phone.answer_of(promise)["ok"]["callID"], "call-42");
}

#[test]
fn a_caller_for_whom_there_is_no_user_token_hears_so() {
    for answer in [json!({"userToken": null}), json!({"failed": true})] {
        let mut phone = Phone::launch();
        phone.invoke(
            "configure",
            &json!({"serverURL": "https://push.example", "appID": "a", "userTokenProvider": true}),
        );
        let promise = invite(&mut phone);
        phone.invoke("setUserToken", &answer);
        assert_eq!(code(&phone, promise), "6009004", "{answer}");
        let again = invite(&mut phone);
        assert_eq!(
            phone.events_of("userTokenNeeded").len(),
            2,
            "what the user wants is asked for at once"
        );
        phone.invoke("setUserToken", &json!({"userToken": user_token(ME)}));
        assert!(phone.asks("/v1/calls") && !phone.is_answered(again));
    }
}

#[test]
fn a_caller_does_not_wait_for_get_user_token_for_ever() {
    let mut phone = Phone::launch();
    phone.invoke(
        "configure",
        &json!({"serverURL": "https://push.example", "appID": "a", "userTokenProvider": true}),
    );
    let promise = invite(&mut phone);
    phone.wait(29_999);
    assert!(!phone.is_answered(promise));
    phone.wait(1);
    assert_eq!(code(&phone, promise), "6009004");
}

#[test]
fn fresh_user_tokens_that_are_refused_too_fail_the_invitation() {
    let (mut phone, promise) = inviting();
    for _ in 0..3 {
        assert!(!phone.is_answered(promise));
        phone.respond(
            401,
            &json!({"error": {"code": "token_expired", "message": "expired"}}),
        );
        phone.invoke("setUserToken", &json!({"userToken": user_token(ME)}));
    }
    assert_eq!(code(&phone, promise), "6009004");
    assert!(phone.requests.is_empty());
}

#[test]
fn the_next_try_has_the_callers_newest_token() {
    let (mut phone, _) = inviting();
    let fresh = user_token(ME) + "fresh";
    phone.invoke("setUserToken", &json!({"userToken": fresh}));
    loses_the_answer(&mut phone);
    key(&phone);
    assert_eq!(phone.requests[0].bearer, Some(fresh));
}

#[test]
fn nobody_invites_in_the_name_of_the_user_before() {
    let (mut phone, promise) = inviting();
    phone.invoke("setUserToken", &json!({"userToken": user_token("carol")}));
    loses_the_answer(&mut phone);
    assert_eq!(code(&phone, promise), "6009004");
    assert!(
        phone.urls().iter().all(|url| url.ends_with("/cancel")),
        "{:?}",
        phone.urls()
    );
}

#[test]
fn nobody_invites_in_the_name_of_the_user_before_who_had_no_token_either() {
    let mut phone = Phone::launch();
    phone.configure();
    let provider =
        json!({"serverURL": "https://push.example", "appID": "a", "userTokenProvider": true});
    phone.invoke("configure", &provider);
    let promise = invite(&mut phone);
    phone.invoke("configure", &provider);
    assert!(
        !phone.is_answered(promise),
        "the same user may have been configured again"
    );
    phone.invoke("setUserToken", &json!({"userToken": user_token("carol")}));
    assert_eq!(code(&phone, promise), "6009004");
    assert!(phone.requests.is_empty());
}

#[test]
fn a_token_that_was_refused_to_something_else_is_not_used_for_another_try() {
    let (mut phone, promise) = inviting();
    phone.respond_with(Err(HttpFailure::Broken));
    phone.begin("queryCallInvitation", &json!({"callID": "call-7"}));
    phone.respond(
        401,
        &json!({"error": {"code": "token_expired", "message": "expired"}}),
    );
    phone.wait(500);
    assert!(phone.requests.is_empty(), "{:?}", phone.urls());
    phone.invoke("setUserToken", &json!({"userToken": null}));
    assert_eq!(code(&phone, promise), "6009004");
}

#[test]
fn an_app_that_comes_to_the_front_does_not_wait_for_the_next_try() {
    let (mut phone, _) = inviting();
    phone.respond_with(Ok(HttpResponse {
        status: 502,
        retry_after: None,
        date: None,
        body: vec![],
    }));
    assert!(phone.requests.is_empty());
    phone.system(SystemEvent::Awake);
    key(&phone);
}

#[test]
fn a_caller_who_hangs_up_before_the_answer_takes_the_call_back() {
    let (mut phone, _) = inviting();
    phone.invoke(
        "startCall",
        &json!({"handle": {"type": 1, "value": "alice"}, "uuid": CALL_42}),
    );
    phone.invoke(
        "completeAction",
        &json!({"seq": "native1", "outcome": "fulfill"}),
    );
    phone.user(call_42(), ActionKind::End);
    phone.respond(201, &made());
    assert_eq!(
        phone.urls(),
        ["https://push.example/v1/calls/call-42/cancel"]
    );
}

#[test]
fn a_cancel_before_the_answer_takes_the_call_back_again() {
    let (mut phone, promise) = inviting();
    let cancel = phone.begin(
        "callCancel",
        &json!({"callID": "call-42", "invitees": [], "config": {}}),
    );
    phone.respond_to(
        "/cancel",
        404,
        &json!({"error": {"code": "no_such_call", "message": "none"}}),
    );
    assert_eq!(code(&phone, cancel), "6000276");
    phone.respond(201, &made());
    assert_eq!(phone.answer_of(promise)["ok"]["callID"], "call-42");
    assert!(phone.asks("/calls/call-42/cancel"), "{:?}", phone.urls());
}

#[test]
fn a_caller_who_hangs_up_between_two_tries_hears_so_at_once() {
    let (mut phone, promise) = inviting();
    phone.respond_with(Err(HttpFailure::TimedOut));
    phone.begin(
        "callCancel",
        &json!({"callID": "call-42", "invitees": [], "config": {}}),
    );
    assert_eq!(code(&phone, promise), "6009012");
    phone.wait(500);
    assert!(
        phone.urls().iter().all(|url| url.ends_with("/cancel")),
        "{:?}",
        phone.urls()
    );
}

#[test]
fn a_call_id_is_not_used_again_while_its_call_is_on_its_way_there_or_taken_back() {
    let (mut phone, promise) = inviting();
    let refused = |phone: &mut Phone| {
        let second = invite(phone);
        assert_eq!(code(phone, second), "6000275");
    };
    refused(&mut phone);
    phone.respond_with(Ok(HttpResponse {
        status: 503,
        retry_after: Some(30),
        date: None,
        body: vec![],
    }));
    assert!(phone.is_answered(promise));
    refused(&mut phone);
    phone.respond_to(
        "/cancel",
        404,
        &json!({"error": {"code": "no_such_call", "message": "none"}}),
    );
    let third = invite(&mut phone);
    phone.respond(201, &made());
    assert_eq!(phone.answer_of(third)["ok"]["callID"], "call-42");
    refused(&mut phone);
}
