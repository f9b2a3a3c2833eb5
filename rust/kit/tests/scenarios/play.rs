//! Plays a scenario on a stage, step by step.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Map, Value, json};

use crate::app::App;
use crate::matching::{fill, mismatch, upper};
use crate::stage::Stage;

/// Plays it; the error names the first step that does not go as it says, and tells what happened.
pub(crate) fn play(scenario: &Value) -> Result<(), String> {
    let mut player = Player::new(scenario);
    for (index, step) in steps(scenario).iter().enumerate() {
        let outcome = catch_unwind(AssertUnwindSafe(|| player.step(step)));
        let problem = match outcome {
            Ok(Ok(())) => continue,
            Ok(Err(problem)) => problem,
            Err(panic) => panic
                .downcast_ref::<String>()
                .cloned()
                .unwrap_or_else(|| "the runner failed, see above".to_owned()),
        };
        let number = index + 1;
        return Err(format!(
            "step {number}, {step}: {problem}\n{}",
            player.story()
        ));
    }
    Ok(())
}

/// What happens in a scenario, whether or not it goes as it says.
pub(crate) fn story(scenario: &Value) -> String {
    let mut player = Player::new(scenario);
    for step in steps(scenario) {
        let _ = player.step(step);
    }
    player.story()
}

fn steps(scenario: &Value) -> &[Value] {
    scenario["steps"].as_array().expect("steps")
}

struct Player {
    stage: Stage,
    app: Option<App>,
    /// The JavaScript before it, whose place it took.
    old: Option<App>,
    /// Numbers of timeline entries that expectations have taken.
    shown: BTreeSet<u64>,
    /// Places of requests that expectations have taken.
    got: BTreeSet<usize>,
}

impl Player {
    fn new(scenario: &Value) -> Self {
        Self {
            stage: Stage::new(&scenario["phone"]),
            app: None,
            old: None,
            shown: BTreeSet::new(),
            got: BTreeSet::new(),
        }
    }

    fn step(&mut self, step: &Value) -> Result<(), String> {
        let expects = [
            "hears", "heard", "hearsNo", "shows", "showsNo", "gets", "getsNo",
        ];
        if expects.iter().any(|verb| step.get(verb).is_some()) {
            return self.expect(step);
        }
        self.act(step)?;
        if let Some(app) = &mut self.app {
            app.hear(&mut self.stage);
        }
        Ok(())
    }

    fn act(&mut self, step: &Value) -> Result<(), String> {
        let (verb, value) = subject(step);
        let now = self.stage.now();
        match verb {
            "app" => {
                if value == "kill" {
                    (self.app, self.old) = (None, None);
                }
                self.stage.phone(json!({ "op": value }));
            }
            "js" => self.javascript(step)?,
            "signIn" => {
                let renews = step["renews"] == true;
                let (app, stage) = self.app()?;
                ended(&app.sign_in(stage, value.as_str(), renews), &json!({}), 0)?;
            }
            "ask" => {
                let params = fill(step.get("with").unwrap_or(&json!({})), now);
                let (app, stage) = self.app()?;
                ended(&app.ask(stage, value.as_str().unwrap(), &params), step, now)?;
            }
            "settle" => {
                let call = upper(step["call"].as_str().unwrap());
                let by = step["by"].as_str().unwrap();
                let (app, stage) = self.app_or_old(step)?;
                ended(
                    &app.settle(stage, value.as_str().unwrap(), &call, by)?,
                    step,
                    0,
                )?;
            }
            "push" => {
                let kind = step["kind"].as_str().unwrap_or("voip");
                let payload = fill(value, now);
                let text = payload
                    .as_str()
                    .map_or_else(|| payload.to_string(), str::to_owned);
                self.stage
                    .phone(json!({ "op": "push", "kind": kind, "payload": text }));
            }
            "invite" => self.stage.invite(value, step["held"] == true),
            "deliver" => self.stage.deliver(value.as_str().unwrap()),
            "participant" => self.stage.participant(step),
            "user" => self.user(step)?,
            "apple" => self.apple(step),
            "otherCall" => {
                self.stage
                    .phone(json!({ "op": "otherCall", "change": value, "ours": step.get("ours") }));
            }
            "network" => {
                let command = json!({ "op": "network", "change": value });
                self.stage.phone(command);
            }
            "clock" => {
                let command = json!({ "op": "jumpClock", "ms": value["jumpMs"] });
                self.stage.phone(command);
            }
            "storage" => {
                let command = json!({ "op": "storage", "is": value });
                self.stage.phone(command);
            }
            "advance" => {
                self.stage.does(&json!({ "op": "advance", "by": value }));
            }
            "gateway" => {
                let command =
                    json!({ "op": "scriptAnswers", "name": step["to"], "answers": step["with"] });
                self.stage.phone(command);
            }
            other => panic!("{other} is no verb"),
        }
        Ok(())
    }

    fn user(&mut self, step: &Value) -> Result<(), String> {
        let uuid = || json!(upper(step["call"].as_str().expect("a call")));
        let command = match step["user"].as_str().unwrap() {
            "answer" => {
                let others = step["others"].as_str().unwrap_or("hold");
                json!({ "op": "answer", "uuid": uuid(), "others": others })
            }
            "end" => json!({ "op": "end", "uuid": uuid() }),
            "mute" => json!({ "op": "setMuted", "uuid": uuid(), "muted": true }),
            "unmute" => json!({ "op": "setMuted", "uuid": uuid(), "muted": false }),
            "hold" => json!({ "op": "setHeld", "uuid": uuid(), "onHold": true }),
            "resume" => json!({ "op": "setHeld", "uuid": uuid(), "onHold": false }),
            "group" => {
                json!({ "op": "setGroup", "uuid": uuid(), "with": upper(step["with"].as_str().unwrap()) })
            }
            "ungroup" => json!({ "op": "setGroup", "uuid": uuid() }),
            "type" => json!({ "op": "playDtmf", "uuid": uuid(), "digits": step["digits"] }),
            "swap" => json!({ "op": "swap" }),
            "callBack" => {
                let state = self.stage.phone(json!({ "op": "state" }));
                let recents = state["recents"].as_array().unwrap();
                json!({ "op": "tapRecent", "recent": recents.last().expect("a recent call")["recent"] })
            }
            "block" => json!({ "op": "block", "handle": step["handle"] }),
            "silence" => json!({ "op": "setDoNotDisturb", "on": step["on"] != false }),
            "unlock" => json!({ "op": "unlock" }),
            other => panic!("{other} is nothing that a user does"),
        };
        let mut command = command;
        command["phone"] = json!(0);
        self.stage.tries(&command).map(|_| ())
    }

    fn apple(&mut self, step: &Value) {
        self.stage.phone(match step["apple"].as_str().unwrap() {
            "timeOut" => {
                json!({ "op": "timeOutActions", "uuid": upper(step["call"].as_str().unwrap()) })
            }
            "refuseReports" => json!({ "op": "refuseReports", "error": step.get("as") }),
            other => json!({ "op": other, "kind": step["kind"] }),
        });
    }

    fn javascript(&mut self, step: &Value) -> Result<(), String> {
        let types = |key: &str| {
            let types = step[key].as_array().into_iter().flatten();
            types
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        match step["js"].as_str().unwrap() {
            "start" => {
                let settles = step.get("settle").cloned().unwrap_or_else(|| json!({}));
                let mut app = App::start(&mut self.stage, settles);
                for kind in types("listen") {
                    app.listen(&mut self.stage, &kind);
                }
                self.old = self.app.replace(app);
            }
            "stop" if step["late"] == true => self.stage.tear_down_old_js(),
            "stop" => {
                (self.app, self.old) = (None, None);
                self.stage.phone(json!({ "op": "stopJs" }));
            }
            "listen" => {
                let (app, stage) = self.app()?;
                for kind in types("to") {
                    app.listen(stage, &kind);
                }
            }
            "ignore" => {
                for kind in types("to") {
                    self.stage.phone(json!({ "op": "unlisten", "kind": kind }));
                }
            }
            "refuse" => {
                self.stage
                    .phone(json!({ "op": "refuseEvent", "kind": step["next"] }));
            }
            other => panic!("{other} is nothing that JavaScript does"),
        }
        Ok(())
    }

    fn expect(&mut self, step: &Value) -> Result<(), String> {
        if let Some(kind) = step["hears"].as_str() {
            let now = self.stage.now();
            let next = self.unheard(kind).ok_or("JavaScript does not hear it")?;
            let (app, _) = self.app()?;
            let heard = &mut app.heard[next];
            heard.taken = true;
            let body = heard.body.clone();
            return step
                .get("body")
                .map_or(Ok(()), |expected| check(&fill(expected, now), Some(&body)));
        }
        if step.get("shows").is_some() {
            let entry = self
                .entry("shows", step)
                .ok_or("the phone does not show it")?;
            self.shown.insert(entry["number"].as_u64().unwrap());
            return Ok(());
        }
        if step.get("gets").is_some() {
            let index = self
                .request("gets", step)
                .ok_or("the gateway does not get it")?;
            self.got.insert(index);
            return Ok(());
        }
        self.nothing(step)
    }

    fn nothing(&mut self, step: &Value) -> Result<(), String> {
        if let Some(expected) = step.get("heard") {
            let (app, _) = self.app()?;
            let heard: Vec<&str> = app.heard.iter().map(|heard| heard.kind.as_str()).collect();
            return check(expected, Some(&json!(heard)));
        }
        if let Some(kind) = step["hearsNo"].as_str() {
            return match self.unheard(kind) {
                Some(index) => Err(format!(
                    "JavaScript heard {}",
                    self.app()?.0.heard[index].body
                )),
                None => Ok(()),
            };
        }
        if step.get("showsNo").is_some() {
            return self
                .entry("showsNo", step)
                .map_or(Ok(()), |entry| Err(format!("the phone showed {entry}")));
        }
        self.request("getsNo", step)
            .map_or(Ok(()), |_| Err("the gateway got it".to_owned()))
    }

    fn app(&mut self) -> Result<(&mut App, &mut Stage), String> {
        let app = self.app.as_mut().ok_or("no JavaScript runs")?;
        Ok((app, &mut self.stage))
    }

    /// The JavaScript that a step means.
    fn app_or_old(&mut self, step: &Value) -> Result<(&mut App, &mut Stage), String> {
        if step["late"] != true {
            return self.app();
        }
        let old = self.old.as_mut().ok_or("no JavaScript ran before")?;
        Ok((old, &mut self.stage))
    }

    fn unheard(&self, kind: &str) -> Option<usize> {
        let is_next = |heard: &crate::app::Heard| heard.kind == kind && !heard.taken;
        self.app.as_ref()?.heard.iter().position(is_next)
    }

    fn entry(&self, verb: &str, step: &Value) -> Option<Value> {
        let mut wanted = Map::from_iter([("type".to_owned(), step[verb].clone())]);
        if let Some(call) = step["call"].as_str() {
            wanted.insert("uuid".to_owned(), json!(upper(call)));
        }
        if let Value::Object(fields) = fill(&step["entry"], self.stage.now()) {
            wanted.extend(fields);
        }
        let wanted = Value::Object(wanted);
        let is_taken = |entry: &Value| {
            entry["number"]
                .as_u64()
                .is_some_and(|number| self.shown.contains(&number))
        };
        let mut entries = self.stage.timeline.iter();
        let fits =
            |entry: &&Value| !is_taken(entry) && mismatch(&wanted, Some(entry), "it").is_none();
        entries.find(fits).cloned()
    }

    fn request(&self, verb: &str, step: &Value) -> Option<usize> {
        let mut wanted = Map::from_iter([("name".to_owned(), step[verb].clone())]);
        for (key, field) in [("call", "callID"), ("by", "by"), ("body", "body")] {
            if let Some(value) = step.get(key) {
                wanted.insert(field.to_owned(), fill(value, self.stage.now()));
            }
        }
        let wanted = Value::Object(wanted);
        self.stage
            .requests
            .iter()
            .enumerate()
            .find_map(|(index, request)| {
                let fits =
                    !self.got.contains(&index) && mismatch(&wanted, Some(request), "it").is_none();
                fits.then_some(index)
            })
    }

    /// What happened so far, for who reads a failure.
    fn story(&self) -> String {
        let heard = self.app.iter().flat_map(|app| &app.heard);
        let heard = heard.map(|heard| format!("  {} {}", heard.kind, heard.body));
        let shown = self.stage.timeline.iter().map(|entry| format!("  {entry}"));
        let got = self
            .stage
            .requests
            .iter()
            .map(|request| format!("  {request}"));
        let title = |text: &str| std::iter::once(text.to_owned());
        let lines = title("JavaScript heard:")
            .chain(heard)
            .chain(title("the phone showed:"))
            .chain(shown);
        let lines = lines.chain(title("the gateway got:")).chain(got);
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// The verb of a step that does something, and what stands beside it.
fn subject(step: &Value) -> (&str, &Value) {
    let verbs = [
        "app",
        "js",
        "signIn",
        "ask",
        "settle",
        "push",
        "invite",
        "deliver",
        "participant",
        "user",
        "apple",
        "otherCall",
        "network",
        "clock",
        "storage",
        "advance",
        "gateway",
    ];
    verbs
        .into_iter()
        .find_map(|verb| step.get(verb).map(|value| (verb, value)))
        .expect("a verb")
}

fn check(expected: &Value, actual: Option<&Value>) -> Result<(), String> {
    mismatch(expected, actual, "it").map_or(Ok(()), Err)
}

/// Compares an answer with what the step says; success is expected if it says nothing.
fn ended(answer: &Value, step: &Value, now: u64) -> Result<(), String> {
    match (step.get("error"), answer.get("error")) {
        (None, None) => step
            .get("ok")
            .map_or(Ok(()), |ok| check(&fill(ok, now), answer.get("ok"))),
        (None, Some(error)) => Err(format!("it is refused: {error}")),
        (Some(_), None) => Err("it is not refused".to_owned()),
        (Some(expected), Some(error)) => {
            let wanted = json!({ "code": expected["code"], "domain": expected["domain"] });
            check(&wanted, Some(error))?;
            let says = expected["says"].as_str().unwrap_or_default();
            if error["message"].as_str().unwrap().contains(says) {
                Ok(())
            } else {
                Err(format!("the message is {}", error["message"]))
            }
        }
    }
}
