//! The call service of the phone: what CallKit does with reports, transactions and the user's taps.
//!
//! A state machine without threads or clock: `now` goes in, and what it wants done is left in an [`Output`]. It is as strict as the real
//! one and in the same places; where Apple documents nothing, it behaves as developers have observed.
//!
//! * `report`: what an app says to `CXProvider`
//! * `transaction`: what it asks of `CXCallController`
//! * `action`: `CXAction`s on their way to the app and back
//! * `user`: the call screen
//! * `audio`: the app's audio session
//! * `other_call`: a call that is not the app's

mod action;
mod audio;
mod call;
mod error;
mod names;
mod other_call;
mod recents;
mod report;
#[cfg(test)]
mod tests;
mod transaction;
mod user;

use uuid::Uuid;
use zpns_driver::core::Entropy;
use zpns_driver::core::effect::ProviderConfiguration;
use zpns_driver::{SystemError, SystemEvent};
use zpns_protocol::push_config::HandleType;

use self::action::Pending;
pub use self::audio::AudioActivation;
use self::audio::AudioSession;
pub use self::call::{Call, CallState};
pub use self::error::IncomingCallError;
pub use self::names::{ActionName, EndCause, Origin};
use self::other_call::OtherCall;
pub use self::other_call::OtherCallChange;
use self::recents::Recents;
pub use self::recents::{Recent, RecentKind};
pub use self::user::Others;
use crate::options::PhoneOptions;
use crate::timeline_event::TimelineEvent;

/// CallKit's own default of `maximumCallGroups`.
const DEFAULT_GROUPS: u32 = 2;
/// CallKit's own default of `maximumCallsPerCallGroup`.
const DEFAULT_CALLS_PER_GROUP: u32 = 5;

/// What decides how CallKit answers.
#[derive(Debug)]
pub(crate) struct Rules {
    /// Whether Info.plist has the `voip` background mode.
    pub(crate) entitled: bool,
    /// Whether a Focus silences calls.
    pub(crate) do_not_disturb: bool,
    /// Handles that the user blocked.
    pub(crate) blocked: Vec<String>,
    /// The error that every report completes with, if any.
    pub(crate) refuses_reports: Option<IncomingCallError>,
    audio_activation: AudioActivation,
    action_timeout: u64,
    report_delay: u64,
    /// None where calls ring until somebody ends them.
    ring_limit: Option<u64>,
}

impl From<&PhoneOptions> for Rules {
    fn from(options: &PhoneOptions) -> Self {
        Self {
            entitled: options.voip_background_mode(),
            do_not_disturb: options.do_not_disturb,
            blocked: options.blocked_handles.clone(),
            refuses_reports: options.refuse_reports,
            audio_activation: options.audio_activation,
            action_timeout: options.action_timeout_ms,
            report_delay: options.report_delay_ms,
            ring_limit: options.ends_rings().then_some(options.ring_limit_ms),
        }
    }
}

/// What CallKit wants done.
#[derive(Debug, Default)]
pub(crate) struct Output {
    /// For the provider's delegate and for completion handlers, in order.
    pub(crate) to_app: Vec<SystemEvent>,
    /// For the timeline.
    pub(crate) timeline: Vec<TimelineEvent>,
    /// To hand back by [`CallKit::timer`] when their time has come, Unix milliseconds.
    pub(crate) timers: Vec<(u64, Timer)>,
}

/// Something that CallKit waits for.
#[derive(Debug)]
pub(crate) enum Timer {
    /// A reported call was looked at.
    ReportDone {
        id: u64,
        uuid: Uuid,
        serial: u64,
        error: Option<SystemError>,
    },
    /// A call rang for too long.
    RingLimit { serial: u64 },
    /// The time for an action is up.
    ActionDeadline { action: Uuid },
    /// The audio session is to be activated.
    AudioActivation,
}

/// The call service.
#[derive(Debug)]
pub(crate) struct CallKit {
    pub(crate) rules: Rules,
    provider: Option<ProviderConfiguration>,
    /// Of the last provider; outlives it, as the list of past calls does.
    supported_handles: Vec<HandleType>,
    calls: Vec<Call>,
    pending: Vec<Pending>,
    recents: Recents,
    audio: AudioSession,
    other_call: Option<OtherCall>,
    serial: u64,
    entropy: Entropy,
    out: Output,
}

impl CallKit {
    pub(crate) fn new(rules: Rules, entropy: Entropy) -> Self {
        Self {
            rules,
            provider: None,
            supported_handles: Vec::new(),
            calls: Vec::new(),
            pending: Vec::new(),
            recents: Recents::default(),
            audio: AudioSession::default(),
            other_call: None,
            serial: 0,
            entropy,
            out: Output::default(),
        }
    }

    /// Takes what is to be done.
    pub(crate) fn take_output(&mut self) -> Output {
        std::mem::take(&mut self.out)
    }

    /// Calls on the screen, oldest first.
    pub(crate) fn calls(&self) -> Vec<Call> {
        let on_screen =
            |call: &&Call| !matches!(call.state, CallState::Reported | CallState::Ending);
        self.calls.iter().filter(on_screen).cloned().collect()
    }

    /// Past calls, oldest first.
    pub(crate) fn recents(&self) -> &[Recent] {
        self.recents.list()
    }

    /// Whether the app takes calls from Recents to handles of this kind. The last configuration counts where no process runs.
    pub(crate) fn can_call_back(&self, kind: HandleType) -> bool {
        self.supported_handles.contains(&kind)
    }

    /// Whether the app has yet to settle an action.
    pub(crate) const fn awaits_action(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Whether the user is in a call.
    pub(crate) fn has_active_call(&self) -> bool {
        self.calls.iter().any(Call::is_active)
    }

    /// The time of a [`Timer`] has come.
    pub(crate) fn timer(&mut self, timer: Timer, now: u64) {
        match timer {
            Timer::ReportDone {
                id,
                uuid,
                serial,
                error,
            } => self.report_done(id, uuid, serial, error, now),
            Timer::RingLimit { serial } => self.rang_too_long(serial, now),
            Timer::ActionDeadline { action } => self.action_deadline(action, now),
            Timer::AudioActivation => self.audio_is_due(),
        }
    }

    /// The connection to the call service is lost.
    pub(crate) fn reset(&mut self, now: u64) {
        if self.provider.is_none() {
            return;
        }
        self.drop_all(EndCause::Reset, now);
        self.out.timeline.push(TimelineEvent::ProviderReset);
        self.out.to_app.push(SystemEvent::ProviderReset);
    }

    /// The app's process is gone, and with it its provider and calls.
    pub(crate) fn app_died(&mut self, now: u64) {
        self.provider = None;
        self.drop_all(EndCause::AppDied, now);
        self.out.to_app.clear();
        self.forget_audio();
    }

    fn drop_all(&mut self, cause: EndCause, now: u64) {
        for uuid in self.calls.iter().map(|call| call.uuid).collect::<Vec<_>>() {
            self.remove(uuid, cause, now);
        }
    }

    /// A call is gone.
    fn remove(&mut self, uuid: Uuid, cause: EndCause, now: u64) {
        let Some(at) = self.calls.iter().position(|call| call.uuid == uuid) else {
            return;
        };
        let call = self.calls.remove(at);
        let (over, pending): (Vec<_>, Vec<_>) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|pending| pending.action.call == uuid);
        self.pending = pending;
        for Pending { action, .. } in over {
            self.out.timeline.push(TimelineEvent::ActionDropped {
                action: action.id,
                uuid,
                kind: ActionName::from(&action.kind),
                cause,
            });
        }
        if self
            .provider
            .as_ref()
            .is_some_and(|provider| provider.includes_calls_in_recents.unwrap_or(true))
        {
            let recent = self.recents.add(&call, cause, now);
            self.out.timeline.push(recent);
        }
        self.out
            .timeline
            .push(TimelineEvent::CallEnded { uuid, cause });
        self.audio_after_end();
    }

    fn call(&self, uuid: Uuid) -> Option<&Call> {
        self.calls.iter().find(|call| call.uuid == uuid)
    }

    fn call_mut(&mut self, uuid: Uuid) -> Option<&mut Call> {
        self.calls.iter_mut().find(|call| call.uuid == uuid)
    }

    fn next_serial(&mut self) -> u64 {
        self.serial = self.serial.saturating_add(1);
        self.serial
    }

    /// Whether one more call, in a group of its own, would be more than the provider allows.
    fn groups_are_full(&self, provider: &ProviderConfiguration) -> bool {
        let live = self
            .calls
            .iter()
            .filter(|call| call.state != CallState::Ending);
        let mut groups: Vec<u64> = Vec::new();
        for group in live.clone().filter_map(|call| call.group) {
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        let alone = live.filter(|call| call.group.is_none()).count();
        let most = usize::try_from(provider.maximum_call_groups.unwrap_or(DEFAULT_GROUPS))
            .unwrap_or(usize::MAX);
        groups.len().saturating_add(alone) >= most
    }

    /// Whether the group that `with` is in, or would found, has no place for one more.
    fn group_is_full(&self, with: &Call) -> bool {
        let in_group = match with.group {
            None => 1,
            Some(group) => self
                .calls
                .iter()
                .filter(|call| call.group == Some(group))
                .count(),
        };
        let most = self
            .provider
            .as_ref()
            .and_then(|provider| provider.maximum_calls_per_call_group)
            .unwrap_or(DEFAULT_CALLS_PER_GROUP);
        in_group >= usize::try_from(most).unwrap_or(usize::MAX)
    }
}
