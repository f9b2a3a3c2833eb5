//! The provider was reset: the system has lost all calls.

use serde_json::json;

use super::Calls;
use super::end::Over;
use super::live::Stage;
use super::timers::Timer;
use crate::context::{Context, js_uuid};
use crate::effect::EndedReason;
use crate::event::EventKind;

impl Calls {
    /// Apple (`providerDidReset`): end all calls and forget their actions, none of which may be completed any more.
    pub(super) fn reset(&mut self, ctx: &mut Context<'_>) {
        self.forget_actions(ctx);
        let calls: Vec<_> = self
            .live
            .iter()
            .map(|(uuid, call)| (*uuid, call.stage))
            .collect();
        let uuids: Vec<String> = calls.iter().map(|(uuid, _)| js_uuid(*uuid)).collect();
        ctx.emit(EventKind::ProviderDidReset, &json!({ "uuids": uuids }));
        for (uuid, stage) in calls {
            // Nobody has declined what rings: it goes on ringing on the user's other devices, and the caller hears what becomes of it.
            if stage == Stage::Connected
                && let Some(verb) = self.verb_for_end(uuid, stage)
            {
                self.tell(uuid, verb, ctx);
            }
            self.end(uuid, Over::NotShown(EndedReason::Failed), ctx);
        }
    }

    /// Nothing that was asked of a provider that is gone may be completed any more.
    pub(super) fn forget_actions(&mut self, ctx: &mut Context<'_>) {
        for number in self.actions.numbers() {
            self.timers.cancel(Timer::Action(number));
            if let Some(action) = self.actions.take(number) {
                self.withdraw_event(number, &action, ctx);
            }
        }
        self.forget_ends();
        self.forget_reports(ctx);
    }
}
