//! Cancel pushes: each device that rings on after the end of a call is told once, whichever comes first, the end or the answer of APNs.

use serde_json::{Value, json};
use zpns_apns_sim::Environment::Development;
use zpns_apns_sim::{LogEntry, ScriptedAnswer};
use zpns_gateway::dispatch::Dispatcher;
use zpns_gateway::dispatch::apns::{Apns, Endpoints};
use zpns_gateway::dispatch::cancel::CancelPushes;
use zpns_gateway::model::{CancelMode, Strategy};

use crate::world::{Phone, World, until};

/// Longer than what a test does meanwhile; one that is slower passes all the same.
const HELD: u64 = 1000;

async fn world() -> World {
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
    world
}

/// APNs delivers the next push to this phone at once and answers the gateway later; the pushes after it get these statuses.
fn hold_answer(world: &World, phone: &Phone, then: &[u16]) {
    let held = ScriptedAnswer {
        delay_ms: HELD,
        ..ScriptedAnswer::status(200)
    };
    let answers = std::iter::once(held)
        .chain(then.iter().map(|status| ScriptedAnswer::status(*status)))
        .collect();
    world
        .simulator
        .script_token(&phone.device.tokens.voip, answers)
        .unwrap();
}

async fn verb(world: &World, user: &str, invited: &Value, verb: &str, body: Value) {
    let id = invited["call"]["callID"].as_str().unwrap();
    let answer = world
        .as_user(user, "POST", &format!("/v1/calls/{id}/{verb}"), body)
        .await
        .ok();
    assert_eq!(answer["applied"], true, "{answer}");
}

/// What APNs was asked to cancel, also in vain.
fn cancels(world: &World) -> Vec<LogEntry> {
    world
        .log()
        .into_iter()
        .filter(|entry| entry.payload["zpns"]["kind"] == "cancel")
        .collect()
}

async fn cancelled(world: &World) -> LogEntry {
    until("APNs takes a cancel push", || async {
        cancels(world).into_iter().find(|entry| entry.status == 200)
    })
    .await
}

/// What is under way is done, and brought nothing more.
async fn settled(world: &World) {
    until("nothing is in hand", || async {
        let ready = world.as_server("GET", "/readyz", Value::Null).await.ok();
        (ready["deliveriesInHand"] == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_device_whose_answer_comes_after_the_cancel_is_told_by_push_once() {
    let world = world().await;
    let phone = world.phone("bob", Development).await;
    hold_answer(&world, &phone, &[]);
    let invited = world.invite("alice", &["bob"], 30).await;
    let token = world.rings(&phone).await["zpns"]["followToken"]
        .as_str()
        .unwrap()
        .to_owned();
    verb(&world, "alice", &invited, "cancel", Value::Null).await;
    world.delivery(&invited, "accepted").await;
    let cancel = cancelled(&world).await;
    assert_eq!(cancel.payload["zpns"]["reason"], "cancelled");
    world
        .call("POST", "/v1/receipts", &token, Value::Null)
        .await
        .ok();
    settled(&world).await;
    assert_eq!(cancels(&world).len(), 1);
}

#[tokio::test]
async fn a_device_whose_answer_comes_after_the_call_was_answered_and_ended_hears_that_it_was_answered_elsewhere()
 {
    let world = world().await;
    let (answers, other) = (
        world.phone("bob", Development).await,
        world.phone("bob", Development).await,
    );
    hold_answer(&world, &other, &[]);
    let invited = world.invite("alice", &["bob"], 30).await;
    world.rings(&other).await;
    verb(
        &world,
        "bob",
        &invited,
        "accept",
        json!({"installation": answers.installation}),
    )
    .await;
    verb(&world, "alice", &invited, "end", Value::Null).await;
    let cancel = cancelled(&world).await;
    assert_eq!(cancel.device_id.as_ref(), Some(&other.device.device_id));
    assert_eq!(cancel.payload["zpns"]["reason"], "answeredElsewhere");
}

#[tokio::test]
async fn a_device_whose_answer_comes_after_the_call_was_declined_hears_that_it_was_declined_elsewhere()
 {
    let world = world().await;
    let (declines, other) = (
        world.phone("bob", Development).await,
        world.phone("bob", Development).await,
    );
    hold_answer(&world, &other, &[]);
    let invited = world.invite("alice", &["bob"], 30).await;
    world.rings(&other).await;
    verb(
        &world,
        "bob",
        &invited,
        "reject",
        json!({"installation": declines.installation}),
    )
    .await;
    let cancel = cancelled(&world).await;
    assert_eq!(cancel.device_id.as_ref(), Some(&other.device.device_id));
    assert_eq!(cancel.payload["zpns"]["reason"], "declinedElsewhere");
}

#[tokio::test]
async fn a_late_answer_brings_no_cancel_push_where_the_mode_wants_none() {
    let world = World::new().await;
    let phone = world.phone("bob", Development).await;
    hold_answer(&world, &phone, &[]);
    let invited = world.invite("alice", &["bob"], 30).await;
    world.rings(&phone).await;
    verb(&world, "alice", &invited, "cancel", Value::Null).await;
    world.delivery(&invited, "accepted").await;
    settled(&world).await;
    assert_eq!(world.log().len(), 1);
}

#[tokio::test]
async fn a_late_answer_while_the_call_rings_on_brings_no_cancel_push() {
    let world = world().await;
    let (bob, carol) = (
        world.phone("bob", Development).await,
        world.phone("carol", Development).await,
    );
    hold_answer(&world, &carol, &[]);
    let invited = world.invite("alice", &["bob", "carol"], 30).await;
    world.rings(&carol).await;
    verb(
        &world,
        "bob",
        &invited,
        "accept",
        json!({"installation": bob.installation}),
    )
    .await;
    settled(&world).await;
    assert_eq!(cancels(&world).len(), 0);
}

#[tokio::test]
async fn a_cancel_push_that_a_late_answer_brought_is_sent_after_a_kill() {
    let mut world = world().await;
    let phone = world.phone("bob", Development).await;
    hold_answer(&world, &phone, &[503; 9]);
    let invited = world.invite("alice", &["bob"], 30).await;
    world.rings(&phone).await;
    verb(&world, "alice", &invited, "cancel", Value::Null).await;
    until("the cancel push was tried", || async {
        (!cancels(&world).is_empty()).then_some(())
    })
    .await;
    world.kill().await;
    world
        .simulator
        .script_token(&phone.device.tokens.voip, Vec::new())
        .unwrap();
    world.start().await;
    let cancel = cancelled(&world).await;
    let ids: Vec<_> = cancels(&world)
        .into_iter()
        .map(|entry| entry.apns_id)
        .collect();
    assert!(
        ids.iter().all(|id| *id == cancel.apns_id),
        "one push, whatever the attempts: {ids:?}"
    );
}

#[tokio::test]
async fn a_device_that_reports_the_invitation_after_a_kill_and_the_end_of_the_call_is_told_by_push()
{
    let mut world = world().await;
    let phone = world.phone("bob", Development).await;
    hold_answer(&world, &phone, &[]);
    let invited = world.invite("alice", &["bob"], 30).await;
    let token = world.rings(&phone).await["zpns"]["followToken"]
        .as_str()
        .unwrap()
        .to_owned();
    verb(&world, "alice", &invited, "cancel", Value::Null).await;
    // The answer of APNs is lost with the process.
    world.kill().await;
    world.start().await;
    for _ in 0..2 {
        world
            .call("POST", "/v1/receipts", &token, Value::Null)
            .await
            .ok();
    }
    world.delivery(&invited, "received").await;
    cancelled(&world).await;
    settled(&world).await;
    assert_eq!(cancels(&world).len(), 1);
}

#[tokio::test]
async fn an_invitation_that_waits_for_its_turn_when_the_call_ends_is_not_sent() {
    let world = world().await;
    let phone = world.phone("bob", Development).await;
    world
        .simulator
        .script_token(
            &phone.device.tokens.voip,
            vec![ScriptedAnswer::status(503); 9],
        )
        .unwrap();
    let invited = world.invite("alice", &["bob"], 30).await;
    let store = world.gateway().store().clone();
    // Another dispatcher takes what this one has in hand, too late.
    let jobs = store
        .jobs(store.unfinished(u64::MAX).await.unwrap())
        .await
        .unwrap();
    assert_eq!(jobs.len(), 1);
    verb(&world, "alice", &invited, "cancel", Value::Null).await;
    settled(&world).await;
    let tried = world.log().len();
    world
        .simulator
        .script_token(&phone.device.tokens.voip, Vec::new())
        .unwrap();
    let endpoint = zpns_apns::Endpoint::new("localhost", world.simulator.development().port());
    let ca_file = Some(world.data().join("ca.pem"));
    let endpoints = Endpoints {
        development: endpoint.clone(),
        production: endpoint,
        ca_file,
    };
    let apns = Apns::new(
        store.clone(),
        world.gateway().master_key().clone(),
        endpoints,
        std::time::Duration::from_secs(5),
    );
    let (dispatcher, lanes) =
        Dispatcher::start(store, apns, CancelPushes::new("http://localhost"), false);
    dispatcher.take(jobs);
    until("it was looked at", || async {
        (dispatcher.backlog() == 0).then_some(())
    })
    .await;
    lanes.abort();
    assert_eq!(world.log().len(), tried);
    assert_eq!(
        world.delivery(&invited, "expired").await["advice"],
        "The call was over before the push could be sent."
    );
}

#[tokio::test]
async fn a_cancel_push_that_is_tried_again_outlives_what_happens_to_the_call() {
    let world = world().await;
    let (declines, other) = (
        world.phone("bob", Development).await,
        world.phone("bob", Development).await,
    );
    let carol = world.phone("carol", Development).await;
    hold_answer(&world, &other, &[503, 503]);
    let invited = world.invite("alice", &["bob", "carol"], 30).await;
    let token = world.rings(&other).await["zpns"]["followToken"]
        .as_str()
        .unwrap()
        .to_owned();
    verb(
        &world,
        "bob",
        &invited,
        "reject",
        json!({"installation": declines.installation}),
    )
    .await;
    until("the cancel push was tried", || async {
        (!cancels(&world).is_empty()).then_some(())
    })
    .await;
    verb(
        &world,
        "carol",
        &invited,
        "accept",
        json!({"installation": carol.installation}),
    )
    .await;
    world
        .call("POST", "/v1/receipts", &token, Value::Null)
        .await
        .ok();
    let cancel = cancelled(&world).await;
    assert_eq!(cancel.device_id.as_ref(), Some(&other.device.device_id));
}

#[tokio::test]
async fn a_device_that_answered_gets_no_cancel_push_when_another_one_hangs_up() {
    let world = world().await;
    let (answers, other) = (
        world.phone("bob", Development).await,
        world.phone("bob", Development).await,
    );
    let invited = world.invite("alice", &["bob"], 30).await;
    settled(&world).await;
    verb(
        &world,
        "bob",
        &invited,
        "accept",
        json!({"installation": answers.installation}),
    )
    .await;
    verb(
        &world,
        "bob",
        &invited,
        "end",
        json!({"installation": other.installation}),
    )
    .await;
    settled(&world).await;
    let told: Vec<_> = cancels(&world)
        .into_iter()
        .map(|entry| entry.device_id)
        .collect();
    assert_eq!(told, [Some(other.device.device_id.clone())]);
}

#[tokio::test]
async fn a_device_that_registered_late_is_told_when_all_others_declined() {
    let world = world().await;
    world.phone("carol", Development).await;
    let invited = world.invite("alice", &["bob", "carol"], 30).await;
    let late = world.phone("bob", Development).await;
    world.rings(&late).await;
    verb(&world, "carol", &invited, "reject", Value::Null).await;
    until("bob's phone is told", || async {
        cancels(&world)
            .into_iter()
            .find(|e| e.device_id.as_ref() == Some(&late.device.device_id))
    })
    .await;
}

#[tokio::test]
async fn a_device_that_was_told_is_not_told_again_when_the_call_is_left_and_answered_once_more() {
    let world = world().await;
    let (answers, other) = (
        world.phone("bob", Development).await,
        world.phone("bob", Development).await,
    );
    let body = json!({"invitees": ["bob"], "timeout": 30, "mode": 1, "pushConfig": {"title": "t", "content": "c", "resourcesID": "voip"}});
    let invited = world.as_user("alice", "POST", "/v1/calls", body).await.ok();
    settled(&world).await;
    for what in ["accept", "end", "accept"] {
        verb(
            &world,
            "bob",
            &invited,
            what,
            json!({"installation": answers.installation}),
        )
        .await;
        settled(&world).await;
    }
    let told: Vec<_> = cancels(&world)
        .into_iter()
        .map(|entry| entry.device_id)
        .collect();
    assert_eq!(told, [Some(other.device.device_id.clone())]);
}

#[tokio::test]
async fn a_receipt_for_one_delivery_says_nothing_of_the_users_other_devices() {
    let world = world().await;
    let (one, other) = (
        world.phone("bob", Development).await,
        world.phone("bob", Development).await,
    );
    hold_answer(&world, &other, &[]);
    let invited = world.invite("alice", &["bob"], 30).await;
    world.rings(&other).await;
    let path = format!("/v1/pushes/{}", invited["push"].as_str().unwrap());
    let delivery = async |phone: &Phone| {
        let push = world.as_server("GET", &path, Value::Null).await.ok();
        push["deliveries"]
            .as_array()
            .unwrap()
            .iter()
            .find(|delivery| delivery["pushID"] == phone.push_id)
            .unwrap()
            .clone()
    };
    let receipt = json!({"deliveryID": delivery(&one).await["deliveryID"]});
    world
        .as_user("bob", "POST", "/v1/receipts", receipt)
        .await
        .ok();
    settled(&world).await;
    assert_eq!(
        (
            &delivery(&one).await["status"],
            &delivery(&other).await["status"]
        ),
        (&json!("received"), &json!("accepted"))
    );
}
