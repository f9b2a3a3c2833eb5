use proptest::prelude::*;
use zpns_protocol::Environment;
use zpns_protocol::registration::Tokens;

use super::*;

fn body(apns: Option<&str>, voip: Option<&str>) -> Registration {
    Registration {
        bundle_id: "com.example".into(),
        environment: Environment::Development,
        tokens: Tokens {
            apns: apns.map(str::to_owned),
            voip: voip.map(str::to_owned),
        },
        sdk: String::new(),
        locale: String::new(),
    }
}

/// Registers at the time `n` with the pushID of `n`, should it be new.
fn add(
    devices: &mut Vec<Device>,
    user: &str,
    installation: &str,
    tokens: (Option<&str>, Option<&str>),
    n: u32,
) -> PushId {
    let id = PushId::from_random(u128::from(n));
    let registration = body(tokens.0, tokens.1);
    register(devices, user, installation, &registration, id, n.into())
}

#[test]
fn registering_again_keeps_push_id_and_badge_replaces_the_tokens_and_clears_the_suspicion() {
    let mut devices = Vec::new();
    let first = add(&mut devices, "bob", "phone", (Some("a"), Some("v")), 1);
    devices[0].badge = 3;
    devices[0].suspect_since = Some(1);
    let again = add(&mut devices, "bob", "phone", (None, Some("w")), 2);
    assert_eq!(again, first);
    let [device] = devices.as_slice() else {
        panic!("{devices:?}")
    };
    assert_eq!(
        (device.apns.as_deref(), device.voip.as_deref()),
        (None, Some("w"))
    );
    assert_eq!(
        (device.badge, device.suspect_since, device.registered_at),
        (3, None, 2)
    );
}

#[test]
fn a_token_goes_to_the_device_that_registered_it_last_and_a_device_without_any_is_forgotten() {
    let mut devices = Vec::new();
    let both = add(&mut devices, "bob", "tablet", (Some("a"), Some("v")), 1);
    add(&mut devices, "bob", "phone", (None, Some("w")), 2);
    let taker = add(&mut devices, "carol", "phone", (Some("b"), Some("w")), 3);
    let ids: Vec<_> = devices.iter().filter_map(|d| d.push_id.clone()).collect();
    assert_eq!(ids, [both.clone(), taker.clone()]);
    let detaches = changes(
        &devices,
        "dan",
        "phone",
        &body(None, Some("v")),
        PushId::from_random(4),
        4,
    );
    assert_eq!(detaches.detached, [(both, DeliveryKind::Voip)]);
    assert_eq!(detaches.deleted, []);
    let deletes = changes(
        &devices,
        "dan",
        "phone",
        &body(Some("b"), Some("w")),
        PushId::from_random(4),
        4,
    );
    assert_eq!((deletes.detached, deletes.deleted), (vec![], vec![taker]));
}

#[test]
fn a_token_of_one_kind_is_not_taken_by_the_same_text_of_the_other() {
    let mut devices = Vec::new();
    add(&mut devices, "bob", "phone", (Some("t"), None), 1);
    add(&mut devices, "carol", "phone", (None, Some("t")), 2);
    assert_eq!(devices.len(), 2);
}

#[test]
fn a_user_loses_the_device_that_registered_longest_ago_and_never_the_one_that_registers() {
    let mut devices = Vec::new();
    for n in 0..50 {
        let token = format!("t{n}");
        add(&mut devices, "bob", &token, (Some(&token), None), n + 100);
    }
    // The clock went back.
    let newest = add(&mut devices, "bob", "newest", (Some("newest"), None), 1);
    assert_eq!(devices.len(), MAX_PER_USER);
    assert!(devices.iter().any(|d| has_id(d, &newest)));
    assert!(!devices.iter().any(|d| is_of(d, "bob", "t0")));
}

proptest! {
    #[test]
    fn no_token_has_two_owners_no_device_none_and_the_last_registration_stands(
        steps in prop::collection::vec((0..4_u8, 0..4_u8, prop::option::of(0..6_u8), prop::option::of(0..6_u8)), 1..40)
    ) {
        let mut devices = Vec::new();
        for (n, (user, installation, apns, voip)) in (0..).zip(steps) {
            if apns.is_none() && voip.is_none() {
                continue;
            }
            let (apns, voip) = (apns.map(|t| format!("a{t}")), voip.map(|t| format!("v{t}")));
            let (user, installation) = (format!("u{user}"), format!("i{installation}"));
            let id = add(&mut devices, &user, &installation, (apns.as_deref(), voip.as_deref()), n);
            let registered = devices.iter().find(|d| has_id(d, &id)).unwrap();
            prop_assert!(is_of(registered, &user, &installation));
            prop_assert_eq!((&registered.apns, &registered.voip), (&apns, &voip));
            let mut owned: Vec<_> = devices.iter().flat_map(|d| [&d.apns, &d.voip]).flatten().collect();
            let all = owned.len();
            owned.sort();
            owned.dedup();
            prop_assert_eq!(owned.len(), all);
            prop_assert!(devices.iter().all(|d| tokens(d) > 0));
        }
    }
}
