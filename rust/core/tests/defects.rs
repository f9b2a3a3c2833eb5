//! Rows of the tables of defects that no whole phone shows: what iOS would not hand over, what JavaScript would not ask for, and all kinds of
//! something where a phone shows one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use serde_json::{Value, json};
use support::{CALL_42, Phone, call_42, plain_push};
use zpns_core::effect::DtmfKind;
use zpns_core::{ActionKind, Effect, Input, NotificationKind, PushRequest, SystemEvent};

fn notify(phone: &mut Phone, kind: NotificationKind, user_info: &[u8], completion: Option<u64>) {
    phone.system(SystemEvent::NotificationReceived {
        kind,
        user_info: user_info.to_vec(),
        completion,
    });
}

#[test]
fn z12_a_notification_of_any_shape_is_told_with_a_payload_that_is_text() {
    for (user_info, payload) in [
        (r#"{"aps":"text"}"#, ""),
        (r#"{"aps":["payload"]}"#, ""),
        (r#"{"aps":null,"payload":"p"}"#, "p"),
        (
            r#"{"aps":{"alert":7,"payload":{"room":7}}}"#,
            r#"{"room":7}"#,
        ),
        (r#"{"payload":null}"#, ""),
        ("[]", ""),
        ("no json", ""),
    ] {
        for (kind, event) in [
            (NotificationKind::Arrived, "notificationArrived"),
            (NotificationKind::Clicked, "notificationClicked"),
            (NotificationKind::Background, "throughMessageReceived"),
        ] {
            let mut phone = Phone::launch();
            notify(&mut phone, kind, user_info.as_bytes(), None);
            let events = phone.events_of(event);
            assert_eq!(events.len(), 1, "{user_info} {event}");
            let body = events[0];
            assert_eq!(
                [&body["payload"], &body["title"], &body["content"]],
                [payload, "", ""],
                "{user_info} {event}"
            );
        }
    }
}

#[test]
fn z9_a_number_that_no_background_message_has_finishes_none() {
    let mut phone = Phone::launch();
    notify(&mut phone, NotificationKind::Background, b"{}", Some(1));
    for seq in [
        json!(2),
        json!(0),
        json!(u64::MAX),
        json!(-1),
        json!("1"),
        Value::Null,
    ] {
        let params = json!({ "seq": seq }).to_string();
        let effects = phone.input(Input::Invoke {
            id: 99,
            method: "completeThroughMessage",
            params: &params,
        });
        assert!(
            matches!(effects.as_slice(), [Effect::Complete { id: 99, .. }]),
            "{seq}: {effects:?}"
        );
    }
    let effects = phone.input(Input::Invoke {
        id: 99,
        method: "completeThroughMessage",
        params: r#"{"seq":1}"#,
    });
    assert!(
        effects.contains(&Effect::Push(PushRequest::CompleteNotification {
            id: 1,
            new_data: true
        })),
        "{effects:?}"
    );
}

#[test]
fn z10_background_messages_that_nobody_finishes_are_forgotten_in_time() {
    let mut phone = Phone::launch();
    for completion in 1..=1_000 {
        notify(
            &mut phone,
            NotificationKind::Background,
            b"{}",
            Some(completion),
        );
    }
    phone.now += 25_000;
    let effects = phone.input(Input::Tick);
    let finished = effects.iter().filter(|effect| {
        matches!(
            effect,
            Effect::Push(PushRequest::CompleteNotification {
                new_data: false,
                ..
            })
        )
    });
    assert_eq!(finished.count(), 1_000);
    assert_eq!(
        phone.core.next_deadline(),
        None,
        "nothing is left to wait for"
    );
}

#[test]
fn k20_every_kind_of_action_that_times_out_says_which_call_and_what_it_was() {
    for (kind, name) in [
        (ActionKind::Answer, "answer"),
        (ActionKind::End, "end"),
        (ActionKind::SetHeld { on_hold: true }, "held"),
        (ActionKind::SetMuted { muted: true }, "muted"),
        (ActionKind::SetGroup { with: None }, "group"),
        (
            ActionKind::PlayDtmf {
                digits: "1".to_owned(),
                kind: DtmfKind::SingleTone,
            },
            "dtmf",
        ),
    ] {
        let mut phone = Phone::launch();
        phone.push(&plain_push("call-42"));
        let action = phone.user(call_42(), kind);
        phone.system(SystemEvent::ActionTimedOut { action });
        let events = phone.events_of("timedOutPerformingAction");
        assert_eq!(events.len(), 1, "{name}");
        assert_eq!(
            events[0]["action"],
            json!({ "callUUID": CALL_42, "kind": name })
        );
    }
}

#[test]
fn k21_an_action_that_timed_out_leaves_nothing_behind_and_is_settled_no_more() {
    let mut phone = Phone::launch();
    phone.push(&plain_push("call-42"));
    let action = phone.user(call_42(), ActionKind::SetMuted { muted: true });
    phone.system(SystemEvent::ActionTimedOut { action });
    let told = phone.call_kit.told.len();
    assert_eq!(
        phone.invoke(
            "completeAction",
            &json!({ "seq": "native1", "outcome": "fulfill" })
        )["error"]["code"],
        "6009008"
    );
    assert_eq!(
        phone.call_kit.told.len(),
        told,
        "CallKit hears nothing of it"
    );
    assert_eq!(
        phone.invoke("diagnose", &json!({}))["ok"]["calls"]["openActions"],
        json!([])
    );
}

#[test]
fn a_notification_that_the_user_wipes_away_is_not_told() {
    let mut phone = Phone::launch();
    let before = phone.events.len();
    notify(&mut phone, NotificationKind::Dismissed, b"{}", None);
    assert_eq!(phone.events.len(), before);
}

#[test]
fn a_notification_of_the_apps_own_reads_like_a_remote_one_when_it_is_opened() {
    let mut phone = Phone::launch();
    let params = json!({"title": "Hi", "content": "you", "payload": "p"}).to_string();
    let effects = phone.input(Input::Invoke {
        id: 99,
        method: "addLocalNotification",
        params: &params,
    });
    let shown = effects.into_iter().find_map(|effect| match effect {
        Effect::Push(PushRequest::AddNotification { notification, .. }) => Some(notification),
        _ => None,
    });
    let shown = shown.expect("a notification");
    assert_eq!((shown.title.as_str(), shown.body.as_str()), ("Hi", "you"));
    notify(
        &mut phone,
        NotificationKind::Clicked,
        &shown.user_info,
        None,
    );
    let clicked = phone.events_of("notificationClicked")[0];
    assert_eq!(
        (&clicked["title"], &clicked["content"], &clicked["payload"]),
        (&json!("Hi"), &json!("you"), &json!("p"))
    );
}
