//! What a gateway answers, or whoever answers in its place.

use std::time::Duration;

use zpns_core::{ActionKind, HttpResponse, Input, Stored, StreamItem, SystemEvent, TokenKind};
use zpns_protocol::call_uuid;

use super::phone::Phone;

/// Statuses that mean different things; those that have a body to read first.
const STATUSES: [u16; 4] = [200, 422, 401, 503];
/// Beyond this size what differs is only the time that reading takes.
const BIG: usize = 64 * 1024;

/// Any bytes as the body of every answer and as the data of a stream's event: promises settle, the call can still be ended.
pub fn check(body: &[u8]) -> Duration {
    let statuses = if body.len() > BIG { 2 } else { STATUSES.len() };
    STATUSES
        .into_iter()
        .take(statuses)
        .map(|status| check_status(status, body))
        .max()
        .unwrap_or_default()
}

fn check_status(status: u16, body: &[u8]) -> Duration {
    let mut phone = Phone::launch(Stored::Empty);
    phone.configure();
    let push = format!(
        r#"{{"call_id":"call-42","zpns":{{"sentAt":{0},"expiresAt":{1},"caller":"alice","user":"bob","followURL":"https://push.example/v1/calls/call-42","followToken":"f"}}}}"#,
        phone.now,
        phone.now + 45_000
    );
    phone.give(Input::VoipPush {
        payload: push.as_bytes(),
        must_report: true,
    });
    phone.give(Input::System(SystemEvent::TokenUpdated {
        kind: TokenKind::Apns,
        token: vec![1; 32],
    }));
    phone.invoke("registerPush", "{}");
    phone.give(Input::Tick);
    if let Ok(data) = std::str::from_utf8(body) {
        // Twice: the second is compared with what the first said.
        for id in ["1", "2"] {
            let item = StreamItem::Event {
                id: Some(id.to_owned()),
                event: "accepted".to_owned(),
                data: data.to_owned(),
            };
            if let Some(id) = phone.streams.last().copied() {
                phone.give(Input::Stream { id, item });
            }
        }
    }
    phone.invoke("callInvite", r#"{"invitees":["alice"]}"#);
    phone.invoke("queryCallInvitation", r#"{"callID":"call-42"}"#);
    phone.invoke("callAccept", r#"{"callID":"call-42"}"#);
    phone.invoke("setServerBadge", r#"{"badge":1}"#);
    phone.give(Input::System(SystemEvent::Awake));
    for request in std::mem::take(&mut phone.requests) {
        let response = HttpResponse {
            status,
            retry_after: Some(u64::MAX),
            date: None,
            body: body.to_vec(),
        };
        phone.give(Input::Http {
            id: request.id,
            outcome: Ok(response),
        });
    }
    phone.user(call_uuid("call-42"), ActionKind::End);
    phone.rest();
    let size = phone
        .core
        .snapshot()
        .expect("storage can be read")
        .to_bytes()
        .len();
    assert!(
        size <= 4096 + body.len(),
        "{} bytes of answer leave {size} in storage",
        body.len()
    );
    phone.slowest
}
