//! The gateway of a scenario: users and their calls, what the phone asked, and what it answers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use zpns_protocol::calls::{Call, CallEvent, Verb, VerbBody, VerbResult};

use crate::calls::{self, Change};

/// Before the user's name in the capability that a push brings.
const FOLLOW: &str = "follow-";

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// 0 for a connection that breaks.
    pub(crate) status: u64,
    pub(crate) body: Option<Value>,
    pub(crate) retry_after: Option<u64>,
}

impl Answer {
    fn of(status: u64, body: Option<Value>) -> Self {
        Self {
            status,
            body,
            retry_after: None,
        }
    }
}

/// The gateway. Its clock is the phone's.
#[derive(Default)]
pub(crate) struct Gateway {
    now: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    url: String,
    requests: Vec<Value>,
    answers: BTreeMap<String, VecDeque<Answer>>,
    calls: BTreeMap<String, Call>,
    events: BTreeMap<String, Vec<CallEvent>>,
    followers: Vec<(String, Sender<CallEvent>)>,
}

impl Gateway {
    pub(crate) fn set_now(&self, now: u64) {
        self.now.store(now, Ordering::SeqCst);
    }

    pub(crate) fn set_url(&self, url: String) {
        self.state().url = url;
    }

    pub(crate) fn url(&self) -> String {
        self.state().url.clone()
    }

    /// Everything that was asked: `{name, callID, by, body}`.
    pub(crate) fn requests(&self) -> Vec<Value> {
        self.state().requests.clone()
    }

    /// The next requests of this kind are answered so.
    pub(crate) fn answer(&self, name: &str, answers: &Value) {
        let read = |answer: &Value| Answer {
            status: answer["status"].as_u64().expect("a status"),
            body: answer.get("body").cloned(),
            retry_after: answer["retryAfter"].as_u64(),
        };
        let answers = answers.as_array().expect("answers").iter().map(read);
        self.state()
            .answers
            .entry(name.to_owned())
            .or_default()
            .extend(answers);
    }

    /// Somebody invites; brings the VoIP push that the gateway would send.
    pub(crate) fn invite(&self, invitation: &Value) -> Value {
        let of = Invitation::read(invitation);
        let mut state = self.state();
        if !state.calls.contains_key(of.call_id) {
            let invitees: Vec<&str> = std::iter::once(of.user)
                .chain(of.others.iter().copied())
                .collect();
            let invite = calls::invite(of.call_id, &invitees, of.timeout, of.extended_data);
            state.tell(&calls::begin(of.caller, invite, self.now()), false);
        }
        of.push(&state.url, "invite", self.now())
    }

    /// The VoIP push that takes an invitation back.
    pub(crate) fn withdraw(&self, invitation: &Value) -> Value {
        Invitation::read(invitation).push(&self.state().url, "cancel", self.now())
    }

    /// Something happens to a call.
    pub(crate) fn change(&self, call_id: &str, step: &Value) {
        let mut state = self.state();
        let call = state
            .calls
            .get(call_id)
            .expect("a call that the gateway has")
            .clone();
        state.tell(
            &Change::read(step).apply(call, self.now()),
            step["silently"] == true,
        );
    }

    /// A request comes.
    pub(crate) fn handle(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> Answer {
        let (name, id) = route(method, path);
        let user = token
            .strip_prefix(FOLLOW)
            .map_or_else(|| user_of(token), str::to_owned);
        let by = if token.starts_with(FOLLOW) {
            "follow".to_owned()
        } else {
            user.clone()
        };
        let body = body.unwrap_or(Value::Null);
        let call_id = if path.starts_with("/v1/calls/") {
            json!(id)
        } else {
            body["callID"].clone()
        };
        let mut state = self.state();
        state
            .requests
            .push(json!({ "name": name, "callID": call_id, "by": by, "body": body }));
        let scripted = state.answers.get_mut(name).and_then(VecDeque::pop_front);
        match scripted {
            Some(answer) if answer.status != 200 => answer,
            Some(Answer {
                body: Some(scripted),
                ..
            }) => Answer {
                body: Some(scripted),
                ..state.perform(name, &id, &user, body, self.now())
            },
            _ => state.perform(name, &id, &user, body, self.now()),
        }
    }

    /// Events of a call after number `after`, and those to come.
    pub(crate) fn follow(&self, call_id: &str, after: u64) -> Receiver<CallEvent> {
        let (sender, receiver) = channel();
        let mut state = self.state();
        for event in state
            .events
            .get(call_id)
            .into_iter()
            .flatten()
            .filter(|event| event.seq > after)
        {
            sender.send(event.clone()).unwrap();
        }
        state.followers.push((call_id.to_owned(), sender));
        receiver
    }

    /// Ends all streams.
    pub(crate) fn close(&self) {
        self.state().followers.clear();
    }

    fn now(&self) -> u64 {
        self.now.load(Ordering::SeqCst)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn perform(&mut self, name: &str, id: &str, user: &str, body: Value, now: u64) -> Answer {
        match name {
            "register" => Answer::of(200, Some(json!({ "pushID": "zp_0123456789abcdefghijkl" }))),
            "unregister" | "badge" | "receipt" => Answer::of(204, None),
            "invite" => {
                let event = calls::begin(
                    user,
                    serde_json::from_value(body).expect("an invitation"),
                    now,
                );
                self.tell(&event, false);
                Answer::of(
                    201,
                    Some(json!({ "call": event.call, "errorUserList": [] })),
                )
            }
            _ => match self.calls.get(id).cloned() {
                None => Answer::of(
                    404,
                    Some(
                        json!({ "error": { "code": "no_such_call", "message": "there is no such call" } }),
                    ),
                ),
                Some(call) => match Verb::ALL.into_iter().find(|verb| verb.as_str() == name) {
                    None => Answer::of(200, Some(json!(call))),
                    Some(verb) => {
                        let body: VerbBody =
                            serde_json::from_value(body).expect("the body of a verb");
                        let event = calls::perform(&call, verb, user, &body, now);
                        let result = VerbResult {
                            applied: event.is_some(),
                            call: event.as_ref().map_or(call, |event| event.call.clone()),
                        };
                        if let Some(event) = event {
                            self.tell(&event, false);
                        }
                        Answer::of(200, Some(json!(result)))
                    }
                },
            },
        }
    }

    fn tell(&mut self, event: &CallEvent, silently: bool) {
        let id = event.call.call_id.as_str().to_owned();
        self.calls.insert(id.clone(), event.call.clone());
        if !silently {
            self.events
                .entry(id.clone())
                .or_default()
                .push(event.clone());
            self.followers
                .retain(|(call, follower)| *call != id || follower.send(event.clone()).is_ok());
        }
    }
}

struct Invitation<'a> {
    call_id: &'a str,
    caller: &'a str,
    user: &'a str,
    others: Vec<&'a str>,
    timeout: u64,
    video: bool,
    extended_data: &'a str,
}

impl<'a> Invitation<'a> {
    fn read(step: &'a Value) -> Self {
        Self {
            call_id: step["callID"].as_str().expect("callID"),
            caller: step["caller"].as_str().unwrap_or("alice"),
            user: step["user"].as_str().unwrap_or("bob"),
            others: step["others"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect(),
            timeout: step["timeout"].as_u64().unwrap_or(45),
            video: step["video"] == true,
            extended_data: step["extendedData"].as_str().unwrap_or_default(),
        }
    }

    fn push(&self, url: &str, kind: &str, now: u64) -> Value {
        json!({
            "aps": { "alert": { "title": self.caller, "body": "Incoming call" } },
            "zego": { "version": 1, "voip_has_video": self.video, "voip_handle_type": 1, "voip_handle_value": self.caller },
            "call_id": self.call_id,
            "payload": "for the app",
            "zpns": {
                "v": 1, "kind": kind, "sentAt": now, "expiresAt": now + self.timeout * 1000, "timeout": self.timeout, "mode": 0,
                "caller": self.caller, "user": self.user, "extendedData": self.extended_data,
                "followURL": format!("{url}/v1/calls/{}", self.call_id), "followToken": format!("{FOLLOW}{}", self.user),
            },
        })
    }
}

/// A user token as an app's backend signs it, without the signature: this gateway believes everybody.
pub(crate) fn user_token(user: &str, number: u64) -> String {
    format!(
        "e30.{}.signature",
        URL_SAFE_NO_PAD.encode(json!({ "sub": user, "number": number }).to_string())
    )
}

fn user_of(token: &str) -> String {
    let claims = token
        .split('.')
        .nth(1)
        .and_then(|claims| URL_SAFE_NO_PAD.decode(claims).ok());
    let claims: Option<Value> = claims.and_then(|claims| serde_json::from_slice(&claims).ok());
    claims
        .and_then(|claims| claims["sub"].as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn route(method: &str, path: &str) -> (&'static str, String) {
    let parts: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
    let name = match (method, parts.as_slice()) {
        ("PUT", ["installations", _]) => "register",
        ("DELETE", ["installations", _]) => "unregister",
        ("PUT", ["installations", _, "badge"]) => "badge",
        ("POST", ["receipts"]) => "receipt",
        ("POST", ["calls"]) => "invite",
        ("POST", ["calls", _, "accept"]) => "accept",
        ("POST", ["calls", _, "reject"]) => "reject",
        ("POST", ["calls", _, "cancel"]) => "cancel",
        ("POST", ["calls", _, "end"]) => "end",
        ("GET", ["calls", _]) => "query",
        ("GET", ["calls", _, "events"]) => "follow",
        _ => panic!("the gateway has no {method} {path}"),
    };
    (name, parts.get(1).copied().unwrap_or_default().to_owned())
}
