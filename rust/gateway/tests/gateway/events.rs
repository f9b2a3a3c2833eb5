use serde_json::{Value, json};
use zpns_apns_sim::Environment::Development;

use crate::world::{World, read};

fn kinds(events: &[(u64, String, Value)]) -> Vec<(u64, &str)> {
    events
        .iter()
        .map(|(id, kind, _)| (*id, kind.as_str()))
        .collect()
}

async fn follow(world: &World, user: &str, call: &str, last: Option<&str>) -> reqwest::Response {
    let mut request = world
        .request("GET", &format!("/v1/calls/{call}/events"))
        .bearer_auth(world.user_token(user));
    if let Some(last) = last {
        request = request.header("Last-Event-ID", last);
    }
    request.send().await.unwrap()
}

async fn invite(world: &World) -> String {
    world.invite("alice", &["bob"], 30).await["call"]["callID"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_follower_gets_all_events_as_they_come_and_the_stream_ends_with_the_call() {
    let world = World::new().await;
    world.phone("bob", Development).await;
    let call = invite(&world).await;
    let stream = follow(&world, "alice", &call, None).await;
    for (user, verb) in [("bob", "accept"), ("alice", "end")] {
        world
            .as_user(
                user,
                "POST",
                &format!("/v1/calls/{call}/{verb}"),
                json!({"extendedData": verb}),
            )
            .await
            .ok();
    }
    let events = read(stream, usize::MAX).await;
    assert_eq!(
        kinds(&events),
        [(1, "created"), (2, "accepted"), (3, "ended")]
    );
    let (_, _, last) = events.last().unwrap();
    assert_eq!(
        (
            &last["by"]["userID"],
            &last["extendedData"],
            &last["call"]["state"]
        ),
        (&json!("alice"), &json!("end"), &json!("ended"))
    );
}

#[tokio::test]
async fn a_follower_resumes_after_the_last_event_it_has() {
    let world = World::new().await;
    let call = invite(&world).await;
    world
        .as_user(
            "bob",
            "POST",
            &format!("/v1/calls/{call}/accept"),
            Value::Null,
        )
        .await
        .ok();
    world
        .as_user("bob", "POST", &format!("/v1/calls/{call}/end"), Value::Null)
        .await
        .ok();
    assert_eq!(
        kinds(&read(follow(&world, "alice", &call, Some("1")).await, usize::MAX).await),
        [(2, "accepted"), (3, "ended")]
    );
    assert_eq!(
        read(follow(&world, "alice", &call, Some("3")).await, usize::MAX).await,
        []
    );
}

#[tokio::test]
async fn a_last_event_id_that_is_no_number_is_refused() {
    let world = World::new().await;
    let call = invite(&world).await;
    let request = world
        .request("GET", &format!("/v1/calls/{call}/events"))
        .bearer_auth(world.user_token("alice"));
    crate::world::answer(request.header("Last-Event-ID", "abc"))
        .await
        .refused(400, "invalid_field");
}

#[tokio::test]
async fn a_ring_time_out_reaches_the_follower() {
    let world = World::new().await;
    world.phone("bob", Development).await;
    let call = world.invite("alice", &["bob"], 1).await["call"]["callID"]
        .as_str()
        .unwrap()
        .to_owned();
    let events = read(follow(&world, "bob", &call, None).await, usize::MAX).await;
    assert_eq!(kinds(&events), [(1, "created"), (2, "timedOut")]);
    assert_eq!(events[1].2.get("by"), None);
}

#[tokio::test]
async fn many_followers_get_the_same_events_in_the_same_order() {
    let world = World::new().await;
    let call = world.invite("alice", &["bob", "carol"], 30).await["call"]["callID"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut streams = Vec::new();
    for user in ["alice", "bob", "carol", "alice", "bob", "carol"] {
        streams.push(follow(&world, user, &call, None).await);
    }
    for (user, verb) in [("bob", "accept"), ("carol", "reject"), ("bob", "end")] {
        world
            .as_user(
                user,
                "POST",
                &format!("/v1/calls/{call}/{verb}"),
                Value::Null,
            )
            .await
            .ok();
    }
    for stream in streams {
        assert_eq!(
            kinds(&read(stream, usize::MAX).await),
            [
                (1, "created"),
                (2, "accepted"),
                (3, "rejected"),
                (4, "ended")
            ]
        );
    }
}

#[tokio::test]
async fn more_followers_than_the_limit_are_told_to_come_back() {
    let world = World::with(|config| config.limits.followers = 1).await;
    let call = invite(&world).await;
    let first = follow(&world, "alice", &call, None).await;
    let second = follow(&world, "bob", &call, None).await;
    assert_eq!(
        (
            second.status().as_u16(),
            second.headers()["retry-after"].to_str().unwrap()
        ),
        (503, "5")
    );
    drop(first);
}
