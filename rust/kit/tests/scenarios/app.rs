//! The app's JavaScript in a scenario. It behaves as the package's TypeScript does: renews user tokens, finishes background notifications, and
//! settles an action the same way only once.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::stage::Stage;

/// Something that a listener heard.
pub(crate) struct Heard {
    pub(crate) kind: String,
    pub(crate) body: Value,
    /// Whether an expectation has taken it.
    pub(crate) taken: bool,
}

/// JavaScript from its start to its end.
pub(crate) struct App {
    /// Everything heard since the start, in order.
    pub(crate) heard: Vec<Heard>,
    settles: Value,
    settled: BTreeMap<(String, String), Value>,
    user: Option<String>,
    issued: u64,
}

impl App {
    /// Starts it. `settles` says for each type of action how it is settled as soon as it is heard.
    pub(crate) fn start(stage: &mut Stage, settles: Value) -> Self {
        stage.start_js();
        Self {
            heard: Vec::new(),
            settles,
            settled: BTreeMap::new(),
            user: None,
            issued: 0,
        }
    }

    pub(crate) fn listen(&mut self, stage: &mut Stage, kind: &str) {
        stage.phone(json!({ "op": "listen", "kind": kind }));
        self.hear(stage);
    }

    /// Deals with what has come.
    pub(crate) fn hear(&mut self, stage: &mut Stage) {
        while !stage.events.is_empty() {
            let (kind, body, flushed) = stage.events.remove(0);
            match kind.as_str() {
                "userTokenNeeded" => {
                    let token = self.next_token(stage);
                    send(stage, "setUserToken", &json!({ "userToken": token }));
                }
                "throughMessageReceived" => {
                    send(
                        stage,
                        "completeThroughMessage",
                        &json!({ "seq": body["seq"] }),
                    );
                }
                _ => {}
            }
            let seq = body["seq"].as_str().map(str::to_owned);
            self.note(kind, body, flushed);
            let by = self
                .heard
                .last()
                .and_then(|heard| self.settles[&heard.kind].as_str());
            if let (Some(by), Some(seq)) = (by.map(str::to_owned), seq) {
                self.complete(stage, &seq, &by);
            }
        }
    }

    /// Names the gateway and the user. Every token is a fresh one.
    pub(crate) fn sign_in(&mut self, stage: &mut Stage, user: Option<&str>, renews: bool) -> Value {
        self.user = user.map(str::to_owned);
        if renews {
            stage.phone(json!({ "op": "listen", "kind": "userTokenNeeded" }));
        }
        let token = self.next_token(stage);
        let url = stage.url();
        let mut params = json!({ "serverURL": url, "appID": "app", "userTokenProvider": renews });
        if token.is_string() {
            params["userToken"] = token;
        }
        self.ask(stage, "configure", &params)
    }

    /// Asks for a method: `{"ok": …}` or `{"error": …}`.
    pub(crate) fn ask(&mut self, stage: &mut Stage, method: &str, params: &Value) -> Value {
        let number = send(stage, method, params);
        self.hear(stage);
        stage
            .answers
            .remove(&number)
            .unwrap_or_else(|| panic!("{method} does not settle"))
    }

    /// Settles the newest action of this type for a call.
    pub(crate) fn settle(
        &mut self,
        stage: &mut Stage,
        kind: &str,
        call: &str,
        by: &str,
    ) -> Result<Value, String> {
        let of = |heard: &&Heard| heard.kind == kind && heard.body["action"]["callUUID"] == call;
        let newest = self.heard.iter().rev().find(of);
        let seq = newest.and_then(|heard| heard.body["seq"].as_str().map(str::to_owned));
        let seq = seq.ok_or_else(|| format!("JavaScript has heard no {kind} for this call"))?;
        Ok(self.complete(stage, &seq, by))
    }

    fn complete(&mut self, stage: &mut Stage, seq: &str, by: &str) -> Value {
        let key = (seq.to_owned(), by.to_owned());
        if let Some(before) = self.settled.get(&key) {
            return before.clone();
        }
        let number = send(
            stage,
            "completeAction",
            &json!({ "seq": seq, "outcome": by }),
        );
        let answer = stage.answers.remove(&number).expect("an answer");
        self.settled.insert(key, answer.clone());
        answer
    }

    fn note(&mut self, kind: String, mut body: Value, flushed: bool) {
        if kind == "didReceiveIncomingPush" {
            body["missed"] = json!(body["missed"] == true);
            body["flushed"] = json!(flushed);
        }
        if kind != "userTokenNeeded" {
            self.heard.push(Heard {
                kind,
                body,
                taken: false,
            });
        }
    }

    fn next_token(&mut self, stage: &mut Stage) -> Value {
        self.issued += 1;
        match &self.user {
            Some(user) => stage.user_token(user, self.issued),
            None => Value::Null,
        }
    }
}

/// Asks for something: the number of its answer.
fn send(stage: &mut Stage, method: &str, params: &Value) -> u64 {
    let command = json!({ "op": "invoke", "method": method, "params": params.to_string() });
    stage.phone(command).as_u64().unwrap()
}
