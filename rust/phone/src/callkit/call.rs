//! A call as the call service knows it.

use serde::Serialize;
use uuid::Uuid;
use zpns_driver::CallUpdate;
use zpns_driver::core::effect::Handle;

use crate::upper;

/// A call on the phone's screen. As JSON in camel case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "as many independent switches as CXCallUpdate has"
)]
pub struct Call {
    /// Its UUID.
    #[serde(serialize_with = "upper::one")]
    pub uuid: Uuid,
    /// Who.
    pub handle: Option<Handle>,
    /// Shown instead of the handle.
    pub name: Option<String>,
    /// Whether with video.
    pub video: bool,
    /// Whether this phone called.
    pub outgoing: bool,
    /// How far it is.
    pub state: CallState,
    /// On hold.
    pub on_hold: bool,
    /// Muted.
    pub muted: bool,
    /// Calls of the same group have the same number here.
    pub group: Option<u64>,
    /// Whether it can be put on hold.
    pub supports_holding: bool,
    /// Whether it can be grouped.
    pub supports_grouping: bool,
    /// Whether it can leave a group.
    pub supports_ungrouping: bool,
    /// Whether tones can be played.
    #[serde(rename = "supportsDTMF")]
    pub supports_dtmf: bool,
    /// Whether somebody here answered it.
    #[serde(skip)]
    pub(super) is_answered: bool,
    /// Tells a call from an earlier one with the same UUID.
    #[serde(skip)]
    pub(super) serial: u64,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum CallState {
    /// Reported, not on the screen yet.
    Reported,
    /// Rings.
    Ringing,
    /// The user answered; shown as connecting until the app fulfils.
    Answering,
    /// Outgoing; the app has not fulfilled the start yet.
    Starting,
    /// Outgoing; the app fulfilled the start.
    Dialing,
    /// Outgoing; the app reported that it connects.
    Connecting,
    /// Connected.
    Active,
    /// The user ended it; the app has not settled that yet. Not on the screen any more.
    Ending,
}

impl Call {
    pub(super) fn new(uuid: Uuid, serial: u64, outgoing: bool) -> Self {
        Self {
            uuid,
            handle: None,
            name: None,
            video: false,
            outgoing,
            state: if outgoing {
                CallState::Starting
            } else {
                CallState::Reported
            },
            on_hold: false,
            muted: false,
            group: None,
            supports_holding: true,
            supports_grouping: true,
            supports_ungrouping: true,
            supports_dtmf: true,
            is_answered: false,
            serial,
        }
    }

    /// `CXCallUpdate`: what it does not set stays.
    pub(super) fn apply(&mut self, update: CallUpdate) {
        self.handle = update.remote_handle.or(self.handle.take());
        self.name = update.localized_caller_name.or(self.name.take());
        self.video = update.has_video.unwrap_or(self.video);
        self.supports_holding = update.supports_holding.unwrap_or(self.supports_holding);
        self.supports_grouping = update.supports_grouping.unwrap_or(self.supports_grouping);
        self.supports_ungrouping = update
            .supports_ungrouping
            .unwrap_or(self.supports_ungrouping);
        self.supports_dtmf = update.supports_dtmf.unwrap_or(self.supports_dtmf);
    }

    /// Whether the user is in this call: answered, or called.
    pub(crate) fn is_active(&self) -> bool {
        !matches!(
            self.state,
            CallState::Reported | CallState::Ringing | CallState::Ending
        )
    }
}
