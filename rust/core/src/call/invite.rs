//! `CallInvitation`: inviting users through the gateway, and answering what came from it.

use serde::Deserialize;
use serde_json::json;
use zpns_protocol::CallId;
use zpns_protocol::calls::{self, CallMode, Invited, Verb, limits};
use zpns_protocol::push_config::PushConfig;

use super::gateway_error::{not_configured, refusal, unauthenticated, unreachable};
use super::invitation::{Invitation, MAX_INVITATIONS, call_path, installation};
use super::live::{Direction, Stage};
use super::snapshot::{Accepted, Role};
use super::timers::Timer;
use super::{Asked, Calls, zim};
use crate::command::{Method, parse};
use crate::context::{Context, Invocation};
use crate::effect::{EndedReason, HttpMethod, RequestedAction};
use crate::error::{Code, Error};
use crate::event::EventKind;
use crate::input::{HttpFailure, HttpResponse};

/// How long the gateway may be late with telling the caller that nobody answered, before the caller decides so itself.
const CALLER_GRACE_MS: u64 = 30_000;

impl Calls {
    /// The methods of `CallInvitation`.
    pub(super) fn invitation(&mut self, invocation: Invocation, method: Method, params: &str, ctx: &mut Context<'_>) {
        let result = match method {
            Method::CallInvite => return self.invite(invocation, params, ctx),
            Method::QueryCallInvitation => return self.query(invocation, params, ctx),
            _ => verb(method, params),
        };
        match result {
            Ok(wanted) => self.act(invocation, method, wanted, ctx),
            Err(error) => ctx.complete(invocation, Err(error)),
        }
    }

    fn invite(&mut self, invocation: Invocation, params: &str, ctx: &mut Context<'_>) {
        let request = invite_request(params, ctx).and_then(|body| match (ctx.account.url("calls"), &ctx.account.user_token) {
            (None, _) => Err(not_configured()),
            (Some(_), None) => {
                ctx.need_user_token();
                Err(unauthenticated())
            }
            (Some(url), Some(token)) => Ok((url, token.clone(), body)),
        });
        match request {
            Ok((url, token, body)) => {
                let id = ctx.http(HttpMethod::Post, url, Some(token), Some(&body));
                self.requests.insert(id, Asked::Invite(invocation));
            }
            Err(error) => ctx.complete(invocation, Err(error)),
        }
    }

    /// The gateway answered an invitation.
    pub(super) fn invited(&mut self, invocation: Invocation, outcome: Result<HttpResponse, HttpFailure>, ctx: &mut Context<'_>) {
        let Invited { call, error_user_list, .. } = match answer::<Invited>(outcome, ctx) {
            Ok(invited) => invited,
            Err(error) => return ctx.complete(invocation, Err(error)),
        };
        ctx.emit(EventKind::CallInvitationCreated, &zim::created(&call));
        let answer = json!({ "callID": call.call_id, "timeout": call.timeout, "errorUserList": error_user_list });
        ctx.complete(invocation, Ok(answer));
        let uuid = call.call_id.uuid();
        if let Some(live) = self.live.get_mut(&uuid) {
            live.call_id = Some(call.call_id.as_str().to_owned());
        }
        if call.state.is_over() || self.invitations.len() >= MAX_INVITATIONS {
            return;
        }
        self.close_invitation(uuid, ctx);
        let invitation = Invitation::from_call(call, Role::Caller, Accepted::NotHere, ctx.skew);
        self.timers.set(Timer::Ring(uuid), invitation.expires_at.saturating_add(CALLER_GRACE_MS));
        self.invitations.insert(uuid, Box::new(invitation));
        self.follow(uuid, ctx);
    }

    /// A call that the app accepted without this phone having heard of it by push: followed from now on.
    pub(super) fn adopt(&mut self, uuid: uuid::Uuid, call: calls::Call, ctx: &mut Context<'_>) {
        if call.state.is_over() || self.invitations.len() >= MAX_INVITATIONS {
            return;
        }
        self.invitations.insert(uuid, Box::new(Invitation::from_call(call, Role::Invitee, Accepted::Confirmed, ctx.skew)));
        self.follow(uuid, ctx);
    }

    fn query(&mut self, invocation: Invocation, params: &str, ctx: &mut Context<'_>) {
        #[derive(Deserialize)]
        struct Params {
            #[serde(rename = "callID")]
            call_id: String,
        }
        let call_id = parse::<Params>(Method::QueryCallInvitation, params)
            .and_then(|params| known_call_id(Method::QueryCallInvitation, params.call_id));
        let call_id = match call_id {
            Ok(call_id) => call_id,
            Err(error) => return ctx.complete(invocation, Err(error)),
        };
        let followed = self.invitations.get(&call_id.uuid()).and_then(|invitation| invitation.door(ctx.account));
        let own = || ctx.account.url(&call_path(call_id.as_str())).zip(ctx.account.user_token.clone());
        match followed.or_else(own) {
            Some((url, bearer)) => {
                let id = ctx.http::<()>(HttpMethod::Get, url, Some(bearer), None);
                self.requests.insert(id, Asked::Query(invocation));
            }
            None if ctx.account.server_url.is_none() => ctx.complete(invocation, Err(not_configured())),
            None => {
                ctx.need_user_token();
                ctx.complete(invocation, Err(unauthenticated()));
            }
        }
    }

    /// The gateway answered how a call stands.
    pub(super) fn queried(&mut self, invocation: Invocation, outcome: Result<HttpResponse, HttpFailure>, ctx: &mut Context<'_>) {
        match answer::<calls::Call>(outcome, ctx) {
            Ok(call) => {
                ctx.complete(invocation, Ok(zim::info(&call)));
                self.learn(call.call_id.uuid(), call, zim::Cause::default(), ctx);
            }
            Err(error) => ctx.complete(invocation, Err(error)),
        }
    }

    /// Accept, reject, cancel or end: the gateway hears it, and CallKit follows where it has the call.
    fn act(&mut self, invocation: Invocation, method: Method, wanted: Wanted, ctx: &mut Context<'_>) {
        let Wanted { call_id, verb, extended_data, invitees } = wanted;
        let uuid = call_id.uuid();
        let everyone = invitees.is_empty();
        let reachable = self.invitations.get(&uuid).is_some_and(|invitation| invitation.door(ctx.account).is_some())
            || ctx.account.server_url.is_some();
        if !reachable {
            return ctx.complete(invocation, Err(not_configured()));
        }
        if verb == Verb::Accept
            && let Some(invitation) = self.invitations.get_mut(&uuid)
            && invitation.accepted == Accepted::NotHere
        {
            invitation.accepted = Accepted::Sent;
            self.timers.cancel(Timer::Ring(uuid));
            *ctx.dirty = true;
        }
        self.tell_more(call_id.as_str(), verb, extended_data, invitees, Some((invocation, method)), ctx);
        let stage = self.live.get(&uuid).map(|call| (call.direction, call.stage));
        match (verb, stage) {
            (Verb::Accept, Some((Direction::Incoming, Stage::Ringing))) => self.request(uuid, RequestedAction::Answer { uuid }, None, ctx),
            (Verb::Reject | Verb::End, Some(_)) => self.end_by_verb(uuid, ctx),
            (Verb::Cancel, Some(_)) if everyone => self.end_by_verb(uuid, ctx),
            (Verb::Reject, None) => self.leave(uuid, EndedReason::DeclinedElsewhere, ctx),
            _ => {}
        }
    }

    /// The app ended the call by a verb: CallKit is asked to follow, and must not tell the gateway again.
    fn end_by_verb(&mut self, uuid: uuid::Uuid, ctx: &mut Context<'_>) {
        self.close_invitation(uuid, ctx);
        self.request(uuid, RequestedAction::End { uuid }, None, ctx);
    }

    /// The app has answered in CallKit.
    pub(super) fn accept(&mut self, uuid: uuid::Uuid, ctx: &mut Context<'_>) {
        let Some(invitation) = self.invitations.get_mut(&uuid) else { return };
        if invitation.role == Role::Invitee && invitation.accepted == Accepted::NotHere {
            invitation.accepted = Accepted::Sent;
            self.tell(uuid, Verb::Accept, ctx);
        }
    }
}

/// A verb as the app asked for it.
struct Wanted {
    call_id: CallId,
    verb: Verb,
    extended_data: String,
    invitees: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct VerbConfig {
    extended_data: Option<String>,
}

fn verb(method: Method, params: &str) -> Result<Wanted, Error> {
    #[derive(Deserialize)]
    struct Params {
        #[serde(rename = "callID")]
        call_id: String,
        invitees: Option<Vec<String>>,
        config: Option<VerbConfig>,
    }
    let verb = match method {
        Method::CallAccept => Verb::Accept,
        Method::CallReject => Verb::Reject,
        Method::CallCancel => Verb::Cancel,
        Method::CallEnd => Verb::End,
        _ => return Err(Error::new(Code::UnknownMethod, format!("{} is no method of CallInvitation", method.name()))),
    };
    let Params { call_id, invitees, config } = parse(method, params)?;
    let call_id = known_call_id(method, call_id)?;
    let invitees = invitees.unwrap_or_default();
    check_users(method, &invitees)?;
    let extended_data = config.unwrap_or_default().extended_data.unwrap_or_default();
    check_extended_data(method, &extended_data)?;
    Ok(Wanted { call_id, verb, extended_data, invitees })
}

fn invite_request(params: &str, ctx: &Context<'_>) -> Result<calls::Invite, Error> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct InviteConfig {
        timeout: Option<u32>,
        mode: Option<CallMode>,
        extended_data: Option<String>,
        push_config: Option<PushConfig>,
    }
    #[derive(Deserialize)]
    struct Params {
        invitees: Vec<String>,
        config: Option<InviteConfig>,
        #[serde(rename = "callID")]
        call_id: Option<String>,
    }
    let method = Method::CallInvite;
    let Params { invitees, config, call_id } = parse(method, params)?;
    let config = config.unwrap_or_default();
    if invitees.is_empty() {
        return Err(Error::invalid("callInvite: invitees may not be empty: name 1 to 9 users"));
    }
    check_users(method, &invitees)?;
    let timeout = config.timeout.unwrap_or(limits::DEFAULT_TIMEOUT);
    if !(limits::MIN_TIMEOUT..=limits::MAX_TIMEOUT).contains(&timeout) {
        let (min, max) = (limits::MIN_TIMEOUT, limits::MAX_TIMEOUT);
        return Err(Error::invalid(format!("callInvite: config.timeout must be {min} to {max} seconds, not {timeout}")));
    }
    let extended_data = config.extended_data.unwrap_or_default();
    check_extended_data(method, &extended_data)?;
    if let Some(push_config) = &config.push_config {
        push_config.check().map_err(|error| Error::invalid(format!("callInvite: config.{error}")))?;
    }
    Ok(calls::Invite {
        call_id: call_id.map(|call_id| known_call_id(method, call_id)).transpose()?,
        caller: None,
        installation: installation(ctx.account),
        invitees,
        timeout,
        mode: config.mode.unwrap_or_default(),
        extended_data,
        push_config: config.push_config,
    })
}

fn known_call_id(method: Method, text: String) -> Result<CallId, Error> {
    CallId::new(text).map_err(|error| Error::invalid(format!("{}: callID: {error}", method.name())))
}

fn check_users(method: Method, users: &[String]) -> Result<(), Error> {
    if users.len() > limits::INVITEES {
        let (most, given) = (limits::INVITEES, users.len());
        return Err(Error::invalid(format!("{}: invitees has at most {most} users, this one has {given}", method.name())));
    }
    for (at, user) in users.iter().enumerate() {
        if user.is_empty() || user.len() > limits::USER_ID {
            let most = limits::USER_ID;
            return Err(Error::invalid(format!("{}: invitees[{at}] must be a user ID of 1 to {most} bytes", method.name())));
        }
        if users.iter().take(at).any(|other| other == user) {
            return Err(Error::invalid(format!("{}: invitees[{at}] names a user for the second time", method.name())));
        }
    }
    Ok(())
}

fn check_extended_data(method: Method, text: &str) -> Result<(), Error> {
    if text.len() > limits::EXTENDED_DATA {
        let (most, given) = (limits::EXTENDED_DATA, text.len());
        return Err(Error::invalid(format!(
            "{}: config.extendedData has at most {most} bytes of UTF-8, this one has {given}",
            method.name()
        )));
    }
    Ok(())
}

/// Reads the gateway's answer; a refused user token also asks for a fresh one.
fn answer<T: serde::de::DeserializeOwned>(outcome: Result<HttpResponse, HttpFailure>, ctx: &mut Context<'_>) -> Result<T, Error> {
    let response = outcome.map_err(unreachable)?;
    if response.status == 401 {
        ctx.need_user_token();
    }
    if !(200..300).contains(&response.status) {
        return Err(refusal(&response));
    }
    serde_json::from_slice::<T>(&response.body).map_err(|error| {
        Error::new(Code::Server, format!("the gateway's answer can't be read, gateway and app are of different versions: {error}"))
    })
}
