//! APNs with faults: whatever it does to connections and streams, every phone rings once for every call.

use std::num::NonZeroU32;

use serde_json::json;
use zpns_apns_sim::{Faults, ScriptedAnswer};
use zpns_e2e::{Phone, World, until};

const CALLS: usize = 50;

/// A world that lets one caller invite often, and three phones of two users on which many calls may ring at once.
fn three_phones() -> (World, Vec<Phone>) {
    let world = World::with(|config| {
        config.limits.invitations_per_caller = NonZeroU32::MAX;
        config.limits.invitations_per_callee = NonZeroU32::MAX;
    });
    let phones: Vec<Phone> = ["bob", "bob", "carol"]
        .into_iter()
        .map(|user| world.phone(user))
        .collect();
    for phone in &phones {
        phone.ok(
            "setInitConfiguration",
            &json!({ "maximumCallGroups": 2 * CALLS }),
        );
    }
    (world, phones)
}

/// Half of the calls one after the other, half at once.
fn every_call_rings_once_on_every_phone(faults: Faults) {
    let (world, phones) = three_phones();
    world.simulator.set_faults(faults).unwrap();
    let calls: Vec<String> = (0..CALLS).map(|number| format!("call-{number}")).collect();
    let (first, second) = calls.split_at(CALLS / 2);
    for call in first {
        world.invite("alice", &["bob", "carol"], call, 60);
    }
    std::thread::scope(|scope| {
        for call in second {
            scope.spawn(|| world.invite("alice", &["bob", "carol"], call, 60));
        }
    });
    for phone in &phones {
        for call in &calls {
            phone.rings(call);
        }
    }
    for phone in &phones {
        phone.settle().unwrap();
        for call in &calls {
            assert_eq!(phone.times_rung(call), 1, "{call}");
            assert_eq!(
                phone.heard(|heard| heard.kind == "callInvitationReceived"
                    && heard.body["callID"] == **call),
                1,
                "{call}"
            );
        }
        assert_eq!(
            phone.heard(|heard| heard.kind == "didReceiveIncomingPush"),
            CALLS
        );
        assert_eq!(phone.snapshot().strikes, 0);
    }
}

#[test]
fn when_a_connection_takes_one_stream_at_a_time() {
    every_call_rings_once_on_every_phone(Faults {
        stream_limit: Some(1),
        ..Faults::default()
    });
}

#[test]
fn when_connections_are_told_to_go_away() {
    every_call_rings_once_on_every_phone(Faults {
        go_away_every: 5,
        ..Faults::default()
    });
}

#[test]
fn when_streams_are_refused() {
    every_call_rings_once_on_every_phone(Faults {
        refuse_every: 3,
        ..Faults::default()
    });
}

#[test]
fn when_apns_is_unavailable_every_fifth_time() {
    every_call_rings_once_on_every_phone(Faults {
        unavailable_rate: 0.2,
        seed: 7,
        ..Faults::default()
    });
}

#[test]
fn when_connections_drop_before_the_answer() {
    every_call_rings_once_on_every_phone(Faults {
        drop_every: 7,
        ..Faults::default()
    });
}

#[test]
fn when_all_of_that_comes_together() {
    let faults = Faults {
        stream_limit: Some(1),
        go_away_every: 11,
        refuse_every: 13,
        drop_every: 17,
        unavailable_rate: 0.1,
        ..Faults::default()
    };
    every_call_rings_once_on_every_phone(faults);
}

#[test]
fn a_phone_that_is_gone_is_rejected_once_and_then_no_device_any_more() {
    let world = World::new();
    let phone = world.phone("bob");
    let device = world.devices("bob").remove(0);
    // The app is deleted: both tokens are dead.
    drop(phone);
    let pushed = world.push(&json!({ "userIDs": ["bob"] }));
    let delivery = &world.deliveries(&pushed["id"])[0];
    assert_eq!(
        (&delivery["status"], &delivery["reason"]),
        (&json!("rejected"), &json!("Unregistered")),
        "{delivery}"
    );
    until("the token is removed", || {
        world
            .devices("bob")
            .first()
            .is_none_or(|left| left.voip.is_none())
            .then_some(())
    });
    // The device token is left: an alert to it is the last thing that the gateway tries.
    let pushed = world.push(&json!({ "userIDs": ["bob"] }));
    let delivery = &world.deliveries(&pushed["id"])[0];
    assert_eq!(
        (&delivery["kind"], &delivery["reason"]),
        (&json!("alert"), &json!("Unregistered")),
        "{delivery}"
    );
    until("the device is forgotten", || {
        world.devices("bob").is_empty().then_some(())
    });
    let invited = world.invite("alice", &["bob"], "call-1", 30);
    assert_eq!(
        invited["errorUserList"][0]["code"], 6_000_281,
        "{invited} {device:?}"
    );
}

#[test]
fn a_410_from_before_the_registration_does_not_cost_the_phone_its_token() {
    let world = World::new();
    let phone = world.phone("bob");
    let token = world.devices("bob")[0].voip.clone().unwrap();
    let long_ago = ScriptedAnswer {
        timestamp: Some(1),
        ..ScriptedAnswer::status(410)
    };
    world
        .simulator
        .script_token(&token, vec![long_ago])
        .unwrap();
    let pushed = world.push(&json!({ "userIDs": ["bob"] }));
    assert_eq!(world.deliveries(&pushed["id"])[0]["status"], "rejected");
    world.invite("alice", &["bob"], "call-1", 30);
    phone.rings("call-1");
}

#[test]
fn a_phone_that_registers_again_after_a_410_rings_again() {
    let world = World::new();
    let phone = world.phone("bob");
    let token = world.devices("bob")[0].voip.clone().unwrap();
    world
        .simulator
        .script_token(&token, vec![ScriptedAnswer::status(410)])
        .unwrap();
    let pushed = world.push(&json!({ "userIDs": ["bob"] }));
    assert_eq!(world.deliveries(&pushed["id"])[0]["reason"], "Unregistered");
    until("the token is removed", || {
        world.devices("bob")[0].voip.is_none().then_some(())
    });
    phone.kill().unwrap();
    phone.open();
    phone.sign_in(&world.proxy.url(), "bob");
    phone.hears("registered");
    world.invite("alice", &["bob"], "call-1", 30);
    phone.rings("call-1");
}
