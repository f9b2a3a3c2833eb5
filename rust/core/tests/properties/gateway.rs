//! The gateway, as far as it decides what the core hears next.

use serde_json::{Value, json};
use zpns_core::effect::{HttpMethod, HttpRequest, StreamRequest};
use zpns_core::{HttpFailure, HttpResponse, StreamItem};

use crate::step::{Answer, CALLS, News, STATES};
use crate::support::START;

/// Where it is.
pub const URL: &str = "https://push.example";
/// The users of the phone, one after the other.
pub const USERS: [&str; 2] = ["bob", "carol"];

/// The call that a URL is about.
pub fn call_of(url: &str) -> &'static str {
    let encoded = |call: &str| {
        call.bytes()
            .map(|byte| {
                if byte.is_ascii() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            })
            .collect::<String>()
    };
    let named = |call: &str| {
        url.split('/')
            .any(|part| part == call || part == encoded(call))
    };
    CALLS
        .into_iter()
        .find(|call| named(call))
        .unwrap_or(CALLS[0])
}

/// Whether a request is about the registration of this installation.
pub fn is_registration(request: &HttpRequest) -> bool {
    request.url.contains("/v1/installations/") && !request.url.ends_with("/badge")
}

pub fn call(id: &str, state: usize, seq: u64) -> Value {
    let (state, user) = STATES[state];
    json!({
        "callID": id, "mode": 0, "caller": "alice", "createdAt": START, "expiresAt": START + 40_000, "timeout": 40, "extendedData": "",
        "state": state, "seq": seq,
        "participants": [{"userID": "alice", "state": "accepted"}, {"userID": USERS[0], "state": user}]
    })
}

pub fn respond(request: &HttpRequest, answer: Answer) -> Result<HttpResponse, HttpFailure> {
    let (status, body) = match answer {
        Answer::Offline => return Err(HttpFailure::Unreachable),
        Answer::TimedOut => return Err(HttpFailure::TimedOut),
        Answer::Broken => return Err(HttpFailure::Broken),
        // Something between phone and gateway.
        Answer::Status(status @ 410) => (status, "<html>".to_owned()),
        Answer::Status(status) => {
            let code = if status == 404 {
                "no_such_call"
            } else {
                "refused"
            };
            let body = json!({"error": {"code": code, "message": "no"}});
            (status, body.to_string())
        }
        Answer::Junk => (200, "<html>".to_owned()),
        Answer::Good { state, seq } => (200, body(request, state, seq).to_string()),
    };
    let retry_after = (status == 429).then_some(3);
    Ok(HttpResponse {
        status,
        retry_after,
        date: None,
        body: body.into_bytes(),
    })
}

fn body(request: &HttpRequest, state: usize, seq: u64) -> Value {
    if request.url.contains("/v1/installations/") {
        return json!({"pushID": "zp_0123456789abcdefghijAB"});
    }
    let call = call(call_of(&request.url), state, seq);
    match request.method {
        HttpMethod::Get => call,
        _ if request.url.ends_with("/v1/calls") => {
            let invite: Value =
                serde_json::from_slice(request.body.as_deref().expect("an invitation"))
                    .expect("JSON");
            let mut call = call;
            call["callID"] = invite["callID"].clone();
            json!({"call": call, "errorUserList": []})
        }
        _ => json!({"applied": seq.is_multiple_of(2), "call": call}),
    }
}

pub fn stream_item(request: &StreamRequest, news: News) -> StreamItem {
    match news {
        News::Open => StreamItem::Open { date: None },
        News::Junk => StreamItem::Event {
            id: None,
            event: "message".into(),
            data: "{\"seq\":".into(),
        },
        News::Closed(status) => StreamItem::Closed {
            status,
            failure: None,
        },
        News::Call { state, seq } => {
            let call = call(call_of(&request.url), state, seq);
            let data =
                json!({"seq": seq, "at": START, "type": "accepted", "call": call}).to_string();
            StreamItem::Event {
                id: Some(seq.to_string()),
                event: "accepted".into(),
                data,
            }
        }
    }
}
