//! From the system's tokens to a pushID.

use serde_json::json;
use zpns_core::effect::HttpMethod;
use zpns_core::{Input, SystemError, SystemEvent, TokenKind};

use crate::phone::{PUSH_ID, Phone, user_token};

#[test]
fn without_a_gateway_the_push_id_describes_the_device() {
    let mut phone = Phone::store_build();
    phone.register();
    phone.both_tokens();
    let registered = phone.registered();
    assert_eq!(registered.len(), 1);
    assert_eq!(registered[0]["errorCode"], 0);
    let id = zpns_protocol::PushId::parse(registered[0]["pushID"].as_str().unwrap()).unwrap();
    let device = id.device().unwrap().unwrap();
    assert_eq!(
        (device.bundle_id.as_str(), device.env),
        ("com.example.app", zpns_protocol::Environment::Production)
    );
    assert_eq!(
        (device.apns, device.voip),
        (Some("a1".repeat(32)), Some("b2".repeat(32)))
    );
}

#[test]
fn both_tokens_become_one_registration() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.token(TokenKind::Apns, 0xA1);
    assert!(phone.requests.is_empty(), "the VoIP token is still to come");
    phone.token(TokenKind::Voip, 0xB2);
    assert_eq!(phone.requests.len(), 1);
    let request = &phone.requests[0];
    assert_eq!(request.method, HttpMethod::Put);
    assert!(
        request
            .url
            .starts_with("https://push.example/v1/installations/"),
        "{}",
        request.url
    );
    assert_eq!(request.bearer.as_deref(), Some(user_token("bob").as_str()));
    let body = phone.body(0);
    assert_eq!(body["bundleID"], "com.example.app");
    assert_eq!(body["environment"], "production");
    assert_eq!(
        body["tokens"],
        json!({"apns": "a1".repeat(32), "voip": "b2".repeat(32)})
    );
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    assert_eq!(phone.registered()[0]["pushID"], PUSH_ID);
}

#[test]
fn a_token_that_does_not_come_is_waited_for_only_a_short_while() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.token(TokenKind::Apns, 0xA1);
    assert_eq!(
        phone.advance_to_deadline(),
        zpns_core::registration::GATHER_MS
    );
    assert_eq!(phone.body(0)["tokens"], json!({"apns": "a1".repeat(32)}));
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    phone.token(TokenKind::Voip, 0xB2);
    assert_eq!(
        phone.body(0)["tokens"]["voip"],
        "b2".repeat(32),
        "the late token registers again"
    );
}

#[test]
fn without_any_token_registered_says_so_and_a_late_token_still_registers() {
    let mut phone = Phone::store_build();
    phone.register();
    phone.advance_to_deadline();
    assert_eq!(phone.registered()[0]["errorCode"], 6_000_401);
    phone.token(TokenKind::Apns, 0xA1);
    assert_eq!(phone.registered()[1]["errorCode"], 0);
}

#[test]
fn apples_own_error_comes_through() {
    let mut phone = Phone::store_build();
    assert!(phone.invoke("registerPush", &json!({})).is_some());
    let error = SystemError {
        domain: "NSCocoaErrorDomain".into(),
        code: 3000,
        message: "no valid aps-environment".into(),
    };
    phone.input(Input::System(SystemEvent::TokenFailed {
        kind: TokenKind::Apns,
        error,
    }));
    assert_eq!(phone.registered()[0]["errorCode"], 3000);
    assert_eq!(phone.registered()[0]["msg"], "no valid aps-environment");
}

#[test]
fn an_invalidated_token_is_told_and_the_gateway_loses_it() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    phone.input(Input::System(SystemEvent::TokenInvalidated {
        kind: TokenKind::Voip,
    }));
    assert!(
        phone
            .events
            .contains(&("tokenInvalidated".into(), json!({"kind": "voip"})))
    );
    assert_eq!(phone.body(0)["tokens"], json!({"apns": "a1".repeat(32)}));
}

#[test]
fn a_native_app_may_bring_its_own_token_and_say_which_environment() {
    let mut phone = Phone::store_build();
    phone.token(TokenKind::Apns, 0xA1);
    phone.invoke(
        "setVoipToken",
        &json!({"token": "ABCD", "isProduct": false}),
    );
    let id =
        zpns_protocol::PushId::parse(phone.registered()[0]["pushID"].as_str().unwrap()).unwrap();
    let device = id.device().unwrap().unwrap();
    assert_eq!(
        (device.env, device.voip.as_deref()),
        (zpns_protocol::Environment::Development, Some("abcd"))
    );
}

#[test]
fn when_the_clock_is_set_back_time_inside_goes_on() {
    let mut phone = Phone::store_build();
    phone.register();
    phone.now = 5;
    phone.input(Input::Tick);
    assert!(phone.registered().is_empty(), "the deadline did not come");
    assert_eq!(
        phone.core.next_deadline(),
        Some(5 + zpns_core::registration::GATHER_MS),
        "by the clock as it is now"
    );
    phone.advance_to_deadline();
    assert_eq!(phone.registered()[0]["errorCode"], 6_000_401);
}

#[test]
fn the_voip_token_is_handed_over_as_it_comes_and_again_with_another_environment() {
    let mut phone = Phone::store_build();
    phone.token(TokenKind::Voip, 0xB2);
    assert_eq!(
        phone.handed_over(),
        [(vec![0xB2; 32], true)],
        "neither registerPush nor a gateway was needed"
    );
    phone.token(TokenKind::Voip, 0xB2);
    phone.register();
    assert_eq!(phone.handed_over().len(), 1, "nothing is new");
    phone.invoke(
        "registerPush",
        &json!({"enableIOSVoIP": true, "iOSEnvironment": 1}),
    );
    phone.token(TokenKind::Voip, 0xC3);
    assert_eq!(
        phone.handed_over()[1..],
        [(vec![0xB2; 32], false), (vec![0xC3; 32], false)]
    );
}
