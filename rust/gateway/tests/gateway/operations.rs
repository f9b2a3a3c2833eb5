use std::num::NonZeroU32;

use serde_json::{Value, json};
use zpns_apns_sim::Environment::Development;

use crate::world::World;

#[tokio::test]
async fn health_and_readiness_are_open() {
    let world = World::new().await;
    for (path, status) in [("/healthz", "ok"), ("/readyz", "ready")] {
        assert_eq!(
            crate::world::answer(world.request("GET", path)).await.ok()["status"],
            status
        );
    }
}

#[tokio::test]
async fn the_metrics_count_what_happened_without_naming_anyone() {
    let world = World::new().await;
    world.use_certificate().await;
    world.phone("bob-the-user", Development).await;
    world
        .delivery(&world.push("bob-the-user", "voip").await, "accepted")
        .await;
    let text = world
        .request("GET", "/metrics")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for name in [
        "zpns_http_requests_total{route=\"/v1/pushes\"",
        "zpns_apns_answers_total{kind=\"voip\",environment=\"development\",result=\"accepted\"}",
        "zpns_deliveries_total{kind=\"voip\",environment=\"development\",status=\"accepted\"",
        "zpns_devices{environment=\"development\",suspect=\"false\"} 1",
        "zpns_certificate_not_after_seconds",
        "zpns_http_request_seconds_bucket",
    ] {
        assert!(text.contains(name), "{name} is missing in {text}");
    }
    assert!(!text.contains("bob-the-user"));
}

#[tokio::test]
async fn a_caller_who_invites_too_often_is_told_how_long_to_wait() {
    let world = World::with(|config| config.limits.invitations_per_caller = NonZeroU32::MIN).await;
    world.invite("alice", &["bob"], 30).await;
    let body = json!({"invitees": ["bob"]});
    let refused = world
        .as_user("alice", "POST", "/v1/calls", body.clone())
        .await;
    let wait: u64 = refused.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    refused.refused(429, "too_many_requests");
    world.as_user("carol", "POST", "/v1/calls", body).await.ok();
}

#[tokio::test]
async fn a_callee_is_not_rung_too_often_whoever_calls() {
    let world = World::with(|config| config.limits.invitations_per_callee = NonZeroU32::MIN).await;
    world.invite("alice", &["bob"], 30).await;
    world
        .as_user("carol", "POST", "/v1/calls", json!({"invitees": ["bob"]}))
        .await
        .refused(429, "too_many_requests");
    world
        .as_user("carol", "POST", "/v1/calls", json!({"invitees": ["dave"]}))
        .await
        .ok();
}

#[tokio::test]
async fn a_key_that_asks_too_often_is_told_to_wait() {
    let world = World::with(|config| config.limits.requests_per_second = NonZeroU32::MIN).await;
    world
        .as_server("GET", "/v1/pushes/x", Value::Null)
        .await
        .refused(404, "no_such_push");
    world
        .as_server("GET", "/v1/pushes/x", Value::Null)
        .await
        .refused(429, "too_many_requests");
    world
        .as_user("bob", "POST", "/v1/receipts", json!({"callID": "x"}))
        .await
        .refused(404, "no_such_call");
}

#[tokio::test]
async fn a_full_backlog_is_answered_with_a_time_to_come_back() {
    let world = World::with(|config| config.limits.backlog = 0).await;
    let refused = world
        .as_server(
            "POST",
            "/v1/pushes",
            json!({"to": {"userIDs": ["bob"]}, "pushConfig": {}}),
        )
        .await;
    assert_eq!(refused.headers["retry-after"], "2");
    refused.refused(503, "busy");
}

#[tokio::test]
async fn a_gateway_that_goes_down_finishes_what_is_under_way_and_ends_the_event_streams() {
    let mut world = World::new().await;
    world.phone("bob", Development).await;
    world
        .simulator
        .set_faults(zpns_apns_sim::Faults {
            delay_ms: 300,
            ..Default::default()
        })
        .unwrap();
    let call = world.invite("alice", &["bob"], 30).await;
    let id = call["call"]["callID"].as_str().unwrap();
    let request = world
        .request("GET", &format!("/v1/calls/{id}/events"))
        .bearer_auth(world.user_token("alice"));
    let stream = request.send().await.unwrap();
    world.stop().await;
    let events = stream.text().await.unwrap();
    assert!(events.contains("event: created"), "{events}");
    world.start().await;
    assert_eq!(world.log().len(), 1);
    world.delivery(&call, "accepted").await;
}
