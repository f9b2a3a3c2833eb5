//! Reports of incoming calls that CallKit has not completed yet.
//!
//! An end that comes meanwhile waits here: ending a call that CallKit does not know yet does nothing, and the phone would ring on.

use litemap::LiteMap;

use serde_json::json;
use uuid::Uuid;

use super::Screen;
use super::explain::{explain, is_duplicate, is_hidden, refusal};
use crate::context::{Context, Invocation};
use crate::effect::{CallRequest, CallUpdate, EndedReason, LogLevel};
use crate::error::{Code, Error, SystemError};
use crate::timers::Timer;

/// How long CallKit may take. It answers within milliseconds; beyond this its answer is lost.
const COMPLETION_MS: u64 = 10_000;
/// Most calls with an open report. Beyond that (a flood) reports are sent, but no longer waited for.
const MAX_OPEN: usize = 4096;

#[derive(Debug, Default)]
pub(super) struct Reports {
    open: LiteMap<Uuid, Open>,
}

/// A report that CallKit has not completed.
#[derive(Debug)]
struct Waiting {
    /// Number of the report.
    id: u64,
    /// The promise that waits for it, if one does.
    promise: Option<Invocation>,
}

/// CallKit does not show a call.
#[derive(Clone, Copy, Debug)]
pub(in crate::calls) struct NotShown {
    pub(in crate::calls) call: Uuid,
    pub(in crate::calls) reason: EndedReason,
    /// Whether the app reported the call, and so hears of the refusal by its promise.
    pub(in crate::calls) app_knows: bool,
    /// Whether the caller must not show up anywhere.
    pub(in crate::calls) is_hidden: bool,
}

/// The open reports of one call.
#[derive(Debug, Default)]
struct Open {
    /// One for each report.
    waiting: Vec<Waiting>,
    /// Whether one of them succeeded.
    exists: bool,
    /// The end that waits.
    end: Option<EndedReason>,
    /// Why CallKit refused.
    refused: Option<SystemError>,
}

impl Reports {
    /// Whether CallKit has yet to complete a report of this call.
    pub(super) fn is_open(&self, uuid: Uuid) -> bool {
        self.open.contains_key(&uuid)
    }

    /// Whether an end of this call waits for CallKit.
    pub(super) fn is_ending(&self, uuid: Uuid) -> bool {
        self.open.get(&uuid).is_some_and(|open| open.end.is_some())
    }

    pub(super) fn is_full(&self) -> bool {
        self.open.len() >= MAX_OPEN
    }

    pub(super) fn len(&self) -> usize {
        self.open.len()
    }
}

impl Screen {
    /// Reports an incoming call, whether or not CallKit has it already.
    pub(in crate::calls) fn report(
        &mut self,
        uuid: Uuid,
        update: CallUpdate,
        promise: Option<Invocation>,
        ctx: &mut Context<'_>,
    ) {
        let id = ctx.ids.next();
        ctx.call(CallRequest::ReportIncoming { id, uuid, update });
        if self.reports.is_full() && !self.reports.is_open(uuid) {
            if let Some(promise) = promise {
                ctx.complete(promise, Ok(json!({})));
            }
            return;
        }
        self.reports
            .open
            .entry(uuid)
            .or_default()
            .waiting
            .push(Waiting { id, promise });
        ctx.timers
            .set(Timer::Report(uuid), ctx.now.saturating_add(COMPLETION_MS));
    }

    /// Ends a call towards CallKit: now, or as soon as it has completed the call's reports.
    pub(in crate::calls) fn report_end(
        &mut self,
        uuid: Uuid,
        reason: EndedReason,
        ctx: &mut Context<'_>,
    ) {
        match self.reports.open.get_mut(&uuid) {
            Some(open) => {
                open.end.get_or_insert(reason);
            }
            None => ctx.call(CallRequest::ReportEnded { uuid, reason }),
        }
    }

    /// CallKit completed a report. `ended` is how the call ended, if it is over and remembered.
    pub(in crate::calls) fn report_completed(
        &mut self,
        id: u64,
        uuid: Uuid,
        error: Option<SystemError>,
        ended: Option<EndedReason>,
        ctx: &mut Context<'_>,
    ) -> Option<NotShown> {
        let Some(open) = self.reports.open.get_mut(&uuid) else {
            self.completed_late(uuid, error.as_ref(), ended, ctx);
            return None;
        };
        // A report that was given up says nothing about those made since.
        let at = open.waiting.iter().position(|waiting| waiting.id == id)?;
        let promise = open.waiting.remove(at).promise;
        open.exists |= error.as_ref().is_none_or(is_duplicate);
        let answer = error
            .as_ref()
            .map_or_else(|| Ok(json!({})), |error| Err(explain(error)));
        let asked = promise.is_some();
        open.refused = error.or(open.refused.take());
        let last = open.waiting.is_empty();
        if let Some(promise) = promise {
            ctx.complete(promise, answer);
        }
        if last {
            self.reports_done(uuid, asked, ctx)
        } else {
            None
        }
    }

    /// CallKit did not complete in time: what waits for it goes on as if the call existed, so that an end is never lost.
    pub(in crate::calls) fn report_lost(
        &mut self,
        uuid: Uuid,
        ctx: &mut Context<'_>,
    ) -> Option<NotShown> {
        let open = self.reports.open.get_mut(&uuid)?;
        open.exists = true;
        for promise in std::mem::take(&mut open.waiting)
            .into_iter()
            .filter_map(|waiting| waiting.promise)
        {
            ctx.complete(promise, Err(no_answer()));
        }
        ctx.log(
            LogLevel::Warning,
            "CallKit did not complete the report of a call",
        );
        self.reports_done(uuid, false, ctx)
    }

    /// Nobody waits for this completion any more: it was given up, perhaps only because the clock was set forward. If its call has ended
    /// meanwhile, CallKit was told so before it had the call, and would show it for ever.
    fn completed_late(
        &mut self,
        uuid: Uuid,
        error: Option<&SystemError>,
        ended: Option<EndedReason>,
        ctx: &mut Context<'_>,
    ) {
        if error.is_none() && !self.has(uuid) {
            let reason = ended.unwrap_or(EndedReason::Failed);
            ctx.call(CallRequest::ReportEnded { uuid, reason });
        }
    }

    /// The provider was reset: what CallKit still completes is about calls that are gone.
    pub(super) fn forget_reports(&mut self, ctx: &mut Context<'_>) {
        for (uuid, open) in std::mem::take(&mut self.reports.open) {
            ctx.timers.cancel(Timer::Report(uuid));
            for promise in open
                .waiting
                .into_iter()
                .filter_map(|waiting| waiting.promise)
            {
                ctx.complete(promise, Err(no_answer()));
            }
        }
    }

    fn reports_done(&mut self, uuid: Uuid, asked: bool, ctx: &mut Context<'_>) -> Option<NotShown> {
        ctx.timers.cancel(Timer::Report(uuid));
        let open = self.reports.open.remove(&uuid)?;
        if open.exists {
            if let Some(call) = self.calls.get_mut(&uuid) {
                call.shown = true;
            }
            if let Some(reason) = open.end {
                ctx.call(CallRequest::ReportEnded { uuid, reason });
            }
            return None;
        }
        let error = open.refused?;
        if self.calls.get(&uuid).is_none_or(|call| call.shown) {
            return None;
        }
        ctx.log(
            LogLevel::Warning,
            format!(
                "CallKit does not show a call: {} ({} {})",
                explain(&error).message,
                error.domain,
                error.code
            ),
        );
        Some(NotShown {
            call: uuid,
            reason: refusal(&error),
            app_knows: asked,
            is_hidden: is_hidden(&error),
        })
    }

    /// Whether CallKit has yet to complete a report of this call.
    pub(in crate::calls) fn is_being_reported(&self, uuid: Uuid) -> bool {
        self.reports.is_open(uuid)
    }
}

fn no_answer() -> Error {
    Error::new(
        Code::System,
        "CallKit did not answer: its connection to the system was lost. Report the call again",
    )
}
