//! Every hostile document at every entry point: what `entry_points` asserts holds, in bounded time and memory.

use std::time::Duration;

use serde_json::json;
use zpns_core::{Input, Stored, StreamItem};

use crate::documents::{self, Document};
use crate::entry_points::phone::Phone;
use crate::entry_points::{commands, gateway, notification, payload, profile, stored};
use crate::limits::hold;

type Check = fn(&[u8]) -> Duration;

fn command(params: &[u8]) -> Duration {
    std::str::from_utf8(params).map_or(Duration::ZERO, commands::check)
}

/// Whole documents: the broken ones, each value alone, and the seeds whole.
fn whole(target: &str, check: Check) {
    let values = documents::values()
        .into_iter()
        .chain(documents::big_values());
    let values = values.map(|(name, value)| (name.to_owned(), value.into_bytes()));
    for (name, bytes) in documents::broken()
        .into_iter()
        .chain(values)
        .chain(documents::seeds(target))
    {
        hold(&name, bytes.len(), || check(&bytes));
    }
}

/// The seeds, cut off after every byte and with every byte changed.
fn damaged(target: &str, check: Check) {
    for (name, bytes) in documents::seeds(target) {
        for cut in documents::truncations(&bytes) {
            hold(
                &format!("{name}, its first {} bytes", cut.len()),
                cut.len(),
                || check(cut),
            );
        }
        for (number, flipped) in documents::flips(&bytes).enumerate() {
            hold(&format!("{name}, change {number}"), flipped.len(), || {
                check(&flipped)
            });
        }
    }
}

#[test]
fn no_push_is_left_without_its_report() {
    whole("payload", payload::check);
}

#[test]
fn no_damaged_push_is_left_without_its_report() {
    damaged("payload", payload::check);
}

#[test]
fn no_profile_makes_an_environment_up() {
    whole("profile", profile::check);
    damaged("profile", profile::check);
}

#[test]
fn a_profile_of_one_megabyte_is_read_in_time() {
    let documents: [Document; 4] = [
        (
            "keys without an end".into(),
            format!("<plist>{}</plist>", "<key>".repeat(documents::BIG / 5)).into_bytes(),
        ),
        (
            "empty keys".into(),
            format!(
                "<plist>{}</plist>",
                "<key></key>".repeat(documents::BIG / 11)
            )
            .into_bytes(),
        ),
        (
            "lists without an end".into(),
            "<plist".repeat(documents::BIG / 6).into_bytes(),
        ),
        (
            "the key again and again".into(),
            format!(
                "<plist>{}</plist>",
                "<key>aps-environment</key>".repeat(documents::BIG / 26)
            )
            .into_bytes(),
        ),
    ];
    for (name, bytes) in documents {
        hold(&name, bytes.len(), || profile::check(&bytes));
    }
}

#[test]
fn no_stored_state_keeps_the_phone_from_ringing() {
    whole("stored", stored::check);
}

#[test]
fn no_damaged_stored_state_keeps_the_phone_from_ringing() {
    damaged("stored", stored::check);
}

#[test]
fn no_parameters_leave_a_promise_open() {
    whole("commands", command);
}

#[test]
fn no_name_of_a_method_leaves_its_promise_open() {
    for (name, bytes) in documents::broken()
        .into_iter()
        .filter(|(_, bytes)| bytes.len() < documents::BIG)
    {
        if let Ok(text) = std::str::from_utf8(&bytes) {
            hold(&name, bytes.len(), || commands::check_name(text));
        }
    }
}

#[test]
fn no_notification_is_lost_or_left_unfinished() {
    whole("notification", notification::check);
    damaged("notification", notification::check);
}

#[test]
fn no_wish_to_call_back_is_lost() {
    for (name, bytes) in documents::broken() {
        if let Ok(text) = std::str::from_utf8(&bytes) {
            hold(&name, bytes.len(), || notification::check_intent(text));
        }
    }
}

#[test]
fn no_answer_of_a_gateway_leaves_a_promise_open() {
    whole("gateway", gateway::check);
}

#[test]
fn a_call_of_more_participants_than_there_can_be_is_compared_in_time() {
    let event = |seq: u64, state: &str| {
        let participant = |user: usize| json!({"userID": user.to_string(), "state": state});
        let call = json!({
            "callID": "call-42", "mode": 0, "caller": "0", "createdAt": 1, "expiresAt": u64::MAX, "timeout": 45, "extendedData": "",
            "state": "ringing", "seq": seq, "participants": (0..8_000).map(participant).collect::<Vec<_>>(),
        });
        json!({"seq": seq, "at": 1, "type": "accepted", "call": call}).to_string()
    };
    let events = [
        event(1, "received"),
        event(2, "accepted"),
        event(3, "rejected"),
    ];
    hold(
        "8,000 participants",
        events.iter().map(String::len).sum(),
        || {
            let mut phone = Phone::launch(Stored::Empty);
            let push = br#"{"call_id":"call-42","zpns":{"followURL":"https://push.example/v1/calls/call-42","followToken":"f"}}"#;
            phone.give(Input::VoipPush {
                payload: push,
                must_report: true,
            });
            phone.give(Input::Tick);
            for data in &events {
                let item = StreamItem::Event {
                    id: None,
                    event: "accepted".to_owned(),
                    data: data.clone(),
                };
                let told = phone.give(Input::Stream {
                    id: phone.streams[0],
                    item,
                });
                assert!(
                    data.contains("received") || !told.is_empty(),
                    "what changed is told"
                );
            }
            phone.slowest
        },
    );
}
