//! What CallKit knows: the calls on the system's screen, what was reported of them, asked of CallKit or asked by it, and is not settled
//! yet. Knows nothing of the gateway: what has to happen to a call beyond the screen comes back as a value.

mod actions;
mod call;
mod closing;
mod commands;
mod explain;
mod open_actions;
mod provider;
mod reports;
mod transactions;

use litemap::LiteMap;
use serde_json::{Value, json};
use uuid::Uuid;

use self::actions::Actions;
pub(super) use self::actions::Outcome;
pub(super) use self::call::{Call, Direction, MAX_LIVE, RING_LIMIT_MS, Stage};
use self::closing::Closing;
pub(super) use self::commands::{
    EndReport, IncomingReport, Requested, call_uuid_of, disabled, end_report, start_request,
};
use self::explain::explain;
pub(super) use self::open_actions::Taken;
pub(super) use self::reports::NotShown;
use self::reports::Reports;
use self::transactions::Transaction;
use crate::clocks::Clocks;
use crate::context::Context;
use crate::effect::{CallRequest, Handle, ProviderConfiguration};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Screen {
    provider: Option<ProviderConfiguration>,
    calls: LiteMap<Uuid, Box<Call>>,
    reports: Reports,
    actions: Actions,
    /// Calls that were ended here and of which the gateway has yet to hear.
    closing: LiteMap<Uuid, Closing>,
    transactions: LiteMap<u64, Transaction>,
}

impl Screen {
    /// CallKit gets its provider.
    pub(super) fn provide(&self, ctx: &mut Context<'_>) {
        ctx.call(CallRequest::Configure(
            self.provider.clone().unwrap_or_default(),
        ));
    }

    /// What the app set in this process is newer than what was stored.
    pub(super) fn restore(&mut self, provider: Option<ProviderConfiguration>) {
        self.provider = self.provider.take().or(provider);
    }

    /// What of it survives the process. Calls do not: they end with the provider of the process that died.
    pub(super) fn provider(&self) -> Option<&ProviderConfiguration> {
        self.provider.as_ref()
    }

    pub(super) fn get(&self, uuid: Uuid) -> Option<&Call> {
        self.calls.get(&uuid).map(Box::as_ref)
    }

    pub(super) fn has(&self, uuid: Uuid) -> bool {
        self.calls.contains_key(&uuid)
    }

    pub(super) fn is_full(&self) -> bool {
        self.calls.len() >= MAX_LIVE
    }

    pub(super) fn calls(&self) -> impl Iterator<Item = (Uuid, &Call)> {
        self.calls.iter().map(|(uuid, call)| (*uuid, call.as_ref()))
    }

    pub(super) fn add(&mut self, uuid: Uuid, call: Call) {
        self.calls.insert(uuid, Box::new(call));
    }

    /// Takes a call out. Those that were grouped with it are no more.
    pub(super) fn remove(&mut self, uuid: Uuid) -> Option<Call> {
        let call = self.calls.remove(&uuid)?;
        for (_, other) in &mut self.calls {
            if other.group == Some(uuid) {
                other.group = None;
            }
        }
        Some(*call)
    }

    /// The gateway's name of a call that the app began.
    pub(super) fn set_call_id(&mut self, uuid: Uuid, call_id: &str) {
        if let Some(call) = self.calls.get_mut(&uuid) {
            call.call_id = Some(call_id.to_owned());
        }
    }

    /// The app says how far an outgoing call has come.
    pub(super) fn report_outgoing(&mut self, uuid: Uuid, connected: bool, ctx: &mut Context<'_>) {
        ctx.call(if connected {
            CallRequest::ReportOutgoingConnected { uuid }
        } else {
            CallRequest::ReportOutgoingStarted { uuid }
        });
        let call = self.calls.get_mut(&uuid);
        if let Some(call) = call.filter(|call| call.direction == Direction::Outgoing) {
            match (connected, call.stage) {
                (true, _) => call.stage = Stage::Connected,
                (false, Stage::Starting) => call.stage = Stage::Connecting,
                (false, _) => {}
            }
        }
    }

    /// The user's answer worked. False if it counted before, or another answer is still open: what JavaScript makes of that decides.
    pub(super) fn connect(&mut self, uuid: Uuid) -> bool {
        let awaits = self.actions.awaits_answer(uuid);
        match self.calls.get_mut(&uuid) {
            Some(call) if call.stage != Stage::Connected && !awaits => {
                call.stage = Stage::Connected;
                true
            }
            _ => false,
        }
    }

    /// JavaScript fulfilled an action: what the screen shows follows.
    pub(super) fn apply(&mut self, action: &crate::input::CallAction) {
        use crate::input::ActionKind;
        // It may be over since the group was asked for.
        let group = match action.kind {
            ActionKind::SetGroup { with } => with.filter(|other| self.has(*other)),
            _ => None,
        };
        let Some(call) = self.calls.get_mut(&action.call) else {
            return;
        };
        match &action.kind {
            // The app may have reported more than that before.
            ActionKind::Start { .. } if call.stage == Stage::Starting => {
                call.stage = Stage::Connecting;
            }
            ActionKind::SetHeld { on_hold } => call.on_hold = *on_hold,
            ActionKind::SetMuted { muted } => call.muted = *muted,
            ActionKind::SetGroup { .. } => call.group = group,
            ActionKind::Start { .. }
            | ActionKind::Answer
            | ActionKind::End
            | ActionKind::PlayDtmf { .. } => {}
        }
    }

    /// For `getCalls`, oldest first.
    pub(super) fn to_json(&self, clocks: Clocks) -> Value {
        let mut by_age: LiteMap<(u64, &Uuid), &Call> = LiteMap::new();
        for (uuid, call) in &self.calls {
            by_age.insert((call.since, uuid), call);
        }
        let calls = by_age.iter();
        calls
            .map(|((_, uuid), call)| {
                let since = clocks.to_wall_clock(call.since);
                call.to_json(**uuid, since, &self.actions.to_json(**uuid))
            })
            .collect()
    }

    /// For `diagnose()`: nothing that names anybody.
    pub(super) fn diagnose(&self) -> ScreenDiagnosis {
        ScreenDiagnosis {
            provider: json!(self.provider),
            live: self
                .calls
                .iter()
                .map(|(uuid, call)| call.to_diagnosis(*uuid))
                .collect(),
            open_reports: self.reports.len(),
            open_actions: self.actions.to_diagnosis(),
            open_transactions: self.transactions.len(),
        }
    }
}

/// The screen's part of `diagnose()`.
pub(super) struct ScreenDiagnosis {
    pub(super) provider: Value,
    pub(super) live: Vec<Value>,
    pub(super) open_reports: usize,
    pub(super) open_actions: Vec<Value>,
    pub(super) open_transactions: usize,
}

/// CallKit needs a handle that is not empty: an empty one makes the "open app" button of the call screen dead.
fn given_handle(handle: Option<Handle>) -> Option<Handle> {
    handle.filter(|handle| !handle.value.trim().is_empty())
}
