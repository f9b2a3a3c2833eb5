//! A phone that registered for the other APNs environment.

use serde_json::{Value, json};
use zpns_e2e::{Phone, World};
use zpns_phone::{PhoneOptions, Signing, TimelineEvent};

/// A development build whose app insists on production.
fn phone_that_insists_on_production(world: &World) -> (Phone, Value) {
    let phone = world.new_phone(PhoneOptions {
        signing: Signing::Development,
        ..PhoneOptions::default()
    });
    phone.sign_in(&world.proxy.url(), "bob");
    phone.ok(
        "registerPush",
        &json!({ "enableIOSVoIP": true, "iOSEnvironment": 0 }),
    );
    let registered = phone.hears("registered");
    (phone, registered)
}

fn rings(phone: &Phone) -> usize {
    phone
        .timeline()
        .entries()
        .iter()
        .filter(|entry| matches!(entry.what, TimelineEvent::Ringing { .. }))
        .count()
}

#[test]
fn the_phone_warns_and_the_delivery_says_what_to_do() {
    let world = World::new();
    let (phone, registered) = phone_that_insists_on_production(&world);
    assert_eq!(
        (&registered["errorCode"], &registered["environment"]),
        (&json!(0), &json!("production"))
    );
    assert!(
        registered["warning"]
            .as_str()
            .unwrap()
            .contains("BadDeviceToken"),
        "{registered}"
    );
    let pushed = world.push(&json!({ "userIDs": ["bob"] }));
    let delivery = &world.deliveries(&pushed["id"])[0];
    assert_eq!(
        (&delivery["status"], &delivery["reason"]),
        (&json!("rejected"), &json!("BadDeviceToken"))
    );
    assert!(
        delivery["advice"]
            .as_str()
            .unwrap()
            .contains("enableDebug(true)"),
        "{delivery}"
    );
    assert_eq!(rings(&phone), 0);
    // The app does what the delivery's advice says.
    phone.ok("enableDebug", &json!({ "isDebug": true }));
    phone.ok("registerPush", &json!({ "enableIOSVoIP": true }));
    assert_eq!(phone.hears("registered")["environment"], "development");
    let pushed = world.push(&json!({ "userIDs": ["bob"] }));
    assert_eq!(world.deliveries(&pushed["id"])[0]["status"], "accepted");
    phone.sees(|what| matches!(what, TimelineEvent::Ringing { .. }));
}

#[test]
fn a_gateway_that_may_probe_finds_the_right_environment_and_keeps_it() {
    let world = World::with(|config| config.probe_other_environment = true);
    let (phone, _) = phone_that_insists_on_production(&world);
    world.invite("alice", &["bob"], "call-1", 30);
    phone.rings("call-1");
    let asked = |from: usize| -> Vec<(String, u16)> {
        world
            .apns_log()
            .iter()
            .skip(from)
            .map(|entry| (entry.environment.to_string(), entry.status))
            .collect()
    };
    assert_eq!(
        asked(0),
        [
            ("production".to_owned(), 400),
            ("development".to_owned(), 200)
        ]
    );
    phone.hangs_up("call-1");
    world.call_is("call-1", "rejected");
    world.invite("alice", &["bob"], "call-2", 30);
    phone.rings("call-2");
    assert_eq!(asked(2), [("development".to_owned(), 200)]);
}

#[test]
fn builds_for_both_environments_ring_side_by_side() {
    let world = World::new();
    let phones = [Signing::Development, Signing::Production].map(|signing| {
        let phone = world.new_phone(PhoneOptions {
            signing,
            ..PhoneOptions::default()
        });
        phone.sign_in(&world.proxy.url(), "bob");
        assert_eq!(phone.register()["warning"], Value::Null);
        phone
    });
    world.invite("alice", &["bob"], "call-1", 30);
    for phone in &phones {
        phone.rings("call-1");
    }
}
