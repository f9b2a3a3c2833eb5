//! The rules about headers, tokens and payloads: what breaks them is answered with Apple's status and reason.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use support::{BUNDLE, Push, VOIP, bench};
use zpns_apns_sim::{Environment, TokenKind};

#[tokio::test]
async fn a_push_that_breaks_no_rule_is_accepted_with_its_own_id_and_no_body() {
    let bench = bench().await;
    let id = "0fd1b9a0-0d3c-4a2e-a5ae-5a2a7c2c6f10";
    for push in [bench.alert(), bench.voip()] {
        let answer = bench.send(push.with("apns-id", id)).await;
        assert_eq!(
            (answer.status, answer.headers["apns-id"].to_str().unwrap()),
            (200, id)
        );
        assert!(answer.body.is_null());
    }
}

#[tokio::test]
async fn a_push_without_an_id_gets_one() {
    let bench = bench().await;
    let answer = bench.send(bench.alert()).await;
    assert_eq!(answer.headers["apns-id"].len(), 36);
}

#[tokio::test]
async fn only_the_development_environment_answers_with_a_unique_id() {
    let bench = bench().await;
    let answer = bench.send(bench.alert()).await;
    assert!(answer.headers.contains_key("apns-unique-id"));
    let device = bench
        .simulator
        .register_device(BUNDLE, Environment::Production);
    let line = bench
        .connect_to(Environment::Production, None)
        .await
        .unwrap();
    let answer = line
        .send(bench.alert().to(&device.tokens.apns))
        .await
        .unwrap();
    assert_eq!(answer.status, 200);
    assert!(!answer.headers.contains_key("apns-unique-id"));
}

/// Each row breaks one rule.
#[tokio::test]
async fn each_broken_rule_has_the_status_and_reason_that_apple_gives_it() {
    let bench = bench().await;
    let (alert, voip) = (bench.alert(), bench.voip());
    let (apns_token, voip_token) = (&bench.device.tokens.apns, &bench.device.tokens.voip);
    let elsewhere = bench
        .simulator
        .register_device(BUNDLE, Environment::Production);
    let other_app = bench
        .simulator
        .register_device("com.example.other", Environment::Development);
    let rows: Vec<(&str, Push, u16, &str)> = vec![
        (
            "id is no UUID",
            alert.clone().with("apns-id", "42"),
            400,
            "BadMessageId",
        ),
        (
            "id without hyphens",
            alert
                .clone()
                .with("apns-id", "0fd1b9a00d3c4a2ea5ae5a2a7c2c6f10"),
            400,
            "BadMessageId",
        ),
        ("GET", alert.clone().method("GET"), 405, "MethodNotAllowed"),
        (
            "no topic",
            alert.clone().without("apns-topic"),
            400,
            "MissingTopic",
        ),
        (
            "empty topic",
            alert.clone().with("apns-topic", ""),
            400,
            "BadTopic",
        ),
        (
            "topic with a blank",
            alert.clone().with("apns-topic", "com example"),
            400,
            "BadTopic",
        ),
        (
            "collapse ID of 65 bytes",
            alert.clone().with("apns-collapse-id", &"x".repeat(65)),
            400,
            "BadCollapseId",
        ),
        (
            "priority 7",
            alert.clone().with("apns-priority", "7"),
            400,
            "BadPriority",
        ),
        (
            "expiration is a date",
            alert.clone().with("apns-expiration", "tomorrow"),
            400,
            "BadExpirationDate",
        ),
        (
            "negative expiration",
            alert.clone().with("apns-expiration", "-1"),
            400,
            "BadExpirationDate",
        ),
        (
            "unknown push type",
            alert.clone().with("apns-push-type", "shout"),
            400,
            "InvalidPushType",
        ),
        (
            "voip type, alert topic",
            alert.clone().with("apns-push-type", "voip"),
            400,
            "InvalidPushType",
        ),
        (
            "alert type, voip topic",
            voip.clone().with("apns-push-type", "alert"),
            400,
            "InvalidPushType",
        ),
        (
            "considerate voip",
            voip.clone().with("apns-priority", "5"),
            400,
            "BadPriority",
        ),
        (
            "urgent background",
            alert.clone().with("apns-push-type", "background"),
            400,
            "BadPriority",
        ),
        (
            "other path",
            alert.clone().path("/4/device/00"),
            404,
            "BadPath",
        ),
        (
            "no token",
            alert.clone().path("/3/device/"),
            400,
            "MissingDeviceToken",
        ),
        (
            "token is no hex",
            alert.clone().to("hello"),
            400,
            "BadDeviceToken",
        ),
        (
            "unknown token",
            alert.clone().to(&"ab".repeat(32)),
            400,
            "BadDeviceToken",
        ),
        (
            "token of the other environment",
            alert.clone().to(&elsewhere.tokens.apns),
            400,
            "BadDeviceToken",
        ),
        (
            "token of another app",
            alert.clone().to(&other_app.tokens.apns),
            400,
            "DeviceTokenNotForTopic",
        ),
        (
            "alert token for a call",
            voip.clone().to(apns_token),
            400,
            "DeviceTokenNotForTopic",
        ),
        (
            "voip token for an alert",
            alert.clone().to(voip_token),
            400,
            "DeviceTokenNotForTopic",
        ),
        (
            "empty payload",
            alert.clone().payload(b""),
            400,
            "PayloadEmpty",
        ),
        (
            "alert of 4097 bytes",
            alert.clone().payload(&[b' '; 4097]),
            413,
            "PayloadTooLarge",
        ),
        (
            "call of 5121 bytes",
            voip.clone().payload(&[b' '; 5121]),
            413,
            "PayloadTooLarge",
        ),
        (
            "far too large",
            voip.clone().payload(&[b' '; 60_000]),
            413,
            "PayloadTooLarge",
        ),
        (
            "topic twice",
            alert.clone().and("apns-topic", BUNDLE),
            400,
            "DuplicateHeaders",
        ),
    ];
    for (what, push, status, reason) in rows {
        let answer = bench.send(push).await;
        assert_eq!((answer.status, answer.reason()), (status, reason), "{what}");
        assert!(answer.headers.contains_key("apns-id"), "{what}");
    }
}

#[tokio::test]
async fn the_largest_payloads_are_accepted() {
    let bench = bench().await;
    assert_eq!(
        bench
            .send(bench.alert().payload(&[b' '; 4096]))
            .await
            .status,
        200
    );
    assert_eq!(
        bench.send(bench.voip().payload(&[b' '; 5120])).await.status,
        200
    );
}

#[tokio::test]
async fn a_push_without_a_type_is_taken_for_what_its_topic_says() {
    let bench = bench().await;
    assert_eq!(
        bench
            .send(bench.voip().without("apns-push-type"))
            .await
            .status,
        200
    );
    assert_eq!(
        bench
            .send(bench.alert().without("apns-push-type"))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_background_push_with_priority_5_is_accepted() {
    let bench = bench().await;
    assert_eq!(
        bench
            .send(
                bench
                    .alert()
                    .with("apns-push-type", "background")
                    .with("apns-priority", "5")
            )
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_token_in_capitals_is_the_same_token() {
    let bench = bench().await;
    let token = bench.device.tokens.apns.to_uppercase();
    assert_eq!(bench.send(bench.alert().to(&token)).await.status, 200);
}

#[tokio::test]
async fn a_rotated_token_is_unregistered_since_then_and_the_new_one_works() {
    let bench = bench().await;
    let fresh = bench
        .simulator
        .rotate_token(&bench.device.device_id, TokenKind::Voip)
        .unwrap();
    let before = support::now() * 1000;
    let answer = bench.send(bench.voip()).await;
    assert_eq!((answer.status, answer.reason()), (410, "Unregistered"));
    assert!(answer.body["timestamp"].as_u64().unwrap().abs_diff(before) < 60_000);
    assert_eq!(bench.send(bench.voip().to(&fresh)).await.status, 200);
}

#[tokio::test]
async fn a_deleted_device_is_unregistered_on_both_tokens() {
    let bench = bench().await;
    bench
        .simulator
        .unregister_device(&bench.device.device_id)
        .unwrap();
    for push in [bench.alert(), bench.voip()] {
        assert_eq!(bench.send(push).await.reason(), "Unregistered");
    }
}

#[tokio::test]
async fn every_request_is_in_the_log_without_its_token() {
    let bench = bench().await;
    bench
        .send(
            bench
                .voip()
                .with("apns-expiration", "0")
                .payload(br#"{"call_id":"42"}"#),
        )
        .await;
    bench.send(bench.alert().with("apns-topic", VOIP)).await;
    let page = bench.simulator.log(0);
    assert_eq!(page.next, 2);
    let text = serde_json::to_value(&page.entries).unwrap();
    assert_eq!(text[0]["status"], 200);
    assert_eq!(text[0]["deviceID"], bench.device.device_id);
    assert_eq!(text[0]["kind"], "voip");
    assert_eq!(text[0]["environment"], "development");
    assert_eq!(text[0]["host"], "api.push.apple.com");
    assert_eq!(text[0]["auth"], "token");
    assert_eq!(text[0]["keyID"], support::KEY);
    assert_eq!(text[0]["pushType"], "voip");
    assert_eq!(text[0]["expiration"], "0");
    assert_eq!(text[0]["payload"]["call_id"], "42");
    assert_eq!(text[0]["tokenHash"].as_str().unwrap().len(), 8);
    assert_eq!(text[1]["reason"], "InvalidPushType");
    let all = text.to_string();
    assert!(!all.contains(&bench.device.tokens.voip) && !all.contains("bearer"));
    assert_eq!(bench.simulator.log(1).entries.len(), 1);
    assert!(bench.simulator.log(2).entries.is_empty());
}

#[tokio::test]
async fn the_log_keeps_the_newest_requests() {
    let config = zpns_apns_sim::SimulatorConfig {
        log_capacity: 2,
        ..Default::default()
    };
    let bench = support::bench_with(config).await;
    let line = bench.connect().await;
    for _ in 0..5 {
        line.send(bench.alert()).await.unwrap();
    }
    let sequence: Vec<_> = bench
        .simulator
        .log(0)
        .entries
        .iter()
        .map(|entry| entry.seq)
        .collect();
    assert_eq!(sequence, [4, 5]);
}
