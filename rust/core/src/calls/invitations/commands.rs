//! What the app may do to calls of the gateway, checked. How it makes one: [`super::outgoing`]; how it asks about one: [`super::query`].

use serde::Deserialize;
use zpns_protocol::CallId;
use zpns_protocol::calls::{Verb, limits};

use crate::command::{Method, parse};
use crate::error::Error;

/// A verb as the app asked for it.
pub(in crate::calls) struct VerbRequest {
    pub(in crate::calls) call_id: CallId,
    pub(in crate::calls) method: Method,
    pub(in crate::calls) extended_data: String,
    pub(in crate::calls) invitees: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct VerbConfig {
    extended_data: Option<String>,
}

/// Reads the parameters of `callAccept`, `callReject`, `callCancel` and `callEnd`.
pub(in crate::calls) fn verb_request(verb: Verb, params: &str) -> Result<VerbRequest, Error> {
    #[derive(Deserialize)]
    struct Params {
        #[serde(rename = "callID")]
        call_id: String,
        invitees: Option<Vec<String>>,
        config: Option<VerbConfig>,
    }
    let method = match verb {
        Verb::Accept => Method::CallAccept,
        Verb::Reject => Method::CallReject,
        Verb::Cancel => Method::CallCancel,
        Verb::End => Method::CallEnd,
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
    Ok(VerbRequest {
        call_id,
        method,
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
