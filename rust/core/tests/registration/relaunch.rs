//! What survives the process, and what was said before it could be read.

use serde_json::json;
use zpns_core::{Input, PushRequest, Stored, TokenKind};

use crate::phone::{PUSH_ID, Phone, app};

#[test]
fn a_relaunch_asks_for_tokens_and_keeps_its_installation() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    let url = phone.requests[0].url.clone();
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    let stored = phone.core.snapshot().unwrap().to_bytes();
    assert!(
        !String::from_utf8_lossy(&stored).contains(&"b2".repeat(32)),
        "tokens are not stored"
    );
    let mut again = Phone::launch(app(), Stored::Bytes(&stored));
    assert_eq!(
        again.asked,
        [PushRequest::Register {
            apns: true,
            voip: true
        }]
    );
    again.configure();
    again.both_tokens();
    assert_eq!(again.requests[0].url, url);
}

#[test]
fn unreadable_storage_counts_as_empty_and_loses_nothing() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    let stored = phone.core.snapshot().unwrap().to_bytes();
    let mut locked = Phone::launch(app(), Stored::Unreadable);
    assert_eq!(
        locked.asked,
        [PushRequest::Register {
            apns: false,
            voip: true
        }],
        "a push may have launched us"
    );
    locked.both_tokens();
    assert_eq!(
        (locked.core.snapshot(), locked.persisted),
        (None, 0),
        "nothing is overwritten"
    );
    locked.input(Input::StorageReadable(Some(&stored)));
    assert_eq!(
        locked.asked.last(),
        Some(&PushRequest::Register {
            apns: true,
            voip: true
        })
    );
    assert!(locked.core.snapshot().is_some());
}

#[test]
fn damaged_storage_is_begun_anew() {
    for bytes in [&b"not json"[..], b"", b"[]", br#"{"v": 99}"#, b"\xff\xfe"] {
        let mut phone = Phone::launch(app(), Stored::Bytes(bytes));
        phone.register();
        phone.both_tokens();
        assert_eq!(phone.registered()[0]["errorCode"], 0);
    }
}

#[test]
fn what_the_app_said_before_the_first_unlock_is_newer_than_what_was_stored() {
    let mut phone = Phone::store_build();
    phone.invoke("registerPush", &json!({"iOSEnvironment": 1}));
    let stored = phone.core.snapshot().unwrap().to_bytes();
    let environment_after = |method: &str| {
        let mut phone = Phone::launch(app(), Stored::Unreadable);
        phone.invoke(method, &json!({}));
        phone.input(Input::StorageReadable(Some(&stored)));
        let registration = phone.invoke("getRegistration", &json!({})).unwrap()["ok"].take();
        (
            registration["environment"].as_str().unwrap().to_owned(),
            registration["state"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(
        environment_after("registerPush"),
        ("production".to_owned(), "registering".to_owned()),
        "automatic, as it said"
    );
    assert_eq!(environment_after("unregisterPush").1, "idle");
}

#[test]
fn a_relaunch_waits_for_both_tokens_so_that_the_gateway_keeps_the_second() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    let stored = phone.core.snapshot().unwrap().to_bytes();
    let mut again = Phone::launch(app(), Stored::Bytes(&stored));
    again.configure();
    again.token(TokenKind::Apns, 0xA1);
    assert!(again.requests.is_empty(), "the VoIP token has yet to come");
    again.token(TokenKind::Voip, 0xB2);
    assert_eq!(again.requests.len(), 1);
    assert_eq!(
        again.body(0)["tokens"],
        json!({"apns": "a1".repeat(32), "voip": "b2".repeat(32)})
    );
}

/// What a phone stored on which the app has switched CallKit off.
fn switched_off() -> Vec<u8> {
    let mut phone = Phone::store_build();
    phone.register();
    phone.invoke("setCallKitEnabled", &json!({"enabled": false}));
    phone.core.snapshot().unwrap().to_bytes()
}

#[test]
fn a_switch_that_is_read_after_the_first_unlock_gives_the_voip_token_up() {
    let mut locked = Phone::launch(app(), Stored::Unreadable);
    locked.both_tokens();
    locked.input(Input::StorageReadable(Some(&switched_off())));
    assert!(locked.asked.contains(&PushRequest::Unregister {
        apns: false,
        voip: true
    }));
    assert_eq!(
        locked.invoke("getRegistration", &json!({})).unwrap()["ok"]["tokens"]["voip"],
        json!(null)
    );
}

#[test]
fn what_the_app_says_before_the_first_unlock_about_callkit_is_newer_than_what_was_stored() {
    let mut locked = Phone::launch(app(), Stored::Unreadable);
    locked.invoke("setCallKitEnabled", &json!({"enabled": true}));
    locked.input(Input::StorageReadable(Some(&switched_off())));
    assert_eq!(
        locked.invoke("diagnose", &json!({})).unwrap()["ok"]["app"]["callKitDisabled"],
        false
    );
}
