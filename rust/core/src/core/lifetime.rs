//! The life of a core: made, started, fed, stored.

use super::{Core, Parts};
use crate::account::Account;
use crate::app::AppFacts;
use crate::calls::Calls;
use crate::calls_changed::CallsChanged;
use crate::clocks::{Clocks, Time};
use crate::context::Ids;
use crate::effect::{Effect, LogLevel, PushRequest};
use crate::entropy::Entropy;
use crate::input::Input;
use crate::keep_awake::{KeepAwake, Work};
use crate::mailbox::Mailbox;
use crate::notification::Notifications;
use crate::other_calls::OtherCalls;
use crate::registration::Registration;
use crate::store::{Snapshot, State};
use crate::timers::Timers;

/// What storage held at start.
#[derive(Clone, Copy, Debug)]
pub enum Stored<'a> {
    /// The bytes of the [`Snapshot`] that an earlier process stored last.
    Bytes(&'a [u8]),
    /// Nothing: the first launch.
    Empty,
    /// It can't be read now (before the first unlock). Counts as empty, and nothing is overwritten until [`Input::StorageReadable`].
    Unreadable,
}

impl Core {
    /// Makes the core of one process. `entropy` is a random seed, `now` the time: of two clocks, or Unix milliseconds of one.
    pub fn new(app: AppFacts, stored: Stored<'_>, entropy: [u8; 32], now: impl Into<Time>) -> Self {
        let mut core = Self {
            built_without_call_kit: app.call_kit_disabled,
            call_kit_decided: false,
            app,
            clocks: Clocks::new(now.into()),
            account: Account::default(),
            entropy: Entropy::new(entropy),
            ids: Ids::default(),
            timers: Timers::default(),
            mailbox: Mailbox::default(),
            calls: Calls::default(),
            registration: Registration::default(),
            notifications: Notifications::default(),
            calls_changed: CallsChanged::default(),
            other_calls: OtherCalls::default(),
            keep_awake: KeepAwake::default(),
            readable: false,
            damaged: None,
        };
        match stored {
            Stored::Bytes(bytes) => core.restore(Some(bytes), &mut Vec::new()),
            Stored::Empty => core.restore(None, &mut Vec::new()),
            Stored::Unreadable => {}
        }
        core
    }

    /// What to do at launch: once, before anything else.
    pub fn start(&mut self, now: impl Into<Time>) -> Vec<Effect> {
        self.run(now.into(), |core, effects, dirty| {
            let readable = core.readable;
            *dirty = readable;
            let damaged = core.damaged.take();
            let mut parts = core.parts(effects, dirty);
            parts.warn(damaged);
            parts.calls.start(&mut parts.ctx);
            parts.registration.start(readable, &mut parts.ctx);
        })
    }

    /// Takes one input and says what to do about it, in order. The device's clock may jump; inside, time never goes backwards.
    pub fn handle(&mut self, input: Input<'_>, now: impl Into<Time>) -> Vec<Effect> {
        self.run(now.into(), |core, effects, dirty| {
            core.dispatch(input, effects, dirty);
        })
    }

    /// When the next [`Input::Tick`] is due, by the steady clock.
    pub fn next_deadline(&self) -> Option<u64> {
        let deadlines = [
            self.timers.next(),
            self.registration.next_deadline(),
            self.notifications.next_deadline(),
            self.account.token_request.next_deadline(),
            self.keep_awake.deadline(),
        ];
        let next = deadlines.into_iter().flatten().min();
        next.map(|at| self.clocks.to_steady(at))
    }

    /// What must survive the process. None as long as storage can't be read: what is there is worth more.
    pub fn snapshot(&self) -> Option<Snapshot> {
        self.readable.then(|| {
            Snapshot::of(State {
                version: State::VERSION,
                call_kit_off: self.app.call_kit_disabled && !self.built_without_call_kit,
                account: self.account.to_stored(),
                registration: self.registration.to_stored(),
                calls: self.calls.to_stored(self.clocks),
            })
        })
    }

    fn run(
        &mut self,
        now: Time,
        step: impl FnOnce(&mut Self, &mut Vec<Effect>, &mut bool),
    ) -> Vec<Effect> {
        self.clocks.advance(now);
        let mut effects = Vec::new();
        let mut dirty = false;
        step(self, &mut effects, &mut dirty);
        let told = self.keep_awake.update(self.work(), self.clocks.now());
        effects.extend(told.map(keep_awake));
        let changed = self
            .calls_changed
            .update(&self.calls, &mut self.mailbox, self.clocks);
        effects.extend(changed.map(Effect::Emit));
        if dirty && self.readable {
            effects.push(Effect::Persist);
        }
        effects
    }

    /// What the gateway has yet to hear.
    fn work(&self) -> Option<Work> {
        let (delivery, invitation) = self.calls.unheard();
        let removal = self.registration.is_being_removed();
        let work = Work {
            delivery,
            invitation,
            removal,
        };
        (delivery.is_some() || invitation.is_some() || removal).then_some(work)
    }

    /// iOS's time for background work ran out.
    pub(super) fn background_time_expired(&mut self, effects: &mut Vec<Effect>) {
        let told = self.keep_awake.expired(self.work());
        effects.extend(told.map(keep_awake));
    }

    fn restore(&mut self, bytes: Option<&[u8]>, effects: &mut Vec<Effect>) {
        let (state, problem) = bytes.map(State::parse).unwrap_or_default();
        self.damaged = problem;
        self.readable = true;
        if !self.call_kit_decided {
            self.app.call_kit_disabled |= state.call_kit_off;
        }
        self.account.restore(state.account);
        let mut dirty = false;
        let mut parts = self.parts(effects, &mut dirty);
        if parts.ctx.account.installation.is_none() {
            parts.ctx.account.installation = Some(parts.ctx.entropy.uuid());
        }
        parts.registration.restore(state.registration);
        parts.calls.restore(state.calls, &mut parts.ctx);
    }

    /// Storage that could not be read at start can be read now.
    pub(super) fn storage_readable(
        &mut self,
        bytes: Option<&[u8]>,
        effects: &mut Vec<Effect>,
        dirty: &mut bool,
    ) {
        if self.readable {
            return;
        }
        let before = self.app.call_kit_disabled;
        self.restore(bytes, effects);
        *dirty = true;
        let switched_off = self.app.call_kit_disabled && !before;
        let damaged = self.damaged.take();
        let mut parts = self.parts(effects, dirty);
        parts.warn(damaged);
        if switched_off {
            parts.calls.call_kit_switched(&mut parts.ctx);
            parts.registration.call_kit_switched(&mut parts.ctx);
        }
        parts.calls.start(&mut parts.ctx);
        parts.registration.start(true, &mut parts.ctx);
    }
}

impl Parts<'_> {
    fn warn(&mut self, problem: Option<String>) {
        if let Some(problem) = problem {
            self.ctx.log(LogLevel::Warning, problem);
        }
    }
}

fn keep_awake(on: bool) -> Effect {
    Effect::Push(PushRequest::KeepAwake { on })
}
