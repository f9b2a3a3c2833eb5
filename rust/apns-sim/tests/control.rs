//! The control API over HTTP, and the devices behind it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::time::Duration;

use futures_util::{Stream, StreamExt};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use support::{BUNDLE, Bench, PATIENCE, bench, now};
use tokio::time::timeout;
use zpns_apns_sim::Environment;

struct Control {
    http: reqwest::Client,
    base: String,
}

impl Control {
    fn of(bench: &Bench) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            http: reqwest::Client::new(),
            base: format!("http://{}", bench.simulator.control()),
        }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        self.call_text(
            method,
            path,
            body.map(|body| body.to_string()).unwrap_or_default(),
        )
        .await
    }

    async fn call_text(&self, method: Method, path: &str, body: String) -> (StatusCode, Value) {
        let response = self
            .http
            .request(method, format!("{}{path}", self.base))
            .body(body)
            .send()
            .await
            .unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// The server-sent events of a device, as (id, data).
    async fn events(
        &self,
        device: &str,
        last: Option<u64>,
    ) -> impl Stream<Item = (u64, Value)> + Unpin {
        let mut request = self
            .http
            .get(format!("{}/devices/{device}/pushes", self.base));
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let chunks = response.bytes_stream();
        Box::pin(futures_util::stream::unfold(
            (chunks, String::new()),
            |(mut chunks, mut text)| async move {
                loop {
                    if let Some((event, rest)) = text.split_once("\n\n") {
                        let field = |name: &str| {
                            event
                                .lines()
                                .find_map(|line| line.strip_prefix(name))
                                .map(|value| value.trim().to_owned())
                        };
                        let parsed = field("id:").zip(field("data:"));
                        let rest = rest.to_owned();
                        if let Some((id, data)) = parsed {
                            assert_eq!(field("event:").as_deref(), Some("push"));
                            let item = (id.parse().unwrap(), serde_json::from_str(&data).unwrap());
                            return Some((item, (chunks, rest)));
                        }
                        text = rest;
                        continue;
                    }
                    text.push_str(std::str::from_utf8(&chunks.next().await?.ok()?).unwrap());
                }
            },
        ))
    }
}

async fn next(events: &mut (impl Stream<Item = (u64, Value)> + Unpin)) -> (u64, Value) {
    timeout(PATIENCE, events.next())
        .await
        .expect("an event in time")
        .expect("an event")
}

#[tokio::test]
async fn a_device_that_registers_over_http_gets_pushes_as_events() {
    let bench = bench().await;
    let control = Control::of(&bench);
    let (status, device) = control
        .call(
            Method::POST,
            "/devices",
            Some(json!({"bundleID": BUNDLE, "environment": "development"})),
        )
        .await;
    assert_eq!(status, 201);
    let voip = device["tokens"]["voip"].as_str().unwrap();
    let mut events = control
        .events(device["deviceID"].as_str().unwrap(), None)
        .await;
    let push = bench
        .voip()
        .to(voip)
        .with("apns-expiration", "0")
        .payload(br#"{"call_id":"42","aps":{}}"#);
    let answer = bench.send(push).await;
    let (id, push) = next(&mut events).await;
    assert_eq!(
        (id, &push["id"], &push["kind"], &push["topic"]),
        (1, &json!(1), &json!("voip"), &json!(support::VOIP))
    );
    assert_eq!(push["apnsID"], answer.headers["apns-id"].to_str().unwrap());
    assert_eq!(
        (&push["priority"], &push["expiration"], &push["payload"]),
        (&json!(10), &json!(0), &json!({"call_id": "42", "aps": {}}))
    );
    assert!(push["receivedAt"].as_u64().unwrap().abs_diff(now() * 1000) < 60_000);
}

#[tokio::test]
async fn a_device_that_connects_later_gets_only_the_newest_stored_push_of_each_topic() {
    let bench = bench().await;
    let later = (now() + 600).to_string();
    for (number, expiration) in [(1, later.as_str()), (2, later.as_str()), (3, "0")] {
        let payload = json!({"number": number}).to_string();
        bench
            .send(
                bench
                    .voip()
                    .with("apns-expiration", expiration)
                    .payload(payload.as_bytes()),
            )
            .await;
    }
    bench
        .send(
            bench
                .alert()
                .with("apns-expiration", &later)
                .payload(br#"{"number":4}"#),
        )
        .await;
    let control = Control::of(&bench);
    let mut events = control.events(&bench.device.device_id, None).await;
    assert_eq!(next(&mut events).await.1["payload"]["number"], 2);
    assert_eq!(next(&mut events).await.1["payload"]["number"], 4);
    assert!(
        timeout(Duration::from_millis(50), events.next())
            .await
            .is_err(),
        "nothing else was stored"
    );
}

#[tokio::test]
async fn a_device_that_comes_back_gets_what_came_after_its_last_event() {
    let bench = bench().await;
    let control = Control::of(&bench);
    let mut events = control.events(&bench.device.device_id, None).await;
    for _ in 0..3 {
        bench.send(bench.alert()).await;
        next(&mut events).await;
    }
    drop(events);
    let mut events = control.events(&bench.device.device_id, Some(1)).await;
    assert_eq!(
        (next(&mut events).await.0, next(&mut events).await.0),
        (2, 3)
    );
}

#[tokio::test]
async fn tokens_rotate_and_devices_are_deleted_over_http() {
    let bench = bench().await;
    let control = Control::of(&bench);
    let path = format!("/devices/{}", bench.device.device_id);
    let (status, fresh) = control
        .call(
            Method::POST,
            &format!("{path}/tokens"),
            Some(json!({"kind": "apns"})),
        )
        .await;
    assert_eq!((status.as_u16(), &fresh["kind"]), (201, &json!("apns")));
    assert_eq!(bench.send(bench.alert()).await.status, 410);
    let push = bench.alert().to(fresh["token"].as_str().unwrap());
    assert_eq!(bench.send(push.clone()).await.status, 200);
    assert_eq!(control.call(Method::DELETE, &path, None).await.0, 204);
    assert_eq!(bench.send(push).await.status, 410);
}

#[tokio::test]
async fn deleting_a_device_ends_its_stream() {
    let bench = bench().await;
    let control = Control::of(&bench);
    let mut events = control.events(&bench.device.device_id, None).await;
    control
        .call(
            Method::DELETE,
            &format!("/devices/{}", bench.device.device_id),
            None,
        )
        .await;
    assert!(timeout(PATIENCE, events.next()).await.unwrap().is_none());
}

#[tokio::test]
async fn the_log_is_read_in_parts() {
    let bench = bench().await;
    let control = Control::of(&bench);
    bench.send(bench.voip()).await;
    let (_, page) = control.call(Method::GET, "/log", None).await;
    assert_eq!(
        (
            page["entries"].as_array().unwrap().len(),
            &page["entries"][0]["pushType"]
        ),
        (1, &json!("voip"))
    );
    bench.send(bench.alert()).await;
    let (_, page) = control
        .call(Method::GET, &format!("/log?since={}", page["next"]), None)
        .await;
    assert_eq!(
        (
            page["entries"].as_array().unwrap().len(),
            &page["entries"][0]["pushType"]
        ),
        (1, &json!("alert"))
    );
}

#[tokio::test]
async fn faults_and_scripts_are_set_and_cleared_over_http() {
    let bench = bench().await;
    let control = Control::of(&bench);
    assert_eq!(
        control
            .call(
                Method::PUT,
                "/faults",
                Some(json!({"unavailableRate": 1.0}))
            )
            .await
            .0,
        204
    );
    assert_eq!(bench.send(bench.alert()).await.status, 503);
    assert_eq!(control.call(Method::DELETE, "/faults", None).await.0, 204);
    let path = format!("/tokens/{}/script", bench.device.tokens.apns);
    assert_eq!(
        control
            .call(Method::PUT, &path, Some(json!([{"status": 500}])))
            .await
            .0,
        204
    );
    assert_eq!(
        bench.send(bench.alert()).await.reason(),
        "InternalServerError"
    );
    assert_eq!(bench.send(bench.alert()).await.status, 200);
}

#[tokio::test]
async fn keys_and_certificates_are_made_over_http() {
    let bench = bench().await;
    let control = Control::of(&bench);
    let (status, key) = control
        .call(
            Method::POST,
            "/keys",
            Some(json!({"teamID": "TEAM777777", "keyID": "HTTPKEY123"})),
        )
        .await;
    assert_eq!(status, 201);
    let token = support::bearer(
        key["p8"].as_str().unwrap(),
        "TEAM777777",
        "HTTPKEY123",
        now(),
    );
    assert_eq!(
        bench
            .send(bench.alert().with("authorization", &token))
            .await
            .status,
        200
    );
    let (status, pair) = control
        .call(
            Method::POST,
            "/certificates",
            Some(json!({"topics": [BUNDLE]})),
        )
        .await;
    assert_eq!(status, 201);
    let text = |name: &str| pair[name].as_str().unwrap().to_owned();
    let pair = zpns_apns_sim::CertificatePair {
        certificate_pem: text("certificatePem"),
        key_pem: text("keyPem"),
    };
    let line = bench
        .connect_to(Environment::Development, Some(&pair))
        .await
        .unwrap();
    assert_eq!(
        line.send(bench.alert().without("authorization"))
            .await
            .unwrap()
            .status,
        200
    );
    assert_eq!(
        control
            .call(Method::POST, "/provider-tokens/expire", None)
            .await
            .0,
        204
    );
    assert_eq!(
        bench
            .send(bench.alert().with("authorization", &token))
            .await
            .reason(),
        "ExpiredProviderToken"
    );
}

#[tokio::test]
async fn the_front_page_says_where_everything_is() {
    let bench = bench().await;
    let (_, about) = Control::of(&bench).call(Method::GET, "/", None).await;
    assert_eq!(about["development"], bench.simulator.development().port());
    assert_eq!(about["production"], bench.simulator.production().port());
    assert_eq!(about["devices"], 1);
    assert!(
        about["caPem"]
            .as_str()
            .unwrap()
            .contains("BEGIN CERTIFICATE")
    );
}

#[tokio::test]
async fn bad_input_is_answered_with_a_code_and_a_message() {
    let bench = bench().await;
    let control = Control::of(&bench);
    let id = &bench.device.device_id;
    let token = &bench.device.tokens.apns;
    let rows = [
        (Method::POST, "/devices".to_owned(), "", 400, "badRequest"),
        (Method::POST, "/devices".to_owned(), "{", 400, "badRequest"),
        (
            Method::POST,
            "/devices".to_owned(),
            r#"{"bundleID":"","environment":"development"}"#,
            400,
            "badRequest",
        ),
        (
            Method::POST,
            "/devices".to_owned(),
            r#"{"bundleID":"a","environment":"sandbox"}"#,
            400,
            "badRequest",
        ),
        (
            Method::POST,
            "/devices".to_owned(),
            r#"{"bundleID":"a","environment":"development","x":1}"#,
            400,
            "badRequest",
        ),
        (
            Method::POST,
            format!("/devices/{id}/tokens"),
            r#"{"kind":"pager"}"#,
            400,
            "badRequest",
        ),
        (
            Method::POST,
            "/devices/nobody/tokens".to_owned(),
            r#"{"kind":"voip"}"#,
            404,
            "unknownDevice",
        ),
        (
            Method::DELETE,
            "/devices/nobody".to_owned(),
            "",
            404,
            "unknownDevice",
        ),
        (
            Method::GET,
            "/devices/nobody/pushes".to_owned(),
            "",
            404,
            "unknownDevice",
        ),
        (
            Method::PUT,
            "/tokens/abcd/script".to_owned(),
            "[]",
            404,
            "unknownToken",
        ),
        (
            Method::PUT,
            format!("/tokens/{token}/script"),
            r#"[{"status":999}]"#,
            400,
            "badRequest",
        ),
        (
            Method::PUT,
            "/faults".to_owned(),
            r#"{"unavailableRate":2}"#,
            400,
            "badRequest",
        ),
        (
            Method::PUT,
            "/faults".to_owned(),
            r#"{"refuseEvry":2}"#,
            400,
            "badRequest",
        ),
        (
            Method::GET,
            "/log?since=yesterday".to_owned(),
            "",
            400,
            "badRequest",
        ),
        (
            Method::POST,
            "/keys".to_owned(),
            r#"{"teamID":"x","keyID":"y"}"#,
            400,
            "badIdentifier",
        ),
        (
            Method::POST,
            "/certificates".to_owned(),
            r#"{"topics":[]}"#,
            400,
            "badRequest",
        ),
        (Method::GET, "/nowhere".to_owned(), "", 404, "notFound"),
    ];
    for (method, path, body, status, code) in rows {
        let (found, answer) = control.call_text(method, &path, body.to_owned()).await;
        assert_eq!(
            (found.as_u16(), answer["error"]["code"].as_str()),
            (status, Some(code)),
            "{path} {body}"
        );
        assert!(
            answer["error"]["message"]
                .as_str()
                .is_some_and(|message| !message.is_empty()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_last_event_id_that_is_no_number_is_refused() {
    let bench = bench().await;
    let control = Control::of(&bench);
    let url = format!("{}/devices/{}/pushes", control.base, bench.device.device_id);
    let response = control
        .http
        .get(url)
        .header("last-event-id", "x")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 400);
}
