//! The call screen: what the user does with calls, and what the service does by itself.

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zpns_driver::core::ActionKind;
use zpns_driver::core::effect::DtmfKind;

use super::call::{Call, CallState};
use super::{CallKit, Origin};
use crate::error::PhoneError;

/// What becomes of the calls that the user is in when another is answered, of this app or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Others {
    /// "Hold & Accept". Calls that can't be held are ended.
    #[default]
    Hold,
    /// "End & Accept".
    End,
}

impl CallKit {
    /// The user answers a ringing call.
    pub(crate) fn user_answers(
        &mut self,
        uuid: Uuid,
        others: Others,
        now: u64,
    ) -> Result<(), PhoneError> {
        self.require(uuid, "answered", "it does not ring", |call| {
            call.state == CallState::Ringing
        })?;
        self.make_room(others, now);
        self.other_call_makes_room(others);
        self.perform(uuid, ActionKind::Answer, Origin::User, None, now);
        Ok(())
    }

    /// The user answers another call: the app is asked to hold or end those that the user is in.
    pub(super) fn make_room(&mut self, others: Others, now: u64) {
        for other in self
            .calls
            .iter()
            .filter(|call| call.is_active() && !call.on_hold)
            .cloned()
            .collect::<Vec<_>>()
        {
            if others == Others::Hold && other.supports_holding {
                self.perform(
                    other.uuid,
                    ActionKind::SetHeld { on_hold: true },
                    Origin::User,
                    None,
                    now,
                );
            } else {
                self.perform(other.uuid, ActionKind::End, Origin::User, None, now);
            }
        }
    }

    /// The user declines a ringing call or hangs up.
    pub(crate) fn user_ends(&mut self, uuid: Uuid, now: u64) -> Result<(), PhoneError> {
        self.require(uuid, "ended", "it is not on the screen", |call| {
            call.state != CallState::Reported
        })?;
        self.perform(uuid, ActionKind::End, Origin::User, None, now);
        Ok(())
    }

    /// The user taps "hold".
    pub(crate) fn user_holds(
        &mut self,
        uuid: Uuid,
        on_hold: bool,
        now: u64,
    ) -> Result<(), PhoneError> {
        self.require(
            uuid,
            "held",
            "the user is not in it, or it does not support holding",
            |call| call.is_active() && call.supports_holding,
        )?;
        self.perform(
            uuid,
            ActionKind::SetHeld { on_hold },
            Origin::User,
            None,
            now,
        );
        Ok(())
    }

    /// The user taps "mute".
    pub(crate) fn user_mutes(
        &mut self,
        uuid: Uuid,
        muted: bool,
        now: u64,
    ) -> Result<(), PhoneError> {
        self.require(uuid, "muted", "the user is not in it", Call::is_active)?;
        self.perform(
            uuid,
            ActionKind::SetMuted { muted },
            Origin::User,
            None,
            now,
        );
        Ok(())
    }

    /// The user taps "merge", or takes a call out of its group.
    pub(crate) fn user_groups(
        &mut self,
        uuid: Uuid,
        with: Option<Uuid>,
        now: u64,
    ) -> Result<(), PhoneError> {
        let call = self.require(uuid, "grouped", "the user is not in it", Call::is_active)?;
        match self.fits_group(&call, with) {
            Ok(true) => self.perform(uuid, ActionKind::SetGroup { with }, Origin::User, None, now),
            Ok(false) => {
                return Err(PhoneError::Impossible {
                    call: uuid,
                    verb: "grouped",
                    reason: "it does not support it, or the group is full",
                });
            }
            Err(_) => return Err(PhoneError::UnknownCall(with.unwrap_or(uuid))),
        }
        Ok(())
    }

    /// The user types on the keypad.
    pub(crate) fn user_types(
        &mut self,
        uuid: Uuid,
        digits: String,
        now: u64,
    ) -> Result<(), PhoneError> {
        self.require(
            uuid,
            "typed into",
            "the user is not in it, or it does not support tones",
            |call| call.is_active() && call.supports_dtmf,
        )?;
        self.perform(
            uuid,
            ActionKind::PlayDtmf {
                digits,
                kind: DtmfKind::SingleTone,
            },
            Origin::User,
            None,
            now,
        );
        Ok(())
    }

    /// The user taps "swap": what was active is held, and the other way round.
    pub(crate) fn user_swaps(&mut self, now: u64) {
        // First put on hold, then resume: at no time are two calls active.
        for was_held in [false, true] {
            let swapped = |call: &&Call| call.is_active() && call.supports_holding;
            let calls = self.calls.iter().filter(swapped);
            let calls = calls.filter(|call| call.on_hold == was_held);
            let uuids: Vec<_> = calls.map(|call| call.uuid).collect();
            for uuid in uuids {
                let kind = ActionKind::SetHeld { on_hold: !was_held };
                self.perform(uuid, kind, Origin::User, None, now);
            }
        }
    }

    /// iOS 16 and later end a call by themselves that rings for about a minute.
    pub(super) fn rang_too_long(&mut self, serial: u64, now: u64) {
        let ringing = |call: &&Call| call.serial == serial && call.state == CallState::Ringing;
        if let Some(uuid) = self.calls.iter().find(ringing).map(|call| call.uuid) {
            self.perform(uuid, ActionKind::End, Origin::System, None, now);
        }
    }

    fn require(
        &self,
        uuid: Uuid,
        verb: &'static str,
        reason: &'static str,
        fits: impl Fn(&Call) -> bool,
    ) -> Result<Call, PhoneError> {
        let call = self
            .call(uuid)
            .filter(|call| call.state != CallState::Ending)
            .ok_or(PhoneError::UnknownCall(uuid))?;
        if fits(call) {
            Ok(call.clone())
        } else {
            Err(PhoneError::Impossible {
                call: uuid,
                verb,
                reason,
            })
        }
    }
}
