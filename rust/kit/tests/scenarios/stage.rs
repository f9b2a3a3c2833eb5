//! What a scenario plays on: a world with one phone, and what was heard, shown and asked in it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use zpns_kit::{START, World};

/// A stage. The app is installed, was opened once and does not run; its user's phone is `bob`'s.
pub(crate) struct Stage {
    world: World,
    /// The timeline since the story began, as JSON.
    pub(crate) timeline: Vec<Value>,
    /// Everything that was asked of the gateway: `{name, callID, by, body}`.
    pub(crate) requests: Vec<Value>,
    /// Events for the JavaScript that runs, not yet heard: type, body, whether it waited.
    pub(crate) events: Vec<(String, Value, bool)>,
    pub(crate) answers: BTreeMap<u64, Value>,
    /// VoIP pushes of calls, to deliver later or once more.
    pushes: BTreeMap<String, String>,
    context: u32,
}

impl Stage {
    pub(crate) fn new(options: &Value) -> Self {
        let mut all = json!({ "voipAtLaunch": true });
        for (key, value) in options.as_object().into_iter().flatten() {
            all[key] = value.clone();
        }
        let mut stage = Self {
            world: World::default(),
            timeline: Vec::new(),
            requests: Vec::new(),
            events: Vec::new(),
            answers: BTreeMap::new(),
            pushes: BTreeMap::new(),
            context: 0,
        };
        stage.does(&json!({ "op": "setTime", "at": START }));
        stage.does(&json!({ "op": "newPhone", "options": all }));
        stage.phone(json!({ "op": "launch" }));
        stage.phone(json!({ "op": "kill" }));
        stage.timeline.clear();
        stage
    }

    pub(crate) fn now(&self) -> u64 {
        self.world.now()
    }

    /// Where phones reach the gateway.
    pub(crate) fn url(&mut self) -> String {
        let gateway = self.does(&json!({ "op": "gateway", "do": "describe" }));
        gateway["url"].as_str().unwrap().to_owned()
    }

    /// A user token as the app's backend mints it; each is another one.
    pub(crate) fn user_token(&mut self, user: &str, number: u64) -> Value {
        let lifetime = 3600 + number;
        self.does(
            &json!({ "op": "gateway", "do": "userToken", "user": user, "lifetime": lifetime }),
        )
    }

    /// Something happens to the phone that must work.
    pub(crate) fn phone(&mut self, mut command: Value) -> Value {
        command["phone"] = json!(0);
        self.does(&command)
    }

    /// A command that must work.
    pub(crate) fn does(&mut self, command: &Value) -> Value {
        self.tries(command)
            .unwrap_or_else(|problem| panic!("{command}: {problem}"))
    }

    /// A command, and what the world says of it.
    pub(crate) fn tries(&mut self, command: &Value) -> Result<Value, String> {
        let reply = zpns_kit::run(&mut self.world, &command.to_string());
        let mut reply: Value = serde_json::from_str(&reply).unwrap();
        for message in reply["out"].as_array_mut().unwrap() {
            self.take(message);
        }
        match reply["error"]["message"].as_str() {
            Some(problem) => Err(problem.to_owned()),
            None => Ok(reply["ok"].take()),
        }
    }

    /// JavaScript starts; what was said to the one before is forgotten.
    pub(crate) fn start_js(&mut self) {
        self.context += 1;
        self.events.clear();
        let context = self.context;
        if self.phone(json!({ "op": "state" }))["app"] == "notRunning" {
            self.phone(json!({ "op": "launch" }));
        }
        self.phone(json!({ "op": "startJs", "context": context }));
    }

    /// The module of the JavaScript before this one is torn down, only now.
    pub(crate) fn tear_down_old_js(&mut self) {
        let old = self.context - 1;
        self.phone(json!({ "op": "stopJs", "context": old }));
    }

    /// Somebody calls bob; the push is kept, and delivered unless it is held.
    pub(crate) fn invite(&mut self, invitation: &Value, held: bool) {
        let call = invitation["callID"].as_str().expect("callID").to_owned();
        let push =
            self.phone(json!({ "op": "invite", "invitation": invitation, "holdPush": true }));
        self.pushes
            .insert(call.clone(), push.as_str().unwrap().to_owned());
        if !held {
            self.deliver(&call);
        }
    }

    /// The push of a call arrives, perhaps once more.
    pub(crate) fn deliver(&mut self, call: &str) {
        let payload = self
            .pushes
            .get(call)
            .expect("an invitation before it")
            .clone();
        self.phone(json!({ "op": "push", "kind": "voip", "payload": payload }));
    }

    /// Somebody else does something at the gateway.
    pub(crate) fn participant(&mut self, step: &Value) {
        let user = step["participant"].as_str().unwrap();
        let verb = step["does"].as_str().expect("what");
        let (method, path, body) = match verb {
            "register" => {
                let number = user
                    .bytes()
                    .fold(0, |number: u64, byte| number * 31 + u64::from(byte));
                let tokens = json!({ "voip": format!("{number:064x}") });
                let body = json!({ "bundleID": "com.example.calls", "environment": "production", "tokens": tokens });
                ("PUT", format!("/v1/installations/{user}-device"), body)
            }
            verb => {
                let call = step["call"].as_str().expect("a call");
                let mut body = json!({});
                for (key, field) in [
                    ("on", "installation"),
                    ("extendedData", "extendedData"),
                    ("invitees", "invitees"),
                ] {
                    if let Some(value) = step.get(key) {
                        body[field] = value.clone();
                    }
                }
                ("POST", format!("/v1/calls/{call}/{verb}"), body)
            }
        };
        self.does(&json!({ "op": "gateway", "do": "act", "user": user, "method": method, "path": path, "body": body }));
    }

    fn take(&mut self, message: &mut Value) {
        let is_current = message["context"] == self.context;
        if message["entry"].is_object() {
            self.timeline.push(message["entry"].take());
        } else if message["request"].is_object() {
            self.requests.push(message["request"].take());
        } else if message["event"].is_object() && is_current {
            let event = &message["event"];
            let body = serde_json::from_str(event["body"].as_str().unwrap()).unwrap();
            let kind = event["type"].as_str().unwrap().to_owned();
            self.events.push((kind, body, event["flushed"] == true));
        } else if message["answer"].is_object() {
            let answer = &message["answer"];
            let json = serde_json::from_str(answer["json"].as_str().unwrap()).unwrap();
            self.answers
                .insert(answer["invocation"].as_u64().unwrap(), json);
        }
    }
}
