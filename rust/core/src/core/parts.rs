//! What a core consists of.

use crate::account::Account;
use crate::app::AppFacts;
use crate::calls::Calls;
use crate::calls_changed::CallsChanged;
use crate::clocks::Clocks;
use crate::context::{Context, Ids};
use crate::effect::Effect;
use crate::entropy::Entropy;
use crate::keep_awake::KeepAwake;
use crate::mailbox::Mailbox;
use crate::notification::Notifications;
use crate::other_calls::OtherCalls;
use crate::registration::Registration;
use crate::timers::Timers;

/// The state machine. See the crate's documentation.
#[derive(Debug)]
pub struct Core {
    /// As the build says, but for `call_kit_disabled`, which the app may set too.
    pub(super) app: AppFacts,
    /// The build says that CallKit is off: no app can switch it on.
    pub(super) built_without_call_kit: bool,
    /// The app said in this process whether to use CallKit: what was stored is older.
    pub(super) call_kit_decided: bool,
    pub(super) clocks: Clocks,
    pub(super) account: Account,
    pub(super) entropy: Entropy,
    pub(super) ids: Ids,
    pub(super) timers: Timers,
    pub(super) mailbox: Mailbox,
    pub(super) calls: Calls,
    pub(super) registration: Registration,
    pub(super) notifications: Notifications,
    pub(super) calls_changed: CallsChanged,
    pub(super) other_calls: OtherCalls,
    pub(super) keep_awake: KeepAwake,
    pub(super) readable: bool,
    /// What was wrong with the stored bytes, told at start.
    pub(super) damaged: Option<String>,
}

/// The parts of a [`Core`] beside what a [`Context`] lends out.
pub(super) struct Parts<'a> {
    pub(super) calls: &'a mut Calls,
    pub(super) registration: &'a mut Registration,
    pub(super) notifications: &'a mut Notifications,
    pub(super) calls_changed: &'a mut CallsChanged,
    pub(super) other_calls: &'a mut OtherCalls,
    pub(super) ctx: Context<'a>,
}

impl Core {
    pub(super) fn parts<'a>(
        &'a mut self,
        effects: &'a mut Vec<Effect>,
        dirty: &'a mut bool,
    ) -> Parts<'a> {
        Parts {
            calls: &mut self.calls,
            registration: &mut self.registration,
            notifications: &mut self.notifications,
            calls_changed: &mut self.calls_changed,
            other_calls: &mut self.other_calls,
            ctx: Context {
                now: self.clocks.now(),
                clocks: &mut self.clocks,
                app: &self.app,
                account: &mut self.account,
                entropy: &mut self.entropy,
                mailbox: &mut self.mailbox,
                ids: &mut self.ids,
                timers: &mut self.timers,
                answered: None,
                effects,
                dirty,
            },
        }
    }
}
