use serde_json::Value;

use crate::world::{World, answer};

fn described() -> Value {
    serde_json::from_str(&zpns_gateway::http::description()).unwrap()
}

#[test]
fn the_committed_description_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let current = zpns_gateway::http::description();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &current).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == current,
        "docs/openapi.json is not current: run this test with UPDATE=1 and commit the file"
    );
}

#[tokio::test]
async fn the_gateway_serves_its_description() {
    let world = World::new().await;
    assert_eq!(
        answer(world.request("GET", "/openapi.json")).await.ok(),
        described()
    );
}

#[test]
fn every_schema_that_is_named_is_there_and_every_operation_says_who_may() {
    let api = described();
    let text = api.to_string();
    for part in text.split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(
            api["components"]["schemas"].get(name).is_some(),
            "{name} is missing"
        );
    }
    for (path, operations) in api["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            assert_eq!(
                operation.get("security").is_some(),
                path.starts_with("/v1/"),
                "{method} {path}"
            );
            assert!(operation["summary"].is_string(), "{method} {path}");
        }
    }
}

#[test]
fn the_names_on_the_wire_are_those_of_the_description() {
    let schemas = described()["components"]["schemas"].clone();
    for (schema, names) in [
        (
            "Registration",
            vec!["bundleID", "environment", "tokens", "sdk", "locale"],
        ),
        (
            "Call",
            vec!["callID", "callerInstallation", "expiresAt", "participants"],
        ),
        (
            "PushConfig",
            vec![
                "resourcesID",
                "threadID",
                "enableBadge",
                "badgeIncrement",
                "voIPConfig",
            ],
        ),
        (
            "VoipConfig",
            vec!["iOSVoIPHandleType", "iOSVoIPHandleValue", "iOSVoIPHasVideo"],
        ),
        ("Delivery", vec!["deliveryID", "pushID", "userID"]),
        ("Invited", vec!["errorUserList", "push"]),
    ] {
        for name in names {
            assert!(
                schemas[schema]["properties"].get(name).is_some(),
                "{schema}.{name} is missing in {}",
                schemas[schema]
            );
        }
    }
    assert_eq!(schemas["CallState"]["enum"][4], "timedOut");
}
