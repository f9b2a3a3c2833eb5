//! A call that is not the app's: a cellular call, or one of another app. The phone has one of them at most.
//!
//! The app never hears of it by name. It is asked to hold or end its own call when the user answers the other one, its audio session
//! is deactivated, and when the other call ends nothing is resumed by itself.

use serde::{Deserialize, Serialize};

use super::{CallKit, Others};
use crate::error::PhoneError;
use crate::timeline_event::TimelineEvent;

/// What becomes of a call that is not the app's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OtherCallChange {
    /// It rings.
    Rings,
    /// The user answered it, or turned back to it.
    Answered,
    /// It is on hold, since the user answered, started or resumed a call of the app.
    Held,
    /// It is over.
    Ended,
}

/// How a call that is not the app's stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OtherCall {
    Ringing,
    Active,
    Held,
}

impl CallKit {
    /// A call that is not the app's rings.
    pub(crate) fn other_call_rings(&mut self) -> Result<(), PhoneError> {
        if self.other_call.is_some() {
            return Err(impossible("ring", "there is one already, let it end first"));
        }
        self.other_call_is(OtherCall::Ringing, OtherCallChange::Rings);
        Ok(())
    }

    /// The user answers it, by "Hold & Accept" or "End & Accept", or turns back to it.
    pub(crate) fn other_call_is_answered(
        &mut self,
        ours: Others,
        now: u64,
    ) -> Result<(), PhoneError> {
        let has_one = matches!(self.other_call, Some(OtherCall::Ringing | OtherCall::Held));
        if !has_one {
            return Err(impossible("be answered", "none rings or is on hold"));
        }
        self.other_call_is(OtherCall::Active, OtherCallChange::Answered);
        self.make_room(ours, now);
        self.deactivate_audio();
        Ok(())
    }

    /// It is over, by the other side.
    pub(crate) fn other_call_ends(&mut self) -> Result<(), PhoneError> {
        let Some(was) = self.other_call else {
            return Err(impossible("end", "there is none, let one ring first"));
        };
        self.other_call_is_over();
        if was == OtherCall::Active {
            self.audio_is_free();
        }
        Ok(())
    }

    /// The user turns to a call of the app.
    pub(super) fn other_call_makes_room(&mut self, others: Others) {
        if self.other_call != Some(OtherCall::Active) {
            return;
        }
        match others {
            Others::Hold => self.other_call_is(OtherCall::Held, OtherCallChange::Held),
            Others::End => self.other_call_is_over(),
        }
    }

    pub(super) fn other_call_has_the_sound(&self) -> bool {
        self.other_call == Some(OtherCall::Active)
    }

    fn other_call_is(&mut self, state: OtherCall, change: OtherCallChange) {
        self.other_call = Some(state);
        self.out.timeline.push(TimelineEvent::OtherCall { change });
    }

    fn other_call_is_over(&mut self) {
        self.other_call = None;
        let change = OtherCallChange::Ended;
        self.out.timeline.push(TimelineEvent::OtherCall { change });
    }
}

const fn impossible(verb: &'static str, reason: &'static str) -> PhoneError {
    PhoneError::OtherCall { verb, reason }
}
