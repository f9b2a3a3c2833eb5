//! The stream of a call's events breaks and is opened again. JavaScript hears every event, and none twice.

use serde_json::{Value, json};
use zpns_e2e::{Phone, World, until};

/// The users who act while the network is broken, each once.
const OTHERS: [(&str, &str, &str); 4] = [
    ("carol", "accept", "carol:1"),
    ("dave", "reject", "dave:2"),
    ("erin", "accept", "erin:1"),
    ("frank", "reject", "frank:2"),
];

fn invitees() -> Vec<&'static str> {
    std::iter::once("bob")
        .chain(OTHERS.map(|(user, ..)| user))
        .collect()
}

fn hears_transition(phone: &Phone, transition: &str) {
    until(&format!("{transition} is heard"), || {
        phone
            .transitions("call-1")
            .iter()
            .any(|heard| heard == transition)
            .then_some(())
    });
}

#[test]
fn a_stream_that_breaks_again_and_again_loses_no_event_and_tells_none_twice() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    alice.invites(&invitees(), "call-1", 60);
    bob.rings("call-1");
    for phone in [&alice, &bob] {
        hears_transition(phone, "bob:5");
    }
    for (user, verb, transition) in OTHERS {
        world.proxy.cut();
        world
            .as_user(
                user,
                "POST",
                &format!("/v1/calls/call-1/{verb}"),
                &json!({}),
            )
            .ok();
        world.proxy.open();
        for phone in [&alice, &bob] {
            hears_transition(phone, transition);
        }
    }
    let mut expected = vec!["bob:5"];
    expected.extend(OTHERS.map(|(.., transition)| transition));
    for phone in [&alice, &bob] {
        // The other invitees have no phone. That has nothing to do with the network.
        let heard: Vec<String> = phone
            .transitions("call-1")
            .into_iter()
            .filter(|heard| !heard.ends_with(":4"))
            .collect();
        assert_eq!(heard, expected);
    }
}

#[test]
fn a_gateway_that_is_killed_between_two_events_tells_each_once() {
    let mut world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    alice.invites(&invitees(), "call-1", 60);
    bob.rings("call-1");
    hears_transition(&alice, "bob:5");
    for (user, verb, transition) in OTHERS {
        world.kill();
        world.start();
        world
            .as_user(
                user,
                "POST",
                &format!("/v1/calls/call-1/{verb}"),
                &json!({}),
            )
            .ok();
        hears_transition(&alice, transition);
        hears_transition(&bob, transition);
    }
    let once = |phone: &Phone, transition: &str| {
        phone
            .transitions("call-1")
            .iter()
            .filter(|heard| *heard == transition)
            .count()
            == 1
    };
    for (.., transition) in OTHERS {
        assert!(
            once(&alice, transition) && once(&bob, transition),
            "{transition}"
        );
    }
}

#[test]
fn a_stream_that_is_read_from_its_middle_has_what_came_after() {
    let world = World::new();
    let alice = world.phone("alice");
    alice.invites(&invitees(), "call-1", 60);
    for (user, verb, _) in OTHERS {
        world
            .as_user(
                user,
                "POST",
                &format!("/v1/calls/call-1/{verb}"),
                &json!({}),
            )
            .ok();
    }
    alice.ok("callEnd", &json!({ "callID": "call-1", "config": {} }));
    let numbers = |after: Option<u64>| -> Vec<Value> {
        world
            .events_as("alice", "call-1", after)
            .into_iter()
            .map(|event| event["seq"].clone())
            .collect()
    };
    assert_eq!(numbers(None), [1, 2, 3, 4, 5, 6]);
    assert_eq!(numbers(Some(4)), [5, 6]);
    assert!(numbers(Some(6)).is_empty());
}
