//! Plays a scenario on a stage, step by step.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Map, Value, json};

use crate::matching::{fill, mismatch, upper};
use crate::stage::{Stage, eventually};

/// Plays it; the error names the first step that does not go as it says, and tells what happened.
pub(crate) fn play(scenario: &Value) -> Result<(), String> {
    let mut player = Player {
        stage: Stage::new(&scenario["phone"]),
        shown: BTreeSet::new(),
        got: BTreeSet::new(),
    };
    for (index, step) in scenario["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .enumerate()
    {
        let outcome = catch_unwind(AssertUnwindSafe(|| player.step(step)));
        let problem = match outcome {
            Ok(Ok(())) => continue,
            Ok(Err(problem)) => problem,
            Err(panic) => panic
                .downcast_ref::<String>()
                .cloned()
                .unwrap_or_else(|| "the runner failed, see above".to_owned()),
        };
        return Err(format!(
            "step {}, {step}: {problem}\n{}",
            index + 1,
            player.story()
        ));
    }
    Ok(())
}

struct Player {
    stage: Stage,
    /// Numbers of timeline entries that expectations have taken.
    shown: BTreeSet<u64>,
    /// Places of requests that expectations have taken.
    got: BTreeSet<usize>,
}

impl Player {
    fn step(&mut self, step: &Value) -> Result<(), String> {
        let expects = [
            "hears", "heard", "hearsNo", "shows", "showsNo", "gets", "getsNo",
        ];
        if expects.iter().any(|verb| step.get(verb).is_some()) {
            return self.expect(step);
        }
        self.act(step)?;
        self.stage.settle();
        Ok(())
    }

    fn act(&mut self, step: &Value) -> Result<(), String> {
        let stage = &mut self.stage;
        let (verb, value) = subject(step);
        match verb {
            "app" => stage.process(value.as_str().unwrap()),
            "js" => javascript(stage, step)?,
            "signIn" => {
                let url = stage.server.gateway.url();
                let Stage { app, phone, .. } = stage;
                let app = app.as_mut().ok_or("no JavaScript runs")?;
                ended(
                    &app.sign_in(phone, &url, value.as_str(), step["renews"] == true),
                    &json!({}),
                    0,
                )?;
            }
            "ask" => {
                let (now, params) = (
                    stage.now,
                    fill(step.get("with").unwrap_or(&json!({})), stage.now),
                );
                let Stage { app, phone, .. } = stage;
                let app = app.as_mut().ok_or("no JavaScript runs")?;
                ended(&app.ask(phone, value.as_str().unwrap(), &params), step, now)?;
            }
            "settle" => {
                let Stage { app, phone, .. } = stage;
                let app = app.as_mut().ok_or("no JavaScript runs")?;
                app.pump(phone);
                let call = upper(step["call"].as_str().unwrap());
                ended(
                    &app.settle(
                        phone,
                        value.as_str().unwrap(),
                        &call,
                        step["by"].as_str().unwrap(),
                    )?,
                    step,
                    0,
                )?;
            }
            "push" => stage.push(step["kind"].as_str(), &fill(value, stage.now)),
            "invite" => stage.push(None, &stage.server.gateway.invite(value)),
            "withdraw" => stage.push(None, &stage.server.gateway.withdraw(value)),
            "user" => stage.user(step)?,
            "apple" => stage.apple(step),
            "advance" => stage.advance(value.as_u64().unwrap()),
            "gateway" if value == "says" => stage
                .server
                .gateway
                .change(step["call"].as_str().unwrap(), step),
            "gateway" => stage
                .server
                .gateway
                .answer(step["to"].as_str().unwrap(), &step["with"]),
            other => panic!("{other} is no verb"),
        }
        Ok(())
    }

    fn expect(&mut self, step: &Value) -> Result<(), String> {
        if let Some(kind) = step["hears"].as_str() {
            let now = self.stage.now;
            self.stage.app()?;
            let next = eventually(|| {
                self.stage.pump();
                self.unheard(kind)
            });
            let next = next.ok_or("JavaScript does not hear it")?;
            let heard = &mut self.stage.app()?.heard[next];
            heard.taken = true;
            return step
                .get("body")
                .map_or(Ok(()), |body| check(&fill(body, now), Some(&heard.body)));
        }
        if step.get("shows").is_some() {
            let number =
                eventually(|| self.entry("shows", step)).ok_or("the phone does not show it")?;
            self.shown.insert(number["number"].as_u64().unwrap());
            return Ok(());
        }
        if step.get("gets").is_some() {
            let index =
                eventually(|| self.request("gets", step)).ok_or("the gateway does not get it")?;
            self.got.insert(index);
            return Ok(());
        }
        self.stage.settle();
        self.nothing(step)
    }

    fn nothing(&mut self, step: &Value) -> Result<(), String> {
        if let Some(expected) = step.get("heard") {
            let heard: Vec<&str> = self
                .stage
                .app()?
                .heard
                .iter()
                .map(|heard| heard.kind.as_str())
                .collect();
            return check(expected, Some(&json!(heard)));
        }
        if let Some(kind) = step["hearsNo"].as_str() {
            return match self.unheard(kind) {
                Some(index) => Err(format!(
                    "JavaScript heard {}",
                    self.stage.app()?.heard[index].body
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

    fn unheard(&self, kind: &str) -> Option<usize> {
        self.stage
            .app
            .as_ref()?
            .heard
            .iter()
            .position(|heard| heard.kind == kind && !heard.taken)
    }

    fn entry(&self, verb: &str, step: &Value) -> Option<Value> {
        let mut wanted = Map::from_iter([("type".to_owned(), step[verb].clone())]);
        if let Some(call) = step["call"].as_str() {
            wanted.insert("uuid".to_owned(), json!(upper(call)));
        }
        if let Value::Object(fields) = fill(&step["entry"], self.stage.now) {
            wanted.extend(fields);
        }
        let wanted = Value::Object(wanted);
        let taken = |entry: &Value| {
            entry["number"]
                .as_u64()
                .is_some_and(|number| self.shown.contains(&number))
        };
        self.stage
            .timeline()
            .into_iter()
            .find(|entry| !taken(entry) && mismatch(&wanted, Some(entry), "it").is_none())
    }

    fn request(&self, verb: &str, step: &Value) -> Option<usize> {
        let mut wanted = Map::from_iter([("name".to_owned(), step[verb].clone())]);
        for (key, field) in [("call", "callID"), ("by", "by"), ("body", "body")] {
            if let Some(value) = step.get(key) {
                wanted.insert(field.to_owned(), fill(value, self.stage.now));
            }
        }
        let wanted = Value::Object(wanted);
        let requests = self.stage.server.gateway.requests();
        let fits = |(index, request): &(usize, &Value)| {
            !self.got.contains(index) && mismatch(&wanted, Some(request), "it").is_none()
        };
        requests
            .iter()
            .enumerate()
            .find(fits)
            .map(|(index, _)| index)
    }

    /// What happened so far, for who reads a failure.
    fn story(&self) -> String {
        let heard = self
            .stage
            .app
            .iter()
            .flat_map(|app| &app.heard)
            .map(|heard| format!("  {} {}", heard.kind, heard.body));
        let shown = self
            .stage
            .timeline()
            .into_iter()
            .map(|entry| format!("  {entry}"));
        let got = self
            .stage
            .server
            .gateway
            .requests()
            .into_iter()
            .map(|request| format!("  {request}"));
        let title = |text: &str| std::iter::once(text.to_owned());
        let lines = title("JavaScript heard:")
            .chain(heard)
            .chain(title("the phone showed:"))
            .chain(shown);
        lines
            .chain(title("the gateway got:"))
            .chain(got)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// The verb of a step that does something, and what stands beside it.
fn subject(step: &Value) -> (&str, &Value) {
    let verbs = [
        "app", "js", "signIn", "ask", "settle", "push", "invite", "withdraw", "user", "apple",
        "advance", "gateway",
    ];
    verbs
        .into_iter()
        .find_map(|verb| step.get(verb).map(|value| (verb, value)))
        .expect("a verb")
}

fn javascript(stage: &mut Stage, step: &Value) -> Result<(), String> {
    let types = |key: &str| {
        step[key]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    match step["js"].as_str().unwrap() {
        "start" => {
            stage.start_js(step.get("settle").cloned().unwrap_or_else(|| json!({})));
            for kind in types("listen") {
                stage
                    .phone
                    .listen(&kind)
                    .map_err(|error| error.to_string())?;
            }
        }
        "stop" => stage.stop_js(),
        "listen" => types("to")
            .iter()
            .for_each(|kind| stage.phone.listen(kind).unwrap()),
        "ignore" => types("to")
            .iter()
            .for_each(|kind| stage.phone.unlisten(kind).unwrap()),
        other => panic!("{other} is nothing that JavaScript does"),
    }
    Ok(())
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
            check(
                &json!({ "code": expected["code"], "domain": expected["domain"] }),
                Some(error),
            )?;
            let says = expected["says"].as_str().unwrap_or_default();
            if error["message"].as_str().unwrap().contains(says) {
                Ok(())
            } else {
                Err(format!("the message is {}", error["message"]))
            }
        }
    }
}
