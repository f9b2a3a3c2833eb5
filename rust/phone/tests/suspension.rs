//! When the app's process stands still, and what that does to it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use serde_json::json;
use support::{START, Scripted, count, library};
use zpns_phone::driver::PushRequest;
use zpns_phone::{
    AppState, KillReason, NetworkChange, NetworkRequestKind, PhoneOptions, PushKind, TimelineEvent,
    VirtualPhone,
};

/// A push for a call that the gateway tells about.
fn followed_push() -> String {
    json!({"call_id": "call-42", "zpns": {
        "sentAt": START, "expiresAt": START + 45_000, "caller": "alice", "user": "bob",
        "followURL": "https://push.example/v1/calls/call-42", "followToken": "follow",
    }})
    .to_string()
}

/// How many streams the app opened since this was asked last.
fn streams_opened(phone: &VirtualPhone) -> usize {
    let is_open = |kind: &NetworkRequestKind| matches!(kind, NetworkRequestKind::OpenStream(_));
    let requests = phone.take_network_requests();
    requests
        .iter()
        .filter(|request| is_open(&request.kind))
        .count()
}

fn was_killed(phone: &VirtualPhone) -> usize {
    let reason = KillReason::BackgroundTaskNotEnded;
    count(phone, |what| *what == TimelineEvent::Killed { reason })
}

#[test]
fn an_app_that_lets_its_background_task_expire_and_does_not_end_it_is_killed() {
    let (phone, inside) = Scripted::new(|_, _, _| ()).on_phone(PhoneOptions::default());
    inside
        .platform()
        .push(PushRequest::KeepAwake { on: true })
        .unwrap();
    phone.foreground().unwrap();
    phone.advance(60_000);
    assert_eq!(was_killed(&phone), 0, "in front there is time without end");
    phone.background().unwrap();
    phone.advance(62_000);
    assert_eq!(was_killed(&phone), 1);
}

#[test]
fn a_suspended_app_finds_its_connections_dead_when_it_runs_again() {
    let phone = library();
    phone.launch().unwrap();
    phone.background().unwrap();
    phone.deliver_push(PushKind::Voip, followed_push());
    phone.settle();
    assert_eq!(streams_opened(&phone), 1);
    phone.advance(34_000);
    assert_eq!(phone.snapshot().app, AppState::Suspended);
    assert_eq!(streams_opened(&phone), 0);
    phone.foreground().unwrap();
    phone.advance(1_000);
    assert_eq!(streams_opened(&phone), 1, "it follows the call anew");
}

#[test]
fn an_app_in_front_is_never_suspended() {
    let phone = library();
    phone.launch().unwrap();
    phone.advance(600_000);
    assert_eq!(phone.snapshot().app, AppState::Foreground);
}

#[test]
fn a_connection_over_a_network_that_is_gone_is_silent_until_its_time_is_up() {
    let phone = library();
    phone.launch().unwrap();
    phone.deliver_push(PushKind::Voip, followed_push());
    phone.settle();
    assert_eq!(streams_opened(&phone), 1);
    phone.change_network(NetworkChange::Lost);
    phone.advance(30_000);
    assert_eq!(streams_opened(&phone), 0, "nobody says that it is dead");
    phone.change_network(NetworkChange::Back);
    phone.settle();
    assert_eq!(streams_opened(&phone), 1);
}
