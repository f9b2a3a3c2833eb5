//! Requests that are sent again with their `Idempotency-Key`.

use std::num::NonZeroU32;

use serde_json::{Value, json};
use zpns_apns_sim::Environment::Development;
use zpns_gateway::model::Strategy;

use crate::world::{Answer, World};

/// Invites with an `Idempotency-Key`.
async fn invite_with_key(world: &World, caller: &str, key: &str, body: &Value) -> Answer {
    let request = world
        .request("POST", "/v1/calls")
        .bearer_auth(world.user_token(caller))
        .header("Idempotency-Key", key);
    crate::world::answer(request.body(body.to_string())).await
}

#[tokio::test]
async fn an_invitation_that_is_sent_again_with_its_key_gets_the_first_answer_and_rings_once() {
    let world = World::new().await;
    world.phone("bob", Development).await;
    let body = json!({"invitees": ["bob"], "pushConfig": {"resourcesID": "voip"}});
    let first = invite_with_key(&world, "alice", "k", &body).await.ok();
    world.delivery(&first, "accepted").await;
    let second = invite_with_key(&world, "alice", "k", &body).await;
    assert_eq!(second.headers["idempotent-replayed"], "true");
    assert_eq!((second.status, second.body), (201, first));
    assert_eq!(world.log().len(), 1);
}

#[tokio::test]
async fn an_idempotency_key_is_for_one_invitation() {
    let world = World::new().await;
    invite_with_key(&world, "alice", "k", &json!({"invitees": ["bob"]}))
        .await
        .ok();
    invite_with_key(&world, "alice", "k", &json!({"invitees": ["carol"]}))
        .await
        .refused(422, "idempotency_key_reused");
    invite_with_key(&world, "alice", "k2", &json!({"invitees": ["carol"]}))
        .await
        .ok();
}

#[tokio::test]
async fn two_callers_may_choose_the_same_idempotency_key() {
    let world = World::new().await;
    let body = json!({"invitees": ["bob"]});
    let first = invite_with_key(&world, "alice", "k", &body).await.ok();
    let second = invite_with_key(&world, "carol", "k", &body).await.ok();
    assert_eq!(
        (&first["call"]["caller"], &second["call"]["caller"]),
        (&json!("alice"), &json!("carol"))
    );
    assert_ne!(first["call"]["callID"], second["call"]["callID"]);
}

#[tokio::test]
async fn a_push_and_an_invitation_may_have_the_same_idempotency_key() {
    let world = World::new().await;
    invite_with_key(&world, "alice", "k", &json!({"invitees": ["bob"]}))
        .await
        .ok();
    let push = json!({"to": {"userIDs": ["bob"]}, "pushConfig": {}});
    let request = world
        .request("POST", "/v1/pushes")
        .bearer_auth(world.api_key())
        .header("Idempotency-Key", "k");
    crate::world::answer(request.body(push.to_string()))
        .await
        .ok();
}

#[tokio::test]
async fn the_server_of_a_caller_who_has_invited_gets_the_same_call_for_the_same_key() {
    let world = World::new().await;
    let body = json!({"invitees": ["bob"], "caller": "alice"});
    let first = invite_with_key(&world, "alice", "k", &body).await.ok();
    let request = world
        .request("POST", "/v1/calls")
        .bearer_auth(world.api_key())
        .header("Idempotency-Key", "k");
    assert_eq!(
        crate::world::answer(request.body(body.to_string()))
            .await
            .ok(),
        first
    );
}

#[tokio::test]
async fn an_invitation_that_is_sent_again_does_not_count_against_a_limit() {
    let world = World::with(|config| config.limits.invitations_per_caller = NonZeroU32::MIN).await;
    let body = json!({"invitees": ["bob"]});
    let first = invite_with_key(&world, "alice", "k", &body).await.ok();
    assert_eq!(
        invite_with_key(&world, "alice", "k", &body).await.ok(),
        first
    );
    invite_with_key(&world, "alice", "k2", &body)
        .await
        .refused(429, "too_many_requests");
}

#[tokio::test]
async fn an_invitation_that_was_refused_may_be_sent_again_with_its_key() {
    let world = World::new().await;
    let body = json!({"invitees": ["bob"], "pushConfig": {"resourcesID": "late"}});
    invite_with_key(&world, "alice", "k", &body)
        .await
        .refused(400, "unknown_resource");
    world.resource("late", Strategy::voip()).await;
    invite_with_key(&world, "alice", "k", &body).await.ok();
}

#[tokio::test]
async fn invitations_with_one_key_that_arrive_at_once_are_one_call() {
    let world = World::new().await;
    world.phone("bob", Development).await;
    let body = json!({"invitees": ["bob"], "pushConfig": {"resourcesID": "voip"}});
    let send = || invite_with_key(&world, "alice", "k", &body);
    let (a, b, c, d) = tokio::join!(send(), send(), send(), send());
    let first = a.ok();
    for other in [b, c, d] {
        assert_eq!(other.ok(), first);
    }
    world.delivery(&first, "accepted").await;
    assert_eq!(world.log().len(), 1);
}
