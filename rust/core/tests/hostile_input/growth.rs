//! The same again and again: nothing that came is kept for ever.

use serde_json::json;
use zpns_core::{
    HttpResponse, Input, NotificationKind, Stored, StreamItem, SystemEvent, TokenKind,
};

use crate::allocations;
use crate::entry_points::phone::Phone;

/// How often each thing comes, and how big it is: together twice what may be left.
const TIMES: usize = 40;
const HUGE: usize = 256 * 1024;
/// What may be left of all of them: the mailbox's 1 MiB, a few of the newest, and the tables.
const MOST_LEFT: usize = 5 * 1024 * 1024;

/// Lets something happen often to a phone without JavaScript and looks at what is left.
fn left_by(mut happen: impl FnMut(&mut Phone, usize)) {
    let before = allocations::live();
    let mut phone = Phone::launch_without_javascript(Stored::Empty);
    phone.configure();
    for number in 0..TIMES {
        happen(&mut phone, number);
    }
    let left = allocations::live().saturating_sub(before);
    assert!(left <= MOST_LEFT, "{left} bytes are left");
    let stored = phone.core.snapshot().unwrap().to_bytes().len();
    assert!(stored <= MOST_LEFT, "{stored} bytes are stored");
}

fn huge() -> String {
    "x".repeat(HUGE)
}

#[test]
fn huge_pushes_leave_little_behind_whichever_field_is_huge() {
    for field in [
        "title",
        "handle",
        "payload",
        "followURL",
        "followToken",
        "caller",
        "user",
        "extendedData",
        "call_id",
    ] {
        left_by(|phone, number| {
            let text = |name: &str, usual: &str| {
                if name == field {
                    huge()
                } else {
                    usual.to_owned()
                }
            };
            let push = json!({
                "aps": {"alert": {"title": text("title", "Alice")}},
                "zego": {"voip_handle_value": text("handle", "alice")},
                "call_id": format!("{number}{}", text("call_id", "")),
                "payload": text("payload", "p"),
                "zpns": {
                    "followURL": format!("https://push.example/v1/calls/{}", text("followURL", "c")),
                    "followToken": text("followToken", "f"), "caller": text("caller", "alice"), "user": text("user", "bob"),
                    "extendedData": text("extendedData", "x"),
                },
            });
            phone.give(Input::VoipPush {
                payload: push.to_string().as_bytes(),
                must_report: true,
            });
        });
    }
}

#[test]
fn huge_notifications_leave_little_behind() {
    left_by(|phone, number| {
        let user_info = json!({"aps": {"alert": huge()}, "payload": huge()})
            .to_string()
            .into_bytes();
        let kind = [
            NotificationKind::Arrived,
            NotificationKind::Clicked,
            NotificationKind::Background,
        ][number % 3];
        phone.give(Input::System(SystemEvent::NotificationReceived {
            kind,
            user_info,
            completion: Some(number as u64),
        }));
    });
}

#[test]
fn huge_parameters_leave_little_behind() {
    left_by(|phone, _| {
        for (method, params) in [
            (
                "configure",
                json!({"serverURL": format!("https://{}", huge()), "appID": huge(), "userToken": huge()}),
            ),
            (
                "setInitConfiguration",
                json!({"localizedName": huge(), "ringtoneSound": huge()}),
            ),
            (
                "setVoipToken",
                json!({"token": "ab".repeat(HUGE / 2), "isProduct": true}),
            ),
            (
                "completeAction",
                json!({"seq": huge(), "outcome": "fulfill"}),
            ),
            ("setPushConfig", json!({"x": huge()})),
            (huge().as_str(), json!({})),
        ] {
            phone.invoke(method, &params.to_string());
        }
    });
}

#[test]
fn huge_tokens_leave_little_behind() {
    left_by(|phone, number| {
        let token = vec![u8::try_from(number).unwrap(); HUGE];
        phone.give(Input::System(SystemEvent::TokenUpdated {
            kind: TokenKind::Voip,
            token,
        }));
    });
}

#[test]
fn huge_events_of_a_call_leave_only_the_newest_behind() {
    left_by(|phone, number| {
        if number == 0 {
            let push = json!({"call_id": "c", "zpns": {"followURL": "https://push.example/v1/calls/c", "followToken": "f"}});
            phone.give(Input::VoipPush {
                payload: push.to_string().as_bytes(),
                must_report: true,
            });
            phone.give(Input::Tick);
        }
        let call = json!({
            "callID": "c", "mode": 0, "caller": "alice", "createdAt": 1, "expiresAt": u64::MAX, "timeout": 90, "extendedData": huge(),
            "state": "ringing", "seq": number + 1, "participants": [],
        });
        let data =
            json!({"seq": number + 1, "at": 1, "type": "received", "call": call}).to_string();
        let id = *phone.streams.last().expect("the call is followed");
        phone.give(Input::Stream {
            id,
            item: StreamItem::Event {
                id: Some(huge()),
                event: huge(),
                data,
            },
        });
    });
}

#[test]
fn huge_answers_leave_little_behind() {
    left_by(|phone, _| {
        phone.invoke("queryCallInvitation", r#"{"callID":"c"}"#);
        for request in std::mem::take(&mut phone.requests) {
            let response = HttpResponse {
                status: 422,
                retry_after: None,
                date: None,
                body: json!({"error": {"code": "x", "message": huge()}})
                    .to_string()
                    .into_bytes(),
            };
            phone.give(Input::Http {
                id: request.id,
                outcome: Ok(response),
            });
        }
    });
}
