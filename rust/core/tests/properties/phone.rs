//! From a step to what the core hears of it.

use serde_json::{Value, json};
use uuid::Uuid;
use zpns_core::effect::{DtmfKind, Handle};
use zpns_core::{ActionKind, CallAction, NotificationKind, PushRequest, SystemEvent, TokenKind};
use zpns_protocol::call_uuid;
use zpns_protocol::push_config::HandleType;

use crate::call_kit::OpenAction;
use crate::gateway;
use crate::step::{Act, CALLS, METHODS, PushKind, Step};
use crate::support::{ACTION_MS, START, error, user_token};
use crate::world::{About, Cause, World};

impl World {
    pub fn play(&mut self, step: &Step) {
        match step.clone() {
            Step::Push {
                call,
                kind,
                must_report,
            } => self.push(call, kind, must_report),
            Step::Garbage { bytes, must_report } => {
                // Now and then it is a call without a name after all: `{}`.
                let readable =
                    serde_json::from_slice::<Value>(&bytes).is_ok_and(|push| push.is_object());
                self.give(Cause::Push {
                    bytes,
                    about: About {
                        readable,
                        ..About::default()
                    },
                    must_report,
                });
            }
            Step::CompleteReport { refusal } => self.complete_report(refusal),
            Step::LoseReport => {
                self.call_kit.reports.pop_front();
            }
            Step::CompleteTransaction { refused } => self.complete_transaction(refused),
            Step::User { call, act } => self.perform(call_uuid(CALLS[call]), action(act), None),
            Step::Swap { held, resumed } => {
                self.perform(call_uuid(CALLS[held]), action(Act::Hold(true)), None);
                self.perform(call_uuid(CALLS[resumed]), action(Act::Hold(false)), None);
            }
            Step::ActionTimedOut { nth } => {
                if nth < self.call_kit.actions.len() {
                    let OpenAction { id, .. } = self.call_kit.actions.remove(nth);
                    self.system(SystemEvent::ActionTimedOut { action: id });
                }
            }
            Step::Reset => {
                self.call_kit.reset();
                self.system(SystemEvent::ProviderReset);
            }
            Step::ProviderBegan => self.system(SystemEvent::ProviderBegan),
            Step::Audio { active } => self.system(if active {
                SystemEvent::AudioActivated
            } else {
                SystemEvent::AudioDeactivated
            }),
            Step::Intent => self.system(SystemEvent::StartCallIntent {
                handle: handle(),
                video: true,
            }),
            Step::Settle { seq, fulfill } => {
                let outcome = if fulfill { "fulfill" } else { "fail" };
                self.invoke(
                    "completeAction",
                    json!({"seq": format!("native{seq}"), "outcome": outcome}),
                );
            }
            Step::Invoke { call, method } => {
                self.invoke(METHODS[method], params(METHODS[method], CALLS[call]));
            }
            Step::Respond { nth, answer } => self.respond(nth, answer),
            Step::Stream { nth, news } => self.stream(nth, news),
            Step::Outage {
                answer,
                news,
                milliseconds,
            } => self.outage(answer, news, milliseconds),
            Step::Listen(kind) => self.give(Cause::Listen(kind)),
            Step::Unlisten(kind) => self.give(Cause::Unlisten(kind)),
            Step::ListenToAll => self.listen_to_all(),
            Step::Detach => self.give(Cause::Detach),
            Step::Wait(milliseconds) => self.wait(milliseconds),
            Step::SetClock(by) => {
                // Time that passed without any input and is then set back can't be known.
                self.give(Cause::Tick);
                self.clock = self.clock.saturating_add_signed(by);
                self.give(Cause::ClockSet);
            }
            Step::Awake => self.system(SystemEvent::Awake),
            // What is under way gets its answer late, or its time runs out.
            Step::NetworkChanged => self.system(SystemEvent::NetworkChanged),
            Step::BackgroundTimeExpired => self.system(SystemEvent::BackgroundTimeExpired),
            Step::Kill(memory) => {
                self.relaunch(memory);
                if self.build.javascript {
                    self.listen_to_all();
                }
            }
            Step::Unlock => self.unlock(),
            Step::Configure { gateway, user } => self.configure(gateway, user),
            Step::GiveUserToken { user } => {
                self.invoke(
                    "setUserToken",
                    json!({"userToken": user.map(|user| user_token(gateway::USERS[user]))}),
                );
            }
            Step::RegisterPush { voip, environment } => {
                self.invoke(
                    "registerPush",
                    json!({"enableIOSVoIP": voip, "iOSEnvironment": environment}),
                );
            }
            Step::UnregisterPush => self.invoke("unregisterPush", json!({})),
            Step::EnableDebug(is_debug) => self.invoke("enableDebug", json!({"isDebug": is_debug})),
            Step::OwnVoipToken { byte, is_product } => {
                self.invoke(
                    "setVoipToken",
                    json!({"token": format!("{byte:02X}").repeat(32), "isProduct": is_product}),
                );
            }
            Step::SwitchCallKit(enabled) => {
                self.invoke("setCallKitEnabled", json!({"enabled": enabled}));
            }
            Step::Token { kind, byte } => self.system(SystemEvent::TokenUpdated {
                kind,
                token: vec![byte; 32],
            }),
            Step::TokenInvalidated(kind) => self.system(SystemEvent::TokenInvalidated { kind }),
            Step::TokenFailed(kind) => self.system(SystemEvent::TokenFailed {
                kind,
                error: error("NSCocoaErrorDomain", 3000),
            }),
            Step::Notification { background } => self.notification(background),
            Step::AnswerRequest { works } => self.answer_question(works),
        }
    }

    fn push(&mut self, call: usize, kind: PushKind, must_report: bool) {
        let id = CALLS[call];
        let invited_at = match kind {
            PushKind::Followed => Some(START),
            PushKind::FollowedAnew => Some(self.clock),
            _ => None,
        };
        let payload = match kind {
            PushKind::Plain => json!({"call_id": id}),
            PushKind::Nameless => json!({"aps": {"alert": "Alice"}}),
            PushKind::Stale => {
                json!({"call_id": id, "zpns": {"expiresAt": self.clock.saturating_sub(1)}})
            }
            PushKind::Cancel => json!({"call_id": id, "zpns": {"kind": "cancel"}}),
            PushKind::Followed | PushKind::FollowedAnew => json!({"call_id": id, "zpns": {
                "sentAt": invited_at, "expiresAt": self.clock + 40_000, "caller": "alice", "user": gateway::USERS[0],
                "followURL": format!("{}/v1/calls/{id}", gateway::URL), "followToken": "follow"}}),
        };
        let about = About {
            readable: true,
            call_id: (kind != PushKind::Nameless).then_some(id),
            cancels: kind == PushKind::Cancel,
            stale: kind == PushKind::Stale,
            user: matches!(kind, PushKind::Followed | PushKind::FollowedAnew)
                .then_some(gateway::USERS[0]),
            invited_at,
        };
        self.give(Cause::Push {
            bytes: payload.to_string().into_bytes(),
            about,
            must_report,
        });
    }

    /// CallKit asks the app to perform an action, unless it can't be meant.
    pub fn perform(&mut self, call: Uuid, kind: ActionKind, transaction: Option<u64>) {
        if matches!(kind, ActionKind::Start { .. }) && !self.call_kit.shows.insert(call) {
            return;
        }
        self.next_action += 1;
        let id = Uuid::from_u128(self.next_action);
        self.call_kit.actions.push(OpenAction {
            id,
            call,
            kind: kind.clone(),
        });
        self.system(SystemEvent::Action(CallAction {
            id,
            call,
            kind,
            deadline: self.clock + ACTION_MS,
            transaction,
        }));
    }

    fn notification(&mut self, background: bool) {
        let kind = if background {
            NotificationKind::Background
        } else {
            NotificationKind::Arrived
        };
        let user_info = json!({"aps": {"alert": "x"}, "payload": "p"})
            .to_string()
            .into_bytes();
        self.system(SystemEvent::NotificationReceived {
            kind,
            user_info,
            completion: background.then_some(7),
        });
    }

    pub fn answer_question(&mut self, works: bool) {
        if self.questions.is_empty() {
            return;
        }
        let (id, permission) = self.questions.remove(0);
        let error = (!works).then(|| error("UNErrorDomain", 1));
        self.system(if permission {
            SystemEvent::PermissionAnswered {
                id,
                granted: works,
                error,
            }
        } else {
            SystemEvent::RequestAnswered { id, error }
        });
    }
}

/// Number of a request that the system answers, and whether it asks for permission.
pub fn question(request: &PushRequest) -> Option<(u64, bool)> {
    match request {
        PushRequest::RequestPermission { id } => Some((*id, true)),
        PushRequest::AddNotification { id, .. } | PushRequest::SetBadge { id, .. } => {
            Some((*id, false))
        }
        _ => None,
    }
}

fn handle() -> Handle {
    Handle {
        kind: HandleType::Generic,
        value: "alice".into(),
    }
}

fn action(act: Act) -> ActionKind {
    match act {
        Act::Start => ActionKind::Start {
            handle: Some(handle()),
            contact: None,
            video: false,
        },
        Act::Answer => ActionKind::Answer,
        Act::End => ActionKind::End,
        Act::Hold(on_hold) => ActionKind::SetHeld { on_hold },
        Act::Mute(muted) => ActionKind::SetMuted { muted },
        Act::Group(with) => ActionKind::SetGroup {
            with: with.map(|call| call_uuid(CALLS[call])),
        },
        Act::Tones => ActionKind::PlayDtmf {
            digits: "1".into(),
            kind: DtmfKind::SingleTone,
        },
    }
}

/// Parameters that any method can use: each takes what it knows.
fn params(method: &str, call: &str) -> Value {
    let seq = if method == "completeThroughMessage" {
        json!(1)
    } else {
        Value::Null
    };
    json!({
        "uuid": call_uuid(call).to_string(), "callID": call, "update": {"localizedCallerName": "Bob"}, "reason": 2, "muted": true, "onHold": true,
        "callUUIDToGroupWith": call_uuid(CALLS[0]).to_string(),
        "digits": "12#", "invitees": ["alice"], "config": {}, "handle": {"type": 1, "value": "v"}, "title": "t", "content": "c", "badge": 3,
        "seq": seq,
    })
}

/// Names of tokens in a registration's body.
pub const fn token_name(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Apns => "apns",
        TokenKind::Voip => "voip",
    }
}
