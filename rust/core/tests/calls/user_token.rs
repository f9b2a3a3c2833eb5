//! The gateway refuses a user token, and the app has given a newer one meanwhile: nothing is lost, and nothing is asked for.

use serde_json::json;
use zpns_core::{Input, StreamItem, SystemEvent, TokenKind};

use crate::support::{ME, Phone, gateway_call, user_token};

/// A user token that is not the one of [`Phone::configure`].
fn newer() -> String {
    user_token(ME) + "-newer"
}

fn signed_in() -> Phone {
    let mut phone = Phone::launch();
    phone.configure();
    phone
}

fn expired() -> serde_json::Value {
    json!({"error": {"code": "unauthenticated", "message": "expired"}})
}

#[test]
fn a_registration_refused_for_an_older_token_is_sent_again_with_the_newer_one() {
    let mut phone = signed_in();
    phone.invoke("registerPush", &json!({}));
    phone.system(SystemEvent::TokenUpdated {
        kind: TokenKind::Apns,
        token: vec![1; 32],
    });
    assert_eq!(phone.requests.len(), 1);
    phone.invoke("setUserToken", &json!({"userToken": newer()}));
    phone.respond(401, &expired());
    assert_eq!(phone.requests.len(), 1, "tried at once");
    assert_eq!(phone.requests[0].bearer, Some(newer()));
    assert!(phone.events_of("userTokenNeeded").is_empty());
    phone.respond(401, &expired());
    assert_eq!(
        phone.events_of("userTokenNeeded").len(),
        1,
        "the newer one is refused as well"
    );
}

#[test]
fn without_get_user_token_an_older_tokens_refusal_is_not_told_as_a_failed_registration() {
    let mut phone = Phone::launch();
    phone.invoke(
        "configure",
        &json!({"serverURL": "https://push.example", "appID": "a", "userToken": user_token(ME)}),
    );
    phone.invoke("registerPush", &json!({}));
    phone.system(SystemEvent::TokenUpdated {
        kind: TokenKind::Apns,
        token: vec![1; 32],
    });
    phone.invoke("setUserToken", &json!({"userToken": newer()}));
    phone.respond(401, &expired());
    assert!(phone.events_of("registered").is_empty());
    phone.respond(401, &expired());
    assert_eq!(phone.events_of("registered")[0]["errorCode"], 6_009_004);
}

#[test]
fn a_verb_refused_for_an_older_token_is_delivered_with_the_newer_one() {
    let mut phone = signed_in();
    let promise = phone.begin("callReject", &json!({"callID": "call-42"}));
    phone.invoke("setUserToken", &json!({"userToken": newer()}));
    phone.respond(401, &expired());
    assert!(!phone.is_answered(promise));
    assert_eq!(phone.requests[0].bearer, Some(newer()));
    phone.respond(
        200,
        &json!({"applied": true, "call": gateway_call(5, "rejected", "rejected", None)}),
    );
    assert_eq!(phone.answer_of(promise)["ok"]["callID"], "call-42");
}

#[test]
fn a_stream_refused_for_an_older_token_is_opened_with_the_newer_one() {
    let mut phone = signed_in();
    phone.begin("callInvite", &json!({"invitees": ["bob"]}));
    phone.respond(
        201,
        &json!({"call": gateway_call(1, "ringing", "inviting", None), "errorUserList": []}),
    );
    let first = phone.streams.last().unwrap().id;
    phone.invoke("setUserToken", &json!({"userToken": newer()}));
    phone.input(Input::Stream {
        id: first,
        item: StreamItem::Closed {
            status: Some(401),
            failure: None,
        },
    });
    let again = phone.streams.last().unwrap();
    assert!(again.id != first);
    assert_eq!(again.bearer, Some(newer()));
    assert!(phone.events_of("userTokenNeeded").is_empty());
}

/// What the app asks of the gateway and hears the answer of, each with the gateway's answer and ours.
fn questions() -> [(&'static str, serde_json::Value, serde_json::Value); 2] {
    [
        (
            "queryCallInvitation",
            json!({"callID": "call-42"}),
            gateway_call(1, "ringing", "inviting", None),
        ),
        ("setServerBadge", json!({"badge": 3}), json!({})),
    ]
}

/// A phone whose app is asked for a user token, and has none yet.
fn asked() -> Phone {
    let mut phone = Phone::launch();
    phone.invoke(
        "configure",
        &json!({"serverURL": "https://push.example", "appID": "a", "userTokenProvider": true}),
    );
    phone
}

#[test]
fn a_question_waits_for_the_user_token() {
    for (method, params, answer) in questions() {
        let mut phone = asked();
        let promise = phone.begin(method, &params);
        assert_eq!(
            (
                phone.events_of("userTokenNeeded").len(),
                phone.requests.len()
            ),
            (1, 0),
            "{method}"
        );
        phone.invoke("setUserToken", &json!({"userToken": newer()}));
        assert_eq!(phone.requests[0].bearer, Some(newer()), "{method}");
        phone.respond(200, &answer);
        assert!(phone.answer_of(promise)["ok"].is_object(), "{method}");
    }
}

#[test]
fn a_question_waits_no_longer_than_the_user_token_is_waited_for() {
    for (method, params, _) in questions() {
        let mut phone = asked();
        let promise = phone.begin(method, &params);
        phone.wait(59_999);
        assert!(!phone.is_answered(promise), "{method}");
        phone.wait(1);
        assert_eq!(
            phone.answer_of(promise)["error"]["code"],
            "6009004",
            "{method}"
        );
    }
}

#[test]
fn a_question_that_was_refused_for_an_older_token_is_asked_with_the_newer_one() {
    for (method, params, answer) in questions() {
        let mut phone = signed_in();
        let promise = phone.begin(method, &params);
        phone.invoke("setUserToken", &json!({"userToken": newer()}));
        phone.respond(401, &expired());
        assert!(!phone.is_answered(promise), "{method}");
        assert_eq!(phone.requests[0].bearer, Some(newer()), "{method}");
        phone.respond(200, &answer);
        assert!(phone.answer_of(promise)["ok"].is_object(), "{method}");
    }
}

#[test]
fn a_question_is_refused_where_no_user_token_comes() {
    for (method, params, _) in questions() {
        let mut phone = asked();
        let promise = phone.begin(method, &params);
        phone.invoke("setUserToken", &json!({"failed": true}));
        assert_eq!(
            phone.answer_of(promise)["error"]["code"],
            "6009004",
            "{method}"
        );
    }
}

#[test]
fn nothing_is_asked_in_the_name_of_another_user() {
    for (method, params, _) in questions() {
        let mut phone = signed_in();
        phone.invoke(
            "configure",
            &json!({"serverURL": "https://push.example", "appID": "a", "userTokenProvider": true}),
        );
        let promise = phone.begin(method, &params);
        phone.invoke("setUserToken", &json!({"userToken": user_token("carol")}));
        assert_eq!(
            phone.answer_of(promise)["error"]["code"],
            "6009004",
            "{method}"
        );
        assert!(phone.requests.is_empty(), "{method}");
    }
}
