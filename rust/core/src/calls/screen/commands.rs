//! What the app asks of CallKit, checked: the parameters of `CallKit`'s methods.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;
use zpns_protocol::push_config::HandleType;
use zpns_protocol::{call_uuid, parse_uuid};

use super::{MAX_LIVE, Screen, explain, given_handle, provider};
use crate::app::unnamed_caller;
use crate::command::{Method, parse, uuid_param};
use crate::context::{Context, js_uuid};
use crate::effect::{CallRequest, CallUpdate, DtmfKind, EndedReason, Handle, RequestedAction};
use crate::error::{Code, Error, INCOMING_CALL_DOMAIN, SystemError};

#[derive(Deserialize)]
struct UuidParams {
    uuid: String,
}

/// `reportIncomingCall`, checked.
pub(in crate::calls) struct IncomingReport {
    pub(in crate::calls) uuid: Uuid,
    pub(in crate::calls) update: CallUpdate,
}

/// `reportCallEnded`, checked.
pub(in crate::calls) struct EndReport {
    pub(in crate::calls) uuid: Uuid,
    pub(in crate::calls) reason: EndedReason,
}

impl Screen {
    /// `setInitConfiguration`.
    pub(in crate::calls) fn configure(
        &mut self,
        params: &str,
        ctx: &mut Context<'_>,
    ) -> Result<Value, Error> {
        let configuration = provider::parse(params)?;
        self.provider = Some(configuration.clone());
        *ctx.dirty = true;
        ctx.call(CallRequest::Configure(configuration));
        Ok(json!({}))
    }

    /// Reads `reportIncomingCall`.
    pub(in crate::calls) fn incoming_report(
        &self,
        params: &str,
        ctx: &Context<'_>,
    ) -> Result<IncomingReport, Error> {
        #[derive(Deserialize)]
        struct Params {
            update: Option<CallUpdate>,
            uuid: String,
        }
        let method = Method::ReportIncomingCall;
        let Params { update, uuid } = parse(method, params)?;
        let uuid = uuid_param(method, &uuid)?;
        if self.reports.is_ending(uuid) {
            return Err(explain(&SystemError {
                domain: INCOMING_CALL_DOMAIN.to_owned(),
                code: 2,
                message: String::new(),
            }));
        }
        if !self.has(uuid) && (self.is_full() || self.reports.is_full()) {
            return Err(Error::new(
                Code::System,
                format!("there are {MAX_LIVE} calls already: end some with reportCallEnded first"),
            ));
        }
        let update = with_handle(update.unwrap_or_default(), &ctx.app.app_name);
        Ok(IncomingReport { uuid, update })
    }

    /// `reportCallUpdate`.
    pub(in crate::calls) fn report_update(
        &mut self,
        params: &str,
        ctx: &mut Context<'_>,
    ) -> Result<Value, Error> {
        #[derive(Deserialize)]
        struct Params {
            update: CallUpdate,
            uuid: String,
        }
        let method = Method::ReportCallUpdate;
        let Params { mut update, uuid } = parse(method, params)?;
        let uuid = self.known(method, uuid_param(method, &uuid)?)?;
        update.remote_handle = given_handle(update.remote_handle);
        if let Some(call) = self.calls.get_mut(&uuid) {
            call.handle = update.remote_handle.clone().or(call.handle.take());
            call.name = update.localized_caller_name.clone().or(call.name.take());
            call.video = update.has_video.unwrap_or(call.video);
        }
        ctx.call(CallRequest::ReportUpdate { uuid, update });
        Ok(json!({}))
    }

    /// The live call that a method names.
    pub(in crate::calls) fn named(&self, method: Method, params: &str) -> Result<Uuid, Error> {
        let UuidParams { uuid } = parse(method, params)?;
        self.known(method, uuid_param(method, &uuid)?)
    }

    /// The same UUID, if it is a live call's.
    pub(in crate::calls) fn known(&self, method: Method, uuid: Uuid) -> Result<Uuid, Error> {
        if self.has(uuid) {
            return Ok(uuid);
        }
        let message = format!(
            "{}: no call has this UUID; it is over, or was never reported. CallKit.getCalls() lists those there are",
            method.name()
        );
        Err(Error::new(Code::UnknownCall, message))
    }

    /// Reads `answerCall`.
    pub(in crate::calls) fn answer_request(&self, params: &str) -> Requested {
        let uuid = self.named(Method::AnswerCall, params)?;
        Ok((uuid, RequestedAction::Answer { uuid }))
    }

    /// Reads `endCall`.
    pub(in crate::calls) fn end_request(&self, params: &str) -> Requested {
        let uuid = self.named(Method::EndCall, params)?;
        Ok((uuid, RequestedAction::End { uuid }))
    }

    /// Reads `setMuted`.
    pub(in crate::calls) fn mute_request(&self, params: &str) -> Requested {
        #[derive(Deserialize)]
        struct Params {
            muted: bool,
        }
        let uuid = self.named(Method::SetMuted, params)?;
        let Params { muted } = parse(Method::SetMuted, params)?;
        Ok((uuid, RequestedAction::SetMuted { uuid, muted }))
    }

    /// Reads `setHeld`.
    pub(in crate::calls) fn hold_request(&self, params: &str) -> Requested {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Params {
            on_hold: bool,
        }
        let uuid = self.named(Method::SetHeld, params)?;
        let Params { on_hold } = parse(Method::SetHeld, params)?;
        Ok((uuid, RequestedAction::SetHeld { uuid, on_hold }))
    }

    /// Reads `setGroup`.
    pub(in crate::calls) fn group_request(&self, params: &str) -> Requested {
        #[derive(Deserialize)]
        struct Params {
            #[serde(rename = "callUUIDToGroupWith")]
            with: Option<String>,
        }
        let method = Method::SetGroup;
        let uuid = self.named(method, params)?;
        let Params { with } = parse(method, params)?;
        let with = with.map(|with| self.known(method, uuid_param(method, &with)?));
        let with = with.transpose()?;
        Ok((uuid, RequestedAction::SetGroup { uuid, with }))
    }

    /// Reads `playDTMF`.
    pub(in crate::calls) fn tones_request(&self, params: &str) -> Requested {
        #[derive(Deserialize)]
        struct Params {
            digits: String,
            #[serde(rename = "type")]
            kind: Option<usize>,
        }
        let uuid = self.named(Method::PlayDtmf, params)?;
        let Params { digits, kind } = parse(Method::PlayDtmf, params)?;
        if digits.is_empty() {
            return Err(Error::invalid(
                "playDTMF: digits may not be empty: give 0 to 9, * or #",
            ));
        }
        let kind = *DtmfKind::ALL.get(kind.unwrap_or_default()).ok_or_else(|| {
            Error::invalid(
                "playDTMF: type must be 0 (single tone), 1 (soft pause) or 2 (hard pause)",
            )
        })?;
        Ok((uuid, RequestedAction::PlayDtmf { uuid, digits, kind }))
    }
}

/// A call and what CallKit is asked to do to it.
pub(in crate::calls) type Requested = Result<(Uuid, RequestedAction), Error>;

/// Reads `reportCallEnded`.
pub(in crate::calls) fn end_report(params: &str) -> Result<EndReport, Error> {
    #[derive(Deserialize)]
    struct Params {
        reason: u8,
        uuid: String,
    }
    let method = Method::ReportCallEnded;
    let Params { reason, uuid } = parse(method, params)?;
    let reason = EndedReason::ALL.into_iter().find(|known| known.number() == reason).ok_or_else(|| {
        Error::invalid("reportCallEnded: reason must be 1 (failed), 2 (remote ended), 3 (unanswered), 4 (answered elsewhere) or 5 (declined elsewhere)")
    })?;
    let uuid = uuid_param(method, &uuid)?;
    Ok(EndReport { uuid, reason })
}

/// Reads `startCall`.
pub(in crate::calls) fn start_request(params: &str, ctx: &mut Context<'_>) -> Requested {
    #[derive(Deserialize)]
    struct StartHandle {
        #[serde(rename = "type", default)]
        kind: Option<HandleType>,
        value: String,
    }
    #[derive(Deserialize)]
    struct Params {
        handle: StartHandle,
        video: Option<bool>,
        uuid: Option<String>,
    }
    let method = Method::StartCall;
    let Params {
        handle,
        video,
        uuid,
    } = parse(method, params)?;
    if handle.value.trim().is_empty() {
        return Err(Error::invalid(
            "startCall: handle.value may not be empty: give whom to call, as Recents will show it",
        ));
    }
    let uuid = match uuid {
        Some(text) => uuid_param(method, &text)?,
        None => ctx.entropy.uuid(),
    };
    let handle = Handle {
        kind: handle.kind.unwrap_or_default(),
        value: handle.value,
    };
    Ok((
        uuid,
        RequestedAction::Start {
            uuid,
            handle,
            video: video.unwrap_or_default(),
        },
    ))
}

/// `callUUID`.
pub(in crate::calls) fn call_uuid_of(params: &str) -> Result<Value, Error> {
    #[derive(Deserialize)]
    struct Params {
        #[serde(rename = "callID")]
        call_id: String,
    }
    let Params { call_id } = parse(Method::CallUuid, params)?;
    if call_id.is_empty() {
        return Err(Error::invalid("callUUID: callID may not be empty"));
    }
    Ok(json!(js_uuid(
        parse_uuid(&call_id).unwrap_or_else(|| call_uuid(&call_id))
    )))
}

/// CallKit needs a handle that is not empty: an empty one makes the "open app" button of the call screen dead.
fn with_handle(update: CallUpdate, app_name: &str) -> CallUpdate {
    if let Some(handle) = given_handle(update.remote_handle) {
        return CallUpdate {
            remote_handle: Some(handle),
            ..update
        };
    }
    let name = update
        .localized_caller_name
        .as_deref()
        .filter(|name| !name.trim().is_empty());
    let value = name.unwrap_or_else(|| unnamed_caller(app_name)).to_owned();
    CallUpdate {
        remote_handle: Some(Handle {
            kind: HandleType::Generic,
            value,
        }),
        ..update
    }
}

/// The answer to what needs CallKit while it is switched off.
pub(in crate::calls) fn disabled() -> Error {
    Error::new(
        Code::CallKitDisabled,
        "CallKit is switched off (CallKit.setEnabled, or ZPNSCallKitDisabled in Info.plist): show the call in the app's own screen",
    )
}
