//! What the gateway knows of a phone, and when that changes.

use serde_json::{Value, json};
use zpns_e2e::{Phone, World, until};
use zpns_phone::client::TokenKind;
use zpns_phone::{Happening, PhoneOptions, PushKind};

fn push_id(registered: &Value) -> String {
    assert_eq!(registered["errorCode"], 0, "{registered}");
    registered["pushID"].as_str().unwrap().to_owned()
}

/// The pushID that the phone holds.
fn current(phone: &Phone) -> String {
    phone.ok("getRegistration", &json!({}))["pushID"].as_str().unwrap().to_owned()
}

fn registrations(world: &World) -> usize {
    world.proxy.requests("PUT /v1/installations/")
}

/// Waits until the gateway has answered so many registrations.
fn registered_times(world: &World, phone: &Phone, times: usize) {
    until(&format!("{times} registrations"), || (registrations(world) == times).then_some(()));
    until("it is answered", || (phone.ok("diagnose", &json!({}))["registration"]["state"] == "registered").then_some(()));
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
    assert_eq!(to_carol["errorUserList"][0]["code"], 6_000_281, "{to_carol}");
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
fn an_unregistration_that_could_not_be_told_is_told_later() {
    let world = World::new();
    let phone = world.phone("bob");
    world.proxy.cut();
    let (code, message) = phone.refused("unregisterPush", &json!({}));
    assert_eq!(code, "zpns 6000405", "{message}");
    world.proxy.open();
    until("the gateway forgets the phone", || world.devices("bob").is_empty().then_some(()));
    until("the phone hears it", || (phone.ok("getRegistration", &json!({}))["state"] == "idle").then_some(()));
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
    until("the gateway forgets the phone", || world.devices("bob").is_empty().then_some(()));
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
    phone.sees(|what| *what == Happening::PushArrived { kind: PushKind::Alert });
    phone.rotate_token(TokenKind::Voip);
    registered_times(&world, &phone, 3);
    world.invite("alice", &["bob"], "call-2", 30);
    phone.rings("call-2");
    assert_eq!(current(&phone), before);
}

#[test]
fn an_expired_user_token_is_renewed_and_registration_goes_on() {
    let world = World::new();
    let phone = world.new_phone(PhoneOptions::default());
    phone.sign_in_with(&world.proxy.url(), "bob", &world.expired_token("bob"));
    push_id(&phone.register());
    assert_eq!(phone.heard(|heard| heard.kind == "userTokenNeeded"), 1);
    assert_eq!(registrations(&world), 2);
}

#[test]
fn an_expired_user_token_that_nobody_renews_is_an_error_that_says_so() {
    let world = World::new();
    let phone = world.new_phone(PhoneOptions::default());
    let token = world.expired_token("bob");
    let params = json!({ "serverURL": world.proxy.url(), "appID": "calls", "userToken": token, "userTokenProvider": false });
    phone.ok("configure", &params);
    let registered = phone.register();
    assert_eq!((&registered["errorCode"], &registered["pushID"]), (&json!(6_009_004), &json!("")), "{registered}");
    assert!(registered["msg"].as_str().unwrap().contains("expired"), "{registered}");
    phone.sign_in(&world.proxy.url(), "bob");
    until("it registers", || (!world.devices("bob").is_empty()).then_some(()));
}

#[test]
fn a_call_that_meets_an_expired_user_token_fails_once_and_the_next_works() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    alice.sign_in_with(&world.proxy.url(), "alice", &world.expired_token("alice"));
    let invite = json!({ "invitees": ["bob"], "callID": "call-1", "config": { "pushConfig": { "resourcesID": "voip" } } });
    let (code, message) = alice.refused("callInvite", &invite);
    assert_eq!(code, "zpns 6009004", "{message}");
    alice.hears("userTokenNeeded");
    until("the invitation is taken", || alice.ask("callInvite", &invite).ok());
    bob.rings("call-1");
}

#[test]
fn without_a_gateway_the_push_id_describes_the_phone_and_any_gateway_reaches_it() {
    let world = World::new();
    let phone = world.new_phone(PhoneOptions::default());
    let local = push_id(&phone.register());
    assert!(local.starts_with("zpl_"), "{local}");
    let pushed = world.push(&json!({ "pushIDs": [local] }));
    assert_eq!(world.deliveries(&pushed["id"])[0]["status"], "accepted", "{pushed}");
    phone.sees(|what| matches!(what, Happening::Ringing { .. }));
    assert_eq!(registrations(&world), 0);
}

#[test]
fn a_push_to_a_push_id_rings_on_that_phone_only() {
    let world = World::new();
    let (phone, other) = (world.phone("bob"), world.phone("bob"));
    let pushed = world.push(&json!({ "pushIDs": [current(&phone)] }));
    assert_eq!(world.deliveries(&pushed["id"]).len(), 1);
    phone.sees(|what| matches!(what, Happening::Ringing { .. }));
    assert_eq!(other.ringing().len(), 0);
}
