//! User tokens run out, and the app is asked for fresh ones.

use serde_json::json;
use zpns_e2e::{World, until};
use zpns_phone::PhoneOptions;

#[test]
fn an_expired_user_token_is_renewed_and_registration_goes_on() {
    let world = World::new();
    let phone = world.new_phone(PhoneOptions::default());
    phone.sign_in_with(&world.proxy.url(), "bob", &world.expired_token("bob"));
    assert_eq!(phone.register()["errorCode"], 0);
    assert_eq!(phone.heard(|heard| heard.kind == "userTokenNeeded"), 1);
    assert_eq!(world.proxy.requests("PUT /v1/installations/"), 2);
}

#[test]
fn an_expired_user_token_that_nobody_renews_is_an_error_that_says_so() {
    let world = World::new();
    let phone = world.new_phone(PhoneOptions::default());
    let token = world.expired_token("bob");
    let params = json!({ "serverURL": world.proxy.url(), "appID": "calls", "userToken": token, "userTokenProvider": false });
    phone.ok("configure", &params);
    let registered = phone.register();
    assert_eq!(
        (&registered["errorCode"], &registered["pushID"]),
        (&json!(6_009_004), &json!("")),
        "{registered}"
    );
    assert!(
        registered["msg"].as_str().unwrap().contains("expired"),
        "{registered}"
    );
    phone.sign_in(&world.proxy.url(), "bob");
    until("it registers", || {
        (!world.devices("bob").is_empty()).then_some(())
    });
}

#[test]
fn a_call_that_meets_an_expired_user_token_is_made_with_a_fresh_one() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    alice.sign_in_with(&world.proxy.url(), "alice", &world.expired_token("alice"));
    let invite = json!({ "invitees": ["bob"], "callID": "call-1", "config": { "pushConfig": { "resourcesID": "voip" } } });
    alice.ok("callInvite", &invite);
    assert_eq!(alice.heard(|heard| heard.kind == "userTokenNeeded"), 1);
    bob.rings("call-1");
}

#[test]
fn all_who_ask_with_an_expired_user_token_at_once_ask_for_one_fresh_token_and_again_with_it() {
    let world = World::new();
    let (alice, _bob) = (world.phone("alice"), world.phone("bob"));
    alice.sign_in_with(&world.proxy.url(), "alice", &world.expired_token("alice"));
    // The requests are held back, so that all of them are under way before the first is refused.
    world.proxy.stall();
    let query = json!({ "callID": "call-1" });
    let asked: Vec<u64> = (0..5)
        .map(|_| alice.begins("queryCallInvitation", &query))
        .collect();
    world.proxy.open();
    for promise in asked {
        assert_eq!(
            alice.settles(promise).expect_err("there is no such call")["code"],
            "6000276"
        );
    }
    assert_eq!(alice.heard(|heard| heard.kind == "userTokenNeeded"), 1);
}

#[test]
fn an_answer_that_meets_an_expired_user_token_is_delivered_with_a_fresh_one() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    // No push came: without the push's capability the verb needs the user's own token.
    alice.ok(
        "callInvite",
        &json!({ "invitees": ["bob"], "callID": "call-1", "config": {} }),
    );
    bob.sign_in_with(&world.proxy.url(), "bob", &world.expired_token("bob"));
    bob.ok("callAccept", &json!({ "callID": "call-1", "config": {} }));
    assert_eq!(bob.heard(|heard| heard.kind == "userTokenNeeded"), 1);
    assert_eq!(alice.hears("callInvitationAccepted")["invitee"], "bob");
}
