//! A gateway that can't be reached, refuses, or wants another user token; an app that asks for what can't be.

use serde_json::json;
use zpns_core::{HttpFailure, HttpResponse, Input, SystemEvent, TokenKind};

use crate::phone::{PUSH_ID, Phone, START, user_token};

#[test]
fn failures_are_told_once_and_tried_again_with_growing_waits_until_it_works() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    let mut waits = vec![];
    for failure in 0..8 {
        if failure % 2 == 0 {
            phone.respond_with(Err(HttpFailure::Unreachable));
        } else {
            phone.respond(
                503,
                &json!({"error": {"code": "busy", "message": "try later"}}),
            );
        }
        waits.push(phone.advance_to_deadline());
    }
    assert_eq!(phone.registered().len(), 1);
    assert_eq!(phone.registered()[0]["errorCode"], 6_000_404);
    assert!(waits[7] > 16 * waits[0], "{waits:?}");
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    assert_eq!(phone.registered()[1]["pushID"], PUSH_ID);
    assert_eq!(phone.core.next_deadline(), None);
}

#[test]
fn retry_after_is_obeyed_also_by_an_app_that_wakes_up() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    phone.respond_with(Ok(HttpResponse {
        status: 429,
        retry_after: Some(120),
        date: None,
        body: vec![],
    }));
    assert_eq!(phone.core.next_deadline(), Some(START + 120_000));
    assert!(phone.requests.is_empty());
    for event in [SystemEvent::Awake, SystemEvent::NetworkChanged] {
        phone.input(Input::System(event));
        assert!(phone.requests.is_empty());
    }
    phone.now += 120_000;
    phone.input(Input::Tick);
    assert_eq!(phone.requests.len(), 1);
}

#[test]
fn a_registration_under_way_when_the_network_changes_is_sent_again_at_once() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    assert_eq!(phone.requests.len(), 1);
    phone.input(Input::System(SystemEvent::NetworkChanged));
    assert_eq!(phone.requests.len(), 2);
}

#[test]
fn a_refused_user_token_is_asked_for_once_and_registration_goes_on_with_the_new_one() {
    let mut phone = Phone::store_build();
    let params = json!({"serverURL": "https://push.example", "appID": "a", "userToken": user_token("bob"), "userTokenProvider": true});
    phone.invoke("configure", &params);
    phone.register();
    phone.both_tokens();
    phone.respond(
        401,
        &json!({"error": {"code": "token_expired", "message": "expired"}}),
    );
    let asked = |phone: &Phone| {
        phone
            .events
            .iter()
            .filter(|(kind, _)| kind == "userTokenNeeded")
            .count()
    };
    assert_eq!(asked(&phone), 1);
    assert!(phone.requests.is_empty(), "nothing is sent without a token");
    phone.token(TokenKind::Voip, 0xC3);
    assert_eq!(asked(&phone), 1);
    phone.invoke("setUserToken", &json!({"userToken": user_token("bob")}));
    assert_eq!(phone.requests.len(), 1);
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    assert_eq!(phone.registered().len(), 1);
    assert_eq!(phone.registered()[0]["pushID"], PUSH_ID);
}

#[test]
fn without_a_user_token_registered_says_how_to_give_one() {
    let mut phone = Phone::store_build();
    phone.invoke(
        "configure",
        &json!({"serverURL": "https://push.example", "appID": "a"}),
    );
    phone.register();
    phone.both_tokens();
    assert_eq!(phone.registered()[0]["errorCode"], 6_009_004);
    assert!(
        phone.registered()[0]["msg"]
            .as_str()
            .unwrap()
            .contains("getUserToken")
    );
}

#[test]
fn bad_options_are_refused_with_what_is_wrong() {
    let mut phone = Phone::store_build();
    for (method, params, part) in [
        (
            "registerPush",
            json!({"iOSEnvironment": 7}),
            "iOSEnvironment 7",
        ),
        ("registerPush", json!({"enableIOSVoIP": "yes"}), "boolean"),
        ("enableDebug", json!({}), "isDebug"),
        (
            "configure",
            json!({"serverURL": "push.example"}),
            "serverURL",
        ),
        (
            "configure",
            json!({"serverURL": "https://push.example"}),
            "appID",
        ),
        ("setServerBadge", json!({"badge": -1}), "99999"),
        (
            "setVoipToken",
            json!({"token": "xyz", "isProduct": true}),
            "hex",
        ),
        ("addLocalNotification", json!({}), "title"),
    ] {
        let answer = phone.invoke(method, &params).unwrap();
        assert_eq!(answer["error"]["code"], "6009001", "{method} {answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(
            message.contains(part) && message.contains(method),
            "{message}"
        );
    }
    for params in ["{", "[]", "null", "3", "{} {}"] {
        phone.input(Input::Invoke {
            id: 99,
            method: "registerPush",
            params,
        });
        assert_eq!(
            phone.answers.last().unwrap().1["error"]["code"],
            "6009001",
            "{params}"
        );
    }
    phone.input(Input::Invoke {
        id: 100,
        method: "fly",
        params: "{}",
    });
    assert_eq!(phone.answers.last().unwrap().1["error"]["code"], "6009002");
}
