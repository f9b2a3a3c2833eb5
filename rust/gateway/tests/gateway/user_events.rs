use std::num::NonZeroU32;

use serde_json::{Value, json};
use zpns_apns_sim::Environment::Development;
use zpns_calls::auth::LEEWAY;
use zpns_gateway::clock::now_ms;

use crate::world::{World, answer, read};

type Event = (u64, String, Value);

const PATH: &str = "/v1/users/me/events";

async fn open(world: &World, user: &str, last: Option<u64>) -> reqwest::Response {
    let mut request = world
        .request("GET", PATH)
        .bearer_auth(world.user_token(user));
    if let Some(last) = last {
        request = request.header("Last-Event-ID", last.to_string());
    }
    request.send().await.unwrap()
}

/// What a stream brings up to `ready`.
async fn until_ready(world: &World, user: &str, last: Option<u64>) -> Vec<Event> {
    let mut most = 1;
    loop {
        let events = read(open(world, user, last).await, most).await;
        if events.last().is_some_and(|(_, kind, _)| kind == "ready") {
            return events;
        }
        most += 1;
    }
}

async fn invite(world: &World, caller: &str, invitee: &str) -> String {
    world.invite(caller, &[invitee], 60).await["call"]["callID"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn act(world: &World, user: &str, verb: &str, call: &str) {
    let path = format!("/v1/calls/{call}/{verb}");
    world.as_user(user, "POST", &path, Value::Null).await.ok();
}

/// What happened to which call; `ready` to none.
fn told(events: &[Event]) -> Vec<(&str, &str)> {
    events
        .iter()
        .map(|(_, kind, data)| {
            let call = data["call"]["callID"].as_str().unwrap_or_default();
            (kind.as_str(), call)
        })
        .collect()
}

fn last_id(events: &[Event]) -> u64 {
    events.last().unwrap().0
}

fn assert_ids_go_up(events: &[Event]) {
    assert!(
        events.is_sorted_by(|(one, ..), (next, ..)| one < next),
        "{:?}",
        events.iter().map(|(id, ..)| id).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_user_without_a_call_is_told_at_once_that_the_stream_works() {
    let world = World::new().await;
    let events = read(open(&world, "bob", None).await, 1).await;
    assert_eq!(events, [(0, "ready".into(), json!({"resumed": false}))]);
}

#[tokio::test]
async fn a_user_hears_of_an_invitation_and_of_what_becomes_of_it() {
    let world = World::new().await;
    world.phone("bob", Development).await;
    let (bob, alice) = (
        open(&world, "bob", None).await,
        open(&world, "alice", None).await,
    );
    let call = invite(&world, "alice", "bob").await;
    let body = json!({"extendedData": "coming", "installation": "bob-1"});
    let path = format!("/v1/calls/{call}/accept");
    world.as_user("bob", "POST", &path, body).await.ok();
    act(&world, "alice", "end", &call).await;
    let events = read(bob, 4).await;
    let c = call.as_str();
    let expected = [("ready", ""), ("created", c), ("accepted", c), ("ended", c)];
    assert_eq!(told(&events), expected);
    assert_eq!(told(&read(alice, 4).await), expected);
    let invitation = &events[1].2;
    assert_eq!(
        (&invitation["seq"], &invitation["call"]["participants"][1]),
        (
            &json!(1),
            &json!({"userID": "bob", "state": "inviting", "extendedData": ""})
        )
    );
    assert_eq!(
        events[2].2["by"],
        json!({"userID": "bob", "installation": "bob-1"})
    );
    assert_ids_go_up(&events[1..]);
}

#[tokio::test]
async fn the_data_is_that_of_the_stream_of_the_call() {
    let world = World::new().await;
    let user = open(&world, "bob", None).await;
    let call = invite(&world, "alice", "bob").await;
    act(&world, "bob", "reject", &call).await;
    act(&world, "alice", "cancel", &call).await;
    let path = format!("/v1/calls/{call}/events");
    let request = world.request("GET", &path);
    let request = request.bearer_auth(world.user_token("bob"));
    let of_call = read(request.send().await.unwrap(), usize::MAX).await;
    let of_user = read(user, 1 + of_call.len()).await;
    let plain = |events: &[Event]| -> Vec<_> {
        events
            .iter()
            .map(|(_, kind, data)| (kind.clone(), data.clone()))
            .collect()
    };
    assert_eq!(plain(&of_user[1..]), plain(&of_call));
}

#[tokio::test]
async fn a_stream_begins_with_how_every_call_stands_that_is_not_over() {
    let world = World::new().await;
    world.phone("bob", Development).await;
    let first = invite(&world, "alice", "bob").await;
    let over = invite(&world, "alice", "bob").await;
    let second = invite(&world, "carol", "bob").await;
    act(&world, "bob", "accept", &first).await;
    act(&world, "alice", "cancel", &over).await;
    let events = until_ready(&world, "bob", None).await;
    assert_eq!(
        told(&events),
        [
            ("created", second.as_str()),
            ("accepted", first.as_str()),
            ("ready", "")
        ]
    );
    assert_eq!(events[2].2, json!({"resumed": false}));
    // Going on from there brings nothing again.
    let again = until_ready(&world, "bob", Some(last_id(&events))).await;
    assert_eq!(told(&again), [("ready", "")]);
}

#[tokio::test]
async fn a_stream_goes_on_after_the_last_event_across_calls_and_restarts() {
    let mut world = World::new().await;
    world.phone("bob", Development).await;
    let first = invite(&world, "alice", "bob").await;
    let known = until_ready(&world, "bob", None).await;
    act(&world, "bob", "accept", &first).await;
    let second = invite(&world, "carol", "bob").await;
    world.kill().await;
    world.start().await;
    act(&world, "carol", "cancel", &second).await;
    act(&world, "alice", "end", &first).await;
    let (one, two) = (first.as_str(), second.as_str());
    let all = [
        ("accepted", one),
        ("created", two),
        ("cancelled", two),
        ("ended", one),
        ("ready", ""),
    ];
    let events = until_ready(&world, "bob", Some(last_id(&known))).await;
    assert_eq!(told(&events), all);
    assert_eq!(events[4].2, json!({"resumed": true}));
    assert_ids_go_up(&events[..4]);
    // From every event on, the rest comes.
    for (at, (id, ..)) in events.iter().enumerate().take(4) {
        let rest = until_ready(&world, "bob", Some(*id)).await;
        assert_eq!(told(&rest), all[at + 1..]);
    }
}

#[tokio::test]
async fn a_stream_that_is_open_while_it_resumes_hears_the_rest_live() {
    let world = World::new().await;
    let first = invite(&world, "alice", "bob").await;
    let known = last_id(&until_ready(&world, "bob", None).await);
    act(&world, "bob", "accept", &first).await;
    let stream = open(&world, "bob", Some(known)).await;
    act(&world, "bob", "end", &first).await;
    let events = read(stream, 3).await;
    let kinds: Vec<_> = told(&events).into_iter().map(|(kind, _)| kind).collect();
    assert!(
        kinds == ["accepted", "ready", "ended"] || kinds == ["accepted", "ended", "ready"],
        "{kinds:?}"
    );
}

#[tokio::test]
async fn a_cursor_that_the_gateway_does_not_know_counts_as_none() {
    let world = World::new().await;
    let call = invite(&world, "alice", "bob").await;
    for unknown in [
        u64::MAX,
        last_id(&until_ready(&world, "bob", None).await) + 1,
    ] {
        let events = until_ready(&world, "bob", Some(unknown)).await;
        assert_eq!(told(&events), [("created", call.as_str()), ("ready", "")]);
        assert_eq!(events[1].2, json!({"resumed": false}));
    }
}

#[tokio::test]
async fn a_user_hears_nothing_of_the_calls_of_others() {
    let world = World::new().await;
    let stream = open(&world, "bob", None).await;
    invite(&world, "alice", "carol").await;
    let call = invite(&world, "alice", "bob").await;
    assert_eq!(
        told(&read(stream, 2).await),
        [("ready", ""), ("created", call.as_str())]
    );
}

#[tokio::test]
async fn more_calls_and_events_than_are_read_at_once_all_come_in_order() {
    let world = World::new().await;
    let mut expected = Vec::new();
    let live = open(&world, "bob", None).await;
    for _ in 0..40 {
        expected.push(invite(&world, "alice", "bob").await);
    }
    let standing = until_ready(&world, "bob", None).await;
    let calls = |events: &[Event]| -> Vec<String> {
        told(events)
            .iter()
            .map(|(_, call)| (*call).to_owned())
            .filter(|call| !call.is_empty())
            .collect()
    };
    assert_eq!(calls(&standing), expected);
    assert_ids_go_up(&standing[..40]);
    assert_eq!(standing[40].0, standing[39].0);
    let first = standing[0].0;
    let after_first = until_ready(&world, "bob", Some(first)).await;
    assert_eq!(calls(&after_first), expected[1..]);
    assert_eq!(calls(&read(live, 41).await), expected);
}

#[tokio::test]
async fn only_a_user_hears_and_a_last_event_id_is_a_number() {
    let world = World::new().await;
    let phone = world.phone("bob", Development).await;
    invite(&world, "alice", "bob").await;
    let push = world.rings(&phone).await;
    let follow_token = push["zpns"]["followToken"].as_str().unwrap();
    for token in [world.api_key(), follow_token] {
        let refused = world.call("GET", PATH, token, Value::Null).await;
        let message = refused.refused(403, "forbidden");
        assert!(message.contains("needs a user token"), "{message}");
    }
    answer(world.request("GET", PATH))
        .await
        .refused(401, "unauthenticated");
    let request = world.request("GET", PATH);
    let request = request.bearer_auth(world.user_token("bob"));
    answer(request.header("Last-Event-ID", "abc"))
        .await
        .refused(400, "invalid_field");
    world
        .as_user("bob", "POST", PATH, Value::Null)
        .await
        .refused(405, "no_such_method");
}

#[tokio::test]
async fn streams_of_users_count_among_all_event_streams() {
    let world = World::with(|config| config.limits.followers = 1).await;
    let first = open(&world, "alice", None).await;
    let second = open(&world, "bob", None).await;
    assert_eq!(second.status(), 503);
    assert_eq!(second.headers()["retry-after"], "5");
    drop(first);
}

#[tokio::test]
async fn one_stream_too_many_of_a_user_ends_the_oldest() {
    let world = World::with(|config| {
        config.limits.streams_per_user = NonZeroU32::new(1).unwrap();
    })
    .await;
    let others = open(&world, "alice", None).await;
    let oldest = open(&world, "bob", None).await;
    let newest = open(&world, "bob", None).await;
    assert_eq!(told(&read(oldest, usize::MAX).await), [("ready", "")]);
    let call = invite(&world, "alice", "bob").await;
    for stream in [newest, others] {
        assert_eq!(told(&read(stream, 2).await)[1], ("created", call.as_str()));
    }
}

#[tokio::test]
async fn a_gateway_that_goes_down_ends_the_streams_of_users() {
    let mut world = World::new().await;
    let stream = open(&world, "bob", None).await;
    world.stop().await;
    assert_eq!(told(&read(stream, usize::MAX).await), [("ready", "")]);
    world.start().await;
}

#[tokio::test]
async fn a_stream_ends_with_the_token_that_opened_it() {
    let world = World::new().await;
    // It is good for half a minute more than it says.
    let expires = now_ms() / 1000 + 2 - LEEWAY;
    let token = world.user_token_until("bob", expires);
    let stream = world.request("GET", PATH).bearer_auth(token);
    let stream = stream.send().await.unwrap();
    assert_eq!(told(&read(stream, usize::MAX).await), [("ready", "")]);
    assert!(now_ms() / 1000 >= expires + LEEWAY);
}
