//! From the push to the end of a call.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::command::Method;
use crate::context::{Context, Invocation};
use crate::error::{Code, Error};
use crate::input::{HttpFailure, HttpResponse, StreamItem, SystemEvent};

/// All calls of this phone.
#[derive(Debug, Default)]
pub(crate) struct Calls {}

/// What of them survives the process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct StoredCalls {}

impl Calls {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn restore(&mut self, _stored: StoredCalls, _ctx: &mut Context<'_>) {}

    pub(crate) fn to_stored(&self) -> StoredCalls {
        StoredCalls {}
    }

    pub(crate) fn start(&mut self, _ctx: &mut Context<'_>) {}

    pub(crate) fn voip_push(&mut self, _payload: &[u8], _must_report: bool, _ctx: &mut Context<'_>) {}

    pub(crate) fn system(&mut self, _event: SystemEvent, _ctx: &mut Context<'_>) {}

    pub(crate) fn invoke(&mut self, invocation: Invocation, method: Method, _params: &str, ctx: &mut Context<'_>) {
        ctx.complete(invocation, Err(Error::new(Code::UnknownMethod, method.name())));
    }

    pub(crate) fn http(&mut self, _id: u64, _outcome: Result<HttpResponse, HttpFailure>, _ctx: &mut Context<'_>) -> bool {
        false
    }

    pub(crate) fn stream(&mut self, _id: u64, _item: StreamItem, _ctx: &mut Context<'_>) -> bool {
        false
    }

    pub(crate) fn tick(&mut self, _ctx: &mut Context<'_>) {}

    pub(crate) fn next_deadline(&self) -> Option<u64> {
        None
    }

    pub(crate) fn account_changed(&mut self, _ctx: &mut Context<'_>) {}

    pub(crate) fn diagnose(&self, _now: u64) -> Value {
        json!({})
    }
}
