//! Carries commands out.

use serde::Serialize;
use serde_json::{Value, json};
use zpns_calls::auth::Principal;
use zpns_calls::device::Device;
use zpns_driver::{HttpFailure, HttpResponse, StreamItem};
use zpns_phone::{PushKind, TimelineEvent, TokenKind, Tokens};
use zpns_protocol::PushId;
use zpns_protocol::calls::Invite;
use zpns_protocol::push_config::{HandleType, PushConfig, VoipConfig};

use crate::command::{
    Command, GatewayCommand, Invitation, OutsideAnswer, OutsideItem, PhoneCommand, TokenName,
    WorldCommand,
};
use crate::gateway::{Gateway, Incoming, Refused, VOIP_RESOURCE, act_body};
use crate::message::Message;
use crate::world::{KitError, World, hex_token};

/// What a command came to, and everything that happened since the last one.
#[derive(Debug, Serialize)]
struct Reply {
    #[serde(skip_serializing_if = "Option::is_none")]
    ok: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
    out: Vec<Message>,
}

/// Carries out a command that is written as JSON: `{"ok": …, "out": […]}` or `{"error": {message, code?, status?}, "out": […]}`.
pub fn run(world: &mut World, command: &str) -> String {
    let outcome = Command::from_json(command)
        .map_err(|error| {
            KitError::from(format!("the kit does not understand this command: {error}"))
        })
        .and_then(|command| world.run(command));
    world.settle();
    let (ok, error) = match outcome {
        Ok(value) => (Some(value), None),
        Err(KitError {
            code,
            status,
            message,
        }) => (
            None,
            Some(json!({ "code": code, "status": status, "message": message })),
        ),
    };
    let reply = Reply {
        ok,
        error,
        out: world.take_messages(),
    };
    serde_json::to_string(&reply).unwrap_or_default()
}

impl World {
    /// Carries out a command. What it causes happens with [`World::settle`].
    pub fn run(&mut self, command: Command) -> Result<Value, KitError> {
        match command {
            Command::Phone(phone, command) => self.run_on_phone(phone, command),
            Command::World(command) => self.run_on_world(command),
        }
    }

    fn run_on_world(&mut self, command: WorldCommand) -> Result<Value, KitError> {
        match command {
            WorldCommand::NewPhone {
                options,
                network,
                seed,
            } => Ok(json!(self.add_phone(*options, network, seed))),
            WorldCommand::SetTime { at } => {
                self.set_time(at);
                Ok(json!(self.now))
            }
            WorldCommand::Advance { by } => {
                self.advance(by);
                Ok(json!(self.now))
            }
            WorldCommand::NextDue => Ok(json!(self.next_due())),
            WorldCommand::Gateway(command) => self.run_on_gateway(command),
        }
    }

    fn run_on_gateway(&mut self, command: GatewayCommand) -> Result<Value, KitError> {
        let now = self.now;
        match command {
            GatewayCommand::Describe => Ok(json!({ "url": Gateway::URL, "appID": Gateway::APP })),
            GatewayCommand::Request {
                method,
                path,
                token,
                body,
                idempotency_key,
            } => {
                let body = act_body(&body);
                let request = Incoming {
                    method: &method,
                    path: &path,
                    token: &token,
                    idempotency_key: idempotency_key.as_deref(),
                    body: &body,
                };
                Ok(json!(self.gateway.handle(&request, now)))
            }
            GatewayCommand::Act {
                user,
                method,
                path,
                body,
            } => {
                let app = Gateway::APP.to_owned();
                let principal = match user {
                    Some(user) => Principal::User { app, user },
                    None => Principal::Server {
                        app,
                        key: String::new(),
                    },
                };
                let body = act_body(&body);
                let request = Incoming {
                    method: &method,
                    path: &path,
                    token: "",
                    idempotency_key: None,
                    body: &body,
                };
                Ok(self.gateway.handle_for(&principal, &request, now)?.body)
            }
            GatewayCommand::UserToken {
                user,
                app_id,
                lifetime,
            } => {
                let lifetime = lifetime.unwrap_or(3600);
                let token = self
                    .gateway
                    .user_token(&user, app_id.as_deref(), lifetime, now);
                Ok(json!(token))
            }
            GatewayCommand::Resource { id, strategy } => {
                self.gateway
                    .set_resource(id, serde_json::from_value(strategy)?);
                Ok(Value::Null)
            }
            GatewayCommand::Call { call_id } => {
                Ok(self.gateway.call(&call_id).map_err(Refused::from)?)
            }
            GatewayCommand::Devices => {
                let devices = self.gateway.devices().iter().map(|device| {
                    json!({
                        "pushID": device.push_id, "user": device.user, "installation": device.installation,
                        "bundleID": device.bundle_id, "environment": device.environment,
                        "tokens": { "apns": device.apns, "voip": device.voip }, "badge": device.badge,
                    })
                });
                Ok(devices.collect())
            }
            GatewayCommand::Change { call_id, change } => {
                let change = serde_json::from_value(change)?;
                self.gateway
                    .change_by_event(&call_id, &change, now)
                    .map_err(Refused::from)?;
                Ok(Value::Null)
            }
        }
    }

    fn run_on_phone(&mut self, number: usize, command: PhoneCommand) -> Result<Value, KitError> {
        match command {
            PhoneCommand::StartJs { context } => self.start_js(number, context)?,
            PhoneCommand::Invite {
                invitation,
                hold_push,
            } => return self.invite(number, &invitation, hold_push),
            PhoneCommand::CancelPush { invitation } => {
                return self.cancel_push(number, &invitation);
            }
            PhoneCommand::ScriptAnswers { name, answers } => self.script(number, &name, answers)?,
            PhoneCommand::HttpAnswer {
                process,
                id,
                answer,
            } => {
                let outcome = match answer {
                    OutsideAnswer::Answer {
                        status,
                        retry_after,
                        body,
                    } => Ok(HttpResponse {
                        status,
                        retry_after,
                        body: body.into_bytes(),
                    }),
                    OutsideAnswer::Failure { failure } => Err(HttpFailure::from(failure)),
                };
                self.outside_answer(number, process, id, outcome)?;
            }
            PhoneCommand::StreamItem { process, id, item } => match item {
                OutsideItem::Text(text) => self.outside_text(number, process, id, &text)?,
                OutsideItem::Open => {
                    self.outside_stream(number, process, id, StreamItem::Open)?;
                }
                OutsideItem::Closed { status, failure } => {
                    let failure = failure.map(HttpFailure::from);
                    let item = StreamItem::Closed { status, failure };
                    self.outside_stream(number, process, id, item)?;
                }
            },
            other => return self.do_on_phone(number, other),
        }
        Ok(Value::Null)
    }

    /// What concerns the phone alone.
    fn do_on_phone(&mut self, number: usize, command: PhoneCommand) -> Result<Value, KitError> {
        let phone = self.phone(number)?;
        match command {
            PhoneCommand::Launch => phone.launch()?,
            PhoneCommand::Kill => phone.kill()?,
            PhoneCommand::Foreground => phone.foreground()?,
            PhoneCommand::Background => phone.background()?,
            PhoneCommand::Reinstall => phone.reinstall(),
            PhoneCommand::StopJs => phone.stop_js(),
            PhoneCommand::Invoke { method, params } => {
                return Ok(json!(phone.invoke(&method, &params)?));
            }
            PhoneCommand::Listen { kind } => phone.listen(&kind)?,
            PhoneCommand::Unlisten { kind } => phone.unlisten(&kind)?,
            PhoneCommand::Push { kind, payload } => phone.deliver_push(kind, payload),
            PhoneCommand::State => return Ok(serde_json::to_value(phone.snapshot())?),
            PhoneCommand::Identity => {
                return Ok(json!({
                    "apns": hex_token(phone, PushKind::Alert), "voip": hex_token(phone, PushKind::Voip),
                    "installation": phone.installation(),
                    "environment": phone.options().signing.environment(), "bundleID": phone.options().bundle_id,
                }));
            }
            PhoneCommand::SetTokens { apns, voip } => phone.set_tokens(&Tokens {
                apns: apns.as_deref().map(bytes).transpose()?,
                voip: voip.as_deref().map(bytes).transpose()?,
            }),
            PhoneCommand::Answer { uuid, others } => phone.answer_and(uuid, others)?,
            PhoneCommand::End { uuid } => phone.end(uuid)?,
            PhoneCommand::SetHeld { uuid, on_hold } => phone.set_held(uuid, on_hold)?,
            PhoneCommand::SetMuted { uuid, muted } => phone.set_muted(uuid, muted)?,
            PhoneCommand::SetGroup { uuid, with } => phone.set_group(uuid, with)?,
            PhoneCommand::PlayDtmf { uuid, digits } => phone.play_dtmf(uuid, &digits)?,
            PhoneCommand::Swap => phone.swap(),
            PhoneCommand::TimeOutActions { uuid } => phone.time_out_actions(uuid)?,
            PhoneCommand::ResetProvider => phone.reset_provider(),
            PhoneCommand::TapRecent { recent } => phone.tap_recent(recent)?,
            PhoneCommand::TapNotification { notification } => {
                phone.tap_notification(notification)?;
            }
            PhoneCommand::AskForCall { handle, video } => phone.ask_for_call(handle, video)?,
            PhoneCommand::SetDoNotDisturb { on } => phone.set_do_not_disturb(on),
            PhoneCommand::Block { handle } => phone.block(&handle),
            PhoneCommand::Unlock => phone.unlock(),
            PhoneCommand::RotateToken { kind } => phone.rotate_token(kind.into()),
            PhoneCommand::InvalidateToken { kind } => phone.invalidate_token(kind.into()),
            PhoneCommand::Simulator { lost: None } => {
                phone.record(TimelineEvent::SimulatorConnected);
            }
            PhoneCommand::Simulator {
                lost: Some(message),
            } => phone.record(TimelineEvent::SimulatorLost { message }),
            PhoneCommand::StartJs { .. }
            | PhoneCommand::Invite { .. }
            | PhoneCommand::CancelPush { .. }
            | PhoneCommand::ScriptAnswers { .. }
            | PhoneCommand::HttpAnswer { .. }
            | PhoneCommand::StreamItem { .. } => return self.run_on_phone(number, command),
        }
        Ok(Value::Null)
    }

    /// Somebody calls the user of this phone: its UUID is the phone's business. The push is delivered, or given back.
    fn invite(
        &mut self,
        number: usize,
        invitation: &Invitation,
        hold_push: bool,
    ) -> Result<Value, KitError> {
        let device = self.adopt(number, &invitation.user)?;
        let others = invitation.others.iter().cloned();
        let invite = Invite {
            invitees: std::iter::once(invitation.user.clone())
                .chain(others)
                .collect(),
            push_config: Some(push_config(invitation)),
            timeout: invitation.timeout,
            extended_data: invitation.extended_data.clone(),
            ..serde_json::from_value(json!({ "callID": invitation.call_id, "invitees": [] }))?
        };
        zpns_calls::check::invite(&invitation.caller, &invite)
            .map_err(|error| Refused::from(zpns_calls::CallError::from(error)))?;
        let (_, pushes) = self.gateway.begin(&invitation.caller, &invite, self.now)?;
        let (kept, sent): (Vec<_>, Vec<_>) = pushes
            .into_iter()
            .partition(|push| hold_push && push.push_id.as_ref() == Some(&device));
        self.gateway.send(sent);
        let push = kept.into_iter().next().map(|push| push.payload);
        Ok(push.map_or(Value::Null, |push| text(&push)))
    }

    /// The VoIP push that takes an invitation back on this phone.
    fn cancel_push(&mut self, number: usize, invitation: &Invitation) -> Result<Value, KitError> {
        let adopted = self.adopt(number, &invitation.user)?;
        let is_it = |device: &&Device| device.push_id.as_ref() == Some(&adopted);
        let device = self.gateway.devices().iter().find(is_it).cloned();
        let device = device.ok_or_else(|| KitError::from("the phone is no device any more"))?;
        let push = self
            .gateway
            .cancel_push(&invitation.call_id, &device, self.now)
            .map_err(Refused::from)?;
        Ok(text(&push))
    }

    /// The phone as a device of this user at the gateway, registered now if it was not before.
    fn adopt(&mut self, number: usize, user: &str) -> Result<PushId, KitError> {
        let phone = self.phone(number)?;
        let installation = phone
            .installation()
            .map_or_else(|| format!("phone-{number}"), |id| id.to_string());
        let options = phone.options();
        let (bundle_id, environment) = (options.bundle_id.clone(), options.signing.environment());
        let tokens = (
            hex_token(phone, PushKind::Alert),
            hex_token(phone, PushKind::Voip),
        );
        let now = self.now;
        Ok(self
            .gateway
            .adopt(user, &installation, &bundle_id, environment, tokens, now))
    }
}

/// What such an invitation pushes.
fn push_config(invitation: &Invitation) -> PushConfig {
    PushConfig {
        resources_id: invitation
            .resources_id
            .clone()
            .unwrap_or_else(|| VOIP_RESOURCE.to_owned()),
        title: invitation.caller.clone(),
        content: "Incoming call".to_owned(),
        payload: "for the app".to_owned(),
        voip: Some(VoipConfig {
            handle_type: HandleType::Generic,
            handle_value: invitation.caller.clone(),
            has_video: invitation.video,
        }),
        ..PushConfig::default()
    }
}

fn text(payload: &[u8]) -> Value {
    Value::String(String::from_utf8_lossy(payload).into_owned())
}

fn bytes(hex: &str) -> Result<Vec<u8>, KitError> {
    let digit = |byte: &u8| {
        char::from(*byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = hex.as_bytes().chunks(2).map(pair).collect();
    bytes.ok_or_else(|| KitError::from("a token is written in hexadecimal"))
}

impl From<TokenName> for TokenKind {
    fn from(name: TokenName) -> Self {
        match name {
            TokenName::Apns => Self::Apns,
            TokenName::Voip => Self::Voip,
        }
    }
}
