//! What the app asks of CallKit: reports of what happened, and requests for what the user wants.

use litemap::LiteMap;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;
use zpns_protocol::calls::Verb;
use zpns_protocol::push_config::HandleType;
use zpns_protocol::{call_uuid, parse_uuid};

use super::Calls;
use super::action::Outcome;
use super::end::Over;
use super::explain::explain;
use super::live::{Call, Direction, MAX_LIVE, Stage};
use super::provider;
use super::ring::longest_ring;
use super::timers::Timer;
use crate::app::unnamed_caller;
use crate::command::{Method, parse, uuid_param};
use crate::context::{Context, Invocation, js_uuid};
use crate::effect::{CallRequest, CallUpdate, DtmfKind, EndedReason, Handle, RequestedAction};
use crate::error::{Code, Error, INCOMING_CALL_DOMAIN, SystemError};

/// How long CallKit may take to complete a transaction. It answers at once; beyond this its answer is lost.
const TRANSACTION_MS: u64 = 30_000;

/// A request to CallKit that it has yet to complete.
#[derive(Debug)]
pub(super) struct Transaction {
    call: Uuid,
    /// Who waits, and the answer if CallKit agrees. Nobody where the request only makes CallKit follow what is decided.
    promise: Option<(Invocation, Value)>,
    ends: bool,
}

#[derive(Deserialize)]
struct UuidParams {
    uuid: String,
}

impl Calls {
    /// The methods of `CallKit`.
    pub(super) fn control(
        &mut self,
        invocation: Invocation,
        method: Method,
        params: &str,
        ctx: &mut Context<'_>,
    ) {
        let asks_nothing_of_call_kit = matches!(method, Method::GetCalls | Method::CallUuid);
        if ctx.app.call_kit_disabled && !asks_nothing_of_call_kit {
            return ctx.complete(invocation, Err(disabled()));
        }
        let answer = match method {
            Method::SetInitConfiguration => self.configure(params, ctx),
            Method::ReportIncomingCall => return self.report_by_app(invocation, params, ctx),
            Method::ReportOutgoingCall | Method::ReportOutgoingCallStarted => {
                self.report_outgoing(method, params, ctx)
            }
            Method::ReportCallUpdate => self.report_update(params, ctx),
            Method::ReportCallEnded => self.report_ended(params, ctx),
            Method::CompleteAction => self.complete(params, ctx),
            Method::GetCalls => Ok(self.all(ctx.skew)),
            Method::CallUuid => call_uuid_of(params),
            Method::StartCall => match start(params, ctx) {
                Ok((uuid, action)) => {
                    return self.request(
                        uuid,
                        action,
                        Some((invocation, json!({ "uuid": js_uuid(uuid) }))),
                        ctx,
                    );
                }
                Err(error) => Err(error),
            },
            _ => match self.change(method, params) {
                Ok((uuid, action)) => {
                    return self.request(uuid, action, Some((invocation, json!({}))), ctx);
                }
                Err(error) => Err(error),
            },
        };
        ctx.complete(invocation, answer);
    }

    /// What `getCalls` answers, oldest first. `skew` is how far times inside are ahead of the clock.
    pub(crate) fn all(&self, skew: u64) -> Value {
        let mut by_age: LiteMap<(u64, &Uuid), &Call> = LiteMap::new();
        for (uuid, call) in &self.live {
            by_age.insert((call.since, uuid), call);
        }
        by_age
            .iter()
            .map(|((_, uuid), call)| {
                let since = call.since.saturating_sub(skew);
                call.to_json(**uuid, since, &self.actions.to_json(**uuid))
            })
            .collect()
    }

    fn configure(&mut self, params: &str, ctx: &mut Context<'_>) -> Result<Value, Error> {
        let configuration = provider::parse(params)?;
        self.provider = Some(configuration.clone());
        *ctx.dirty = true;
        ctx.call(CallRequest::Configure(configuration));
        Ok(json!({}))
    }

    fn report_by_app(&mut self, invocation: Invocation, params: &str, ctx: &mut Context<'_>) {
        #[derive(Deserialize)]
        struct Params {
            update: Option<CallUpdate>,
            uuid: String,
        }
        let method = Method::ReportIncomingCall;
        let parsed = parse::<Params>(method, params)
            .and_then(|params| Ok((uuid_param(method, &params.uuid)?, params.update)));
        let (uuid, update) = match parsed {
            Ok((uuid, update)) => (uuid, update.unwrap_or_default()),
            Err(error) => return ctx.complete(invocation, Err(error)),
        };
        if self.reports.is_ending(uuid) {
            return ctx.complete(
                invocation,
                Err(explain(&SystemError {
                    domain: INCOMING_CALL_DOMAIN.to_owned(),
                    code: 2,
                    message: String::new(),
                })),
            );
        }
        let known = self.live.contains_key(&uuid);
        if !known && (self.live.len() >= MAX_LIVE || self.reports.is_full()) {
            let error = Error::new(
                Code::System,
                format!("there are {MAX_LIVE} calls already: end some with reportCallEnded first"),
            );
            return ctx.complete(invocation, Err(error));
        }
        let update = with_handle(update, &ctx.app.app_name);
        if !known {
            let call = Call {
                handle: update.remote_handle.clone(),
                name: update.localized_caller_name.clone(),
                video: update.has_video.unwrap_or_default(),
                ..Call::new(Direction::Incoming, ctx.now)
            };
            self.recent.remove(uuid);
            self.live.insert(uuid, Box::new(call));
            let until = longest_ring(ctx.now, ctx);
            if until < u64::MAX {
                self.timers.set(Timer::Ring(uuid), until);
            }
        }
        self.report(uuid, update, Some(invocation), ctx);
    }

    fn report_outgoing(
        &mut self,
        method: Method,
        params: &str,
        ctx: &mut Context<'_>,
    ) -> Result<Value, Error> {
        let uuid = self.live_uuid(method, params)?;
        let connected = method == Method::ReportOutgoingCall;
        ctx.call(if connected {
            CallRequest::ReportOutgoingConnected { uuid }
        } else {
            CallRequest::ReportOutgoingStarted { uuid }
        });
        if let Some(call) = self
            .live
            .get_mut(&uuid)
            .filter(|call| call.direction == Direction::Outgoing)
        {
            match (connected, call.stage) {
                (true, _) => {
                    call.stage = Stage::Connected;
                    self.timers.cancel(Timer::Ring(uuid));
                }
                (false, Stage::Starting) => call.stage = Stage::Connecting,
                (false, _) => {}
            }
        }
        Ok(json!({}))
    }

    fn report_update(&mut self, params: &str, ctx: &mut Context<'_>) -> Result<Value, Error> {
        #[derive(Deserialize)]
        struct Params {
            update: CallUpdate,
            uuid: String,
        }
        let Params { mut update, uuid } = parse(Method::ReportCallUpdate, params)?;
        let uuid = self.known_live(
            Method::ReportCallUpdate,
            uuid_param(Method::ReportCallUpdate, &uuid)?,
        )?;
        // An empty handle makes the "open app" button of the call screen dead: it stays as it was.
        update.remote_handle = update
            .remote_handle
            .filter(|handle| !handle.value.trim().is_empty());
        if let Some(call) = self.live.get_mut(&uuid) {
            call.handle = update.remote_handle.clone().or(call.handle.take());
            call.name = update.localized_caller_name.clone().or(call.name.take());
            call.video = update.has_video.unwrap_or(call.video);
        }
        ctx.call(CallRequest::ReportUpdate { uuid, update });
        Ok(json!({}))
    }

    /// The app says that a call is over. Saying so again is harmless: the app and this core may both have heard it from the gateway.
    fn report_ended(&mut self, params: &str, ctx: &mut Context<'_>) -> Result<Value, Error> {
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
        if self.recent.get(uuid, ctx.now).is_some() && !self.live.contains_key(&uuid) {
            return Ok(json!({}));
        }
        self.known_live(method, uuid)?;
        let connected = self
            .live
            .get(&uuid)
            .is_some_and(|call| call.stage == Stage::Connected);
        if connected
            && reason == EndedReason::Failed
            && self.verb_for_end(uuid, Stage::Connected) == Some(Verb::End)
        {
            self.tell(uuid, Verb::End, ctx);
        }
        self.end(uuid, Over::ByApp(reason), ctx);
        Ok(json!({}))
    }

    fn complete(&mut self, params: &str, ctx: &mut Context<'_>) -> Result<Value, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum Wanted {
            Fulfill,
            Fail,
        }
        #[derive(Deserialize)]
        struct Params {
            seq: String,
            outcome: Wanted,
        }
        let Params { seq, outcome } = parse(Method::CompleteAction, params)?;
        let outcome = match outcome {
            Wanted::Fulfill => Outcome::Fulfill,
            Wanted::Fail => Outcome::Fail,
        };
        self.complete_action(&seq, outcome, ctx)
    }

    /// Requests that change a live call.
    fn change(&self, method: Method, params: &str) -> Result<(Uuid, RequestedAction), Error> {
        #[derive(Deserialize)]
        struct Muted {
            muted: bool,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Held {
            on_hold: bool,
        }
        #[derive(Deserialize)]
        struct Grouped {
            #[serde(rename = "callUUIDToGroupWith")]
            with: Option<String>,
        }
        #[derive(Deserialize)]
        struct Tones {
            digits: String,
            #[serde(rename = "type")]
            kind: Option<usize>,
        }
        let uuid = self.live_uuid(method, params)?;
        let action = match method {
            Method::AnswerCall => RequestedAction::Answer { uuid },
            Method::EndCall => RequestedAction::End { uuid },
            Method::SetMuted => RequestedAction::SetMuted {
                uuid,
                muted: parse::<Muted>(method, params)?.muted,
            },
            Method::SetHeld => RequestedAction::SetHeld {
                uuid,
                on_hold: parse::<Held>(method, params)?.on_hold,
            },
            Method::SetGroup => {
                let with = parse::<Grouped>(method, params)?.with;
                let with = with
                    .map(|with| self.known_live(method, uuid_param(method, &with)?))
                    .transpose()?;
                RequestedAction::SetGroup { uuid, with }
            }
            Method::PlayDtmf => {
                let Tones { digits, kind } = parse(method, params)?;
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
                RequestedAction::PlayDtmf { uuid, digits, kind }
            }
            _ => {
                return Err(Error::new(
                    Code::UnknownMethod,
                    format!("{} is no method of CallKit", method.name()),
                ));
            }
        };
        Ok((uuid, action))
    }

    /// Asks CallKit for an action.
    pub(super) fn request(
        &mut self,
        call: Uuid,
        action: RequestedAction,
        promise: Option<(Invocation, Value)>,
        ctx: &mut Context<'_>,
    ) {
        let id = ctx.ids.next();
        let ends = matches!(action, RequestedAction::End { .. });
        ctx.call(CallRequest::Transaction { id, action });
        self.transactions.insert(
            id,
            Transaction {
                call,
                promise,
                ends,
            },
        );
        self.timers.set(
            Timer::Transaction(id),
            ctx.now.saturating_add(TRANSACTION_MS),
        );
    }

    pub(super) fn transaction_completed(
        &mut self,
        id: u64,
        error: Option<&SystemError>,
        ctx: &mut Context<'_>,
    ) {
        self.timers.cancel(Timer::Transaction(id));
        let Some(transaction) = self.transactions.remove(&id) else {
            return;
        };
        match (transaction.promise, error) {
            (Some((invocation, answer)), None) => ctx.complete(invocation, Ok(answer)),
            (Some((invocation, _)), Some(error)) => ctx.complete(invocation, Err(explain(error))),
            // The call is over for everybody else: CallKit may not keep it because it refused to be asked.
            (None, Some(_)) if transaction.ends => self.end(
                transaction.call,
                Over::ByApp(EndedReason::DeclinedElsewhere),
                ctx,
            ),
            (None, _) => {}
        }
    }

    /// CallKit did not complete a transaction.
    pub(super) fn transaction_lost(&mut self, id: u64, ctx: &mut Context<'_>) {
        let message = "CallKit did not answer: its connection to the system was lost. Look at getCalls() and try again";
        let error = SystemError {
            domain: String::new(),
            code: 0,
            message: message.to_owned(),
        };
        self.transaction_completed(id, Some(&error), ctx);
    }

    fn live_uuid(&self, method: Method, params: &str) -> Result<Uuid, Error> {
        let UuidParams { uuid } = parse(method, params)?;
        self.known_live(method, uuid_param(method, &uuid)?)
    }

    fn known_live(&self, method: Method, uuid: Uuid) -> Result<Uuid, Error> {
        if self.live.contains_key(&uuid) {
            return Ok(uuid);
        }
        let message = format!(
            "{}: no call has this UUID; it is over, or was never reported. CallKit.getCalls() lists those there are",
            method.name()
        );
        Err(Error::new(Code::UnknownCall, message))
    }
}

fn start(params: &str, ctx: &mut Context<'_>) -> Result<(Uuid, RequestedAction), Error> {
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

fn call_uuid_of(params: &str) -> Result<Value, Error> {
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
    if update
        .remote_handle
        .as_ref()
        .is_some_and(|handle| !handle.value.trim().is_empty())
    {
        return update;
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

fn disabled() -> Error {
    Error::new(
        Code::CallKitDisabled,
        "CallKit is switched off (CallKit.setEnabled, or ZPNSCallKitDisabled in Info.plist): show the call in the app's own screen",
    )
}
