//! The app says who its user is: whatever waited for that goes on.

use serde_json::Value;

use super::Core;
use crate::context::Invocation;
use crate::effect::Effect;
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
        self.calls.keep_callers(self.account.user_id.as_deref());
        let answer = self.account.configure(params);
        self.account_changed(asked, answer, effects, dirty);
    }

    /// `setUserToken`.
    pub(super) fn set_user_token(
        &mut self,
        asked: Invocation,
        params: &str,
        effects: &mut Vec<Effect>,
        dirty: &mut bool,
    ) {
        let (now, entropy) = (self.now, &mut self.entropy);
        let answer = self.account.take_user_token(params, now, entropy);
        self.account_changed(asked, answer, effects, dirty);
    }

    fn account_changed(
        &mut self,
        asked: Invocation,
        answer: Result<Value, Error>,
        effects: &mut Vec<Effect>,
        dirty: &mut bool,
    ) {
        let is_changed = answer.is_ok();
        let mut parts = self.parts(effects, dirty);
        parts.ctx.complete(asked, answer);
        if is_changed {
            *parts.ctx.dirty = true;
            parts.registration.account_changed(&mut parts.ctx);
            parts.calls.account_changed(&mut parts.ctx);
        }
    }
}
