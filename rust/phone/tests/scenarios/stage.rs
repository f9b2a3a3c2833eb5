//! What a scenario plays on: the virtual iPhone with the real library, and a gateway on a loopback port.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;
use zpns_phone::client::core::TokenKind;
use zpns_phone::{AppState, Others, PhoneOptions, PushKind, VirtualPhone};
use zpns_protocol::call_uuid;

use crate::app::App;
use crate::server::Server;

/// When the phone's clock begins, Unix milliseconds.
const START: u64 = 1_764_000_000_000;
/// How long something that has to happen is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A stage. The app is installed, was opened once and does not run.
pub(crate) struct Stage {
    pub(crate) phone: VirtualPhone,
    pub(crate) server: Server,
    pub(crate) app: Option<App>,
    pub(crate) now: u64,
    before: u64,
}

impl Stage {
    pub(crate) fn new(options: &Value) -> Self {
        let server = Server::start();
        let mut all = json!({ "voipAtLaunch": true, "manualClock": START });
        for (key, value) in options.as_object().into_iter().flatten() {
            all[key] = value.clone();
        }
        let phone = VirtualPhone::new(PhoneOptions::from_json(&all.to_string()).unwrap()).unwrap();
        phone.launch().unwrap();
        phone.settle().unwrap();
        phone.kill().unwrap();
        let before = phone.timeline().last();
        server.gateway.set_now(START);
        Self {
            phone,
            server,
            app: None,
            now: START,
            before,
        }
    }

    /// What happened on the phone, in order, as JSON.
    pub(crate) fn timeline(&self) -> Vec<Value> {
        let entries = self.phone.timeline().entries();
        entries
            .into_iter()
            .filter(|entry| entry.number > self.before)
            .map(|entry| serde_json::to_value(entry).unwrap())
            .collect()
    }

    pub(crate) fn app(&mut self) -> Result<&mut App, String> {
        self.app
            .as_mut()
            .ok_or_else(|| "no JavaScript runs".to_owned())
    }

    pub(crate) fn process(&mut self, what: &str) {
        let phone = &self.phone;
        match what {
            "launch" => phone.launch().unwrap(),
            "kill" => {
                self.app = None;
                phone.kill().unwrap();
            }
            "foreground" => phone.foreground().unwrap(),
            "background" => phone.background().unwrap(),
            _ => panic!("{what} is nothing that an app does"),
        }
    }

    pub(crate) fn start_js(&mut self, settles: Value) {
        if self.phone.snapshot().app == AppState::NotRunning {
            self.phone.launch().unwrap();
        }
        self.app = Some(App::start(&self.phone, settles));
    }

    pub(crate) fn stop_js(&mut self) {
        self.app = None;
        self.phone.stop_js();
    }

    pub(crate) fn push(&self, kind: Option<&str>, payload: &Value) {
        let kind = if kind == Some("background") {
            PushKind::Background
        } else {
            PushKind::Voip
        };
        let bytes = payload
            .as_str()
            .map_or_else(|| payload.to_string(), str::to_owned);
        self.phone.deliver_push(kind, bytes);
    }

    pub(crate) fn user(&self, step: &Value) -> Result<(), String> {
        let uuid = || uuid_of(&step["call"]);
        let phone = &self.phone;
        let done = match step["user"].as_str().unwrap() {
            "answer" => phone.answer_and(
                uuid(),
                if step["others"] == "end" {
                    Others::End
                } else {
                    Others::Hold
                },
            ),
            "end" => phone.end(uuid()),
            "mute" => phone.set_muted(uuid(), true),
            "unmute" => phone.set_muted(uuid(), false),
            "hold" => phone.set_held(uuid(), true),
            "resume" => phone.set_held(uuid(), false),
            "group" => phone.set_group(uuid(), Some(uuid_of(&step["with"]))),
            "ungroup" => phone.set_group(uuid(), None),
            "type" => phone.play_dtmf(uuid(), step["digits"].as_str().unwrap()),
            "callBack" => phone.tap_recent(phone.recents().last().unwrap().recent),
            "swap" => {
                phone.swap();
                Ok(())
            }
            "block" => {
                phone.block(step["handle"].as_str().unwrap());
                Ok(())
            }
            "silence" => {
                phone.set_do_not_disturb(step["on"] != false);
                Ok(())
            }
            "unlock" => {
                phone.unlock();
                Ok(())
            }
            other => panic!("{other} is nothing that a user does"),
        };
        done.map_err(|error| error.to_string())
    }

    pub(crate) fn apple(&self, step: &Value) {
        let kind = || {
            if step["kind"] == "voip" {
                TokenKind::Voip
            } else {
                TokenKind::Apns
            }
        };
        match step["apple"].as_str().unwrap() {
            "rotateToken" => self.phone.rotate_token(kind()),
            "invalidateToken" => self.phone.invalidate_token(kind()),
            "timeOut" => self.phone.time_out_actions(uuid_of(&step["call"])),
            "resetProvider" => self.phone.reset_provider(),
            other => panic!("{other} is nothing that Apple does"),
        }
    }

    pub(crate) fn advance(&mut self, milliseconds: u64) {
        self.now += milliseconds;
        self.server.gateway.set_now(self.now);
        self.phone.advance(milliseconds).unwrap();
    }

    /// Everything that was on its way has arrived.
    pub(crate) fn settle(&mut self) {
        self.server.expect_traffic();
        loop {
            self.phone.settle().unwrap();
            self.server.quiet();
            self.phone.settle().unwrap();
            if !self.pump() {
                return;
            }
        }
    }

    /// JavaScript deals with what has come.
    pub(crate) fn pump(&mut self) -> bool {
        self.app.as_mut().is_some_and(|app| app.pump(&self.phone))
    }
}

fn uuid_of(call: &Value) -> Uuid {
    call_uuid(call.as_str().expect("a call"))
}

/// The first value of `look` in time.
pub(crate) fn eventually<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let give_up = Instant::now() + PATIENCE;
    loop {
        let value = look();
        if value.is_some() || Instant::now() > give_up {
            return value;
        }
        thread::sleep(Duration::from_millis(2));
    }
}
