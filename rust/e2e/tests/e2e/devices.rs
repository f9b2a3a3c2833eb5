//! Several devices of one user.

use serde_json::{Value, json};
use zpns_e2e::{Phone, World};
use zpns_phone::EndCause;

/// Alice calls Bob, and both of his phones ring.
fn two_ring() -> (World, Phone, Phone, Phone) {
    let world = World::new();
    let (alice, bob, bobs_other) = (world.phone("alice"), world.phone("bob"), world.phone("bob"));
    alice.invites(&["bob"], "call-1", 30);
    bob.rings("call-1");
    bobs_other.rings("call-1");
    world.user_is("call-1", "bob", "received");
    (world, alice, bob, bobs_other)
}

#[test]
fn all_phones_of_a_user_ring_and_when_one_answers_the_other_stops() {
    let world = World::new();
    let (alice, bob, bobs_other) = (world.phone("alice"), world.phone("bob"), world.phone("bob"));
    let answer = alice.invites(&["bob"], "call-1", 30);
    assert_eq!(
        answer,
        json!({ "callID": "call-1", "timeout": 30, "errorUserList": [] })
    );
    bob.rings("call-1");
    bobs_other.rings("call-1");
    world.user_is("call-1", "bob", "received");
    bob.answers("call-1");
    assert_eq!(bobs_other.sees_end("call-1"), EndCause::AnsweredElsewhere);
    assert_eq!(bobs_other.hears("didEndCall")["reason"], 4);
    alice.hears_exactly(
        "call-1",
        &[
            "Created alice:1 bob:0",
            "State bob:5",
            "State bob:1",
            "Accepted by bob",
        ],
    );
    bob.hears_exactly(
        "call-1",
        &["Received alice:1 bob:5", "State bob:5", "State bob:1"],
    );
    bobs_other.hears_exactly(
        "call-1",
        &["Received alice:1 bob:5", "State bob:5", "State bob:1"],
    );
    assert_eq!(
        bob.calls().len(),
        1,
        "the call goes on where it was answered"
    );
}

#[test]
fn when_one_phone_declines_the_other_stops_and_the_caller_hears_it() {
    let (_world, alice, bob, bobs_other) = two_ring();
    bob.hangs_up("call-1");
    assert_eq!(bobs_other.sees_end("call-1"), EndCause::DeclinedElsewhere);
    assert_eq!(bobs_other.hears("didEndCall")["reason"], 5);
    alice.hears_exactly(
        "call-1",
        &[
            "Created alice:1 bob:0",
            "State bob:5",
            "State bob:2",
            "Rejected by bob",
        ],
    );
    bobs_other.hears_exactly(
        "call-1",
        &["Received alice:1 bob:5", "State bob:5", "State bob:2"],
    );
}

#[test]
fn a_cancel_stops_every_phone() {
    let (_world, alice, bob, bobs_other) = two_ring();
    let answer = alice.ok(
        "callCancel",
        &json!({ "invitees": ["bob"], "callID": "call-1", "config": { "extendedData": "sorry" } }),
    );
    assert_eq!(answer, json!({ "callID": "call-1", "errorInvitees": [] }));
    for phone in [&bob, &bobs_other] {
        assert_eq!(phone.sees_end("call-1"), EndCause::RemoteEnded);
        let cancelled =
            json!({ "callID": "call-1", "mode": 0, "inviter": "alice", "extendedData": "sorry" });
        assert_eq!(phone.hears("callInvitationCancelled"), cancelled);
        phone.hears_exactly(
            "call-1",
            &[
                "Received alice:1 bob:5",
                "State bob:5",
                "State alice:3 bob:10",
                "Cancelled",
            ],
        );
    }
    alice.hears_exactly(
        "call-1",
        &[
            "Created alice:1 bob:0",
            "State bob:5",
            "State alice:3 bob:10",
        ],
    );
}

#[test]
fn the_callers_other_phone_does_not_ring_and_can_look_at_the_call_and_end_it() {
    let world = World::new();
    let (alice, alices_other, bob) = (
        world.phone("alice"),
        world.phone("alice"),
        world.phone("bob"),
    );
    alice.invites(&["bob"], "call-1", 30);
    bob.rings("call-1");
    bob.answers("call-1");
    alice.hears("callInvitationAccepted");
    let info = alices_other.ok("queryCallInvitation", &json!({ "callID": "call-1" }));
    assert_eq!(
        (
            &info["caller"],
            &info["state"],
            &info["callUserList"][1]["state"]
        ),
        (&json!("alice"), &json!(1), &json!(1))
    );
    assert_eq!(alices_other.times_rung("call-1"), 0);
    let pushes = world.apns_log().len();
    assert_eq!(pushes, 1, "only bob was pushed");
    let ended = alices_other.ok("callEnd", &json!({ "callID": "call-1", "config": {} }));
    assert!(
        ended["acceptTime"].as_u64() > Some(0)
            && ended["endTime"].as_u64() >= ended["acceptTime"].as_u64(),
        "{ended}"
    );
    assert_eq!(bob.sees_end("call-1"), EndCause::RemoteEnded);
    assert_eq!(
        alice.hears("callInvitationEnded")["operatedUserID"],
        "alice"
    );
}

#[test]
fn the_callers_other_phone_can_follow_the_call_from_its_beginning() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    alice.invites(&["bob"], "call-1", 30);
    bob.rings("call-1");
    world.user_is("call-1", "bob", "received");
    bob.hangs_up("call-1");
    world.call_is("call-1", "rejected");
    let kinds: Vec<Value> = world
        .events_as("alice", "call-1", None)
        .into_iter()
        .map(|event| event["type"].clone())
        .collect();
    assert_eq!(kinds, ["created", "received", "rejected"]);
}

#[test]
fn a_phone_that_registers_while_the_call_rings_rings_too() {
    let world = World::new();
    let alice = world.phone("alice");
    let answer = alice.invites(&["bob"], "call-1", 30);
    assert_eq!(answer["errorUserList"][0]["code"], 6_000_281, "{answer}");
    assert_eq!(answer["errorUserList"][0]["userID"], "bob");
    let bob = world.phone("bob");
    bob.rings("call-1");
    bob.answers("call-1");
    assert_eq!(alice.hears("callInvitationAccepted")["invitee"], "bob");
}
