//! What the app asks of CallKit by `CXCallController`: each request is answered once, by CallKit or by time.

use serde_json::Value;
use uuid::Uuid;

use super::Screen;
use super::explain::explain;
use crate::context::{Context, Invocation};
use crate::effect::{CallRequest, RequestedAction};
use crate::error::SystemError;
use crate::timers::Timer;

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

impl Screen {
    /// Asks CallKit for an action.
    pub(in crate::calls) fn request(
        &mut self,
        call: Uuid,
        action: RequestedAction,
        promise: Option<(Invocation, Value)>,
        ctx: &mut Context<'_>,
    ) {
        let id = ctx.ids.next();
        let ends = matches!(action, RequestedAction::End { .. });
        ctx.call(CallRequest::Transaction { id, action });
        let transaction = Transaction {
            call,
            promise,
            ends,
        };
        self.transactions.insert(id, transaction);
        ctx.timers.set(
            Timer::Transaction(id),
            ctx.now.saturating_add(TRANSACTION_MS),
        );
    }

    /// CallKit completed a transaction. Comes back with a call that is over for everybody else, but that CallKit refused to be asked to
    /// end: it may not keep that.
    pub(in crate::calls) fn transaction_completed(
        &mut self,
        id: u64,
        error: Option<&SystemError>,
        ctx: &mut Context<'_>,
    ) -> Option<Uuid> {
        ctx.timers.cancel(Timer::Transaction(id));
        let transaction = self.transactions.remove(&id)?;
        match (transaction.promise, error) {
            (Some((invocation, answer)), None) => ctx.complete(invocation, Ok(answer)),
            (Some((invocation, _)), Some(error)) => ctx.complete(invocation, Err(explain(error))),
            (None, Some(_)) => return transaction.ends.then_some(transaction.call),
            (None, None) => {}
        }
        None
    }

    /// CallKit did not complete a transaction.
    pub(in crate::calls) fn transaction_lost(
        &mut self,
        id: u64,
        ctx: &mut Context<'_>,
    ) -> Option<Uuid> {
        let message = "CallKit did not answer: its connection to the system was lost. Look at getCalls() and try again";
        let error = SystemError {
            domain: String::new(),
            code: 0,
            message: message.to_owned(),
        };
        self.transaction_completed(id, Some(&error), ctx)
    }
}
