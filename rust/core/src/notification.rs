//! Notifications that are no VoIP pushes: permission, arrival, clicks, background messages, badges.

use litemap::LiteMap;
use serde::Deserialize;
use serde_json::{Value, json};
use zpns_protocol::payload::keys;

use crate::command::{self, Method};
use crate::context::{Context, Invocation};
use crate::effect::{LocalNotification, PushRequest};
use crate::error::{Code, Error, SystemError};
use crate::event::EventKind;
use crate::input::{NotificationKind, SystemEvent};
use crate::nesting;

/// `ZPNsPushSourceType.APNs`.
const SOURCE_APNS: u8 = 1;
/// iOS gives a background notification 30 s (Apple, "Pushing background updates to your app"); we settle it before that.
const BACKGROUND_MS: u64 = 25_000;

/// How notifications are shown while the app is in the foreground: `iOSNotificationArrivedConfig`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[allow(clippy::struct_field_names, reason = "the API's own names")]
pub(crate) struct Presentation {
    #[serde(rename = "isPresentBadge")]
    badge: bool,
    #[serde(rename = "isPresentSound")]
    sound: bool,
    #[serde(rename = "isPresentAlert")]
    alert: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Notifications {
    /// What the system was told last.
    presentation: Option<Presentation>,
    /// Promises that wait for the system, by number of the request.
    asked: LiteMap<u64, Invocation>,
    /// Background notifications that JavaScript has not finished with, by number of the event.
    background: LiteMap<u64, Background>,
    next_seq: u64,
}

#[derive(Debug)]
struct Background {
    completion: u64,
    deadline: u64,
}

impl Notifications {
    pub(crate) fn set_presentation(&mut self, presentation: Presentation, ctx: &mut Context<'_>) {
        if self.presentation != Some(presentation) {
            self.presentation = Some(presentation);
            let Presentation {
                badge,
                sound,
                alert,
            } = presentation;
            ctx.push(PushRequest::SetPresentation {
                badge,
                sound,
                alert,
            });
        }
    }

    /// `applyNotificationPermission`.
    pub(crate) fn ask_permission(&mut self, asked: Invocation, ctx: &mut Context<'_>) {
        let id = self.ask(asked, ctx);
        ctx.push(PushRequest::RequestPermission { id });
    }

    /// `addLocalNotification`.
    pub(crate) fn add(&mut self, asked: Invocation, params: &str, ctx: &mut Context<'_>) {
        match local_notification(params, ctx) {
            Ok(notification) => {
                let id = self.ask(asked, ctx);
                ctx.push(PushRequest::AddNotification { id, notification });
            }
            Err(error) => ctx.complete(asked, Err(error)),
        }
    }

    /// `setLocalBadge`.
    pub(crate) fn set_badge(&mut self, asked: Invocation, params: &str, ctx: &mut Context<'_>) {
        match badge(Method::SetLocalBadge, params) {
            Ok(badge) => {
                let id = self.ask(asked, ctx);
                ctx.push(PushRequest::SetBadge { id, badge });
            }
            Err(error) => ctx.complete(asked, Err(error)),
        }
    }

    /// `completeThroughMessage`.
    pub(crate) fn complete(&mut self, asked: Invocation, params: &str, ctx: &mut Context<'_>) {
        #[derive(Deserialize)]
        struct Params {
            seq: u64,
        }
        let params = command::parse::<Params>(Method::CompleteThroughMessage, params);
        if let Ok(Params { seq }) = &params
            && let Some(background) = self.background.remove(seq)
        {
            ctx.push(PushRequest::CompleteNotification {
                id: background.completion,
                new_data: true,
            });
        }
        ctx.complete(asked, params.map(|_| json!({})));
    }

    /// `setPushConfig`: settings of other platforms' push vendors, taken and of no effect on iOS.
    pub(crate) fn set_push_config(asked: Invocation, params: &str, ctx: &mut Context<'_>) {
        let params =
            command::parse::<serde_json::Map<String, Value>>(Method::SetPushConfig, params);
        ctx.complete(asked, params.map(|_| json!({})));
    }

    fn ask(&mut self, invocation: Invocation, ctx: &mut Context<'_>) -> u64 {
        let id = ctx.ids.next();
        self.asked.insert(id, invocation);
        id
    }

    pub(crate) fn system(&mut self, event: SystemEvent, ctx: &mut Context<'_>) {
        match event {
            SystemEvent::PermissionAnswered { id, granted, error } => {
                self.answer(id, error, json!(granted), ctx);
            }
            SystemEvent::RequestAnswered { id, error } => self.answer(id, error, json!({}), ctx),
            SystemEvent::NotificationReceived {
                kind,
                user_info,
                completion,
            } => self.received(kind, &user_info, completion, ctx),
            _ => {}
        }
    }

    fn answer(&mut self, id: u64, error: Option<SystemError>, ok: Value, ctx: &mut Context<'_>) {
        if let Some(invocation) = self.asked.remove(&id) {
            ctx.complete(
                invocation,
                error.map_or(Ok(ok), |error| Err(system_error(error))),
            );
        }
    }

    fn received(
        &mut self,
        kind: NotificationKind,
        user_info: &[u8],
        completion: Option<u64>,
        ctx: &mut Context<'_>,
    ) {
        let readable = std::str::from_utf8(user_info)
            .ok()
            .filter(|json| !nesting::is_too_deep(json));
        let user_info = readable
            .and_then(|json| serde_json::from_slice(json.as_bytes()).ok())
            .filter(Value::is_object);
        let user_info = user_info.unwrap_or_else(|| json!({}));
        match kind {
            // The user has seen it and wants nothing more of it.
            NotificationKind::Dismissed => {}
            NotificationKind::Arrived => {
                ctx.emit(EventKind::NotificationArrived, &message(&user_info));
            }
            NotificationKind::Clicked => {
                ctx.emit(EventKind::NotificationClicked, &message(&user_info));
            }
            NotificationKind::Background => {
                self.next_seq += 1;
                let seq = self.next_seq;
                if let Some(completion) = completion {
                    self.background.insert(
                        seq,
                        Background {
                            completion,
                            deadline: ctx.now.saturating_add(BACKGROUND_MS),
                        },
                    );
                }
                let body = json!({
                    "title": "", "content": "", "payload": pass_through(&user_info),
                    "extras": user_info, "pushSourceType": SOURCE_APNS, "seq": seq,
                });
                ctx.emit(EventKind::ThroughMessageReceived, &body);
            }
        }
    }

    /// A background notification that nobody finished is finished here: iOS punishes apps that do not.
    pub(crate) fn tick(&mut self, ctx: &mut Context<'_>) {
        let due: Vec<u64> = self
            .background
            .iter()
            .filter(|(_, waiting)| waiting.deadline <= ctx.now)
            .map(|(seq, _)| *seq)
            .collect();
        for seq in due {
            if let Some(background) = self.background.remove(&seq) {
                ctx.push(PushRequest::CompleteNotification {
                    id: background.completion,
                    new_data: false,
                });
            }
        }
    }

    pub(crate) fn next_deadline(&self) -> Option<u64> {
        self.background
            .values()
            .map(|background| background.deadline)
            .min()
    }
}

/// Reads `{badge}`: 0 to 99,999.
pub(crate) fn badge(method: Method, params: &str) -> Result<u32, Error> {
    #[derive(Deserialize)]
    struct Params {
        badge: i64,
    }
    let params: Params = command::parse(method, params)?;
    u32::try_from(params.badge)
        .ok()
        .filter(|badge| *badge <= 99_999)
        .ok_or_else(|| {
            Error::invalid(format!(
                "{}: badge must be a number from 0 to 99999",
                method.name()
            ))
        })
}

fn local_notification(params: &str, ctx: &mut Context<'_>) -> Result<LocalNotification, Error> {
    #[derive(Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    #[derive(Default)]
    struct Params {
        title: Option<String>,
        content: Option<String>,
        payload: Option<String>,
        #[serde(rename = "iOSSound")]
        sound: Option<String>,
    }
    let params: Params = command::parse(Method::AddLocalNotification, params)?;
    let (title, body) = (
        params.title.unwrap_or_default(),
        params.content.unwrap_or_default(),
    );
    if title.is_empty() && body.is_empty() {
        return Err(Error::invalid(
            "addLocalNotification: give a title or a content; iOS does not show an empty notification",
        ));
    }
    let alert = json!({ keys::TITLE: title, keys::BODY: body });
    let user_info = json!({
        keys::APS: { keys::ALERT: alert },
        keys::PAYLOAD: params.payload.unwrap_or_default(),
    });
    Ok(LocalNotification {
        identifier: ctx.entropy.uuid().to_string(),
        title,
        body,
        user_info: user_info.to_string().into_bytes(),
        sound: params.sound.unwrap_or_default(),
    })
}

/// `ZPNsMessage` from a notification's `userInfo`.
fn message(user_info: &Value) -> Value {
    let alert = user_info
        .get(keys::APS)
        .and_then(|aps| aps.get(keys::ALERT));
    let text = |key: &str| {
        alert
            .and_then(|alert| alert.get(key))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let (title, content) = match alert.and_then(Value::as_str) {
        Some(alert) => (String::new(), alert.to_owned()),
        None => (text(keys::TITLE), text(keys::BODY)),
    };
    let payload = pass_through(user_info);
    json!({ "title": title, "content": content, "extras": user_info, "payload": payload, "pushSourceType": SOURCE_APNS })
}

/// What the sender passed through: at the top level, or within `aps` as ZEGO's pushes have it.
fn pass_through(user_info: &Value) -> String {
    let top = user_info.get(keys::PAYLOAD);
    let within = user_info
        .get(keys::APS)
        .and_then(|aps| aps.get(keys::PAYLOAD));
    match top.or(within) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

fn system_error(error: SystemError) -> Error {
    let message = if error.message.is_empty() {
        "iOS refused and gave no reason".to_owned()
    } else {
        error.message
    };
    if error.domain.is_empty() {
        return Error::new(Code::System, message);
    }
    Error {
        code: error.code.to_string(),
        domain: error.domain,
        message,
    }
}
