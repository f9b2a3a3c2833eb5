//! Registrations that are taken back: all of it, or the VoIP token without CallKit.

use serde_json::json;
use zpns_core::effect::HttpMethod;
use zpns_core::{AppFacts, HttpFailure, PushRequest, Stored, TokenKind};

use crate::phone::{PUSH_ID, Phone, app};

#[test]
fn unregistering_settles_when_the_gateway_knows() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    assert_eq!(phone.invoke("unregisterPush", &json!({})), None);
    assert!(phone.asked.contains(&PushRequest::Unregister {
        apns: true,
        voip: true
    }));
    assert_eq!(phone.requests[0].method, HttpMethod::Delete);
    phone.respond(204, &json!(null));
    assert_eq!(phone.answers.last().unwrap().1, json!({"ok": {}}));
}

#[test]
fn unregistering_offline_fails_with_a_reason_and_goes_on_after_a_restart() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    phone.invoke("unregisterPush", &json!({}));
    phone.respond_with(Err(HttpFailure::Unreachable));
    assert_eq!(phone.answers.last().unwrap().1["error"]["code"], "6000405");
    let stored = phone.core.snapshot().unwrap().to_bytes();
    let mut again = Phone::launch(app(), Stored::Bytes(&stored));
    again.configure();
    assert_eq!(again.requests[0].method, HttpMethod::Delete);
}

#[test]
fn switching_call_kit_off_gives_the_voip_token_up_and_keeps_alerts() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    assert_eq!(
        phone
            .invoke("setCallKitEnabled", &json!({"enabled": false}))
            .unwrap(),
        json!({"ok": {}})
    );
    assert_eq!(
        phone.asked.last(),
        Some(&PushRequest::Unregister {
            apns: false,
            voip: true
        })
    );
    assert_eq!(phone.body(0)["tokens"], json!({"apns": "a1".repeat(32)}));
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    phone.register();
    assert_eq!(
        phone.asked.last(),
        Some(&PushRequest::Register {
            apns: true,
            voip: false
        }),
        "no VoIP pushes without CallKit"
    );

    let stored = phone.core.snapshot().unwrap().to_bytes();
    let mut again = Phone::launch(app(), Stored::Bytes(&stored));
    assert_eq!(
        again.asked,
        [PushRequest::Register {
            apns: true,
            voip: false
        }],
        "the switch is remembered"
    );
    again.invoke("setCallKitEnabled", &json!({"enabled": true}));
    assert_eq!(
        again.asked.last(),
        Some(&PushRequest::Register {
            apns: true,
            voip: true
        })
    );
}

#[test]
fn a_build_without_call_kit_registers_for_alerts_and_no_app_switches_call_kit_on() {
    let mut phone = Phone::launch(
        AppFacts {
            call_kit_disabled: true,
            ..app()
        },
        Stored::Empty,
    );
    phone.register();
    assert_eq!(
        phone.asked.last(),
        Some(&PushRequest::Register {
            apns: true,
            voip: false
        })
    );
    phone.token(TokenKind::Apns, 0xA1);
    assert_eq!(phone.registered()[0]["errorCode"], 0);
    let answer = phone
        .invoke("setCallKitEnabled", &json!({"enabled": true}))
        .unwrap();
    assert_eq!(answer["error"]["code"], "6009010");
}
