//! Phones whose app does not run, or whose user set a Focus.

use serde_json::json;
use zpns_apns_sim::Faults;
use zpns_e2e::{Phone, World};
use zpns_gateway::model::{CancelMode, Strategy};
use zpns_phone::{EndCause, TimelineEvent};

/// Alice calls Bob, whose app was killed: the push launches it, and it rings.
fn woken() -> (World, Phone, Phone) {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    bob.kill().unwrap();
    alice.invites(&["bob"], "call-1", 60);
    bob.rings("call-1");
    world.user_is("call-1", "bob", "received");
    (world, alice, bob)
}

#[test]
fn a_decline_reaches_the_caller_without_any_javascript() {
    let (_world, alice, bob) = woken();
    bob.hangs_up("call-1");
    alice.hears_exactly(
        "call-1",
        &[
            "Created alice:1 bob:0",
            "State bob:5",
            "State bob:2",
            "Rejected by bob",
        ],
    );
    assert!(!bob.snapshot().js_running);
}

#[test]
fn an_answer_waits_for_javascript_and_then_reaches_the_caller() {
    let (world, alice, bob) = woken();
    bob.answer(zpns_phone::driver::call_uuid("call-1")).unwrap();
    bob.settle().unwrap();
    assert_eq!(world.call("call-1")["state"], "ringing");
    bob.start_js();
    assert_eq!(alice.hears("callInvitationAccepted")["invitee"], "bob");
    let waited = |kind: &str| bob.heard(|heard| heard.kind == kind && heard.flushed);
    assert_eq!(
        [
            "didReceiveIncomingPush",
            "callInvitationReceived",
            "performAnswerCallAction"
        ]
        .map(waited),
        [1, 1, 1]
    );
}

#[test]
fn a_phone_that_was_woken_stops_when_the_caller_cancels() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    bob.kill().unwrap();
    alice.invites(&["bob"], "call-1", 60);
    bob.rings("call-1");
    alice.ok(
        "callCancel",
        &json!({ "invitees": ["bob"], "callID": "call-1", "config": {} }),
    );
    assert_eq!(bob.sees_end("call-1"), EndCause::RemoteEnded);
}

#[test]
fn a_phone_in_a_focus_leaves_the_call_to_the_users_other_phone() {
    let world = World::new();
    let (alice, silent, other) = (world.phone("alice"), world.phone("bob"), world.phone("bob"));
    silent.set_do_not_disturb(true);
    alice.invites(&["bob"], "call-1", 60);
    silent.sees(|what| matches!(what, TimelineEvent::ReportRefused { .. }));
    other.rings("call-1");
    other.answers("call-1");
    assert_eq!(alice.hears("callInvitationAccepted")["invitee"], "bob");
    assert_eq!(silent.times_rung("call-1"), 0);
}

#[test]
fn a_cancel_push_stops_a_phone_that_the_event_stream_does_not_reach() {
    let world = World::new();
    world.resource(
        "voip",
        Strategy {
            cancel_mode: CancelMode::Voip,
            ..Strategy::voip()
        },
    );
    let (alice, bob) = (world.phone_past_proxy("alice"), world.phone("bob"));
    alice.invites(&["bob"], "call-1", 60);
    bob.rings("call-1");
    world.user_is("call-1", "bob", "received");
    bob.hears_exactly("call-1", &["Received alice:1 bob:5", "State bob:5"]);
    world.proxy.cut();
    alice.ok(
        "callCancel",
        &json!({ "invitees": ["bob"], "callID": "call-1", "config": {} }),
    );
    assert_eq!(bob.sees_end("call-1"), EndCause::RemoteEnded);
    world.proxy.open();
    bob.foreground().unwrap();
    bob.hears_exactly(
        "call-1",
        &["Received alice:1 bob:5", "State bob:5", "Cancelled"],
    );
    assert_eq!(bob.snapshot().strikes, 0);
}

/// Calls five times and cancels each once the phone rings and `before_cancel` returns; each cancel comes by push and by stream.
fn cancels_five_calls(before_cancel: impl Fn(&World, &str)) {
    let world = World::new();
    world.resource(
        "voip",
        Strategy {
            cancel_mode: CancelMode::Voip,
            ..Strategy::voip()
        },
    );
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    bob.background().unwrap();
    for number in 0..5 {
        let call = format!("call-{number}");
        alice.invites(&["bob"], &call, 60);
        bob.rings(&call);
        before_cancel(&world, &call);
        alice.ok(
            "callCancel",
            &json!({ "invitees": ["bob"], "callID": call, "config": {} }),
        );
        assert_eq!(bob.sees_end(&call), EndCause::RemoteEnded);
        bob.hears("callInvitationCancelled");
    }
    zpns_e2e::until("all pushes arrive", || {
        let entries = bob.timeline().entries();
        let pushes = entries
            .iter()
            .filter(|entry| matches!(entry.what, TimelineEvent::VoipPushDelivered { .. }));
        (pushes.count() == 10).then_some(())
    });
    assert_eq!(
        bob.heard(|heard| heard.kind == "callInvitationCancelled"),
        5
    );
    assert_eq!(bob.heard(|heard| heard.kind == "didEndCall"), 5);
    assert_eq!(bob.heard(|heard| heard.kind == "didReceiveIncomingPush"), 5);
    assert_eq!(bob.snapshot().strikes, 0);
}

#[test]
fn a_cancel_by_push_and_by_stream_is_told_once() {
    cancels_five_calls(|world, call| world.user_is(call, "bob", "received"));
}

#[test]
fn a_cancel_before_apns_has_answered_is_pushed_all_the_same_and_told_once() {
    // From the second call on, APNs delivers first and answers later.
    cancels_five_calls(|world, _| {
        world
            .simulator
            .set_faults(Faults {
                delay_ms: 300,
                ..Faults::default()
            })
            .unwrap();
    });
}
