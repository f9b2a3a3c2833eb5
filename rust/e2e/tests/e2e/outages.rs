//! The gateway is gone for a while, or the network to it. JavaScript hears everything, and nothing twice.

use serde_json::json;
use zpns_e2e::{Phone, World};
use zpns_phone::EndCause;

/// Alice calls bob. His phone rings and the gateway knows it.
fn ringing(world: &World) -> (Phone, Phone) {
    let (alice, bob) = (world.phone_past_proxy("alice"), world.phone("bob"));
    alice.invites(&["bob"], "call-1", 60);
    bob.rings("call-1");
    world.user_is("call-1", "bob", "received");
    alice.hears_exactly("call-1", &["Created alice:1 bob:0", "State bob:5"]);
    bob.hears_exactly("call-1", &["Received alice:1 bob:5", "State bob:5"]);
    (alice, bob)
}

/// A call that bob has answered.
fn answered(world: &World) -> (Phone, Phone) {
    let (alice, bob) = ringing(world);
    bob.answers("call-1");
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
    (alice, bob)
}

#[test]
fn a_gateway_that_restarts_while_a_phone_rings_is_followed_again() {
    let mut world = World::new();
    let (alice, bob) = ringing(&world);
    world.stop();
    world.start();
    alice.ok(
        "callCancel",
        &json!({ "invitees": ["bob"], "callID": "call-1", "config": {} }),
    );
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
    alice.hears_exactly(
        "call-1",
        &[
            "Created alice:1 bob:0",
            "State bob:5",
            "State alice:3 bob:10",
        ],
    );
    assert_eq!(bob.times_rung("call-1"), 1);
}

#[test]
fn a_gateway_that_is_killed_while_a_phone_rings_is_followed_again() {
    let mut world = World::new();
    let (alice, bob) = ringing(&world);
    world.kill();
    world.start();
    bob.answers("call-1");
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
    assert_eq!(bob.times_rung("call-1"), 1);
}

#[test]
fn a_gateway_that_restarts_during_a_call_is_followed_to_its_end() {
    let mut world = World::new();
    let (alice, bob) = answered(&world);
    world.kill();
    assert_eq!(
        bob.calls().len(),
        1,
        "the call itself does not need the gateway"
    );
    world.start();
    bob.hangs_up("call-1");
    let end = ["State alice:8 bob:8", "Ended by bob"];
    alice.hears_exactly(
        "call-1",
        &[
            &[
                "Created alice:1 bob:0",
                "State bob:5",
                "State bob:1",
                "Accepted by bob",
            ][..],
            &end,
        ]
        .concat(),
    );
    assert_eq!(world.call_is("call-1", "ended")["seq"], 4);
}

#[test]
fn a_caller_whose_user_token_ran_out_meanwhile_follows_with_a_fresh_one() {
    let mut world = World::new();
    let (alice, bob) = answered(&world);
    alice.sign_in_with(&world.url(), "alice", &world.expired_token("alice"));
    world.kill();
    world.start();
    alice.hears("userTokenNeeded");
    bob.hangs_up("call-1");
    assert_eq!(alice.hears("callInvitationEnded")["operatedUserID"], "bob");
}

#[test]
fn a_hang_up_of_the_other_side_is_heard_after_the_restart() {
    let mut world = World::new();
    let (alice, bob) = answered(&world);
    world.stop();
    world.start();
    alice.ok("callEnd", &json!({ "callID": "call-1", "config": {} }));
    assert_eq!(bob.sees_end("call-1"), EndCause::RemoteEnded);
    bob.hears_exactly(
        "call-1",
        &[
            "Received alice:1 bob:5",
            "State bob:5",
            "State bob:1",
            "State alice:8 bob:8",
            "Ended by alice",
        ],
    );
    assert_eq!(bob.heard(|heard| heard.kind == "didEndCall"), 1);
}

#[test]
fn a_decline_during_an_outage_is_delivered_after_it() {
    let mut world = World::new();
    let (alice, bob) = ringing(&world);
    world.kill();
    bob.hangs_up("call-1");
    assert_eq!(bob.sees_end("call-1"), EndCause::User);
    world.start();
    alice.hears_exactly(
        "call-1",
        &[
            "Created alice:1 bob:0",
            "State bob:5",
            "State bob:2",
            "Rejected by bob",
        ],
    );
}

#[test]
fn a_decline_outlives_the_app_that_was_killed_right_after_it() {
    let mut world = World::new();
    let (alice, bob) = ringing(&world);
    world.kill();
    bob.hangs_up("call-1");
    bob.hears("performEndCallAction");
    bob.kill().unwrap();
    world.start();
    assert_eq!(
        world.call("call-1")["state"],
        "ringing",
        "nobody could tell the gateway yet"
    );
    // No sign-in: the push's own capability is enough.
    bob.open();
    alice.hears_exactly(
        "call-1",
        &[
            "Created alice:1 bob:0",
            "State bob:5",
            "State bob:2",
            "Rejected by bob",
        ],
    );
}

#[test]
fn a_call_that_an_app_was_killed_in_is_ended_when_the_app_is_there_again() {
    let world = World::new();
    let (alice, bob) = answered(&world);
    bob.kill().unwrap();
    bob.open();
    assert_eq!(alice.hears("callInvitationEnded")["operatedUserID"], "bob");
}

#[test]
fn a_cancel_that_a_phone_could_not_hear_stops_it_when_the_network_is_back() {
    let world = World::new();
    let (alice, bob) = ringing(&world);
    world.proxy.cut();
    alice.ok(
        "callCancel",
        &json!({ "invitees": ["bob"], "callID": "call-1", "config": {} }),
    );
    assert_eq!(bob.ringing().len(), 1);
    world.proxy.open();
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
}

#[test]
fn an_app_that_comes_to_the_front_opens_a_new_connection_instead_of_waiting_for_a_dead_one() {
    let world = World::new();
    let (alice, bob) = ringing(&world);
    bob.background().unwrap();
    world.proxy.stall();
    alice.ok(
        "callCancel",
        &json!({ "invitees": ["bob"], "callID": "call-1", "config": {} }),
    );
    world.proxy.reroute();
    assert_eq!(bob.ringing().len(), 1);
    bob.foreground().unwrap();
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
}

#[test]
fn an_answer_on_a_stalled_connection_arrives_once_the_network_is_open_again() {
    let world = World::new();
    let (alice, bob) = ringing(&world);
    world.proxy.stall();
    bob.answers("call-1");
    assert_eq!(world.call("call-1")["state"], "ringing");
    world.proxy.open();
    alice.hears_exactly(
        "call-1",
        &[
            "Created alice:1 bob:0",
            "State bob:5",
            "State bob:1",
            "Accepted by bob",
        ],
    );
    assert_eq!(bob.calls().len(), 1);
}

#[test]
fn an_accept_whose_answer_was_lost_is_still_this_phones_accept() {
    let world = World::new();
    let (alice, bob) = ringing(&world);
    world.proxy.hold_answers();
    bob.answers("call-1");
    world.call_is("call-1", "accepted");
    world.proxy.cut();
    world.proxy.open();
    bob.hears_exactly(
        "call-1",
        &["Received alice:1 bob:5", "State bob:5", "State bob:1"],
    );
    zpns_e2e::until("the accept is told again", || {
        (world.proxy.requests("POST /v1/calls/call-1/accept") == 2).then_some(())
    });
    alice.ok("callEnd", &json!({ "callID": "call-1", "config": {} }));
    assert_eq!(
        bob.sees_end("call-1"),
        EndCause::RemoteEnded,
        "and not: answered elsewhere"
    );
}

#[test]
fn what_happened_in_a_group_call_while_the_network_was_cut_is_heard_once() {
    let world = World::new();
    let (alice, bob) = (world.phone_past_proxy("alice"), world.phone("bob"));
    let all = ["bob", "carol", "dave"];
    alice.invites(&all, "call-1", 60);
    bob.rings("call-1");
    world.user_is("call-1", "bob", "received");
    bob.hears("callUserStateChanged");
    world.proxy.cut();
    for (user, verb) in [("carol", "accept"), ("dave", "reject")] {
        world
            .as_user(
                user,
                "POST",
                &format!("/v1/calls/call-1/{verb}"),
                &json!({}),
            )
            .ok();
    }
    world.proxy.open();
    alice.ok("callEnd", &json!({ "callID": "call-1", "config": {} }));
    assert_eq!(bob.sees_end("call-1"), EndCause::RemoteEnded);
    bob.hears("callInvitationEnded");
    let heard = bob.transitions("call-1");
    for (transition, times) in [
        ("bob:5", 1),
        ("carol:1", 1),
        ("dave:2", 1),
        ("alice:8", 1),
        ("carol:8", 1),
        ("bob:10", 1),
    ] {
        // A phone that asked for the newest state only would never hear of carol's accept.
        let seen = heard.iter().filter(|heard| *heard == transition).count();
        assert!(
            seen == times || (transition == "carol:1" && seen == 0),
            "{transition}: {heard:?}"
        );
    }
}
