use serde_json::{Value, json};
use zpns_apns_sim::Environment::Development;

use crate::world::{World, answer, registration};

#[tokio::test]
async fn a_bad_registration_names_the_field() {
    let world = World::new().await;
    let good = registration(Development, Some(&"ab".repeat(32)), None);
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    for (body, field) in [
        (json!({}), "bundleID"),
        (with("bundleID", json!("")), "bundleID"),
        (with("bundleID", json!("com.example/../x")), "bundleID"),
        (with("bundleID", json!("com.example.app.voip")), "bundleID"),
        (with("bundleID", json!(7)), "bundleID"),
        (with("environment", json!("sandbox")), "environment"),
        (with("tokens", json!({})), "tokens"),
        (with("tokens", json!({"voip": "xyz"})), "tokens.voip"),
        (with("tokens", json!({"apns": "../../x"})), "tokens.apns"),
        (
            with("tokens", json!({"apns": "ab".repeat(101)})),
            "tokens.apns",
        ),
        (
            with("tokens", json!({"apns": format!("{}a", "ab".repeat(32))})),
            "tokens.apns",
        ),
        (with("sdk", json!("x".repeat(129))), "sdk"),
        (with("locale", json!("a\nb")), "locale"),
    ] {
        let message = world
            .as_user("bob", "PUT", "/v1/installations/i", body.clone())
            .await
            .refused(400, "invalid_field");
        assert!(message.contains(field), "{body}: {message}");
    }
    world
        .as_user("bob", "PUT", "/v1/installations/a%20b", good)
        .await
        .refused(400, "invalid_field");
    world
        .as_user(
            "bob",
            "PUT",
            "/v1/installations/i/badge",
            json!({"badge": 100_000}),
        )
        .await
        .refused(400, "invalid_field");
    world
        .as_user(
            "bob",
            "PUT",
            "/v1/installations/i/badge",
            json!({"badge": -1}),
        )
        .await
        .refused(400, "invalid_field");
}

#[tokio::test]
async fn a_bad_invitation_names_the_field() {
    let world = World::new().await;
    let ten: Vec<_> = (0..10).map(|n| format!("u{n}")).collect();
    for (body, field) in [
        (json!({}), "invitees"),
        (json!({"invitees": "bob"}), "invitees"),
        (json!({"invitees": [3]}), "invitees[0]"),
        (json!({"invitees": []}), "invitees"),
        (json!({"invitees": ten}), "invitees"),
        (json!({"invitees": ["alice"]}), "invitees[0]"),
        (json!({"invitees": ["bob", "bob"]}), "invitees[1]"),
        (json!({"invitees": ["x".repeat(65)]}), "invitees[0]"),
        (json!({"invitees": ["bob"], "timeout": 0}), "timeout"),
        (json!({"invitees": ["bob"], "timeout": 601}), "timeout"),
        (json!({"invitees": ["bob"], "timeout": "30"}), "timeout"),
        (json!({"invitees": ["bob"], "mode": 2}), "mode"),
        (json!({"invitees": ["bob"], "callID": ""}), "callID"),
        (
            json!({"invitees": ["bob"], "callID": "x".repeat(129)}),
            "callID",
        ),
        (
            json!({"invitees": ["bob"], "extendedData": "x".repeat(1025)}),
            "extendedData",
        ),
        (
            json!({"invitees": ["bob"], "pushConfig": {"resourcesID": "x".repeat(33)}}),
            "pushConfig.resourcesID",
        ),
        (
            json!({"invitees": ["bob"], "pushConfig": {"voIPConfig": {"iOSVoIPHandleType": 9}}}),
            "iOSVoIPHandleType",
        ),
    ] {
        let message = world
            .as_user("alice", "POST", "/v1/calls", body.clone())
            .await
            .refused(400, "invalid_field");
        assert!(message.contains(field), "{body}: {message}");
    }
    world
        .as_server("POST", "/v1/calls", json!({"invitees": ["bob"]}))
        .await
        .refused(400, "invalid_field");
}

#[tokio::test]
async fn a_bad_push_names_the_field() {
    let world = World::new().await;
    let many: Vec<_> = (0..1001).map(|n| format!("u{n}")).collect();
    for (body, field) in [
        (json!({}), "to"),
        (json!({"to": {}, "pushConfig": {}}), "to"),
        (json!({"to": {"userIDs": many}, "pushConfig": {}}), "to"),
        (
            json!({"to": {"userIDs": [""]}, "pushConfig": {}}),
            "to.userIDs[0]",
        ),
        (
            json!({"to": {"pushIDs": ["nonsense"]}, "pushConfig": {}}),
            "to.pushIDs[0]",
        ),
        (
            json!({"to": {"pushIDs": ["zpl_e30"]}, "pushConfig": {}}),
            "to.pushIDs[0]",
        ),
        (json!({"to": {"userIDs": ["bob"]}}), "pushConfig"),
        (
            json!({"to": {"userIDs": ["bob"]}, "pushConfig": {"title": 1}}),
            "pushConfig.title",
        ),
    ] {
        let message = world
            .as_server("POST", "/v1/pushes", body.clone())
            .await
            .refused(400, "invalid_field");
        assert!(message.contains(field), "{body}: {message}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused_with_the_place() {
    let world = World::new().await;
    for body in [
        "{",
        "nonsense",
        "{\"invitees\": [}",
        "{\"invitees\":[\"bob\"]} {}",
        "\u{0}",
    ] {
        let message = answer(
            world
                .request("POST", "/v1/calls")
                .bearer_auth(world.user_token("alice"))
                .body(body),
        )
        .await
        .refused(400, "bad_request");
        assert!(message.contains("JSON"), "{message}");
    }
    let refused = answer(
        world
            .request("POST", "/v1/calls")
            .bearer_auth(world.user_token("alice"))
            .body(vec![0xff, 0xfe]),
    )
    .await;
    refused.refused(400, "bad_request");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let world = World::new().await;
    let body = json!({"invitees": ["bob"], "extendedData": "x".repeat(17_000)});
    world
        .as_user("alice", "POST", "/v1/calls", body)
        .await
        .refused(413, "body_too_large");
    let body = json!({"to": {"userIDs": ["x".repeat(600_000)]}, "pushConfig": {}});
    world
        .as_server("POST", "/v1/pushes", body)
        .await
        .refused(413, "body_too_large");
}

#[tokio::test]
async fn a_bad_receipt_or_verb_names_the_field() {
    let world = World::new().await;
    world
        .as_user("bob", "POST", "/v1/receipts", json!({}))
        .await
        .refused(400, "invalid_field");
    world
        .as_user("bob", "POST", "/v1/receipts", json!({"deliveryID": "x"}))
        .await
        .refused(404, "no_such_delivery");
    world
        .as_user("bob", "POST", "/v1/receipts", json!({"callID": "x"}))
        .await
        .refused(404, "no_such_call");
    let call = world.invite("alice", &["bob"], 30).await["call"]["callID"]
        .as_str()
        .unwrap()
        .to_owned();
    let long = json!({"extendedData": "x".repeat(1025)});
    world
        .as_user("bob", "POST", &format!("/v1/calls/{call}/accept"), long)
        .await
        .refused(400, "invalid_field");
    let place = json!({"installation": "a b"});
    world
        .as_user("bob", "POST", &format!("/v1/calls/{call}/accept"), place)
        .await
        .refused(400, "invalid_field");
    world
        .as_user(
            "bob",
            "POST",
            &format!("/v1/calls/{call}/dance"),
            Value::Null,
        )
        .await
        .refused(404, "no_such_route");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_answered_as_json() {
    let world = World::new().await;
    for path in ["/", "/v1", "/v1/nothing", "/v1/calls/a/b/c", "/v2/calls"] {
        world
            .as_server("GET", path, Value::Null)
            .await
            .refused(404, "no_such_route");
    }
    for (method, path) in [
        ("GET", "/v1/pushes"),
        ("DELETE", "/v1/calls/x"),
        ("POST", "/healthz"),
        ("PATCH", "/v1/installations/x"),
    ] {
        world
            .as_server(method, path, Value::Null)
            .await
            .refused(405, "no_such_method");
    }
}
