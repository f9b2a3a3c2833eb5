use serde_json::{Value, json};
use zpns_apns_sim::Environment::{Development, Production};
use zpns_gateway::model::{CancelMode, Strategy};

use crate::world::{Phone, World, registration, until};

fn states(call: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    call["participants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (text(&p["userID"]), text(&p["state"])))
        .collect()
}

async fn verb(world: &World, user: &str, call: &Value, verb: &str, body: Value) -> Value {
    let id = call["callID"].as_str().unwrap();
    world
        .as_user(user, "POST", &format!("/v1/calls/{id}/{verb}"), body)
        .await
        .ok()
}

#[tokio::test]
async fn an_invitation_rings_with_everything_the_phone_needs() {
    let world = World::new().await;
    let phone = world.phone("bob", Development).await;
    let body = json!({"callID": "call/42 通", "invitees": ["bob"], "timeout": 33, "mode": 1, "extendedData": "x", "pushConfig": {
        "resourcesID": "voip", "title": "Alice", "content": "calls", "payload": "p",
        "voIPConfig": {"iOSVoIPHandleType": 3, "iOSVoIPHandleValue": "a@example.com", "iOSVoIPHasVideo": true}}});
    let invited = world.as_user("alice", "POST", "/v1/calls", body).await.ok();
    let payload = world.rings(&phone).await;
    let zpns = &payload["zpns"];
    assert_eq!(payload["call_id"], "call/42 通");
    assert_eq!(
        payload["zego"],
        json!({"version": 1, "voip_has_video": true, "voip_handle_type": 3, "voip_handle_value": "a@example.com"})
    );
    assert_eq!(
        (&zpns["kind"], &zpns["caller"], &zpns["user"]),
        (&json!("invite"), &json!("alice"), &json!("bob"))
    );
    assert_eq!(
        (&zpns["mode"], &zpns["timeout"], &zpns["extendedData"]),
        (&json!(1), &json!(33), &json!("x"))
    );
    assert_eq!(zpns["expiresAt"], invited["call"]["expiresAt"]);
    assert_eq!(
        zpns["followURL"],
        format!("{}/v1/calls/call%2F42%20%E9%80%9A", world.gateway().url())
    );
    let entry = world.log().remove(0);
    assert_eq!(
        entry.expiration.unwrap().parse::<u64>().unwrap(),
        zpns["expiresAt"].as_u64().unwrap().div_ceil(1000)
    );
}

#[tokio::test]
async fn every_device_of_every_invitee_rings_each_with_its_own_token() {
    let world = World::new().await;
    let phones = [
        world.phone("bob", Development).await,
        world.phone("bob", Production).await,
        world.phone("carol", Production).await,
    ];
    world.invite("alice", &["bob", "carol"], 30).await;
    let mut tokens = std::collections::HashSet::new();
    for phone in &phones {
        tokens.insert(
            world.rings(phone).await["zpns"]["followToken"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    assert_eq!(tokens.len(), 3);
}

#[tokio::test]
async fn the_push_of_an_invitation_shows_why_a_phone_did_not_ring() {
    let world = World::new().await;
    world
        .phone_registered_as("bob", Development, Production)
        .await;
    let invited = world.invite("alice", &["bob"], 30).await;
    assert_eq!(
        world.delivery(&invited, "rejected").await["reason"],
        "BadDeviceToken"
    );
}

#[tokio::test]
async fn an_accepted_call_is_ended_by_either_side() {
    let world = World::new().await;
    for hangs_up in ["alice", "bob"] {
        let call = world.invite("alice", &["bob"], 30).await["call"].clone();
        let accepted = verb(
            &world,
            "bob",
            &call,
            "accept",
            json!({"installation": "i-1", "extendedData": "hi"}),
        )
        .await;
        assert_eq!(
            (&accepted["applied"], &accepted["call"]["state"]),
            (&json!(true), &json!("accepted"))
        );
        assert_eq!(accepted["call"]["participants"][1]["installation"], "i-1");
        let ended = verb(&world, hangs_up, &call, "end", Value::Null).await;
        assert_eq!(
            (&ended["applied"], &ended["call"]["state"]),
            (&json!(true), &json!("ended"))
        );
    }
}

#[tokio::test]
async fn a_rejected_call_is_over_and_later_verbs_get_its_state() {
    let world = World::new().await;
    world.phone("bob", Development).await;
    let call = world.invite("alice", &["bob"], 30).await["call"].clone();
    assert_eq!(
        verb(&world, "bob", &call, "reject", Value::Null).await["call"]["state"],
        "rejected"
    );
    for (user, late) in [
        ("bob", "accept"),
        ("alice", "cancel"),
        ("alice", "end"),
        ("bob", "reject"),
    ] {
        let answer = verb(&world, user, &call, late, Value::Null).await;
        assert_eq!(
            (&answer["applied"], &answer["call"]["state"]),
            (&json!(false), &json!("rejected")),
            "{late}"
        );
    }
}

#[tokio::test]
async fn a_cancel_after_an_accept_loses_and_the_other_way_round() {
    let world = World::new().await;
    let call = world.invite("alice", &["bob"], 30).await["call"].clone();
    verb(&world, "bob", &call, "accept", Value::Null).await;
    assert_eq!(
        verb(&world, "alice", &call, "cancel", Value::Null).await["applied"],
        false
    );
    let call = world.invite("alice", &["bob"], 30).await["call"].clone();
    verb(&world, "alice", &call, "cancel", Value::Null).await;
    let late = verb(&world, "bob", &call, "accept", Value::Null).await;
    assert_eq!(
        (&late["applied"], &late["call"]["state"]),
        (&json!(false), &json!("cancelled"))
    );
}

#[tokio::test]
async fn of_many_accepts_at_once_exactly_one_is_applied() {
    let world = World::new().await;
    let call = world.invite("alice", &["bob"], 30).await["call"].clone();
    let accepts = (0..20).map(|n| {
        verb(
            &world,
            "bob",
            &call,
            "accept",
            json!({"installation": format!("i-{n}")}),
        )
    });
    let answers = futures_util::future::join_all(accepts).await;
    assert_eq!(answers.iter().filter(|a| a["applied"] == true).count(), 1);
    let by: std::collections::HashSet<_> = answers
        .iter()
        .map(|a| a["call"]["participants"][1]["installation"].to_string())
        .collect();
    assert_eq!(by.len(), 1);
}

#[tokio::test]
async fn nobody_answering_times_the_call_out() {
    let world = World::new().await;
    world.phone("bob", Development).await;
    let call = world.invite("alice", &["bob"], 1).await["call"].clone();
    let over = world
        .call_is(call["callID"].as_str().unwrap(), "timedOut")
        .await;
    assert_eq!(states(&over)[1], ("bob".into(), "timeout".into()));
}

#[tokio::test]
async fn a_group_call_goes_on_when_some_decline_and_others_do_not_answer() {
    let world = World::new().await;
    for user in ["bob", "carol", "dave"] {
        world.phone(user, Development).await;
    }
    let call = world
        .invite("alice", &["bob", "carol", "dave", "erin"], 2)
        .await["call"]
        .clone();
    verb(&world, "bob", &call, "accept", Value::Null).await;
    verb(&world, "carol", &call, "reject", Value::Null).await;
    let id = call["callID"].as_str().unwrap();
    let after = until("the ring time is up", || async {
        let call = world
            .as_server("GET", &format!("/v1/calls/{id}"), Value::Null)
            .await
            .ok();
        (call["participants"][3]["state"] == "timeout").then_some(call)
    })
    .await;
    let expected = [
        ("alice", "accepted"),
        ("bob", "accepted"),
        ("carol", "rejected"),
        ("dave", "timeout"),
        ("erin", "offline"),
    ];
    assert_eq!(
        states(&after),
        expected.map(|(u, s)| (u.to_owned(), s.to_owned()))
    );
    assert_eq!(after["state"], "accepted");
}

#[tokio::test]
async fn an_invitee_without_a_device_is_reported_with_zims_number_and_the_call_stands() {
    let world = World::new().await;
    let invited = world.invite("alice", &["bob"], 30).await;
    assert_eq!(
        (
            &invited["errorUserList"][0]["userID"],
            &invited["errorUserList"][0]["code"]
        ),
        (&json!("bob"), &json!(6_000_281))
    );
    assert_eq!(
        (
            &invited["call"]["state"],
            &invited["call"]["participants"][1]["state"]
        ),
        (&json!("ringing"), &json!("offline"))
    );
    assert_eq!(invited.get("push"), None);
    assert_eq!(
        verb(&world, "bob", &invited["call"], "accept", Value::Null).await["applied"],
        true
    );
}

#[tokio::test]
async fn a_device_that_registers_while_the_call_rings_is_sent_the_invitation_once() {
    let world = World::new().await;
    let invited = world.invite("alice", &["bob"], 30).await;
    let phone = world.phone("bob", Development).await;
    let payload = world.rings(&phone).await;
    assert_eq!(payload["call_id"], invited["call"]["callID"]);
    let body = crate::world::registration(
        Development,
        Some(&phone.device.tokens.apns),
        Some(&phone.device.tokens.voip),
    );
    world
        .as_user(
            "bob",
            "PUT",
            &format!("/v1/installations/{}", phone.installation),
            body,
        )
        .await
        .ok();
    let second = world.phone("bob", Production).await;
    world.rings(&second).await;
    assert_eq!(world.log().len(), 2);
    verb(&world, "alice", &invited["call"], "cancel", Value::Null).await;
    let third = world.phone("bob", Production).await;
    world
        .delivery(
            &world
                .as_server(
                    "POST",
                    "/v1/pushes",
                    json!({"to": {"pushIDs": [third.push_id]}, "pushConfig": {}}),
                )
                .await
                .ok(),
            "accepted",
        )
        .await;
    assert_eq!(world.log().len(), 3);
}

#[tokio::test]
async fn without_a_push_config_no_device_is_woken() {
    let world = World::new().await;
    world.phone("bob", Development).await;
    let invited = world
        .as_user("alice", "POST", "/v1/calls", json!({"invitees": ["bob"]}))
        .await
        .ok();
    assert_eq!(
        (
            &invited["call"]["participants"][1]["state"],
            invited.get("push")
        ),
        (&json!("inviting"), None)
    );
    assert!(world.log().is_empty());
}

#[tokio::test]
async fn a_call_id_is_taken_once() {
    let world = World::new().await;
    let body = json!({"callID": "c-1", "invitees": ["bob"]});
    world
        .as_user("alice", "POST", "/v1/calls", body.clone())
        .await
        .ok();
    world
        .as_user("alice", "POST", "/v1/calls", body)
        .await
        .refused(409, "call_exists");
}

#[tokio::test]
async fn a_receipt_by_the_follow_token_shows_that_the_phone_was_reached() {
    let world = World::new().await;
    let phone = world.phone("bob", Development).await;
    let invited = world.invite("alice", &["bob"], 30).await;
    let token = world.rings(&phone).await["zpns"]["followToken"]
        .as_str()
        .unwrap()
        .to_owned();
    world
        .call("POST", "/v1/receipts", &token, Value::Null)
        .await
        .ok();
    world.delivery(&invited, "received").await;
    let call = world
        .call_is(invited["call"]["callID"].as_str().unwrap(), "ringing")
        .await;
    assert_eq!(states(&call)[1].1, "received");
}

#[tokio::test]
async fn a_follow_token_accepts_or_declines_its_own_call_and_nothing_else() {
    let world = World::new().await;
    let phone = world.phone("bob", Development).await;
    let invited = world.invite("alice", &["bob"], 30).await;
    let zpns = world.rings(&phone).await["zpns"].clone();
    let other = world.invite("alice", &["bob"], 30).await["call"]["callID"]
        .as_str()
        .unwrap()
        .to_owned();
    let token = zpns["followToken"].as_str().unwrap();
    let url = zpns["followURL"].as_str().unwrap();
    let id = invited["call"]["callID"].as_str().unwrap();
    assert!(url.ends_with(id));
    assert_eq!(
        world.call("GET", url, token, Value::Null).await.ok()["state"],
        "ringing"
    );
    for (method, path) in [
        ("GET", format!("/v1/calls/{other}")),
        ("POST", format!("/v1/calls/{other}/accept")),
    ] {
        world
            .call(method, &path, token, Value::Null)
            .await
            .refused(403, "forbidden");
    }
    world
        .call(
            "GET",
            &format!("/v1/calls/{other}/events"),
            token,
            Value::Null,
        )
        .await
        .refused(403, "forbidden");
    world
        .call("POST", &format!("{url}/cancel"), token, Value::Null)
        .await
        .refused(403, "forbidden");
    world
        .call("POST", "/v1/calls", token, json!({"invitees": ["carol"]}))
        .await
        .refused(403, "forbidden");
    world
        .call("PUT", "/v1/installations/i", token, json!({}))
        .await
        .refused(403, "forbidden");
    world
        .call("GET", "/v1/pushes/x", token, Value::Null)
        .await
        .refused(403, "forbidden");
    world
        .call("POST", "/v1/receipts", token, json!({"callID": other}))
        .await
        .refused(403, "forbidden");
    world
        .call(
            "POST",
            &format!("{url}/accept"),
            token,
            json!({"user": "alice"}),
        )
        .await
        .refused(403, "forbidden");
    let rejected = world
        .call("POST", &format!("{url}/reject"), token, Value::Null)
        .await
        .ok();
    assert_eq!(
        rejected["call"]["participants"][1]["installation"],
        phone.installation
    );
    assert_eq!(rejected["call"]["state"], "rejected");
}

#[tokio::test]
async fn strangers_do_not_see_a_call_and_the_wrong_side_is_told_so() {
    let world = World::new().await;
    let call = world.invite("alice", &["bob"], 30).await["call"]["callID"]
        .as_str()
        .unwrap()
        .to_owned();
    world
        .as_user("mallory", "GET", &format!("/v1/calls/{call}"), Value::Null)
        .await
        .refused(404, "no_such_call");
    world
        .as_user(
            "mallory",
            "GET",
            &format!("/v1/calls/{call}/events"),
            Value::Null,
        )
        .await
        .refused(404, "no_such_call");
    world
        .as_user(
            "mallory",
            "POST",
            &format!("/v1/calls/{call}/accept"),
            Value::Null,
        )
        .await
        .refused(403, "not_a_participant");
    world
        .as_user(
            "bob",
            "POST",
            &format!("/v1/calls/{call}/cancel"),
            Value::Null,
        )
        .await
        .refused(403, "not_the_inviter");
    world
        .as_user(
            "alice",
            "POST",
            &format!("/v1/calls/{call}/accept"),
            Value::Null,
        )
        .await
        .refused(403, "not_an_invitee");
    world
        .as_user("bob", "POST", "/v1/calls/none/accept", Value::Null)
        .await
        .refused(404, "no_such_call");
    world
        .as_server("POST", &format!("/v1/calls/{call}/accept"), Value::Null)
        .await
        .refused(400, "invalid_field");
    world
        .as_server(
            "POST",
            &format!("/v1/calls/{call}/accept"),
            json!({"user": "bob"}),
        )
        .await
        .ok();
}

#[tokio::test]
async fn with_cancel_mode_voip_the_devices_that_rang_are_told_by_push() {
    let world = World::new().await;
    world
        .resource(
            "voip",
            Strategy {
                cancel_mode: CancelMode::Voip,
                ..Strategy::voip()
            },
        )
        .await;
    let phones = [
        world.phone("bob", Development).await,
        world.phone("bob", Development).await,
    ];
    let invited = world.invite("alice", &["bob"], 30).await;
    for phone in &phones {
        world.rings(phone).await;
    }
    let push = invited["push"].as_str().unwrap();
    until("both invitations are accepted", || async {
        let push = world
            .as_server("GET", &format!("/v1/pushes/{push}"), Value::Null)
            .await
            .ok();
        push["deliveries"]
            .as_array()
            .unwrap()
            .iter()
            .all(|d| d["status"] == "accepted")
            .then_some(())
    })
    .await;
    let answered_on = &phones[0].installation;
    verb(
        &world,
        "bob",
        &invited["call"],
        "accept",
        json!({"installation": answered_on}),
    )
    .await;
    let entries = until("a third push went out", || async {
        Some(world.log()).filter(|log| log.len() == 3)
    })
    .await;
    let cancel = entries.last().unwrap();
    assert_eq!(cancel.device_id.as_ref(), Some(&phones[1].device.device_id));
    assert_eq!(cancel.payload["zpns"]["kind"], "cancel");
    assert_eq!(cancel.payload["zpns"]["reason"], "answeredElsewhere");
    assert_eq!(cancel.payload["zpns"].get("followToken"), None);
}

#[tokio::test]
async fn without_it_the_end_of_a_call_is_not_pushed() {
    let world = World::new().await;
    let phone = world.phone("bob", Development).await;
    let invited = world.invite("alice", &["bob"], 30).await;
    world.delivery(&invited, "accepted").await;
    verb(&world, "alice", &invited["call"], "cancel", Value::Null).await;
    // A push to another device that was accepted later shows that the first one got no second.
    world
        .delivery(&world.push("bob", "").await, "accepted")
        .await;
    let kinds: Vec<_> = world
        .log()
        .into_iter()
        .map(|e| e.push_type.unwrap())
        .collect();
    assert_eq!(kinds, ["voip", "alert"], "{}", phone.push_id);
}

#[tokio::test]
async fn an_invitation_that_could_not_be_sent_yet_is_not_sent_after_the_cancel() {
    let world = World::new().await;
    let phone = world.phone("bob", Development).await;
    let answers = (0..3)
        .map(|_| zpns_apns_sim::ScriptedAnswer::rejected(503, "ServiceUnavailable"))
        .collect();
    world
        .simulator
        .script_token(&phone.device.tokens.voip, answers)
        .unwrap();
    let invited = world.invite("alice", &["bob"], 30).await;
    until("it was tried once", || async {
        (!world.log().is_empty()).then_some(())
    })
    .await;
    verb(&world, "alice", &invited["call"], "cancel", Value::Null).await;
    world.delivery(&invited, "expired").await;
    until("the dispatcher let it go", || async {
        let ready = world.as_server("GET", "/readyz", Value::Null).await.ok();
        (ready["deliveriesInHand"] == 0).then_some(())
    })
    .await;
    assert!(world.log().iter().all(|entry| entry.status == 503));
}

/// A phone without a VoIP token, as where CallKit is off.
async fn phone_without_voip(world: &World, user: &str) -> Phone {
    let device = world
        .simulator
        .register_device(crate::world::BUNDLE, Development);
    let installation = format!("{user}-{}", device.device_id);
    let path = format!("/v1/installations/{installation}");
    let body = registration(Development, Some(&device.tokens.apns), None);
    let registered = world.as_user(user, "PUT", &path, body).await.ok();
    let push_id = registered["pushID"].as_str().unwrap().to_owned();
    Phone {
        device,
        installation,
        push_id,
    }
}

#[tokio::test]
async fn an_invitation_by_alert_can_be_followed_and_declined() {
    let world = World::new().await;
    let phone = phone_without_voip(&world, "bob").await;
    let invited = world.invite("alice", &["bob"], 33).await;
    let payload = world.rings(&phone).await;
    let (call, zpns) = (&invited["call"], &payload["zpns"]);
    assert_eq!(payload["aps"]["alert"]["title"], "alice");
    assert_eq!(payload["call_id"], call["callID"]);
    assert_eq!(
        (&zpns["kind"], &zpns["caller"], &zpns["user"]),
        (&json!("invite"), &json!("alice"), &json!("bob"))
    );
    assert_eq!(zpns["expiresAt"], call["expiresAt"]);
    let entry = world.log().remove(0);
    assert_eq!(entry.push_type.as_deref(), Some("alert"));
    assert_eq!(
        entry.expiration.unwrap().parse::<u64>().unwrap(),
        call["expiresAt"].as_u64().unwrap().div_ceil(1000)
    );
    let (url, token) = (&zpns["followURL"], &zpns["followToken"]);
    let (url, token) = (url.as_str().unwrap(), token.as_str().unwrap());
    world.call("GET", url, token, Value::Null).await.ok();
    let reject = format!("{url}/reject");
    let rejected = world.call("POST", &reject, token, Value::Null).await.ok();
    assert_eq!(rejected["call"]["state"], "rejected");
    assert_eq!(
        rejected["call"]["participants"][1]["installation"],
        phone.installation.as_str()
    );
}

#[tokio::test]
async fn an_invitation_by_alert_is_tried_again_as_long_as_it_may_ring() {
    let world = World::new().await;
    let phone = phone_without_voip(&world, "bob").await;
    let answers = vec![zpns_apns_sim::ScriptedAnswer::rejected(503, "ServiceUnavailable"); 2];
    world
        .simulator
        .script_token(&phone.device.tokens.apns, answers)
        .unwrap();
    let invited = world.invite("alice", &["bob"], 30).await;
    world.delivery(&invited, "accepted").await;
}

#[tokio::test]
async fn a_device_that_was_invited_by_alert_gets_no_push_at_the_end() {
    let world = World::new().await;
    let strategy = Strategy {
        cancel_mode: CancelMode::Voip,
        ..Strategy::voip()
    };
    world.resource("voip", strategy).await;
    let phone = phone_without_voip(&world, "bob").await;
    let invited = world.invite("alice", &["bob"], 30).await;
    world.delivery(&invited, "accepted").await;
    verb(&world, "alice", &invited["call"], "cancel", Value::Null).await;
    // A later push that was accepted shows that none was sent in between.
    world
        .delivery(&world.push("bob", "").await, "accepted")
        .await;
    assert_eq!(world.log().len(), 2, "{}", phone.push_id);
}
