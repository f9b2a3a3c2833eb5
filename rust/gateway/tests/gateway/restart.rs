use std::time::Duration;

use serde_json::{Value, json};
use zpns_apns_sim::Environment::Development;
use zpns_apns_sim::{Faults, ScriptedAnswer};

use crate::world::{World, until};

async fn wait_until_tried(world: &World) {
    until("it was tried", || async {
        (!world.log().is_empty()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_push_that_was_accepted_before_the_gateway_was_killed_is_sent_after_it() {
    let mut world = World::new().await;
    let phone = world.phone("bob", Development).await;
    world
        .simulator
        .set_faults(Faults {
            delay_ms: 60_000,
            ..Faults::default()
        })
        .unwrap();
    let push = world.push("bob", "voip").await;
    world.kill().await;
    world.simulator.clear_faults();
    world.start().await;
    let delivery = world.delivery(&push, "accepted").await;
    assert_eq!(delivery["status"], "accepted");
    world.rings(&phone).await;
}

#[tokio::test]
async fn a_push_that_was_being_retried_is_taken_up_again() {
    let mut world = World::new().await;
    let phone = world.phone("bob", Development).await;
    let answers = vec![ScriptedAnswer::rejected(503, "ServiceUnavailable"); 2];
    world
        .simulator
        .script_token(&phone.device.tokens.voip, answers)
        .unwrap();
    let push = world.push("bob", "voip").await;
    wait_until_tried(&world).await;
    world.kill().await;
    world.start().await;
    world.delivery(&push, "accepted").await;
}

#[tokio::test]
async fn an_invitation_that_expired_while_the_gateway_was_down_is_not_sent() {
    let mut world = World::new().await;
    let phone = world.phone("bob", Development).await;
    world
        .simulator
        .script_token(
            &phone.device.tokens.voip,
            vec![ScriptedAnswer::rejected(503, "ServiceUnavailable"); 9],
        )
        .unwrap();
    let invited = world.invite("alice", &["bob"], 1).await;
    wait_until_tried(&world).await;
    world.kill().await;
    let tried = world.log().len();
    let expires_at = invited["call"]["expiresAt"].as_u64().unwrap();
    let left = expires_at.saturating_sub(zpns_gateway::clock::now_ms());
    tokio::time::sleep(Duration::from_millis(left + 1)).await;
    world.start().await;
    world.delivery(&invited, "expired").await;
    assert_eq!(world.log().len(), tried);
}

#[tokio::test]
async fn a_ring_time_that_ran_out_while_the_gateway_was_down_times_the_call_out() {
    let mut world = World::new().await;
    world.phone("bob", Development).await;
    let id = world.invite("alice", &["bob"], 1).await["call"]["callID"]
        .as_str()
        .unwrap()
        .to_owned();
    world.kill().await;
    world.start().await;
    assert_eq!(
        world.call_is(&id, "timedOut").await["participants"][1]["state"],
        "timeout"
    );
}

#[tokio::test]
async fn devices_calls_and_events_are_there_after_a_restart() {
    let mut world = World::new().await;
    let phone = world.phone("bob", Development).await;
    let id = world.invite("alice", &["bob"], 30).await["call"]["callID"]
        .as_str()
        .unwrap()
        .to_owned();
    let token = world.rings(&phone).await["zpns"]["followToken"]
        .as_str()
        .unwrap()
        .to_owned();
    world.kill().await;
    world.start().await;
    // The follow token is signed under the master key, so it outlives the process.
    let accepted = world
        .call(
            "POST",
            &format!("/v1/calls/{id}/accept"),
            &token,
            Value::Null,
        )
        .await
        .ok();
    assert_eq!(
        (&accepted["applied"], &accepted["call"]["seq"]),
        (&json!(true), &json!(2))
    );
    world
        .delivery(&world.push("bob", "voip").await, "accepted")
        .await;
}

#[tokio::test]
async fn nothing_accepted_is_lost_when_the_gateway_is_killed_again_and_again() {
    let mut world = World::new().await;
    world.phone("bob", Development).await;
    world
        .simulator
        .set_faults(Faults {
            delay_ms: 30,
            ..Faults::default()
        })
        .unwrap();
    let mut pushes = Vec::new();
    for _ in 0..3 {
        for _ in 0..10 {
            pushes.push(world.push("bob", "voip").await);
        }
        world.kill().await;
        world.start().await;
    }
    for push in &pushes {
        world.delivery(push, "accepted").await;
    }
}

#[tokio::test]
async fn two_gateways_do_not_serve_one_database() {
    let world = World::new().await;
    let config = zpns_gateway::Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        ..zpns_gateway::Config::in_folder(world.data())
    };
    let error = zpns_gateway::Gateway::start(config)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("another gateway is serving"), "{error}");
}
