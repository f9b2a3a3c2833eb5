//! `returnEvent`: an event that came when JavaScript no longer listened to its type. JavaScript gives it back, and it waits again.

use serde::Deserialize;
use serde_json::Value;

use crate::command::{self, Method};
use crate::effect::Event;
use crate::error::Error;
use crate::event::EventKind;
use crate::nesting;

/// Reads the parameters.
pub(crate) fn parse(params: &str) -> Result<Event, Error> {
    #[derive(Deserialize)]
    struct Params {
        #[serde(rename = "type")]
        kind: String,
        seq: u64,
        at: u64,
        body: String,
    }
    let Params {
        kind,
        seq,
        at,
        body,
    } = command::parse(Method::ReturnEvent, params)?;
    if EventKind::from_name(&kind).is_none() {
        return Err(Error::invalid(
            "returnEvent: there is no such type of event",
        ));
    }
    if nesting::is_too_deep(&body) || !is_object(&body) {
        return Err(Error::invalid(
            "returnEvent: body must be the JSON object that the event came with",
        ));
    }
    Ok(Event {
        kind,
        seq,
        at,
        flushed: false,
        body,
    })
}

fn is_object(json: &str) -> bool {
    serde_json::from_slice::<Value>(json.as_bytes()).is_ok_and(|value| value.is_object())
}
