//! The app's JavaScript in a scenario. It behaves as the package's TypeScript does: renews user tokens, finishes background notifications, and
//! settles an action the same way only once.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use zpns_phone::client::Event;
use zpns_phone::{JsMessage, VirtualPhone};

use crate::gateway::user_token;
use crate::stage::eventually;

/// Something that a listener heard.
pub(crate) struct Heard {
    pub(crate) kind: String,
    pub(crate) body: Value,
    /// Whether an expectation has taken it.
    pub(crate) taken: bool,
}

#[derive(Default)]
struct Inbox {
    events: VecDeque<Event>,
    answers: BTreeMap<u64, Value>,
}

/// JavaScript from its start to its end.
pub(crate) struct App {
    inbox: Arc<Mutex<Inbox>>,
    /// Everything heard since the start, in order.
    pub(crate) heard: Vec<Heard>,
    settles: Value,
    settled: BTreeMap<(String, String), Value>,
    user: Option<String>,
    issued: u64,
}

impl App {
    /// Starts it. `settles` says for each type of action how it is settled as soon as it is heard.
    pub(crate) fn start(phone: &VirtualPhone, settles: Value) -> Self {
        let inbox = Arc::new(Mutex::new(Inbox::default()));
        let sink = Arc::clone(&inbox);
        let hear = move |message| match message {
            JsMessage::Event(event) => sink.lock().unwrap().events.push_back(event),
            JsMessage::Answer { invocation, answer } => {
                sink.lock()
                    .unwrap()
                    .answers
                    .insert(invocation, serde_json::from_str(&answer).unwrap());
            }
        };
        phone.start_js(Arc::new(hear)).unwrap();
        Self {
            inbox,
            heard: Vec::new(),
            settles,
            settled: BTreeMap::new(),
            user: None,
            issued: 0,
        }
    }

    /// Deals with what has come. True if there was something.
    pub(crate) fn pump(&mut self, phone: &VirtualPhone) -> bool {
        let events: Vec<Event> = self.inbox.lock().unwrap().events.drain(..).collect();
        let any = !events.is_empty();
        for event in events {
            let body: Value = serde_json::from_str(&event.body).unwrap();
            match event.kind.as_str() {
                "userTokenNeeded" => {
                    let token = self.next_token();
                    send(phone, "setUserToken", &json!({ "userToken": token }));
                }
                "throughMessageReceived" => send(
                    phone,
                    "completeThroughMessage",
                    &json!({ "seq": body["seq"] }),
                ),
                _ => {}
            }
            let seq = body["seq"].as_str().map(str::to_owned);
            self.note(event, body);
            let by = self
                .heard
                .last()
                .and_then(|heard| self.settles[&heard.kind].as_str())
                .map(str::to_owned);
            if let (Some(by), Some(seq)) = (by, seq) {
                self.complete(phone, &seq, &by);
            }
        }
        any
    }

    /// Names the gateway and the user. Every token is a fresh one.
    pub(crate) fn sign_in(
        &mut self,
        phone: &VirtualPhone,
        url: &str,
        user: Option<&str>,
        renews: bool,
    ) -> Value {
        self.user = user.map(str::to_owned);
        if renews {
            phone.listen("userTokenNeeded").unwrap();
        }
        let token = self.next_token();
        let mut params = json!({ "serverURL": url, "appID": "app", "userTokenProvider": renews });
        if token.is_string() {
            params["userToken"] = token;
        }
        self.ask(phone, "configure", &params)
    }

    /// Asks for a method: `{"ok": …}` or `{"error": …}`.
    pub(crate) fn ask(&mut self, phone: &VirtualPhone, method: &str, params: &Value) -> Value {
        let number = phone.invoke(method, &params.to_string()).unwrap();
        let answer = eventually(|| {
            self.pump(phone);
            self.inbox.lock().unwrap().answers.remove(&number)
        });
        answer.unwrap_or_else(|| panic!("{method} does not settle"))
    }

    /// Settles the newest action of this type for a call.
    pub(crate) fn settle(
        &mut self,
        phone: &VirtualPhone,
        kind: &str,
        call: &str,
        by: &str,
    ) -> Result<Value, String> {
        let of = |heard: &&Heard| heard.kind == kind && heard.body["action"]["callUUID"] == call;
        let seq = self
            .heard
            .iter()
            .rev()
            .find(of)
            .and_then(|heard| heard.body["seq"].as_str().map(str::to_owned));
        let seq = seq.ok_or_else(|| format!("JavaScript has heard no {kind} for this call"))?;
        Ok(self.complete(phone, &seq, by))
    }

    fn complete(&mut self, phone: &VirtualPhone, seq: &str, by: &str) -> Value {
        let key = (seq.to_owned(), by.to_owned());
        if let Some(before) = self.settled.get(&key) {
            return before.clone();
        }
        let answer = self.ask(
            phone,
            "completeAction",
            &json!({ "seq": seq, "outcome": by }),
        );
        self.settled.insert(key, answer.clone());
        answer
    }

    fn note(&mut self, event: Event, mut body: Value) {
        if event.kind == "didReceiveIncomingPush" {
            body["missed"] = json!(body["missed"] == true);
            body["flushed"] = json!(event.flushed);
        }
        if event.kind != "userTokenNeeded" {
            self.heard.push(Heard {
                kind: event.kind,
                body,
                taken: false,
            });
        }
    }

    fn next_token(&mut self) -> Value {
        self.issued += 1;
        self.user
            .as_deref()
            .map_or(Value::Null, |user| json!(user_token(user, self.issued)))
    }
}

/// Asks for something whose answer nobody waits for.
fn send(phone: &VirtualPhone, method: &str, params: &Value) {
    phone.invoke(method, &params.to_string()).unwrap();
}
