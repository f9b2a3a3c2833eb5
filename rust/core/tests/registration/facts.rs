//! What changes registers again, and the newest wins.

use serde_json::json;
use zpns_core::{AppFacts, HttpFailure, HttpResponse, Input, Stored, TokenKind};

use crate::phone::{PUSH_ID, Phone, app, user_token};

#[test]
fn one_request_is_in_flight_and_the_newest_facts_win() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    phone.token(TokenKind::Voip, 0xC3);
    phone.token(TokenKind::Voip, 0xD4);
    assert_eq!(phone.requests.len(), 1);
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    assert!(
        phone.registered().is_empty(),
        "what was confirmed is old already"
    );
    assert_eq!(phone.requests.len(), 1);
    assert_eq!(phone.body(0)["tokens"]["voip"], "d4".repeat(32));
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    assert_eq!(phone.registered().len(), 1);
    assert!(phone.requests.is_empty());
}

#[test]
fn environment_and_user_changes_register_again() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    phone.invoke("enableDebug", &json!({"isDebug": true}));
    assert_eq!(phone.body(0)["environment"], "development");
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    phone.invoke("setUserToken", &json!({"userToken": user_token("eve")}));
    assert_eq!(
        phone.requests[0].bearer.as_deref(),
        Some(user_token("eve").as_str())
    );
    phone.respond(200, &json!({"pushID": "zp_0000000000000000000002"}));
    assert_eq!(
        phone.registered().last().unwrap()["pushID"],
        "zp_0000000000000000000002"
    );
}

#[test]
fn a_contradiction_between_setting_and_evidence_is_a_warning_with_what_was_set() {
    let profile = b"<plist><dict><key>Entitlements</key><dict><key>aps-environment</key><string>development</string></dict></dict></plist>";
    let mut phone = Phone::launch(
        AppFacts {
            provisioning_profile: Some(profile.to_vec()),
            ..app()
        },
        Stored::Empty,
    );
    phone.invoke("enableDebug", &json!({"isDebug": false}));
    phone.register();
    phone.both_tokens();
    let body = phone.registered()[0];
    assert_eq!(body["environment"], "production");
    assert_eq!(body["environmentSource"], "enableDebug");
    assert!(
        body["warning"]
            .as_str()
            .unwrap()
            .contains("enableDebug(true)")
    );
    let diagnosis = phone.invoke("diagnose", &json!({})).unwrap();
    assert!(diagnosis["ok"]["registration"]["warning"].is_string());
    assert!(
        !diagnosis.to_string().contains(&"b2".repeat(32)),
        "no token in diagnose()"
    );
}

#[test]
fn facts_that_go_back_to_what_was_confirmed_are_sent_again_if_others_may_have_arrived_meanwhile() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    let request = phone.requests.remove(0);
    let body = json!({"pushID": "zp_0123456789abcdefghijAB"})
        .to_string()
        .into_bytes();
    phone.input(Input::Http {
        id: request.id,
        outcome: Ok(HttpResponse {
            status: 200,
            retry_after: None,
            date: None,
            body,
        }),
    });
    phone.invoke("enableDebug", &json!({"isDebug": true}));
    let request = phone.requests.remove(0);
    phone.input(Input::Http {
        id: request.id,
        outcome: Err(HttpFailure::TimedOut),
    });
    phone.invoke("enableDebug", &json!({"isDebug": false}));
    assert_eq!(
        phone.requests.len(),
        1,
        "the gateway may have the development environment"
    );
}
