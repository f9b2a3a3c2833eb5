use serde_json::json;
use zpns_apns_sim::Environment::{Development, Production};
use zpns_apns_sim::{AuthKind, ScriptedAnswer, TokenKind};
use zpns_gateway::model::Strategy;
use zpns_protocol::{Environment, LocalPushId, PushId};

use crate::world::{BUNDLE, World, registration, until};

#[tokio::test]
async fn a_device_of_each_environment_is_reached_at_its_own_host() {
    let world = World::new().await;
    for environment in [Development, Production] {
        let user = environment.as_str();
        let phone = world.phone(user, environment).await;
        let push = world.push(user, "voip").await;
        let delivery = world.delivery(&push, "accepted").await;
        assert_eq!(
            (delivery["kind"].as_str(), delivery["environment"].as_str()),
            (Some("voip"), Some(user))
        );
        let entry = world
            .log()
            .into_iter()
            .find(|e| e.device_id.as_ref() == Some(&phone.device.device_id))
            .unwrap();
        assert_eq!((entry.environment, entry.status), (environment, 200));
        assert_eq!(
            (entry.topic.as_deref(), entry.push_type.as_deref()),
            (Some("com.example.app.voip"), Some("voip"))
        );
        assert_eq!(
            (entry.priority.as_deref(), entry.apns_id.as_str()),
            (Some("10"), delivery["deliveryID"].as_str().unwrap())
        );
    }
}

#[tokio::test]
async fn a_token_of_the_other_environment_is_refused_with_what_to_do_and_kept_as_suspect() {
    let world = World::new().await;
    for (is, says, cure) in [
        (Development, Production, "ZPNs.enableDebug(true)"),
        (Production, Development, "ZPNs.enableDebug(false)"),
    ] {
        let user = format!("bob-{says}");
        world.phone_registered_as(&user, is, says).await;
        let delivery = world
            .delivery(&world.push(&user, "voip").await, "rejected")
            .await;
        assert_eq!(delivery["reason"], "BadDeviceToken");
        let advice = delivery["advice"].as_str().unwrap();
        assert!(
            advice.contains(&format!("APNs ({says}) does not know this token"))
                && advice.contains(cure),
            "{advice}"
        );
        let device = world
            .gateway()
            .store()
            .devices("app", Some(&user))
            .await
            .unwrap()
            .remove(0);
        assert!(device.voip.is_some() && device.suspect_since.is_some());
    }
}

#[tokio::test]
async fn with_the_probe_a_token_of_the_other_environment_is_found_there_and_stored_so() {
    let world = World::with(|config| config.probe_other_environment = true).await;
    let phone = world
        .phone_registered_as("bob", Development, Production)
        .await;
    let delivery = world
        .delivery(&world.push("bob", "voip").await, "accepted")
        .await;
    assert!(
        delivery["advice"]
            .as_str()
            .unwrap()
            .contains("stored as development"),
        "{delivery}"
    );
    assert_eq!(world.rings(&phone).await["aps"]["alert"]["title"], "Alice");
    let device = world
        .gateway()
        .store()
        .devices("app", Some("bob"))
        .await
        .unwrap()
        .remove(0);
    assert_eq!(
        (device.environment, device.suspect_since),
        (Development, None)
    );
}

#[tokio::test]
async fn a_certificate_from_a_p12_sends_voip_and_alerts_in_both_environments() {
    let world = World::new().await;
    world.use_certificate().await;
    for (user, environment) in [("dave", Development), ("erin", Production)] {
        world.phone(user, environment).await;
        for resource in ["voip", ""] {
            world
                .delivery(&world.push(user, resource).await, "accepted")
                .await;
        }
    }
    assert!(
        world
            .log()
            .iter()
            .all(|entry| entry.auth == AuthKind::Certificate && entry.status == 200)
    );
}

#[tokio::test]
async fn an_app_without_a_fitting_credential_is_told_which_one_is_missing() {
    let world = World::new().await;
    world.phone("bob", Production).await;
    world.remove_credentials().await;
    let delivery = world
        .delivery(&world.push("bob", "voip").await, "rejected")
        .await;
    let advice = delivery["advice"].as_str().unwrap();
    assert!(
        advice.contains("com.example.app.voip in production")
            && advice.contains("zpns credential add-p8"),
        "{advice}"
    );
}

#[tokio::test]
async fn a_device_without_a_voip_token_gets_an_alert() {
    let world = World::new().await;
    let device = world.simulator.register_device(BUNDLE, Development);
    world
        .as_user(
            "bob",
            "PUT",
            "/v1/installations/i",
            registration(Development, Some(&device.tokens.apns), None),
        )
        .await
        .ok();
    let delivery = world
        .delivery(&world.push("bob", "voip").await, "accepted")
        .await;
    assert_eq!(delivery["kind"], "alert");
    let entry = world.log().remove(0);
    assert_eq!(
        (
            entry.topic.as_deref(),
            entry.push_type.as_deref(),
            entry.kind
        ),
        (Some(BUNDLE), Some("alert"), Some(TokenKind::Apns))
    );
}

#[tokio::test]
async fn without_the_fallback_a_device_without_a_voip_token_is_refused_with_what_to_do() {
    let world = World::new().await;
    world
        .resource(
            "strict",
            Strategy {
                alert_fallback: false,
                ..Strategy::voip()
            },
        )
        .await;
    let device = world.simulator.register_device(BUNDLE, Development);
    world
        .as_user(
            "bob",
            "PUT",
            "/v1/installations/i",
            registration(Development, Some(&device.tokens.apns), None),
        )
        .await
        .ok();
    let delivery = world.push("bob", "strict").await["deliveries"][0].clone();
    assert_eq!(delivery["status"], "rejected");
    assert!(
        delivery["advice"]
            .as_str()
            .unwrap()
            .contains("enableIOSVoIP: true"),
        "{delivery}"
    );
    assert!(world.log().is_empty());
}

#[tokio::test]
async fn a_push_without_a_resource_is_an_alert() {
    let world = World::new().await;
    world.phone("bob", Development).await;
    assert_eq!(
        world
            .delivery(&world.push("bob", "").await, "accepted")
            .await["kind"],
        "alert"
    );
}

#[tokio::test]
async fn an_unknown_resource_is_refused_and_nothing_is_sent() {
    let world = World::new().await;
    world.phone("bob", Development).await;
    let body = json!({"to": {"userIDs": ["bob"]}, "pushConfig": {"resourcesID": "nope"}});
    let message = world
        .as_server("POST", "/v1/pushes", body)
        .await
        .refused(400, "unknown_resource");
    assert!(
        message.contains("\"nope\"") && message.contains("zpns resource create"),
        "{message}"
    );
    assert!(world.log().is_empty());
}

#[tokio::test]
async fn a_payload_over_5120_bytes_is_refused_by_how_much() {
    let world = World::new().await;
    world.phone("bob", Development).await;
    let send = async |length: usize| {
        let config = json!({"resourcesID": "voip", "payload": "x".repeat(length)});
        world
            .as_server(
                "POST",
                "/v1/pushes",
                json!({"to": {"userIDs": ["bob"]}, "pushConfig": config}),
            )
            .await
    };
    let message = send(5120).await.refused(413, "payload_too_large");
    let over: usize = message
        .split(" bytes, ")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    send(5120 - over).await.ok();
    send(5121 - over).await.refused(413, "payload_too_large");
}

#[tokio::test]
async fn a_local_push_id_is_reached_without_a_registration() {
    let world = World::new().await;
    let device = world.simulator.register_device(BUNDLE, Production);
    let local = LocalPushId {
        bundle_id: BUNDLE.into(),
        env: Environment::Production,
        apns: None,
        voip: Some(device.tokens.voip.clone()),
    };
    let body =
        json!({"to": {"pushIDs": [PushId::local(&local)]}, "pushConfig": {"resourcesID": "voip"}});
    let push = world.as_server("POST", "/v1/pushes", body).await.ok();
    let delivery = world.delivery(&push, "accepted").await;
    assert_eq!(
        (&delivery["pushID"], &delivery["environment"]),
        (&json!(null), &json!("production"))
    );
}

#[tokio::test]
async fn a_device_named_twice_gets_one_push() {
    let world = World::new().await;
    let phone = world.phone("bob", Development).await;
    let body = json!({"to": {"pushIDs": [phone.push_id, phone.push_id], "userIDs": ["bob"]}, "pushConfig": {}});
    assert_eq!(
        world.as_server("POST", "/v1/pushes", body).await.ok()["deliveries"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_thousand_recipients_fit_into_one_push() {
    let world = World::new().await;
    world.phone("bob", Development).await;
    let mut users: Vec<_> = (0..999).map(|n| format!("user-{n:0>59}")).collect();
    users.push("bob".into());
    let push = world
        .as_server(
            "POST",
            "/v1/pushes",
            json!({"to": {"userIDs": users}, "pushConfig": {}}),
        )
        .await
        .ok();
    assert_eq!(
        (
            push["deliveries"].as_array().unwrap().len(),
            push["unreachable"].as_array().unwrap().len()
        ),
        (1, 999)
    );
}

#[tokio::test]
async fn the_same_idempotency_key_sends_once_and_gives_the_same_answer() {
    let world = World::new().await;
    world.phone("bob", Development).await;
    let body =
        json!({"to": {"userIDs": ["bob"]}, "pushConfig": {"resourcesID": "voip"}}).to_string();
    let send = async |key: &str, body: &str| {
        let request = world
            .request("POST", "/v1/pushes")
            .bearer_auth(world.api_key())
            .header("Idempotency-Key", key);
        crate::world::answer(request.body(body.to_owned())).await
    };
    let first = send("key-1", &body).await.ok();
    world.delivery(&first, "accepted").await;
    let second = send("key-1", &body).await;
    assert_eq!(second.headers["idempotent-replayed"], "true");
    assert_eq!((second.status, second.body), (202, first));
    assert_eq!(world.log().len(), 1);
    send("key-1", &body.replace("bob", "carol"))
        .await
        .refused(422, "idempotency_key_reused");
    send("", &body).await.refused(400, "invalid_field");
}

#[tokio::test]
async fn a_server_error_is_tried_again_with_the_same_apns_id() {
    let world = World::new().await;
    let phone = world.phone("bob", Development).await;
    let answers = vec![
        ScriptedAnswer::rejected(503, "ServiceUnavailable"),
        ScriptedAnswer::rejected(500, "InternalServerError"),
    ];
    world
        .simulator
        .script_token(&phone.device.tokens.voip, answers)
        .unwrap();
    let delivery = world
        .delivery(&world.push("bob", "voip").await, "accepted")
        .await;
    assert_eq!(delivery["attempts"], 3);
    let ids: std::collections::HashSet<_> =
        world.log().into_iter().map(|entry| entry.apns_id).collect();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn a_voip_push_is_given_up_when_its_ring_time_is_over() {
    let world = World::new().await;
    world
        .resource(
            "short",
            Strategy {
                ring_time: 1,
                ..Strategy::voip()
            },
        )
        .await;
    let phone = world.phone("bob", Development).await;
    let answers = (0..20)
        .map(|_| ScriptedAnswer::rejected(503, "ServiceUnavailable"))
        .collect();
    world
        .simulator
        .script_token(&phone.device.tokens.voip, answers)
        .unwrap();
    let delivery = world
        .delivery(&world.push("bob", "short").await, "expired")
        .await;
    assert_eq!(delivery["reason"], "ServiceUnavailable");
    assert!(
        delivery["advice"]
            .as_str()
            .unwrap()
            .contains("Its time was up"),
        "{delivery}"
    );
}

#[tokio::test]
async fn a_410_removes_a_token_that_has_not_been_registered_since() {
    let world = World::new().await;
    let phone = world.phone("bob", Development).await;
    let dead = ScriptedAnswer {
        timestamp: Some(u64::MAX / 2_000_000),
        ..ScriptedAnswer::rejected(410, "Unregistered")
    };
    world
        .simulator
        .script_token(&phone.device.tokens.voip, vec![dead])
        .unwrap();
    world
        .delivery(&world.push("bob", "voip").await, "rejected")
        .await;
    let device = world
        .gateway()
        .store()
        .devices("app", Some("bob"))
        .await
        .unwrap()
        .remove(0);
    assert_eq!(
        (device.voip, device.apns),
        (None, Some(phone.device.tokens.apns))
    );
}

#[tokio::test]
async fn a_410_from_before_the_registration_removes_nothing() {
    let world = World::new().await;
    let phone = world.phone("bob", Development).await;
    let stale = ScriptedAnswer {
        timestamp: Some(1_000),
        ..ScriptedAnswer::rejected(410, "Unregistered")
    };
    world
        .simulator
        .script_token(&phone.device.tokens.voip, vec![stale])
        .unwrap();
    world
        .delivery(&world.push("bob", "voip").await, "rejected")
        .await;
    assert!(
        world
            .gateway()
            .store()
            .devices("app", Some("bob"))
            .await
            .unwrap()[0]
            .voip
            .is_some()
    );
}

#[tokio::test]
async fn what_was_sent_is_emptied_once_it_is_finished() {
    let world = World::new().await;
    world.phone("bob", Development).await;
    world
        .delivery(&world.push("bob", "voip").await, "accepted")
        .await;
    let database = rusqlite::Connection::open(world.data().join("zpns.db")).unwrap();
    let kept: u32 = database
        .query_row(
            "SELECT count(*) FROM deliveries WHERE token <> '' OR payload <> x''",
            [],
            |r| r.get(0),
        )
        .unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn a_receipt_proves_the_delivery() {
    let world = World::new().await;
    let phone = world.phone("bob", Development).await;
    let push = world.push("bob", "voip").await;
    let delivery = world.delivery(&push, "accepted").await;
    let body = json!({"deliveryID": delivery["deliveryID"], "installation": phone.installation});
    world
        .as_user("mallory", "POST", "/v1/receipts", body.clone())
        .await
        .refused(404, "no_such_delivery");
    world
        .as_user("bob", "POST", "/v1/receipts", body)
        .await
        .ok();
    world.delivery(&push, "received").await;
}

#[tokio::test]
async fn pushes_are_not_lost_while_apns_refuses_breaks_and_goes_away() {
    let world = World::new().await;
    world.phone("bob", Development).await;
    let faults = zpns_apns_sim::Faults {
        refuse_every: 7,
        go_away_every: 20,
        unavailable_rate: 0.05,
        ..Default::default()
    };
    world.simulator.set_faults(faults).unwrap();
    let mut ids = Vec::new();
    for _ in 0..60 {
        ids.push(world.push("bob", "voip").await);
    }
    for push in &ids {
        world.delivery(push, "accepted").await;
    }
    world.simulator.clear_faults();
    until("the dispatcher is idle", || async {
        let ready = world.as_server("GET", "/readyz", json!(null)).await.ok();
        (ready["deliveriesInHand"] == 0).then_some(())
    })
    .await;
}
