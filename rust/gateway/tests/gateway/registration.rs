use serde_json::{Value, json};
use zpns_apns_sim::Environment::{Development, Production};

use crate::world::{World, registration};

#[tokio::test]
async fn registering_again_keeps_the_push_id_and_replaces_the_facts() {
    let world = World::new().await;
    let phone = world.phone("bob", Development).await;
    let path = format!("/v1/installations/{}", phone.installation);
    let again = world
        .as_user(
            "bob",
            "PUT",
            &path,
            registration(Production, None, Some(&phone.device.tokens.voip)),
        )
        .await
        .ok();
    assert_eq!(again["pushID"], phone.push_id);
    let push = world.push("bob", "voip").await;
    assert_eq!(push["deliveries"][0]["environment"], "production");
}

#[tokio::test]
async fn a_token_that_another_user_registers_is_taken_from_the_first() {
    let world = World::new().await;
    let phone = world.phone("bob", Development).await;
    let body = registration(
        Development,
        Some(&phone.device.tokens.apns),
        Some(&phone.device.tokens.voip),
    );
    let registered = world
        .as_user("carol", "PUT", "/v1/installations/carols", body)
        .await
        .ok();
    assert_ne!(registered["pushID"], phone.push_id);
    assert_eq!(
        world.push("bob", "voip").await["unreachable"],
        json!(["bob"])
    );
    let push = world.push("carol", "voip").await;
    world.delivery(&push, "accepted").await;
}

#[tokio::test]
async fn a_device_that_loses_one_of_two_tokens_to_another_user_keeps_the_other() {
    let world = World::new().await;
    let phone = world.phone("bob", Development).await;
    let body = registration(Development, None, Some(&phone.device.tokens.voip));
    world
        .as_user("carol", "PUT", "/v1/installations/carols", body)
        .await
        .ok();
    let push = world.push("bob", "").await;
    world.delivery(&push, "accepted").await;
}

#[tokio::test]
async fn an_unregistered_device_gets_nothing_and_unregistering_twice_is_no_error() {
    let world = World::new().await;
    let phone = world.phone("bob", Development).await;
    let path = format!("/v1/installations/{}", phone.installation);
    for _ in 0..2 {
        world
            .as_user("bob", "DELETE", &path, Value::Null)
            .await
            .ok();
    }
    assert_eq!(
        world.push("bob", "voip").await["unreachable"],
        json!(["bob"])
    );
}

#[tokio::test]
async fn a_user_cannot_unregister_the_device_of_another() {
    let world = World::new().await;
    let phone = world.phone("bob", Development).await;
    world
        .as_user(
            "mallory",
            "DELETE",
            &format!("/v1/installations/{}", phone.installation),
            Value::Null,
        )
        .await
        .ok();
    let push = world.push("bob", "voip").await;
    world.delivery(&push, "accepted").await;
}

#[tokio::test]
async fn a_user_keeps_the_fifty_installations_that_registered_last() {
    let world = World::new().await;
    for n in 0..52_u32 {
        let body = registration(Development, Some(&format!("{n:064x}")), None);
        world
            .as_user("bob", "PUT", &format!("/v1/installations/i-{n}"), body)
            .await
            .ok();
    }
    let installations: Vec<_> = world
        .gateway()
        .store()
        .devices("app", Some("bob"))
        .await
        .unwrap()
        .into_iter()
        .filter_map(|d| d.installation)
        .collect();
    assert_eq!(installations.len(), 50);
    assert!(
        !installations.contains(&"i-0".to_owned()) && installations.contains(&"i-51".to_owned())
    );
}

#[tokio::test]
async fn the_badge_counts_up_from_what_the_device_set() {
    let world = World::new().await;
    let phone = world.phone("bob", Development).await;
    let path = format!("/v1/installations/{}/badge", phone.installation);
    world
        .as_user("bob", "PUT", &path, json!({"badge": 4}))
        .await
        .ok();
    let body = json!({"to": {"userIDs": ["bob"]}, "pushConfig": {"title": "t", "enableBadge": true, "badgeIncrement": 3, "threadID": "chat"}});
    world.as_server("POST", "/v1/pushes", body).await.ok();
    let aps = world.rings(&phone).await["aps"].clone();
    assert_eq!(
        (&aps["badge"], &aps["thread-id"]),
        (&json!(7), &json!("chat"))
    );
}

#[tokio::test]
async fn a_badge_of_an_unknown_installation_is_not_found() {
    let world = World::new().await;
    world
        .as_user(
            "bob",
            "PUT",
            "/v1/installations/none/badge",
            json!({"badge": 1}),
        )
        .await
        .refused(404, "no_such_installation");
}
