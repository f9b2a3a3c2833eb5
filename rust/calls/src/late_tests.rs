use zpns_protocol::PushId;
use zpns_protocol::calls::Actor;
use zpns_protocol::payload::PushKind;
use zpns_protocol::pushes::{DeliveryKind, DeliveryStatus};

use super::*;
use crate::examples;
use crate::machine::{self, Doing, Input};

/// A call to bob, who has no device, and to carol, who has one.
fn created() -> CallEvent {
    examples::created(&[("bob", false), ("carol", true)])
}

fn device(user: &str) -> Device {
    examples::device(1, user, "phone")
}

#[test]
fn the_device_of_a_user_who_had_none_rings_until_the_ring_time_is_up() {
    let created = created();
    assert!(is_due(&created, &created.call, &device("bob"), &[], 29_999));
    assert!(!is_due(
        &created,
        &created.call,
        &device("bob"),
        &[],
        30_000
    ));
}

#[test]
fn another_device_of_a_user_who_had_one_does_not_ring() {
    let created = created();
    assert!(!is_due(&created, &created.call, &device("carol"), &[], 10));
}

#[test]
fn a_device_that_was_sent_the_invitation_is_not_sent_it_again() {
    let sent = SentPush {
        push_id: PushId::from_random(1),
        push: PushKind::Invite,
        kind: DeliveryKind::Voip,
        status: DeliveryStatus::Rejected,
    };
    let created = created();
    assert!(!is_due(
        &created,
        &created.call,
        &device("bob"),
        &[sent],
        10
    ));
}

#[test]
fn a_second_device_rings_after_the_first_has_reported_the_invitation_and_not_after_an_answer() {
    let created = created();
    let mut call = created.call.clone();
    let by = Actor {
        user_id: "bob".into(),
        installation: Some("tablet".into()),
    };
    machine::apply(&mut call, Input::Receive(by.clone()), 10).unwrap();
    assert!(is_due(&created, &call, &device("bob"), &[], 20));
    let doing = Doing {
        by,
        extended_data: String::new(),
    };
    machine::apply(&mut call, Input::Accept(doing), 20).unwrap();
    assert!(!is_due(&created, &call, &device("bob"), &[], 30));
}
