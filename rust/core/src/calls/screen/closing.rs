//! End actions that wait for the gateway. While an action is open iOS keeps the app running, so the user's decline gets a moment to reach
//! the caller even if JavaScript fulfils the action at once. What takes longer is delivered all the same: `KeepAwake` carries it.

use uuid::Uuid;

use super::Screen;
use crate::context::Context;
use crate::effect::CallRequest;
use crate::input::CallAction;
use crate::timers::Timer;

/// How long an end action waits for the gateway, in milliseconds: the call stays on the screen as long.
const LONGEST_MS: u64 = 2_000;

/// A call that was ended here and of which the gateway has yet to hear.
#[derive(Debug, Default)]
pub(super) struct Closing {
    /// End actions that are to be fulfilled.
    actions: Vec<Uuid>,
}

impl Screen {
    /// End actions of this call wait from now on, since the gateway has yet to hear something about it.
    pub(in crate::calls) fn hold_ends(&mut self, call: Uuid, ctx: &mut Context<'_>) {
        if !self.closing.contains_key(&call) {
            self.closing.insert(call, Closing::default());
            let until = ctx.now.saturating_add(LONGEST_MS);
            ctx.timers.set(Timer::Closing(call), until);
        }
    }

    /// Fulfils an end action: now, or when the gateway knows.
    pub(super) fn fulfill_end(&mut self, action: &CallAction, ctx: &mut Context<'_>) {
        match self.closing.get_mut(&action.call) {
            Some(closing) => closing.actions.push(action.id),
            None => ctx.call(CallRequest::Fulfill { action: action.id }),
        }
    }

    /// The gateway has heard everything about this call, or has had its time.
    pub(in crate::calls) fn release_ends(&mut self, call: Uuid, ctx: &mut Context<'_>) {
        if let Some(closing) = self.closing.remove(&call) {
            ctx.timers.cancel(Timer::Closing(call));
            for action in closing.actions {
                ctx.call(CallRequest::Fulfill { action });
            }
        }
    }

    /// This action may not be fulfilled any more: its call, if it is one that waits here.
    pub(in crate::calls) fn forget_end(&mut self, action: Uuid) -> Option<Uuid> {
        for (call, closing) in &mut self.closing {
            let at = closing.actions.iter().position(|other| *other == action);
            if let Some(at) = at {
                closing.actions.remove(at);
                return Some(*call);
            }
        }
        None
    }

    /// None of them may be.
    pub(super) fn forget_ends(&mut self, ctx: &mut Context<'_>) {
        for (call, _) in std::mem::take(&mut self.closing) {
            ctx.timers.cancel(Timer::Closing(call));
        }
    }
}
