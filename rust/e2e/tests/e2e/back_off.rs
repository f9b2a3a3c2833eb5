//! Registration while the gateway can't be reached or says that it is busy, on a phone whose clock the test moves.

use serde_json::{Value, json};
use zpns_e2e::{HostOptions, Phone, World, until};

/// When the phone's clock begins, Unix milliseconds.
const START: u64 = 1_764_000_000_000;

/// A phone of bob's that has failed to register once, and what it told JavaScript.
fn failed(world: &World) -> (Phone, Value) {
    let phone = world.new_phone(HostOptions {
        manual_clock: Some(START),
        ..HostOptions::default()
    });
    phone.sign_in(&world.proxy.url(), "bob");
    let registered = phone.register();
    (phone, registered)
}

fn diagnosis(phone: &Phone) -> Value {
    phone.ok("diagnose", &json!({}))["registration"].clone()
}

/// Waits until this many tries in a row have failed. Returns how long until the next, in milliseconds.
fn wait_after(phone: &Phone, now: u64, failures: u64) -> u64 {
    until(&format!("failure {failures}"), || {
        let diagnosis = diagnosis(phone);
        (diagnosis["failures"] == failures).then(|| diagnosis["nextTryAt"].as_u64().unwrap() - now)
    })
}

fn tries(world: &World) -> usize {
    world.proxy.requests("PUT /v1/installations/")
}

#[test]
fn a_phone_that_starts_offline_says_so_and_registers_when_it_is_online() {
    let world = World::new();
    world.proxy.cut();
    let (phone, registered) = failed(&world);
    assert_eq!(
        (&registered["errorCode"], &registered["pushID"]),
        (&json!(6_000_404), &json!(""))
    );
    world.proxy.open();
    assert_eq!(tries(&world), 0, "time stands still");
    phone.advance(1_000).unwrap();
    let registered = phone.hears("registered");
    assert!(
        registered["pushID"].as_str().unwrap().starts_with("zp_"),
        "{registered}"
    );
    assert_eq!(tries(&world), 1);
}

#[test]
fn an_app_that_comes_to_the_front_tries_at_once() {
    let world = World::new();
    world.proxy.cut();
    let (phone, _) = failed(&world);
    world.proxy.open();
    phone.background().unwrap();
    phone.foreground().unwrap();
    assert_eq!(phone.hears("registered")["errorCode"], 0);
}

#[test]
fn tries_double_their_distance_while_the_gateway_is_broken() {
    let world = World::new();
    world.proxy.answer(500, None);
    let (phone, registered) = failed(&world);
    assert_eq!(registered["errorCode"], 6_000_404);
    let mut now = START;
    for (failures, longest) in [(1, 1_000), (2, 2_000), (3, 4_000), (4, 8_000), (5, 16_000)] {
        let wait = wait_after(&phone, now, failures);
        assert!(
            (longest / 2..=longest).contains(&wait),
            "after {failures} failures: {wait} ms"
        );
        phone.advance(wait - 1).unwrap();
        assert_eq!(
            tries(&world),
            usize::try_from(failures).unwrap(),
            "not before its time"
        );
        phone.advance(1).unwrap();
        now += wait;
    }
    assert_eq!(
        phone.heard(|heard| heard.kind == "registered"),
        1,
        "JavaScript is told once"
    );
}

#[test]
fn a_gateway_that_names_a_time_is_not_asked_before() {
    for status in [503, 429] {
        let world = World::new();
        world.proxy.answer(status, Some(120));
        let (phone, _) = failed(&world);
        assert_eq!(wait_after(&phone, START, 1), 120_000, "{status}");
        world.proxy.open();
        phone.advance(119_900).unwrap();
        assert_eq!(tries(&world), 1, "{status}");
        phone.advance(100).unwrap();
        assert_eq!(phone.hears("registered")["errorCode"], 0, "{status}");
        assert_eq!(tries(&world), 2, "{status}");
        assert_eq!(diagnosis(&phone)["failures"], 0, "{status}");
    }
}

#[test]
fn a_gateway_that_is_down_when_an_app_starts_is_found_when_it_is_up() {
    let mut world = World::new();
    world.kill();
    let (phone, registered) = failed(&world);
    assert_eq!(registered["errorCode"], 6_000_404);
    world.start();
    phone.advance(1_000).unwrap();
    assert_eq!(phone.hears("registered")["errorCode"], 0);
    assert_eq!(world.devices("bob").len(), 1);
}
