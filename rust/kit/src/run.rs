//! Carries commands out: what is to be done with a world, and what that brings, as JSON.
//!
//! **To the world:** `newPhone {options, network: "memory" | "outside", seed}` → its number · `setTime {at}` · `advance {by}` · `nextDue` →
//! Unix milliseconds or null · `gateway {do: …}`.
//!
//! **On the gateway**, `do`: `describe` → `{url, appID}` · `request {method, path, token, body, idempotencyKey, lastEventID}` → `{status, body}` ·
//! `act {user, method, path, body}` (in the name of a user, or of the app's server) → the body, or an error · `userToken {user, appID,
//! lifetime, expired}` → token · `resource {id, strategy}` · `call {callID}` · `devices` · `change {callID, change}`.
//!
//! **To a phone** (with `phone`): `launch` · `kill` · `foreground` · `background` · `reinstall` · `startJs {context}` ·
//! `stopJs {context}` · `refuseEvent {kind}` · `invoke {method, params}` → number · `listen {kind}` · `unlisten {kind}` ·
//! `push {kind, payload}` · `invite {invitation, holdPush}` · `cancelPush {invitation}` · `state` · `identity` ·
//! `setTokens {apns, voip}` · `answer {uuid, others}` · `end {uuid}` · `setHeld {uuid, onHold}` · `setMuted {uuid, muted}` · `setGroup {uuid, with}` · `playDtmf {uuid, digits}` · `swap` ·
//! `timeOutActions {uuid}` · `resetProvider` · `tapRecent {recent}` · `tapNotification {notification}` · `askForCall {handle, video}` ·
//! `setDoNotDisturb {on}` · `block {handle}` · `refuseReports {error}` · `otherCall {change, ours}` · `unlock` · `rotateToken {kind}` ·
//! `invalidateToken {kind}` · `scriptAnswers {name, answers: [{status, body, retryAfter}]}` · `httpAnswer {process, id, answer: {status,
//! retryAfter, body} | {failure}}` · `streamItem {process, id, item: {text} | {open: true} | {closed: true, status, failure}}` · `simulator {lost}`.

use serde::Deserialize;
use serde_json::{Value, json};
use zpns_calls::auth::Principal;
use zpns_driver::{Handle, HttpFailure, HttpResponse, StreamItem};
use zpns_phone::{
    IncomingCallError, NetworkChange, Others, PhoneOptions, PushKind, StorageChange, TimelineEvent,
    TokenKind, Tokens,
};
use zpns_protocol::PushId;
use zpns_protocol::push_config::HandleType;

use crate::command::Command;
use crate::gateway::{Gateway, Incoming, Refused, VOIP_RESOURCE};
use crate::traffic::ScriptedAnswer;
use crate::world::{KitError, NetworkRoute, World, hex, hex_token};

/// What a command came to: JSON.
type Answer = Result<String, KitError>;

/// What a command brings that brings nothing.
const NOTHING: &str = "null";

/// Carries out a command that is written as JSON: `{"ok": …, "out": […]}` or `{"error": {message, code?, status?}, "out": […]}`, where
/// `out` is everything that happened since the last one.
pub fn run(world: &mut World, command: &str) -> String {
    let outcome = Command::from_json(command).and_then(|command| world.carry_out(command));
    world.settle();
    let outcome = match outcome {
        Ok(value) => format!("\"ok\":{value}"),
        Err(error) => format!("\"error\":{}", error.to_json()),
    };
    let messages = world.take_messages();
    let out = serde_json::to_string(&messages).unwrap_or_default();
    format!("{{{outcome},\"out\":{out}}}")
}

impl World {
    fn carry_out(&mut self, mut command: Command) -> Answer {
        let answer = match command.maybe_number("phone")? {
            Some(number) => {
                let number = usize::try_from(number).unwrap_or(usize::MAX);
                self.on_phone(number, &mut command)?
            }
            None => self.on_world(&mut command)?,
        };
        command.finish()?;
        Ok(answer)
    }

    fn on_world(&mut self, command: &mut Command) -> Answer {
        match command.op() {
            "newPhone" => {
                let options = command.json("options");
                let options = match options {
                    Value::Null => PhoneOptions::default(),
                    options => PhoneOptions::from_json(&options.to_string())?,
                };
                let route = match command.maybe_text("network")?.as_deref() {
                    None | Some("memory") => NetworkRoute::Memory,
                    Some("outside") => NetworkRoute::Outside,
                    Some(_) => return Err(KitError::new("network is memory or outside")),
                };
                let seed = command.maybe_number("seed")?;
                Ok(self.add_phone(options, route, seed).to_string())
            }
            "setTime" => {
                let at = command.number("at")?;
                self.set_time(at);
                Ok(self.now().to_string())
            }
            "advance" => {
                let by = command.number("by")?;
                self.advance(by);
                Ok(self.now().to_string())
            }
            "nextDue" => Ok(self
                .next_due()
                .map_or_else(|| NOTHING.to_owned(), |due| due.to_string())),
            "gateway" => self.on_gateway(command),
            _ => Err(command.unknown()),
        }
    }

    fn on_gateway(&mut self, command: &mut Command) -> Answer {
        let now = self.now();
        let what = command.text("do")?;
        match what.as_str() {
            "describe" => Ok(json!({ "url": Gateway::URL, "appID": Gateway::APP }).to_string()),
            "request" | "act" => {
                let (method, path) = (command.text("method")?, command.text("path")?);
                let body = match command.json("body") {
                    Value::Null => Vec::new(),
                    body => body.to_string().into_bytes(),
                };
                let key = command.maybe_text("idempotencyKey")?;
                let last_event_id = command.maybe_text("lastEventID")?;
                let request = Incoming {
                    method: &method,
                    path: &path,
                    idempotency_key: key.as_deref(),
                    last_event_id: last_event_id.as_deref(),
                    body: &body,
                };
                if what == "act" {
                    let principal = principal(command.maybe_text("user")?);
                    let answer = self.gateway.handle_for(&principal, &request, now)?;
                    return Ok(answer.json_or_null().to_owned());
                }
                let token = command.maybe_text("token")?.unwrap_or_default();
                let answer = self.gateway.handle(&token, &request, now);
                let (status, body) = (answer.status, answer.json_or_null());
                Ok(format!("{{\"status\":{status},\"body\":{body}}}"))
            }
            "userToken" => {
                let user = command.text("user")?;
                let app = command.maybe_text("appID")?;
                let lifetime = command.maybe_number("lifetime")?.unwrap_or(3600);
                let at = if command.flag("expired")? {
                    (now / 1000).saturating_sub(3600)
                } else {
                    (now / 1000).saturating_add(lifetime)
                };
                let token = self.gateway.user_token(&user, app.as_deref(), at);
                Ok(Value::String(token).to_string())
            }
            "resource" => {
                let id = command.text("id")?;
                let strategy = command.json("strategy").to_string();
                let strategy = serde_json::from_slice(strategy.as_bytes()).map_err(|error| {
                    KitError::new(format!("the strategy of a resource: {error}"))
                })?;
                self.gateway.set_resource(id, strategy);
                Ok(NOTHING.to_owned())
            }
            "call" => {
                let id = command.text("callID")?;
                Ok(self.gateway.call_json(&id).map_err(Refused::from)?)
            }
            "devices" => Ok(self.gateway.devices_json().to_string()),
            "change" => {
                let id = command.text("callID")?;
                let change = command.json("change").to_string();
                self.gateway
                    .change_by_event(&id, &change, now)
                    .map_err(Refused::from)?;
                Ok(NOTHING.to_owned())
            }
            _ => Err(KitError::new(format!("the gateway does no {what}"))),
        }
    }

    fn on_phone(&mut self, number: usize, command: &mut Command) -> Answer {
        match command.op() {
            "startJs" => {
                let context = command.number("context")?;
                self.start_js(number, context)?;
            }
            "stopJs" => {
                let context = command.maybe_number("context")?;
                self.stop_js(number, context)?;
            }
            "invite" => {
                let invitation = command.json("invitation");
                let hold_push = command.flag("holdPush")?;
                return self.invite(number, &invitation, hold_push);
            }
            "cancelPush" => {
                let invitation = command.json("invitation");
                return self.cancel_push(number, &invitation);
            }
            "scriptAnswers" => {
                let name = command.text("name")?;
                let answers = command.json("answers");
                let answers = answers.as_array().into_iter().flatten();
                let answers = answers
                    .map(ScriptedAnswer::read)
                    .collect::<Result<_, _>>()?;
                self.script(number, &name, answers)?;
            }
            "httpAnswer" => {
                let (process, id) = (command.number("process")?, command.number("id")?);
                let outcome = outside_outcome(&command.json("answer"))?;
                self.outside_answer(number, process, id, outcome)?;
            }
            "streamItem" => {
                let (process, id) = (command.number("process")?, command.number("id")?);
                let item = command.json("item");
                if let Some(text) = item.get("text").and_then(Value::as_str) {
                    self.outside_text(number, process, id, text)?;
                } else {
                    self.outside_stream(number, process, id, stream_item(&item)?)?;
                }
            }
            _ => return self.on_phone_alone(number, command),
        }
        Ok(NOTHING.to_owned())
    }

    /// What concerns nothing but the phone.
    fn on_phone_alone(&mut self, number: usize, command: &mut Command) -> Answer {
        let phone = self.phone(number)?;
        match command.op() {
            "launch" => phone.launch()?,
            "kill" => phone.kill()?,
            "foreground" => phone.foreground()?,
            "background" => phone.background()?,
            "reinstall" => phone.reinstall(),
            "invoke" => {
                let (method, params) = (command.text("method")?, command.text("params")?);
                return Ok(phone.invoke(&method, &params)?.to_string());
            }
            "listen" => phone.listen(&command.text("kind")?)?,
            "unlisten" => phone.unlisten(&command.text("kind")?)?,
            "push" => {
                let kind = match command.text("kind")?.as_str() {
                    "voip" => PushKind::Voip,
                    "alert" => PushKind::Alert,
                    "background" => PushKind::Background,
                    _ => return Err(KitError::new("a push is voip, alert or background")),
                };
                phone.deliver_push(kind, command.text("payload")?);
            }
            "state" => return Ok(serde_json::to_string(&phone.snapshot()).unwrap_or_default()),
            "identity" => {
                return Ok(json!({
                    "apns": hex_token(phone, PushKind::Alert), "voip": hex_token(phone, PushKind::Voip),
                    "installation": phone.installation().map(|id| id.to_string()),
                    "environment": phone.options().signing.environment().as_str(),
                    "bundleID": phone.options().bundle_id.as_str(),
                })
                .to_string());
            }
            "setTokens" => phone.set_tokens(&Tokens {
                apns: command
                    .maybe_text("apns")?
                    .as_deref()
                    .map(bytes)
                    .transpose()?,
                voip: command
                    .maybe_text("voip")?
                    .as_deref()
                    .map(bytes)
                    .transpose()?,
            }),
            "answer" => {
                let others = others(command, "others")?;
                phone.answer_and(command.uuid("uuid")?, others)?;
            }
            "end" => phone.end(command.uuid("uuid")?)?,
            "setHeld" => phone.set_held(command.uuid("uuid")?, command.flag("onHold")?)?,
            "setMuted" => phone.set_muted(command.uuid("uuid")?, command.flag("muted")?)?,
            "setGroup" => phone.set_group(command.uuid("uuid")?, command.maybe_uuid("with")?)?,
            "playDtmf" => phone.play_dtmf(command.uuid("uuid")?, &command.text("digits")?)?,
            "swap" => phone.swap(),
            "timeOutActions" => phone.time_out_actions(command.uuid("uuid")?)?,
            "resetProvider" => phone.reset_provider(),
            "tapRecent" => phone.tap_recent(command.number("recent")?)?,
            "tapNotification" => phone.tap_notification(command.number("notification")?)?,
            "askForCall" => {
                let handle = handle(&command.json("handle"))?;
                phone.ask_for_call(handle, command.flag("video")?)?;
            }
            "setDoNotDisturb" => phone.set_do_not_disturb(command.flag("on")?),
            "block" => phone.block(&command.text("handle")?),
            "network" => phone.change_network(match command.text("change")?.as_str() {
                "lost" => NetworkChange::Lost,
                "changed" => NetworkChange::Changed,
                "back" => NetworkChange::Back,
                _ => return Err(KitError::new("the network is lost, changed or back")),
            }),
            "refuseReports" => phone.refuse_reports(incoming_call_error(&command.json("error"))?),
            "otherCall" => match command.text("change")?.as_str() {
                "rings" => phone.other_call_rings()?,
                "answered" => phone.other_call_is_answered(others(command, "ours")?)?,
                "ended" => phone.other_call_ends()?,
                _ => {
                    return Err(KitError::new(
                        "a call that is not the app's rings, is answered or ended",
                    ));
                }
            },
            "refuseEvent" => phone.refuse_event(&command.text("kind")?)?,
            "jumpClock" => phone.jump_clock(command.signed("ms")?),
            "storage" => phone.change_storage(match command.text("is")?.as_str() {
                "damaged" => StorageChange::Damaged,
                "newer" => StorageChange::Newer,
                _ => return Err(KitError::new("storage is damaged or newer")),
            }),
            "unlock" => phone.unlock(),
            "rotateToken" => phone.rotate_token(token_kind(command)?),
            "invalidateToken" => phone.invalidate_token(token_kind(command)?),
            "simulator" => phone.record(match command.maybe_text("lost")? {
                None => TimelineEvent::SimulatorConnected,
                Some(message) => TimelineEvent::SimulatorLost { message },
            }),
            _ => return Err(command.unknown()),
        }
        Ok(NOTHING.to_owned())
    }

    /// Somebody calls the user of this phone through the gateway in memory. The push is delivered, or given back where it is held.
    fn invite(&mut self, number: usize, invitation: &Value, hold_push: bool) -> Answer {
        let text = |key: &str, default: &str| {
            let text = invitation.get(key).and_then(Value::as_str);
            text.unwrap_or(default).to_owned()
        };
        let (caller, user) = (text("caller", "alice"), text("user", "bob"));
        let device = self.adopt(number, &user)?;
        let others = invitation.get("others").and_then(Value::as_array);
        let invitees: Vec<Value> = std::iter::once(Value::String(user))
            .chain(others.into_iter().flatten().cloned())
            .collect();
        let body = json!({
            "callID": invitation.get("callID"), "caller": caller, "invitees": invitees,
            "timeout": invitation.get("timeout").cloned().unwrap_or_else(|| 45.into()),
            "extendedData": text("extendedData", ""),
            "pushConfig": {
                "resourcesID": text("resourcesID", VOIP_RESOURCE), "title": caller, "content": "Incoming call",
                "payload": "for the app",
                "voIPConfig": {
                    "iOSVoIPHandleType": 1, "iOSVoIPHandleValue": caller,
                    "iOSVoIPHasVideo": invitation.get("video").cloned().unwrap_or(Value::Bool(false)),
                },
            },
        })
        .to_string();
        let request = Incoming {
            method: "POST",
            path: "/v1/calls",
            idempotency_key: None,
            last_event_id: None,
            body: body.as_bytes(),
        };
        let now = self.now();
        self.gateway.hold_pushes_to(hold_push.then_some(device));
        let answer = self.gateway.handle_for(&principal(None), &request, now);
        let held = self.gateway.take_held();
        answer?;
        Ok(held.map_or_else(|| NOTHING.to_owned(), |push| text_of(&push)))
    }

    /// The VoIP push that takes an invitation back on this phone.
    fn cancel_push(&mut self, number: usize, invitation: &Value) -> Answer {
        let text = |key: &str| invitation.get(key).and_then(Value::as_str);
        let device = self.adopt(number, text("user").unwrap_or("bob"))?;
        let call = text("callID").unwrap_or_default();
        let push = self
            .gateway
            .cancel_push(call, &device, self.now())
            .map_err(Refused::from)?;
        Ok(text_of(&push))
    }

    /// The phone as a device of this user at the gateway, registered now if it was not before.
    fn adopt(&mut self, number: usize, user: &str) -> Result<PushId, KitError> {
        let phone = self.phone(number)?;
        let installation = match phone.installation() {
            Some(id) => id.to_string(),
            None => format!("phone-{number}"),
        };
        let tokens = (
            hex_token(phone, PushKind::Alert),
            hex_token(phone, PushKind::Voip),
        );
        let options = phone.options();
        let (bundle_id, environment) = (options.bundle_id.clone(), options.signing.environment());
        let now = self.now();
        Ok(self
            .gateway
            .adopt(user, &installation, &bundle_id, environment, tokens, now))
    }
}

/// A user, or the app's server.
fn principal(user: Option<String>) -> Principal {
    let app = Gateway::APP.to_owned();
    match user {
        Some(user) => Principal::User {
            app,
            user,
            expires_at: u64::MAX,
        },
        None => Principal::Server {
            app,
            key: String::new(),
        },
    }
}

fn outside_outcome(answer: &Value) -> Result<Result<HttpResponse, HttpFailure>, KitError> {
    if let Some(failure) = failure(answer)? {
        return Ok(Err(failure));
    }
    let status = status(answer)?.ok_or_else(|| KitError::new("an answer has a status"))?;
    let body = answer.get("body").and_then(Value::as_str);
    Ok(Ok(HttpResponse {
        status,
        retry_after: answer.get("retryAfter").and_then(Value::as_u64),
        date: answer.get("date").and_then(Value::as_u64),
        body: body.unwrap_or_default().as_bytes().to_vec(),
    }))
}

fn stream_item(item: &Value) -> Result<StreamItem, KitError> {
    if item.get("open").is_some() {
        let date = item.get("date").and_then(Value::as_u64);
        return Ok(StreamItem::Open { date });
    }
    if item.get("closed").is_none() {
        return Err(KitError::new("a stream item is text, open or closed"));
    }
    Ok(StreamItem::Closed {
        status: status(item)?,
        failure: failure(item)?,
    })
}

fn status(answer: &Value) -> Result<Option<u16>, KitError> {
    match answer.get("status") {
        None | Some(Value::Null) => Ok(None),
        Some(status) => match status
            .as_u64()
            .and_then(|status| u16::try_from(status).ok())
        {
            Some(status) => Ok(Some(status)),
            None => Err(KitError::new("a status is an HTTP status")),
        },
    }
}

fn failure(answer: &Value) -> Result<Option<HttpFailure>, KitError> {
    match answer.get("failure").and_then(Value::as_str) {
        None => Ok(None),
        Some("unreachable") => Ok(Some(HttpFailure::Unreachable)),
        Some("timedOut") => Ok(Some(HttpFailure::TimedOut)),
        Some("broken") => Ok(Some(HttpFailure::Broken)),
        Some(_) => Err(KitError::new(
            "a failure is unreachable, timedOut or broken",
        )),
    }
}

fn handle(value: &Value) -> Result<Handle, KitError> {
    let number = value.get("type").and_then(Value::as_u64).unwrap_or(1);
    let kind = HandleType::from_number(number);
    let text = value.get("value").and_then(Value::as_str);
    match (kind, text) {
        (Some(kind), Some(text)) => Ok(Handle {
            kind,
            value: text.to_owned(),
        }),
        _ => Err(KitError::new("a handle is {type: 1, 2 or 3, value: text}")),
    }
}

/// What becomes of the calls that the user is in.
fn others(command: &mut Command, key: &str) -> Result<Others, KitError> {
    match command.maybe_text(key)?.as_deref() {
        None | Some("hold") => Ok(Others::Hold),
        Some("end") => Ok(Others::End),
        Some(_) => Err(KitError::new(format!(
            "{key} is hold or end: what becomes of the calls that the user is in"
        ))),
    }
}

/// None where reported calls are taken.
fn incoming_call_error(error: &Value) -> Result<Option<IncomingCallError>, KitError> {
    Option::deserialize(error)
        .map_err(|error| KitError::new(format!("the error of a reported call: {error}")))
}

fn token_kind(command: &mut Command) -> Result<TokenKind, KitError> {
    match command.text("kind")?.as_str() {
        "apns" => Ok(TokenKind::Apns),
        "voip" => Ok(TokenKind::Voip),
        _ => Err(KitError::new("a token is apns or voip")),
    }
}

/// A push as text in JSON.
fn text_of(payload: &[u8]) -> String {
    Value::String(String::from_utf8_lossy(payload).into_owned()).to_string()
}

fn bytes(text: &str) -> Result<Vec<u8>, KitError> {
    let pairs = text.as_bytes().chunks(2);
    let pair = |pair: &[u8]| {
        let digits = std::str::from_utf8(pair)
            .ok()
            .filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(digits, 16).ok()
    };
    let bytes: Option<Vec<u8>> = pairs.map(pair).collect();
    // What reads as a number but is not how a token is written, as "+1", is no token either.
    let bytes = bytes.filter(|bytes| hex(bytes) == text.to_ascii_lowercase());
    bytes.ok_or_else(|| KitError::new("a token is written in hexadecimal"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_from_outside_brings_its_date() {
        let answer = json!({ "status": 200, "date": 784_111_777_000_u64, "body": "{}" });
        let response = outside_outcome(&answer).unwrap().unwrap();
        assert_eq!(response.date, Some(784_111_777_000));
        let opening = json!({ "open": true, "date": 784_111_777_000_u64 });
        let date = Some(784_111_777_000);
        assert_eq!(stream_item(&opening).unwrap(), StreamItem::Open { date });
        let date = None;
        let opening = json!({ "open": true, "date": null });
        assert_eq!(stream_item(&opening).unwrap(), StreamItem::Open { date });
    }
}
