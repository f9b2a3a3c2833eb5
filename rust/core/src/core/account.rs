//! The app says who its user is: whatever waited for that goes on.

use serde_json::Value;

use super::{Core, Parts};
use crate::context::Invocation;
use crate::effect::{Effect, LogLevel};
use crate::error::Error;

impl Core {
    /// `configure`.
    pub(super) fn configure(
        &mut self,
        asked: Invocation,
        params: &str,
        effects: &mut Vec<Effect>,
        dirty: &mut bool,
    ) {
        let before = self.account.user_id.clone();
        self.calls.keep_callers(before.as_deref());
        let answer = self.account.configure(params);
        self.account_changed(asked, answer, before.as_deref(), effects, dirty);
    }

    /// `setUserToken`.
    pub(super) fn set_user_token(
        &mut self,
        asked: Invocation,
        params: &str,
        effects: &mut Vec<Effect>,
        dirty: &mut bool,
    ) {
        let before = self.account.user_id.clone();
        let (now, entropy) = (self.clocks.now(), &mut self.entropy);
        let answer = self.account.take_user_token(params, now, entropy);
        self.account_changed(asked, answer, before.as_deref(), effects, dirty);
    }

    fn account_changed(
        &mut self,
        asked: Invocation,
        answer: Result<Value, Error>,
        before: Option<&str>,
        effects: &mut Vec<Effect>,
        dirty: &mut bool,
    ) {
        let is_changed = answer.is_ok();
        let mut parts = self.parts(effects, dirty);
        parts.ctx.complete(asked, answer);
        if is_changed {
            *parts.ctx.dirty = true;
            if parts.ctx.account.user_id.as_deref() != before {
                parts.user_changed(before);
            }
            parts.registration.account_changed(&mut parts.ctx);
            parts.calls.account_changed(&mut parts.ctx);
        }
    }
}

impl Parts<'_> {
    /// Another user is signed in. What is the earlier one's waits, or is dropped if that one signed out for good.
    fn user_changed(&mut self, before: Option<&str>) {
        let ctx = &mut self.ctx;
        let unregistered = ctx.account.unregistered.take();
        if let Some(user) = before
            && unregistered.as_deref() == Some(user)
        {
            let dropped = self.calls.drop_all_of(user, ctx) + ctx.mailbox.drop_all_of(user);
            if dropped > 0 {
                ctx.account.dropped = ctx.account.dropped.saturating_add(dropped);
                let message = format!(
                    "{dropped} things that waited for a user who has signed out were dropped (what the gateway was to hear, calls, events)"
                );
                ctx.log(LogLevel::Warning, message);
            }
        }
        ctx.user_changed();
    }
}
