//! What CallKit is told.

use uuid::Uuid;
use zpns_client::{
    CallRequest, CallUpdate, DtmfKind, EndedReason, Handle, HandleType, ProviderConfiguration,
    RequestedAction,
};

use crate::error::ClientError;

// Upper case, as Apple writes them and JavaScript gets them.
uniffi::custom_type!(Uuid, String, {
    remote,
    try_lift: |text| Ok(Uuid::try_parse(&text).map_err(|_| ClientError::InvalidUuid)?),
    lower: |uuid| uuid.hyphenated().encode_upper(&mut Uuid::encode_buffer()).to_owned(),
});

/// Something to tell CallKit. UUIDs are call UUIDs.
#[uniffi::remote(Enum)]
pub enum CallRequest {
    /// Assign the provider's configuration (create the provider if there is none).
    Configure(ProviderConfiguration),
    /// `reportNewIncomingCall(with:update:)`; answer with `SystemEvent.reportCompleted`.
    ReportIncoming {
        id: u64,
        uuid: Uuid,
        update: CallUpdate,
    },
    /// `reportCall(with:updated:)`.
    ReportUpdate { uuid: Uuid, update: CallUpdate },
    /// `reportCall(with:endedAt:reason:)`, now.
    ReportEnded { uuid: Uuid, reason: EndedReason },
    /// `reportOutgoingCall(with:startedConnectingAt:)`, now.
    ReportOutgoingStarted { uuid: Uuid },
    /// `reportOutgoingCall(with:connectedAt:)`, now.
    ReportOutgoingConnected { uuid: Uuid },
    /// Set the audio session up for a call that starts or is answered: category `playAndRecord`, mode `videoChat` or `voiceChat`. CallKit
    /// activates it.
    PrepareAudio { video: bool },
    /// `CXAction.fulfill()` on the action with this `uuid`.
    Fulfill { action: Uuid },
    /// `CXAction.fail()` on the action with this `uuid`.
    Fail { action: Uuid },
    /// `CXCallController.request` with one action; answer with `SystemEvent.transactionCompleted`. When the action comes back, it names
    /// this transaction.
    Transaction { id: u64, action: RequestedAction },
    /// Invalidate the provider and create none until the next `configure`.
    Disable,
}

/// An action for `CXCallController`.
#[uniffi::remote(Enum)]
pub enum RequestedAction {
    /// `CXStartCallAction`.
    Start {
        uuid: Uuid,
        handle: Handle,
        video: bool,
    },
    /// `CXAnswerCallAction`.
    Answer { uuid: Uuid },
    /// `CXEndCallAction`.
    End { uuid: Uuid },
    /// `CXSetHeldCallAction`.
    SetHeld { uuid: Uuid, on_hold: bool },
    /// `CXSetMutedCallAction`.
    SetMuted { uuid: Uuid, muted: bool },
    /// `CXSetGroupCallAction`; without another call it leaves its group.
    SetGroup { uuid: Uuid, with: Option<Uuid> },
    /// `CXPlayDTMFCallAction`.
    PlayDtmf {
        uuid: Uuid,
        digits: String,
        kind: DtmfKind,
    },
}

/// `CXHandle`.
#[uniffi::remote(Record)]
pub struct Handle {
    /// Kind.
    pub kind: HandleType,
    /// Never empty towards CallKit.
    pub value: String,
}

/// `CXHandle.HandleType`.
#[uniffi::remote(Enum)]
pub enum HandleType {
    /// Any text.
    Generic,
    /// A phone number.
    PhoneNumber,
    /// An e-mail address.
    EmailAddress,
}

/// `CXCallUpdate`: what is nil stays as it is.
#[uniffi::remote(Record)]
pub struct CallUpdate {
    /// Who.
    pub remote_handle: Option<Handle>,
    /// Shown instead of the handle.
    pub localized_caller_name: Option<String>,
    /// Whether the call can be put on hold.
    pub supports_holding: Option<bool>,
    /// Whether it can be grouped.
    pub supports_grouping: Option<bool>,
    /// Whether it can leave a group.
    pub supports_ungrouping: Option<bool>,
    /// Whether tones can be played.
    pub supports_dtmf: Option<bool>,
    /// Whether it has video.
    pub has_video: Option<bool>,
}

/// `CXProviderConfiguration`: what is nil stays CallKit's default.
#[uniffi::remote(Record)]
pub struct ProviderConfiguration {
    /// Kept for compatibility; iOS 14 and later take the name from `CFBundleDisplayName`.
    pub localized_name: Option<String>,
    /// Whether calls may have video.
    pub supports_video: Option<bool>,
    /// Most calls in one group, at least 1.
    pub maximum_calls_per_call_group: Option<u32>,
    /// Most groups, at least 1.
    pub maximum_call_groups: Option<u32>,
    /// Kinds of handles; needed for calling back from Recents.
    pub supported_handle_types: Option<Vec<HandleType>>,
    /// Name of an image in the bundle: 40 × 40 points, alpha only.
    pub icon_template_image_name: Option<String>,
    /// Name of a sound file in the bundle.
    pub ringtone_sound: Option<String>,
    /// Whether calls appear in Recents.
    pub includes_calls_in_recents: Option<bool>,
}

/// `CXCallEndedReason`.
#[uniffi::remote(Enum)]
pub enum EndedReason {
    /// It could not be connected, or was no call.
    Failed,
    /// The other side hung up or took it back.
    RemoteEnded,
    /// Nobody answered in time.
    Unanswered,
    /// Another device of this user answered.
    AnsweredElsewhere,
    /// Another device of this user declined.
    DeclinedElsewhere,
}

/// `CXPlayDTMFCallAction.ActionType`.
#[uniffi::remote(Enum)]
pub enum DtmfKind {
    /// A tone.
    SingleTone,
    /// A short pause.
    SoftPause,
    /// Wait for the user.
    HardPause,
}
