//! Invitations and verbs beyond a limit are refused with their reason.

use std::num::NonZeroU32;

use serde_json::{Value, json};
use zpns_e2e::World;

/// This many different users.
fn users(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("user-{number}")).collect()
}

#[test]
fn an_invitation_beyond_a_limit_is_rejected_with_its_reason() {
    let world = World::new();
    let alice = world.phone("alice");
    let invite = |invitees: Value, config: Value| json!({ "invitees": invitees, "config": config });
    let of_phone = "zpns 6009001";
    let of_gateway = "zpns 6009006";
    for (params, expected, part) in [
        (
            invite(json!(users(10)), json!({})),
            of_phone,
            "at most 9 users",
        ),
        (invite(json!([]), json!({})), of_phone, "may not be empty"),
        (
            invite(json!(["bob", "bob"]), json!({})),
            of_phone,
            "invitees[1] names a user for the second time",
        ),
        (invite(json!([""]), json!({})), of_phone, "invitees[0]"),
        (
            invite(json!(["b".repeat(65)]), json!({})),
            of_phone,
            "1 to 64 bytes",
        ),
        (
            invite(json!(["bob"]), json!({ "timeout": 0 })),
            of_phone,
            "1 to 600 seconds, not 0",
        ),
        (
            invite(json!(["bob"]), json!({ "timeout": 601 })),
            of_phone,
            "1 to 600 seconds, not 601",
        ),
        (
            invite(json!(["bob"]), json!({ "timeout": 1.5 })),
            of_phone,
            "callInvite",
        ),
        (
            invite(json!(["bob"]), json!({ "mode": 2 })),
            of_phone,
            "2 is no call mode",
        ),
        (
            invite(json!(["bob"]), json!({ "extendedData": "x".repeat(1025) })),
            of_phone,
            "at most 1024 bytes of UTF-8, this one has 1025",
        ),
        (
            invite(
                json!(["bob"]),
                json!({ "pushConfig": { "resourcesID": "r".repeat(33) } }),
            ),
            of_phone,
            "resourcesID",
        ),
        (
            invite(json!(["alice"]), json!({})),
            of_gateway,
            "users can't invite themselves",
        ),
        (
            invite(
                json!(["bob"]),
                json!({ "pushConfig": { "resourcesID": "none" } }),
            ),
            of_gateway,
            "no resource \"none\" is set up",
        ),
    ] {
        let (code, message) = alice.refused("callInvite", &params);
        assert_eq!(code, expected, "{params}: {message}");
        assert!(message.contains(part), "{params}: {message}");
    }
    assert_eq!(
        alice.heard(|heard| heard.kind == "callInvitationCreated"),
        0
    );
}

#[test]
fn an_invitation_at_its_limits_is_taken() {
    let world = World::new();
    let alice = world.phone("alice");
    let config = json!({ "timeout": 600, "extendedData": "x".repeat(1024) });
    let answer = alice.ok(
        "callInvite",
        &json!({ "invitees": users(9), "config": config }),
    );
    assert_eq!(
        (
            &answer["timeout"],
            answer["errorUserList"].as_array().unwrap().len()
        ),
        (&json!(600), 9)
    );
    let shortest = json!({ "invitees": ["bob"], "config": { "timeout": 1 } });
    assert_eq!(alice.ok("callInvite", &shortest)["timeout"], 1);
}

#[test]
fn a_verb_beyond_a_limit_is_rejected_with_its_reason_and_does_nothing() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    alice.invites(&["bob"], "call-1", 30);
    bob.rings("call-1");
    let long = json!({ "extendedData": "x".repeat(1025) });
    for (phone, method, params, part) in [
        (
            &bob,
            "callAccept",
            json!({ "callID": "call-1", "config": long }),
            "at most 1024 bytes",
        ),
        (
            &bob,
            "callReject",
            json!({ "callID": "call-1", "config": long }),
            "at most 1024 bytes",
        ),
        (
            &alice,
            "callEnd",
            json!({ "callID": "call-1", "config": long }),
            "at most 1024 bytes",
        ),
        (
            &alice,
            "callCancel",
            json!({ "invitees": [], "callID": "call-1", "config": long }),
            "at most 1024 bytes",
        ),
        (
            &alice,
            "callCancel",
            json!({ "invitees": users(10), "callID": "call-1", "config": {} }),
            "at most 9 users",
        ),
        (
            &bob,
            "callReject",
            json!({ "callID": "", "config": {} }),
            "callID",
        ),
        (
            &bob,
            "queryCallInvitation",
            json!({ "callID": "x".repeat(129) }),
            "callID",
        ),
    ] {
        let (code, message) = phone.refused(method, &params);
        assert_eq!(code, "zpns 6009001", "{method}: {message}");
        assert!(
            message.contains(method) && message.contains(part),
            "{message}"
        );
    }
    assert_eq!(world.call("call-1")["state"], "ringing");
}

#[test]
fn a_payload_that_apns_would_not_take_is_refused_before_it_is_sent() {
    let world = World::new();
    let (alice, _bob) = (world.phone("alice"), world.phone("bob"));
    let push = json!({ "resourcesID": "voip", "payload": "x".repeat(5000) });
    let (code, message) = alice.refused(
        "callInvite",
        &json!({ "invitees": ["bob"], "config": { "pushConfig": push } }),
    );
    assert_eq!(code, "zpns 6009006");
    assert!(
        message.contains("more than the 5120 that APNs takes"),
        "{message}"
    );
    assert_eq!(world.apns_log().len(), 0);
}

#[test]
fn a_caller_who_invites_too_often_is_told_to_wait() {
    let world = World::with(|config| config.limits.invitations_per_caller = NonZeroU32::MIN);
    let alice = world.phone("alice");
    let invite = json!({ "invitees": ["bob"], "config": {} });
    alice.ok("callInvite", &invite);
    let (code, message) = alice.refused("callInvite", &invite);
    assert_eq!(code, "zpns 6009006");
    assert!(message.contains("too many requests"), "{message}");
}
