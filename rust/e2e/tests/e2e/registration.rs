//! What the gateway knows of a phone, and when that changes.

use serde_json::{Value, json};
use zpns_e2e::{BUNDLE, Phone, World, until};
use zpns_phone::driver::TokenKind;
use zpns_phone::{PhoneOptions, PushKind, TimelineEvent};
use zpns_protocol::Environment;

fn push_id(registered: &Value) -> String {
    assert_eq!(registered["errorCode"], 0, "{registered}");
    registered["pushID"].as_str().unwrap().to_owned()
}

/// The pushID that the phone holds.
fn current(phone: &Phone) -> String {
    phone.ok("getRegistration", &json!({}))["pushID"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn registrations(world: &World) -> usize {
    world.proxy.requests("PUT /v1/installations/")
}

/// Waits until the gateway has answered so many registrations.
fn registered_times(world: &World, phone: &Phone, times: usize) {
    until(&format!("{times} registrations"), || {
        (registrations(world) == times).then_some(())
    });
    until("it is answered", || {
        (phone.ok("diagnose", &json!({}))["registration"]["state"] == "registered").then_some(())
    });
}

#[test]
fn another_user_on_the_same_phone_gets_another_push_id_and_the_first_is_reached_no_more() {
    let world = World::new();
    let phone = world.phone("bob");
    let first = current(&phone);
    phone.sign_in(&world.proxy.url(), "carol");
    let second = push_id(&phone.hears("registered"));
    assert_ne!(first, second);
    let to_bob = world.invite("alice", &["bob"], "call-1", 30);
    assert_eq!(to_bob["errorUserList"][0]["code"], 6_000_281, "{to_bob}");
    world.invite("alice", &["carol"], "call-2", 30);
    phone.rings("call-2");
    assert_eq!(phone.times_rung("call-1"), 0);
}

#[test]
fn a_user_who_comes_back_to_a_phone_is_reached_again() {
    let world = World::new();
    let phone = world.phone("bob");
    phone.sign_in(&world.proxy.url(), "carol");
    phone.hears("registered");
    phone.sign_in(&world.proxy.url(), "bob");
    push_id(&phone.hears("registered"));
    let to_carol = world.invite("alice", &["carol"], "call-1", 30);
    assert_eq!(
        to_carol["errorUserList"][0]["code"], 6_000_281,
        "{to_carol}"
    );
    world.invite("alice", &["bob"], "call-2", 30);
    phone.rings("call-2");
}

#[test]
fn the_same_installation_keeps_its_push_id_over_restarts_of_the_app() {
    let world = World::new();
    let phone = world.phone("bob");
    let before = current(&phone);
    phone.kill().unwrap();
    phone.open();
    phone.sign_in(&world.proxy.url(), "bob");
    assert_eq!(push_id(&phone.hears("registered")), before);
}

#[test]
fn a_phone_that_unregistered_is_reached_no_more() {
    let world = World::new();
    let phone = world.phone("bob");
    phone.ok("unregisterPush", &json!({}));
    assert_eq!(world.proxy.requests("DELETE /v1/installations/"), 1);
    let invited = world.invite("alice", &["bob"], "call-1", 30);
    assert_eq!(invited["errorUserList"][0]["code"], 6_000_281, "{invited}");
}

#[test]
fn a_phone_that_registers_again_after_it_unregistered_is_reached_again() {
    let world = World::new();
    let phone = world.phone("bob");
    phone.ok("unregisterPush", &json!({}));
    push_id(&phone.register());
    world.invite("alice", &["bob"], "call-1", 30);
    phone.rings("call-1");
}

#[test]
fn the_app_can_read_what_the_gateway_has() {
    let world = World::new();
    let phone = world.phone("bob");
    let device = world.devices("bob").remove(0);
    let registration = phone.ok("getRegistration", &json!({}));
    let expected = json!({
        "pushID": device.push_id, "state": "registered", "bundleID": BUNDLE, "environment": device.environment,
        "environmentSource": "provisioningProfile", "warning": null, "tokens": { "apns": device.apns, "voip": device.voip },
        "serverURL": world.proxy.url(), "installationID": device.installation,
    });
    assert_eq!(registration, expected);
}

#[test]
fn an_app_that_was_killed_knows_its_registration_before_javascript_says_anything() {
    let world = World::new();
    let phone = world.phone("bob");
    let before = phone.ok("getRegistration", &json!({}));
    phone.kill().unwrap();
    phone.open();
    let after = phone.ok("getRegistration", &json!({}));
    for field in [
        "pushID",
        "environment",
        "environmentSource",
        "serverURL",
        "installationID",
    ] {
        assert_eq!(after[field], before[field], "{field}");
    }
}

#[test]
fn an_environment_that_the_app_set_is_kept_over_a_restart() {
    let world = World::new();
    let phone = world.phone("bob");
    phone.ok("enableDebug", &json!({ "isDebug": false }));
    until("the gateway knows", || {
        (world.devices("bob")[0].environment == Environment::Production).then_some(())
    });
    phone.kill().unwrap();
    phone.open();
    phone.sign_in(&world.proxy.url(), "bob");
    assert_eq!(phone.hears("registered")["environment"], "production");
    assert_eq!(world.devices("bob")[0].environment, Environment::Production);
}

#[test]
fn what_changes_while_a_registration_is_under_way_is_registered_after_it() {
    let world = World::new();
    let phone = world.phone("bob");
    world.proxy.stall();
    let token = || {
        phone.ok("getRegistration", &json!({}))["tokens"]["voip"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for _ in 0..3 {
        let old = token();
        phone.rotate_token(TokenKind::Voip);
        until("there is another token", || (token() != old).then_some(()));
    }
    world.proxy.open();
    let newest = token();
    until("the gateway has the newest", || {
        (world.devices("bob")[0].voip.as_ref() == Some(&newest)).then_some(())
    });
    assert_eq!(
        registrations(&world),
        3,
        "the first, the one that was under way, and one with the newest"
    );
}

#[test]
fn an_app_that_is_installed_anew_rings_once_and_the_old_one_is_known_to_be_gone() {
    let world = World::new();
    let phone = world.phone("bob");
    phone.reinstall();
    phone.sees(|what| *what == TimelineEvent::Reinstalled);
    phone.open();
    phone.sign_in(&world.proxy.url(), "bob");
    push_id(&phone.register());
    let invited = world.invite("alice", &["bob"], "call-1", 30);
    phone.rings("call-1");
    let reasons: Vec<Value> = world
        .deliveries(&invited["push"])
        .iter()
        .map(|delivery| delivery["reason"].clone())
        .collect();
    assert!(
        reasons.len() == 2
            && reasons.contains(&Value::Null)
            && reasons.contains(&json!("Unregistered")),
        "{reasons:?}"
    );
    assert_eq!(phone.times_rung("call-1"), 1);
}

#[test]
fn an_unregistration_that_could_not_be_told_is_told_later() {
    let world = World::new();
    let phone = world.phone("bob");
    world.proxy.cut();
    let (code, message) = phone.refused("unregisterPush", &json!({}));
    assert_eq!(code, "zpns 6000405", "{message}");
    world.proxy.open();
    until("the gateway forgets the phone", || {
        world.devices("bob").is_empty().then_some(())
    });
    until("the phone hears it", || {
        (phone.ok("getRegistration", &json!({}))["state"] == "idle").then_some(())
    });
}

#[test]
fn an_unregistration_outlives_the_app() {
    let world = World::new();
    let phone = world.phone("bob");
    world.proxy.cut();
    phone.refused("unregisterPush", &json!({}));
    phone.kill().unwrap();
    world.proxy.open();
    phone.open();
    phone.sign_in(&world.proxy.url(), "bob");
    until("the gateway forgets the phone", || {
        world.devices("bob").is_empty().then_some(())
    });
}

#[test]
fn a_rotated_token_is_registered_under_the_same_push_id_and_rings() {
    let world = World::new();
    let phone = world.phone("bob");
    let (before, old) = (current(&phone), phone.tokens().voip);
    phone.rotate_token(TokenKind::Voip);
    registered_times(&world, &phone, 2);
    assert_ne!(phone.tokens().voip, old);
    assert_eq!(current(&phone), before);
    world.invite("alice", &["bob"], "call-1", 30);
    phone.rings("call-1");
    assert_eq!(world.apns_log().len(), 1, "the old token was not tried");
}

#[test]
fn a_voip_token_that_apple_took_back_is_replaced_by_an_alert_until_there_is_another() {
    let world = World::new();
    let phone = world.phone("bob");
    let before = current(&phone);
    phone.invalidate_token(TokenKind::Voip);
    assert_eq!(phone.hears("tokenInvalidated"), json!({ "kind": "voip" }));
    registered_times(&world, &phone, 2);
    phone.ok("applyNotificationPermission", &json!({}));
    let invited = world.invite("alice", &["bob"], "call-1", 30);
    assert_eq!(world.deliveries(&invited["push"])[0]["kind"], "alert");
    phone.sees(|what| {
        *what
            == TimelineEvent::PushArrived {
                kind: PushKind::Alert,
            }
    });
    phone.rotate_token(TokenKind::Voip);
    registered_times(&world, &phone, 3);
    world.invite("alice", &["bob"], "call-2", 30);
    phone.rings("call-2");
    assert_eq!(current(&phone), before);
}

#[test]
fn without_a_gateway_the_push_id_describes_the_phone_and_any_gateway_reaches_it() {
    let world = World::new();
    let phone = world.new_phone(PhoneOptions::default());
    let local = push_id(&phone.register());
    assert!(local.starts_with("zpl_"), "{local}");
    let pushed = world.push(&json!({ "pushIDs": [local] }));
    assert_eq!(
        world.deliveries(&pushed["id"])[0]["status"],
        "accepted",
        "{pushed}"
    );
    phone.sees(|what| matches!(what, TimelineEvent::Ringing { .. }));
    assert_eq!(registrations(&world), 0);
}

#[test]
fn a_push_to_a_push_id_rings_on_that_phone_only() {
    let world = World::new();
    let (phone, other) = (world.phone("bob"), world.phone("bob"));
    let pushed = world.push(&json!({ "pushIDs": [current(&phone)] }));
    assert_eq!(world.deliveries(&pushed["id"]).len(), 1);
    phone.sees(|what| matches!(what, TimelineEvent::Ringing { .. }));
    assert_eq!(other.ringing().len(), 0);
}
