//! A phone that was switched on and not unlocked yet: the app can't read what it stored.

use serde_json::{Value, json};
use zpns_e2e::{BUNDLE, Phone, World};
use zpns_phone::PhoneOptions;

fn locked(world: &World) -> Phone {
    let phone = world.new_phone(PhoneOptions {
        storage_readable: false,
        ..PhoneOptions::default()
    });
    assert_eq!(phone.register()["errorCode"], 0, "without a gateway");
    phone
}

fn tokens(phone: &Phone) -> Value {
    phone.ok("getRegistration", &json!({}))["tokens"].clone()
}

/// Registers the phone as its former process would have done: this process can't read its installation ID.
fn was_registered(world: &World, phone: &Phone) {
    let body = json!({ "bundleID": BUNDLE, "environment": "development", "tokens": tokens(phone), "sdk": "test/1", "locale": "en" });
    world
        .as_user("bob", "PUT", "/v1/installations/before-the-restart", &body)
        .ok();
}

#[test]
fn it_rings_and_its_users_decline_reaches_the_caller() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), locked(&world));
    was_registered(&world, &bob);
    alice.invites(&["bob"], "call-1", 60);
    bob.rings("call-1");
    world.user_is("call-1", "bob", "received");
    bob.hangs_up("call-1");
    assert_eq!(alice.hears("callInvitationRejected")["invitee"], "bob");
}

#[test]
fn it_rings_and_its_users_answer_reaches_the_caller() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), locked(&world));
    was_registered(&world, &bob);
    alice.invites(&["bob"], "call-1", 60);
    bob.rings("call-1");
    bob.answers("call-1");
    assert_eq!(alice.hears("callInvitationAccepted")["invitee"], "bob");
    alice.ok("callEnd", &json!({ "callID": "call-1", "config": {} }));
    assert_eq!(bob.hears("callInvitationEnded")["operatedUserID"], "alice");
}

#[test]
fn it_registers_once_it_is_unlocked() {
    let world = World::new();
    let bob = locked(&world);
    bob.sign_in(&world.proxy.url(), "bob");
    bob.settle().unwrap();
    assert_eq!(
        bob.ok("getRegistration", &json!({}))["installationID"],
        Value::Null,
        "it does not know its installation ID"
    );
    assert_eq!(world.proxy.requests("PUT /v1/installations/"), 0);
    bob.unlock();
    assert_eq!(bob.hears("registered")["errorCode"], 0);
    let device = world.devices("bob").remove(0);
    assert_eq!(
        bob.ok("getRegistration", &json!({}))["installationID"],
        json!(device.installation)
    );
}

#[test]
fn a_decline_that_could_not_be_told_before_is_told_after_the_app_was_killed() {
    let world = World::new();
    let (alice, bob) = (world.phone_past_proxy("alice"), locked(&world));
    was_registered(&world, &bob);
    alice.invites(&["bob"], "call-1", 60);
    bob.rings("call-1");
    world.user_is("call-1", "bob", "received");
    world.proxy.cut();
    bob.hangs_up("call-1");
    bob.unlock();
    bob.settle().unwrap();
    bob.kill().unwrap();
    assert_eq!(world.call("call-1")["state"], "ringing");
    world.proxy.open();
    bob.open();
    assert_eq!(alice.hears("callInvitationRejected")["invitee"], "bob");
}
