//! The core, the client and a gateway's HTTP on loopback.

#![allow(missing_docs, unreachable_pub, dead_code)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value
)]

mod support;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use support::{Asked, PATIENCE, Recorder, start};
use zpns_client::{SystemEvent, TokenKind};

/// Serves on a thread of its own for the rest of the test.
fn serve(router: Router) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await
        })
    });
    format!("http://{address}")
}

struct Put {
    bearer: String,
    body: serde_json::Value,
}

/// A gateway that answers registrations with these, the last one again and again.
fn gateway(answers: Vec<(StatusCode, &'static str)>) -> (String, Receiver<Put>) {
    let (sender, puts): (Sender<Put>, _) = channel();
    let answers = Arc::new(Mutex::new(answers.into_iter().rev().collect::<Vec<_>>()));
    let register = move |Path(_): Path<String>, headers: HeaderMap, body: Bytes| async move {
        let bearer = headers["authorization"].to_str().unwrap().to_owned();
        sender
            .send(Put {
                bearer,
                body: serde_json::from_slice(&body).unwrap(),
            })
            .unwrap();
        let mut answers = answers.lock().unwrap();
        let answer = if answers.len() > 1 {
            answers.pop()
        } else {
            answers.last().copied()
        };
        answer.unwrap().into_response()
    };
    (
        serve(Router::new().route("/v1/installations/{id}", put(register))),
        puts,
    )
}

const REGISTERED: (StatusCode, &str) =
    (StatusCode::OK, r#"{"pushID":"zp_0123456789abcdefghijKL"}"#);

fn register(platform: &Arc<Recorder>, url: &str) -> Arc<zpns_client::Client> {
    let client = start(platform);
    client.listen("registered");
    client.listen("userTokenNeeded");
    let configuration = serde_json::json!({"serverURL": url, "appID": "demo", "userToken": "first", "userTokenProvider": true});
    client
        .invoke(1, "configure", &configuration.to_string())
        .unwrap();
    client
        .invoke(2, "registerPush", r#"{"enableIOSVoIP":true}"#)
        .unwrap();
    client
        .system(SystemEvent::TokenUpdated {
            kind: TokenKind::Apns,
            token: vec![0xab; 32],
        })
        .unwrap();
    client
        .system(SystemEvent::TokenUpdated {
            kind: TokenKind::Voip,
            token: vec![0xcd; 32],
        })
        .unwrap();
    client
}

fn wait_for_event(platform: &Recorder, kind: &str) -> serde_json::Value {
    let body = platform.wait_for(kind, |asked| match asked {
        Asked::Emit(event) if event.kind == kind => Some(event.body.clone()),
        _ => None,
    });
    serde_json::from_str(&body).unwrap()
}

#[test]
fn a_device_registers_and_gets_its_push_id() {
    let (url, puts) = gateway(vec![REGISTERED]);
    let platform = Recorder::new();
    let _client = register(&platform, &url);
    let put = puts.recv_timeout(PATIENCE).unwrap();
    assert_eq!(put.bearer, "Bearer first");
    assert_eq!(put.body["tokens"]["voip"], "cd".repeat(32));
    assert_eq!(
        wait_for_event(&platform, "registered")["pushID"],
        "zp_0123456789abcdefghijKL"
    );
}

#[test]
fn a_refused_token_is_renewed_and_the_registration_sent_again() {
    let (url, puts) = gateway(vec![(StatusCode::UNAUTHORIZED, "{}"), REGISTERED]);
    let platform = Recorder::new();
    let client = register(&platform, &url);
    puts.recv_timeout(PATIENCE).unwrap();
    wait_for_event(&platform, "userTokenNeeded");
    client
        .invoke(3, "setUserToken", r#"{"userToken":"second"}"#)
        .unwrap();
    assert_eq!(puts.recv_timeout(PATIENCE).unwrap().bearer, "Bearer second");
    assert_eq!(
        wait_for_event(&platform, "registered")["pushID"],
        "zp_0123456789abcdefghijKL"
    );
}

#[test]
fn a_gateway_that_fails_is_asked_again() {
    let (url, puts) = gateway(vec![(StatusCode::SERVICE_UNAVAILABLE, "{}"), REGISTERED]);
    let platform = Recorder::new();
    let _client = register(&platform, &url);
    puts.recv_timeout(PATIENCE).unwrap();
    puts.recv_timeout(PATIENCE).unwrap();
}

#[test]
fn a_push_that_can_be_followed_is_followed_with_its_own_token() {
    let (sender, followed) = channel();
    let follow = move |headers: HeaderMap| async move {
        sender
            .send(headers["authorization"].to_str().unwrap().to_owned())
            .unwrap();
        std::future::pending::<Response>().await
    };
    let url = serve(Router::new().route("/v1/calls/call-42/events", get(follow)));
    let platform = Recorder::new();
    let client = start(&platform);
    let expires = zpns_client::Clock::now(&zpns_client::SystemClock) + 45_000;
    let push = serde_json::json!({"call_id": "call-42", "zpns": {
        "v": 1, "kind": "invite", "sentAt": expires - 45_000, "expiresAt": expires,
        "followURL": format!("{url}/v1/calls/call-42"), "followToken": "follow",
    }});
    client.voip_push(push.to_string().as_bytes(), true).unwrap();
    assert_eq!(followed.recv_timeout(PATIENCE).unwrap(), "Bearer follow");
}

#[test]
fn the_end_does_not_wait_for_a_request_under_way() {
    let (sender, asked) = channel();
    let never = move || async move {
        sender.send(()).unwrap();
        std::future::pending::<Response>().await
    };
    let url = serve(Router::new().route("/v1/installations/{id}", put(never)));
    let platform = Recorder::new();
    let client = register(&platform, &url);
    asked.recv_timeout(PATIENCE).unwrap();
    let began = Instant::now();
    client.shutdown();
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(
        Arc::strong_count(&platform),
        1,
        "the request is gone with everything it held"
    );
}
