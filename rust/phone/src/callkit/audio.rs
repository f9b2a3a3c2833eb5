//! The app's audio session: when iOS activates it for a call, and when it takes it back.
//!
//! One call at a time has the sound of the phone. While a call that is not the app's has it, the app's session is not active.

use serde::{Deserialize, Serialize};
use zpns_driver::SystemEvent;

use super::{CallKit, Timer};
use crate::timeline_event::TimelineEvent;

/// When iOS activates the app's audio session for a call that is answered, started or resumed. As JSON `{"afterMs": 500}`,
/// `"beforeFulfil"` or `"never"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AudioActivation {
    /// So many milliseconds after the app fulfilled the action.
    AfterMs(u64),
    /// As soon as the app is asked for an answer or a start; for a call that is resumed, once that is fulfilled.
    BeforeFulfil,
    /// Not at all, as developers have seen on iOS 26: `provider(_:didActivate:)` is missing.
    Never,
}

/// What iOS knows about the app's audio session.
#[derive(Debug, Default)]
pub(super) struct AudioSession {
    is_active: bool,
    /// Whether the next call that is resumed gets the session without `provider(_:didActivate:)`.
    resumes_silently: bool,
}

impl CallKit {
    /// Whether the app's audio session is active.
    pub(crate) const fn audio_is_active(&self) -> bool {
        self.audio.is_active
    }

    /// The app is asked to answer or start a call.
    pub(super) fn audio_before_fulfil(&mut self) {
        if self.rules.audio_activation == AudioActivation::BeforeFulfil {
            self.activate_audio(true);
        }
    }

    /// The app fulfilled an answer or a start.
    pub(super) fn audio_after_fulfil(&mut self, now: u64) {
        match self.rules.audio_activation {
            AudioActivation::AfterMs(0) => self.activate_audio(true),
            AudioActivation::AfterMs(delay) => {
                let due = now.saturating_add(delay);
                self.out.timers.push((due, Timer::AudioActivation));
            }
            AudioActivation::BeforeFulfil | AudioActivation::Never => {}
        }
    }

    /// The app fulfilled that a call goes on which was on hold.
    pub(super) fn audio_after_resume(&mut self, now: u64) {
        let is_silent = std::mem::take(&mut self.audio.resumes_silently);
        match self.rules.audio_activation {
            AudioActivation::Never => {}
            _ if is_silent => self.activate_audio(false),
            AudioActivation::BeforeFulfil => self.activate_audio(true),
            AudioActivation::AfterMs(_) => self.audio_after_fulfil(now),
        }
    }

    /// The time has come to activate the session.
    pub(super) fn audio_is_due(&mut self) {
        self.activate_audio(true);
    }

    /// The call that took the session is over, by the other side. Whichever call of the app is resumed next has the session again, and
    /// the app is not told.
    pub(super) fn audio_is_free(&mut self) {
        self.audio.resumes_silently = self.has_active_call();
    }

    /// Another call has the sound of the phone from now on, or there is no call that needs it.
    pub(super) fn deactivate_audio(&mut self) {
        if std::mem::take(&mut self.audio.is_active) {
            self.out.timeline.push(TimelineEvent::AudioDeactivated);
            self.out.to_app.push(SystemEvent::AudioDeactivated);
        }
    }

    /// A call is gone.
    pub(super) fn audio_after_end(&mut self) {
        if !self.has_active_call() {
            self.audio.resumes_silently = false;
            self.deactivate_audio();
        }
    }

    /// The app's process is gone: nobody is there to hear about the session.
    pub(super) fn forget_audio(&mut self) {
        self.audio = AudioSession::default();
    }

    fn activate_audio(&mut self, told: bool) {
        let needs_sound = self
            .calls
            .iter()
            .any(|call| call.is_active() && !call.on_hold);
        if self.audio.is_active || !needs_sound || self.other_call_has_the_sound() {
            return;
        }
        self.audio.is_active = true;
        self.out
            .timeline
            .push(TimelineEvent::AudioActivated { told });
        if told {
            self.out.to_app.push(SystemEvent::AudioActivated);
        }
    }
}
