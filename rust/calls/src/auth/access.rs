//! What a principal may do, and in whose name.

use zpns_protocol::calls::{Actor, Call, Invite, Receipt, Verb, VerbBody};
use zpns_protocol::errors::InvalidField;

use super::Principal;
use crate::CallError;
use crate::machine::{self, Doing, Input};

const OTHER_CALL: CallError = CallError::Forbidden(
    "this follow token is for another call: use the one that the push of this call carried",
);

/// The user who calls by this invitation.
pub fn caller(principal: &Principal, invite: &Invite) -> Result<String, CallError> {
    match principal {
        Principal::Server { .. } => invite.caller.clone().ok_or_else(|| {
            InvalidField::new("caller", "is required with an API key: the user who calls").into()
        }),
        Principal::User { user, .. } => {
            if invite.caller.as_ref().is_some_and(|caller| caller != user) {
                return Err(CallError::Forbidden(
                    "caller is not the user of the token: leave it out, or call as that user",
                ));
            }
            Ok(user.clone())
        }
        Principal::Follower { .. } => Err(CallError::Forbidden(
            "a follow token is for the call that it came with, not for new ones",
        )),
    }
}

/// The user and the installation that apply a verb to the call with this ID.
pub fn actor(
    principal: &Principal,
    call_id: &str,
    verb: Verb,
    body: &VerbBody,
) -> Result<Actor, CallError> {
    let same_user = |user: &str| match &body.user {
        Some(other) if other != user => Err(CallError::Forbidden(
            "user is not the user of the token: leave it out, or act as that user",
        )),
        _ => Ok(user.to_owned()),
    };
    let (user_id, installation) = match principal {
        Principal::Server { .. } => {
            let user = body.user.clone().ok_or_else(|| {
                InvalidField::new("user", "is required with an API key: the user who acts")
            })?;
            (user, body.installation.clone())
        }
        Principal::User { user, .. } => (same_user(user)?, body.installation.clone()),
        Principal::Follower { call, .. } if call != call_id => return Err(OTHER_CALL),
        Principal::Follower { .. } if verb == Verb::Cancel => {
            return Err(CallError::Forbidden(
                "a follow token is an invitee's: it accepts, rejects and ends, but does not cancel",
            ));
        }
        Principal::Follower {
            user, installation, ..
        } => (same_user(user)?, Some(installation.clone())),
    };
    Ok(Actor {
        user_id,
        installation,
    })
}

/// What a verb by this actor is to the call.
pub fn input(verb: Verb, by: Actor, body: VerbBody) -> Input {
    let doing = Doing {
        by,
        extended_data: body.extended_data,
    };
    match verb {
        Verb::Accept => Input::Accept(doing),
        Verb::Reject => Input::Reject(doing),
        Verb::Cancel => Input::Cancel(doing, body.invitees),
        Verb::End => Input::End(doing),
    }
}

/// The call with this ID, if this principal may see it. A stranger learns no more than about a call that does not exist.
pub fn visible(
    principal: &Principal,
    call_id: &str,
    call: Option<Call>,
) -> Result<Call, CallError> {
    if let Principal::Follower { call, .. } = principal
        && call != call_id
    {
        return Err(OTHER_CALL);
    }
    let call = call.ok_or(CallError::NoSuchCall)?;
    match principal {
        Principal::User { user, .. } | Principal::Follower { user, .. }
            if machine::participant(&call, user).is_none() =>
        {
            Err(CallError::NoSuchCall)
        }
        _ => Ok(call),
    }
}

/// The user who is signed in: whose devices it registers, and whose calls it hears of.
pub fn signed_in_user(principal: &Principal) -> Result<&str, CallError> {
    match principal {
        Principal::User { user, .. } => Ok(user),
        _ => Err(CallError::Forbidden(
            "this needs a user token: it is for the user who is signed in on the device",
        )),
    }
}

/// What a device says it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Whose device it is.
    pub user: String,
    /// The delivery, if it is named.
    pub delivery: Option<String>,
    /// The call, if it is named. There is one, or a delivery.
    pub call: Option<String>,
    /// The device, if it is named.
    pub installation: Option<String>,
}

/// What a receipt by this principal is about. A follow token names the call and the installation.
pub fn received(principal: &Principal, receipt: Receipt) -> Result<Received, CallError> {
    let named = receipt.call_id.as_ref().map(ToString::to_string);
    let (user, call, installation) = match principal {
        Principal::Server { .. } => {
            return Err(CallError::Forbidden(
                "a receipt comes from the device: it needs a user token or a follow token",
            ));
        }
        Principal::Follower { call, .. } if named.as_ref().is_some_and(|named| named != call) => {
            return Err(OTHER_CALL);
        }
        Principal::Follower {
            call,
            user,
            installation,
            ..
        } => (user, Some(call.clone()), Some(installation.clone())),
        Principal::User { user, .. } => (user, named, receipt.installation),
    };
    if receipt.delivery_id.is_none() && call.is_none() {
        return Err(InvalidField::new(
            "callID",
            "or deliveryID is required with a user token: what was received",
        )
        .into());
    }
    Ok(Received {
        user: user.clone(),
        delivery: receipt.delivery_id,
        call,
        installation,
    })
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
