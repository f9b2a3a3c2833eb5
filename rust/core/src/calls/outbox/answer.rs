//! What the app hears of a verb, in ZIM's shapes.

use serde_json::{Value, json};
use zpns_protocol::calls::{CallState, VerbResult};

use crate::command::Method;
use crate::error::{Code, Error, ZIM_DOMAIN};

/// ZIM's number for a cancel that comes too late.
const CANCEL_FAILED: u32 = 6_000_271;

/// The answer of a method whose verb the gateway has. `late` says that an `accept` came too late.
pub(super) fn answer(method: Method, result: &VerbResult, late: bool) -> Result<Value, Error> {
    let call = &result.call;
    match method {
        Method::CallAccept if late => Err(Error::new(
            Code::Expired,
            "the call was cancelled, over, or answered on another device before: it can't be accepted any more",
        )),
        Method::CallCancel if !result.applied && call.state == CallState::Accepted => Err(Error {
            code: CANCEL_FAILED.to_string(),
            domain: ZIM_DOMAIN.to_owned(),
            message: "the call was accepted before it could be cancelled: use callEnd".to_owned(),
        }),
        Method::CallCancel => Ok(json!({ "callID": call.call_id, "errorInvitees": [] })),
        Method::CallEnd => Ok(json!({
            "callID": call.call_id,
            "createTime": call.created_at,
            "acceptTime": call.accepted_at.unwrap_or(0),
            "endTime": call.ended_at.unwrap_or(0),
        })),
        _ => Ok(json!({ "callID": call.call_id })),
    }
}

/// The answer of a verb whose time is over.
pub(super) fn expired() -> Error {
    Error::new(
        Code::Expired,
        "the gateway could not be told before the call was over: nothing is left to do",
    )
}
