//! What a user did has reached the gateway, but its answer is lost: the phone can't know that and sends it again.

use serde_json::{Value, json};
use zpns_e2e::{HostOptions, Phone, World};
use zpns_phone::EndCause;

fn invitation(call: &str) -> Value {
    json!({ "invitees": ["bob"], "callID": call, "config": { "timeout": 600, "pushConfig": { "resourcesID": "voip", "title": "Alice" } } })
}

/// Alice invites bob, whose phone rings; the gateway's answer to her is held back. Returns her promise.
fn unanswered(world: &World, alice: &Phone, bob: &Phone) -> u64 {
    world.proxy.hold_answers();
    let promise = alice.begins("callInvite", &invitation("call-1"));
    bob.rings("call-1");
    promise
}

fn invitations_sent(world: &World) -> usize {
    world.proxy.requests("POST /v1/calls HTTP")
}

#[test]
fn an_invitation_whose_answer_was_lost_is_sent_again_and_rings_once() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    let promise = unanswered(&world, &alice, &bob);
    world.proxy.cut();
    world.proxy.open();
    let invited = alice.settles(promise).expect("the call");
    assert_eq!(
        invited,
        json!({ "callID": "call-1", "timeout": 600, "errorUserList": [] })
    );
    assert_eq!(invitations_sent(&world), 2);
    bob.answers("call-1");
    assert_eq!(alice.hears("callInvitationAccepted")["invitee"], "bob");
    assert_eq!((bob.times_rung("call-1"), world.apns_log().len()), (1, 1));
    assert_eq!(
        alice.heard(|heard| heard.kind == "callInvitationCreated"),
        1
    );
}

#[test]
fn a_gateway_that_was_killed_before_it_answered_knows_the_invitation_afterwards() {
    let mut world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    let promise = unanswered(&world, &alice, &bob);
    // A gateway that was killed before it knew what became of a push sends it again.
    world.user_is("call-1", "bob", "received");
    world.kill();
    world.proxy.cut();
    world.proxy.open();
    world.start();
    assert_eq!(
        alice.settles(promise).expect("the call")["callID"],
        "call-1"
    );
    bob.answers("call-1");
    alice.hears("callInvitationAccepted");
    assert_eq!((bob.times_rung("call-1"), world.apns_log().len()), (1, 1));
}

#[test]
fn an_invitation_that_is_sent_again_does_not_count_against_the_callers_rate() {
    let world =
        World::with(|config| config.limits.invitations_per_caller = std::num::NonZeroU32::MIN);
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    let promise = unanswered(&world, &alice, &bob);
    world.proxy.cut();
    world.proxy.open();
    assert_eq!(
        alice.settles(promise).expect("the call")["callID"],
        "call-1"
    );
}

#[test]
fn an_invitation_that_was_given_up_stops_ringing_once_the_gateway_can_be_reached() {
    let world = World::new();
    let alice = world.new_phone(HostOptions {
        manual_clock: Some(1_764_000_000_000),
        ..HostOptions::default()
    });
    alice.sign_in(&world.proxy.url(), "alice");
    alice.register();
    let bob = world.phone("bob");
    let promise = unanswered(&world, &alice, &bob);
    world.proxy.cut();
    zpns_e2e::until("the caller's phone gives up", || {
        alice.advance(1_000).unwrap();
        alice.has_settled(promise).then_some(())
    });
    let error = alice.settles(promise).unwrap_err();
    assert_eq!(error["code"], "6009005", "{error}");
    assert_eq!(bob.ringing().len(), 1);
    world.proxy.open();
    zpns_e2e::until("bob's phone falls silent", || {
        alice.advance(1_000).unwrap();
        bob.ringing().is_empty().then_some(())
    });
    assert_eq!(bob.sees_end("call-1"), EndCause::RemoteEnded);
    assert_eq!(world.call("call-1")["state"], "cancelled");
    assert_eq!(
        alice.heard(|heard| heard.kind == "callInvitationCreated"),
        0
    );
}

#[test]
fn a_caller_who_cancels_before_the_answer_came_rings_nobody_any_more() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    let promise = unanswered(&world, &alice, &bob);
    let cancel = alice.begins(
        "callCancel",
        &json!({ "invitees": [], "callID": "call-1", "config": {} }),
    );
    world.call_is("call-1", "cancelled");
    world.proxy.open();
    assert_eq!(bob.sees_end("call-1"), EndCause::RemoteEnded);
    assert_eq!(
        alice.settles(cancel).expect("it is cancelled")["callID"],
        "call-1"
    );
    assert_eq!(
        alice.settles(promise).expect("it was made")["callID"],
        "call-1"
    );
    assert_eq!(bob.times_rung("call-1"), 1);
}

/// Asks for this method while answers are held back, loses the answer, and waits until the phone has sent it again.
fn send_twice(world: &World, phone: &Phone, method: &str, state: &str) {
    world.proxy.hold_answers();
    let promise = phone.begins(
        method,
        &json!({ "invitees": [], "callID": "call-1", "config": {} }),
    );
    world.call_is("call-1", state);
    // As long as the network is cut, so that the client's own second try fails too.
    world.proxy.cut();
    let error = phone.settles(promise).expect_err("the connection broke");
    world.proxy.open();
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("goes on trying"),
        "{error}"
    );
    let path = format!(
        "POST /v1/calls/call-1/{}",
        method.trim_start_matches("call").to_lowercase()
    );
    zpns_e2e::until("it is said again", || {
        (world.proxy.requests(&path) == 2).then_some(())
    });
    phone.settle().unwrap();
}

fn events(world: &World) -> Vec<Value> {
    world
        .events_as("alice", "call-1", None)
        .into_iter()
        .map(|event| event["type"].clone())
        .collect()
}

#[test]
fn a_cancel_that_is_said_twice_happens_once() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    alice.invites(&["bob"], "call-1", 60);
    world.user_is("call-1", "bob", "received");
    send_twice(&world, &alice, "callCancel", "cancelled");
    assert_eq!(bob.sees_end("call-1"), EndCause::RemoteEnded);
    bob.hears_exactly(
        "call-1",
        &[
            "Received alice:1 bob:5",
            "State bob:5",
            "State alice:3 bob:10",
            "Cancelled",
        ],
    );
    assert_eq!(events(&world), ["created", "received", "cancelled"]);
}

#[test]
fn a_decline_that_is_said_twice_happens_once() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    alice.invites(&["bob"], "call-1", 60);
    world.user_is("call-1", "bob", "received");
    send_twice(&world, &bob, "callReject", "rejected");
    alice.hears_exactly(
        "call-1",
        &[
            "Created alice:1 bob:0",
            "State bob:5",
            "State bob:2",
            "Rejected by bob",
        ],
    );
    assert_eq!(events(&world), ["created", "received", "rejected"]);
}

#[test]
fn an_end_that_is_said_twice_happens_once() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    alice.invites(&["bob"], "call-1", 60);
    bob.rings("call-1");
    world.user_is("call-1", "bob", "received");
    bob.answers("call-1");
    alice.hears("callInvitationAccepted");
    send_twice(&world, &alice, "callEnd", "ended");
    assert_eq!(bob.sees_end("call-1"), EndCause::RemoteEnded);
    assert_eq!(events(&world), ["created", "received", "accepted", "ended"]);
    assert_eq!(bob.heard(|heard| heard.kind == "callInvitationEnded"), 1);
}
