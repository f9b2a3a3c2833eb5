//! Every field of stored state with every type of value.

use serde_json::{Value, json};
use zpns_core::{ActionKind, HttpResponse, Input, Stored, SystemEvent, TokenKind};
use zpns_protocol::call_uuid;

use crate::documents::{big_values, flips, places, replaced, truncations, values};
use crate::entry_points::phone::{Phone, START};
use crate::entry_points::stored;
use crate::limits::hold;

/// What a phone stores that has been through everything: a registration, a call that goes on, one that ended, one that was declined offline.
fn state() -> Value {
    let mut phone = Phone::launch(Stored::Empty);
    phone.configure();
    phone.invoke(
        "setInitConfiguration",
        r#"{"localizedName":"Example","supportsVideo":true,"supportedHandleTypes":[1,2]}"#,
    );
    phone.invoke("enableDebug", r#"{"isDebug":true}"#);
    phone.invoke("registerPush", r#"{"enableIOSVoIP":true}"#);
    for kind in [TokenKind::Apns, TokenKind::Voip] {
        phone.give(Input::System(SystemEvent::TokenUpdated {
            kind,
            token: vec![1; 32],
        }));
    }
    let registration = phone.requests.pop().expect("the registration");
    let body = br#"{"pushID":"zp_0123456789abcdefghijAB"}"#.to_vec();
    phone.give(Input::Http {
        id: registration.id,
        outcome: Ok(HttpResponse {
            status: 200,
            retry_after: None,
            date: None,
            body,
        }),
    });
    for call in ["declined", "goes on", "missed"] {
        let push = json!({"call_id": call, "zpns": {
            "kind": if call == "missed" { "cancel" } else { "invite" },
            "followURL": format!("https://push.example/v1/calls/{call}"), "followToken": "f", "user": "bob", "caller": "alice"}});
        phone.give(Input::VoipPush {
            payload: push.to_string().as_bytes(),
            must_report: true,
        });
    }
    phone.user(call_uuid("declined"), ActionKind::End);
    phone.user(call_uuid("goes on"), ActionKind::Answer);
    phone.invoke("completeAction", r#"{"seq":"native2","outcome":"fulfill"}"#);
    serde_json::from_slice(&phone.core.snapshot().expect("state").to_bytes()).expect("JSON")
}

#[test]
fn the_state_that_is_damaged_here_has_something_in_every_part() {
    let state = state();
    for part in [
        "/account/installation",
        "/registration/confirmed/push_id",
        "/calls/provider",
        "/calls/ended/0",
        "/calls/outbox/0/address/0",
        "/calls/abandoned/0",
    ] {
        assert!(
            state.pointer(part).is_some_and(|value| !value.is_null()),
            "{part} in {state}"
        );
    }
    let times = state.pointer("/calls/ended/0/at").and_then(Value::as_u64);
    assert_eq!(times, Some(START));
}

#[test]
fn whatever_is_in_a_field_of_the_stored_state_the_phone_rings() {
    let state = state();
    for place in places(&state) {
        for (name, value) in values() {
            let bytes = replaced(&state, &place, &value).into_bytes();
            hold(&format!("{place} is {name}"), bytes.len(), || {
                stored::check(&bytes)
            });
        }
    }
}

#[test]
fn whatever_is_in_one_field_what_is_beside_it_is_kept() {
    let state = state();
    let kept_in = |bytes: &[u8]| -> Value {
        let phone = Phone::launch(Stored::Bytes(bytes));
        serde_json::from_slice(&phone.core.snapshot().expect("state").to_bytes()).expect("JSON")
    };
    let fields = [
        "/account/installation",
        "/account/server_url",
        "/registration/wanted",
        "/registration/confirmed",
        "/calls/provider",
        "/calls/ended",
        "/calls/outbox",
    ];
    let whole = kept_in(state.to_string().as_bytes());
    for place in fields {
        for (name, value) in values() {
            let kept = kept_in(replaced(&state, place, &value).as_bytes());
            for beside in fields.iter().filter(|beside| **beside != place) {
                assert_eq!(
                    kept.pointer(beside),
                    whole.pointer(beside),
                    "{beside}, where {place} is {name}"
                );
            }
        }
    }
}

#[test]
fn stored_state_that_is_cut_off_or_changed_anywhere_lets_the_phone_ring() {
    let bytes = state().to_string().into_bytes();
    for cut in truncations(&bytes) {
        hold(&format!("the first {} bytes", cut.len()), cut.len(), || {
            stored::check(cut)
        });
    }
    for (number, flipped) in flips(&bytes).enumerate() {
        hold(&format!("change {number}"), flipped.len(), || {
            stored::check(&flipped)
        });
    }
}

#[test]
fn long_lists_of_what_can_not_be_read_hold_the_limits() {
    let state = state();
    for list in ["/calls/ended", "/calls/outbox", "/account/installation"] {
        for (name, value) in big_values() {
            let bytes = replaced(&state, list, &value).into_bytes();
            hold(&format!("{list} is {name}"), bytes.len(), || {
                stored::check(&bytes)
            });
        }
        let one = state.pointer("/calls/ended/0").expect("one").to_string();
        let many = vec![format!("{one},{{}}"); LIST_BYTES / one.len()].join(",");
        let bytes = replaced(&state, list, &format!("[{many}]")).into_bytes();
        hold(&format!("every other of {list}"), bytes.len(), || {
            stored::check(&bytes)
        });
    }
}

/// The lists hold a thousand entries or ten at most, of about 100 bytes each.
const LIST_BYTES: usize = 256 * 1024;

#[test]
fn lists_that_no_phone_ever_stored_hold_the_limits() {
    let state = state();
    for list in ["/calls/ended", "/calls/outbox", "/calls/abandoned"] {
        let one = state
            .pointer(&format!("{list}/0"))
            .expect("one")
            .to_string();
        let many = format!("[{}]", vec![one.clone(); LIST_BYTES / one.len()].join(","));
        let bytes = replaced(&state, list, &many).into_bytes();
        hold(list, bytes.len(), || stored::check(&bytes));
    }
}
