//! One call from its invitation to its end.

use serde_json::{Value, json};
use zpns_e2e::World;
use zpns_phone::EndCause;

#[test]
fn an_invitation_without_a_config_has_zims_defaults() {
    let world = World::new();
    let (alice, _bob) = (world.phone("alice"), world.phone("bob"));
    let answer = alice.ok("callInvite", &json!({ "invitees": ["bob"], "config": {} }));
    assert_eq!(
        (&answer["timeout"], &answer["errorUserList"]),
        (&json!(90), &json!([]))
    );
    let created = alice.hears("callInvitationCreated");
    assert_eq!(created["callID"], answer["callID"]);
    assert_eq!(
        (
            &created["mode"],
            &created["extendedData"],
            &created["timeout"]
        ),
        (&json!(0), &json!(""), &json!(90))
    );
    assert_eq!(
        world.apns_log().len(),
        0,
        "without a pushConfig nobody is pushed"
    );
}

#[test]
fn the_invitee_gets_what_the_caller_passed_along_and_the_caller_what_the_invitee_did() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    alice.invites(&["bob"], "call-1", 30);
    bob.rings("call-1");
    let received = bob.hears("callInvitationReceived");
    let expected = json!({
        "callID": "call-1", "mode": 0, "caller": "alice", "inviter": "alice", "timeout": 30, "extendedData": "hello",
        "createTime": world.call("call-1")["createdAt"],
        "callUserList": [
            { "userID": "alice", "state": 1, "extendedData": "" },
            { "userID": "bob", "state": 5, "extendedData": "" },
        ],
    });
    assert_eq!(received["createTime"], expected["createTime"]);
    assert_eq!(received, expected);
    bob.ok(
        "callAccept",
        &json!({ "callID": "call-1", "config": { "extendedData": "hi" } }),
    );
    let accepted = json!({ "callID": "call-1", "invitee": "bob", "extendedData": "hi" });
    assert_eq!(alice.hears("callInvitationAccepted"), accepted);
    let ended = alice.ok(
        "callEnd",
        &json!({ "callID": "call-1", "config": { "extendedData": "bye" } }),
    );
    assert_eq!(bob.sees_end("call-1"), EndCause::RemoteEnded);
    let heard = bob.hears("callInvitationEnded");
    assert_eq!(
        (
            &heard["operatedUserID"],
            &heard["extendedData"],
            &heard["endTime"]
        ),
        (&json!("alice"), &json!("bye"), &ended["endTime"])
    );
}

#[test]
fn in_a_group_call_each_user_has_an_outcome_of_their_own() {
    let world = World::new();
    let (alice, bob, carol, dave) = (
        world.phone("alice"),
        world.phone("bob"),
        world.phone("carol"),
        world.phone("dave"),
    );
    alice.invites(&["bob", "carol", "dave"], "call-1", 2);
    for (phone, user) in [(&bob, "bob"), (&carol, "carol"), (&dave, "dave")] {
        phone.rings("call-1");
        world.user_is("call-1", user, "received");
    }
    carol.hangs_up("call-1");
    world.user_is("call-1", "carol", "rejected");
    bob.answers("call-1");
    world.user_is("call-1", "bob", "accepted");
    assert_eq!(dave.sees_end("call-1"), EndCause::Unanswered);
    assert_eq!(
        dave.hears("callInvitationTimeout"),
        json!({ "callID": "call-1", "mode": 0 })
    );
    assert_eq!(
        alice.hears("callInviteesAnsweredTimeout"),
        json!({ "callID": "call-1", "invitees": ["dave"] })
    );
    let info = alice.ok("queryCallInvitation", &json!({ "callID": "call-1" }));
    let states: Vec<Value> = info["callUserList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["state"].clone())
        .collect();
    assert_eq!(
        (states, &info["state"]),
        (vec![json!(1), json!(1), json!(2), json!(6)], &json!(1))
    );
    let mut transitions = alice.transitions("call-1");
    transitions.sort();
    assert_eq!(
        transitions,
        ["bob:1", "bob:5", "carol:2", "carol:5", "dave:5", "dave:6"]
    );
    assert_eq!(
        bob.calls().len(),
        1,
        "the call of those who take part goes on"
    );
    bob.hangs_up("call-1");
    assert_eq!(alice.hears("callInvitationEnded")["operatedUserID"], "bob");
}

#[test]
fn in_advanced_mode_an_invitee_leaves_and_the_call_goes_on() {
    let world = World::new();
    let (alice, bob, carol) = (
        world.phone("alice"),
        world.phone("bob"),
        world.phone("carol"),
    );
    let config = json!({ "mode": 1, "timeout": 30, "pushConfig": { "resourcesID": "voip", "title": "Alice" } });
    alice.ok(
        "callInvite",
        &json!({ "invitees": ["bob", "carol"], "callID": "call-1", "config": config }),
    );
    for phone in [&bob, &carol] {
        phone.rings("call-1");
        phone.answers("call-1");
        assert_eq!(alice.hears("callInvitationAccepted")["callID"], "call-1");
    }
    bob.hangs_up("call-1");
    world.user_is("call-1", "bob", "quit");
    assert_eq!(world.call("call-1")["state"], "accepted");
    assert_eq!(carol.calls().len(), 1);
    alice.ok("callEnd", &json!({ "callID": "call-1", "config": {} }));
    assert_eq!(carol.sees_end("call-1"), EndCause::RemoteEnded);
}

#[test]
fn a_call_that_nobody_answers_ends_on_both_sides() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    alice.invites(&["bob"], "call-1", 1);
    bob.rings("call-1");
    assert_eq!(bob.sees_end("call-1"), EndCause::Unanswered);
    assert_eq!(bob.hears("didEndCall")["reason"], 3);
    assert_eq!(
        alice.hears("callInviteesAnsweredTimeout")["invitees"],
        json!(["bob"])
    );
    world.call_is("call-1", "timedOut");
    assert_eq!(bob.heard(|heard| heard.kind == "callInvitationTimeout"), 1);
}

#[test]
fn a_cancel_of_some_leaves_the_others_ringing() {
    let world = World::new();
    let (alice, bob, carol) = (
        world.phone("alice"),
        world.phone("bob"),
        world.phone("carol"),
    );
    alice.invites(&["bob", "carol"], "call-1", 30);
    bob.rings("call-1");
    carol.rings("call-1");
    alice.ok(
        "callCancel",
        &json!({ "invitees": ["bob"], "callID": "call-1", "config": {} }),
    );
    assert_eq!(bob.sees_end("call-1"), EndCause::RemoteEnded);
    carol.answers("call-1");
    assert_eq!(alice.hears("callInvitationAccepted")["invitee"], "carol");
}

#[test]
fn a_verb_that_comes_too_late_is_told_how_the_call_ended() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    alice.invites(&["bob"], "call-1", 30);
    bob.rings("call-1");
    alice.ok(
        "callCancel",
        &json!({ "invitees": [], "callID": "call-1", "config": {} }),
    );
    bob.sees_end("call-1");
    let of_call = json!({ "callID": "call-1", "config": {} });
    let (code, message) = bob.refused("callAccept", &of_call);
    assert_eq!(code, "zpns 6009012", "{message}");
    assert_eq!(
        bob.ok("callReject", &of_call),
        json!({ "callID": "call-1" })
    );
    let ended = alice.ok("callEnd", &of_call);
    assert_eq!(
        (&ended["acceptTime"], &ended["endTime"]),
        (&json!(0), &world.call("call-1")["endedAt"])
    );
    assert_eq!(
        alice.ok(
            "callCancel",
            &json!({ "invitees": [], "callID": "call-1", "config": {} })
        )["callID"],
        "call-1"
    );
    for verb in ["accept", "reject"] {
        let answer = world
            .as_user(
                "bob",
                "POST",
                &format!("/v1/calls/call-1/{verb}"),
                &json!({}),
            )
            .ok();
        assert_eq!(
            (&answer["applied"], &answer["call"]["state"]),
            (&json!(false), &json!("cancelled")),
            "{verb}"
        );
    }
}

#[test]
fn a_cancel_that_comes_after_the_answer_fails_and_says_what_to_use() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    alice.invites(&["bob"], "call-1", 30);
    bob.rings("call-1");
    bob.answers("call-1");
    alice.hears("callInvitationAccepted");
    let (code, message) = alice.refused(
        "callCancel",
        &json!({ "invitees": ["bob"], "callID": "call-1", "config": {} }),
    );
    assert_eq!(code, "zim 6000271");
    assert!(message.contains("callEnd"), "{message}");
    assert_eq!(bob.calls().len(), 1);
}

#[test]
fn whoever_has_no_business_with_a_call_gets_zims_error() {
    let world = World::new();
    let (alice, bob, mallory) = (
        world.phone("alice"),
        world.phone("bob"),
        world.phone("mallory"),
    );
    alice.invites(&["bob"], "call-1", 30);
    bob.rings("call-1");
    let of_call = json!({ "callID": "call-1", "config": {}, "invitees": ["bob"] });
    let none = json!({ "callID": "call-2", "config": {} });
    for (phone, method, params, expected) in [
        (&bob, "callCancel", &of_call, "zim 6000273"),
        (&alice, "callAccept", &of_call, "zim 6000274"),
        (&mallory, "callReject", &of_call, "zim 6000274"),
        (&mallory, "queryCallInvitation", &of_call, "zim 6000276"),
        (&alice, "callEnd", &none, "zim 6000276"),
        (&alice, "callInvite", &of_call, "zim 6000275"),
    ] {
        let (code, message) = phone.refused(method, params);
        assert_eq!(code, expected, "{method}: {message}");
    }
    assert_eq!(world.call("call-1")["state"], "ringing");
}
