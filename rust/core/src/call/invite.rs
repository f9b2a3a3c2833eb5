//! `CallInvitation`: what the app does to calls of the gateway. How it makes one: [`super::inviting`]; how it asks about one: [`super::query`].

use serde::Deserialize;
use zpns_protocol::CallId;
use zpns_protocol::calls::{self, Verb, limits};

use super::Calls;
use super::gateway_error::not_configured;
use super::invitation::{Invitation, MAX_INVITATIONS};
use super::live::{Direction, Stage};
use super::snapshot::{Accepted, Role};
use super::timers::Timer;
use crate::command::{Method, parse};
use crate::context::{Context, Invocation};
use crate::effect::{EndedReason, RequestedAction};
use crate::error::{Code, Error};

impl Calls {
    /// The methods of `CallInvitation`.
    pub(super) fn invitation(
        &mut self,
        invocation: Invocation,
        method: Method,
        params: &str,
        ctx: &mut Context<'_>,
    ) {
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

    /// A call that the app accepted without this phone having heard of it by push: followed from now on.
    pub(super) fn adopt(&mut self, uuid: uuid::Uuid, call: calls::Call, ctx: &mut Context<'_>) {
        if call.state.is_over() || self.invitations.len() >= MAX_INVITATIONS {
            return;
        }
        self.invitations.insert(
            uuid,
            Box::new(Invitation::from_call(
                call,
                Role::Invitee,
                Accepted::Confirmed,
                ctx.skew,
            )),
        );
        self.follow(uuid, ctx);
    }

    /// Accept, reject, cancel or end: the gateway hears it, and CallKit follows where it has the call.
    fn act(
        &mut self,
        invocation: Invocation,
        method: Method,
        wanted: Wanted,
        ctx: &mut Context<'_>,
    ) {
        let Wanted {
            call_id,
            verb,
            extended_data,
            invitees,
        } = wanted;
        let uuid = call_id.uuid();
        let everyone = invitees.is_empty();
        let reachable = self
            .invitations
            .get(&uuid)
            .is_some_and(|invitation| invitation.door(ctx.account).is_some())
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
        self.tell_more(
            call_id.as_str(),
            verb,
            extended_data,
            invitees,
            Some((invocation, method)),
            ctx,
        );
        let answered = self
            .invitations
            .get(&uuid)
            .is_some_and(|invitation| invitation.is_accepted());
        let stage = self
            .live
            .get(&uuid)
            .map(|call| (call.direction, call.stage));
        match (verb, stage) {
            (Verb::Accept, Some((Direction::Incoming, Stage::Ringing))) => {
                self.request(uuid, RequestedAction::Answer { uuid }, None, ctx);
            }
            (Verb::Reject | Verb::End, Some(_)) => self.end_by_verb(uuid, ctx),
            // An answered call goes on: the gateway only stops what still rings.
            (Verb::Cancel, Some(_)) if everyone && !answered => self.end_by_verb(uuid, ctx),
            (Verb::Cancel, None) if everyone => self.withdraw(uuid, ctx),
            (Verb::End, None) => self.withdraw(uuid, ctx),
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
        let Some(invitation) = self.invitations.get_mut(&uuid) else {
            return;
        };
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
        _ => {
            return Err(Error::new(
                Code::UnknownMethod,
                format!("{} is no method of CallInvitation", method.name()),
            ));
        }
    };
    let Params {
        call_id,
        invitees,
        config,
    } = parse(method, params)?;
    let call_id = known_call_id(method, call_id)?;
    let invitees = invitees.unwrap_or_default();
    check_users(method, &invitees)?;
    let extended_data = config.unwrap_or_default().extended_data.unwrap_or_default();
    check_extended_data(method, &extended_data)?;
    Ok(Wanted {
        call_id,
        verb,
        extended_data,
        invitees,
    })
}

pub(super) fn known_call_id(method: Method, text: String) -> Result<CallId, Error> {
    CallId::new(text).map_err(|error| Error::invalid(format!("{}: callID: {error}", method.name())))
}

pub(super) fn check_users(method: Method, users: &[String]) -> Result<(), Error> {
    if users.len() > limits::INVITEES {
        let (most, given) = (limits::INVITEES, users.len());
        return Err(Error::invalid(format!(
            "{}: invitees has at most {most} users, this one has {given}",
            method.name()
        )));
    }
    for (at, user) in users.iter().enumerate() {
        if user.is_empty() || user.len() > limits::USER_ID {
            let most = limits::USER_ID;
            return Err(Error::invalid(format!(
                "{}: invitees[{at}] must be a user ID of 1 to {most} bytes",
                method.name()
            )));
        }
        if users.iter().take(at).any(|other| other == user) {
            return Err(Error::invalid(format!(
                "{}: invitees[{at}] names a user for the second time",
                method.name()
            )));
        }
    }
    Ok(())
}

pub(super) fn check_extended_data(method: Method, text: &str) -> Result<(), Error> {
    if text.len() > limits::EXTENDED_DATA {
        let (most, given) = (limits::EXTENDED_DATA, text.len());
        return Err(Error::invalid(format!(
            "{}: config.extendedData has at most {most} bytes of UTF-8, this one has {given}",
            method.name()
        )));
    }
    Ok(())
}
