//! What the core asks the outside to do. The outside does it in order and decides nothing.

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zpns_protocol::push_config::HandleType;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Tell CallKit.
    Call(CallRequest),
    /// Tell PushKit, UIKit or UserNotifications.
    Push(PushRequest),
    /// Send an HTTP request; answer with [`crate::Input::Http`].
    Http(HttpRequest),
    /// Open a stream of server-sent events; answer with [`crate::Input::Stream`].
    OpenStream(StreamRequest),
    /// Close it. Nothing more is expected from it.
    CloseStream(u64),
    /// Something that must survive the process changed: soon, and off the path of a push, store [`crate::Core::snapshot`] in place of what was
    /// stored before.
    Persist,
    /// Hand an event to JavaScript.
    Emit(Event),
    /// Settle what [`crate::Input::Invoke`] began: JSON, `{"ok": …}` or `{"error": {code, domain, message}}`.
    Complete {
        /// The invocation.
        id: u64,
        /// The JSON.
        answer: String,
    },
    /// Write to the log.
    Log(LogEntry),
}

/// Something to tell CallKit. UUIDs are call UUIDs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallRequest {
    /// Assign the provider's configuration (create the provider if there is none).
    Configure(ProviderConfiguration),
    /// `reportNewIncomingCall(with:update:)`; answer with [`crate::SystemEvent::ReportCompleted`].
    ReportIncoming {
        /// Number of the report.
        id: u64,
        /// The call.
        uuid: Uuid,
        /// How it is shown.
        update: CallUpdate,
    },
    /// `reportCall(with:updated:)`.
    ReportUpdate {
        /// The call.
        uuid: Uuid,
        /// What changed.
        update: CallUpdate,
    },
    /// `reportCall(with:endedAt:reason:)`, now.
    ReportEnded {
        /// The call.
        uuid: Uuid,
        /// Why.
        reason: EndedReason,
    },
    /// `reportOutgoingCall(with:startedConnectingAt:)`, now.
    ReportOutgoingStarted {
        /// The call.
        uuid: Uuid,
    },
    /// `reportOutgoingCall(with:connectedAt:)`, now.
    ReportOutgoingConnected {
        /// The call.
        uuid: Uuid,
    },
    /// Set the audio session up for a call that starts or is answered: category `playAndRecord`, mode `videoChat` or `voiceChat`. CallKit
    /// activates it. Comes before JavaScript hears of the action.
    PrepareAudio {
        /// Whether the call has video.
        video: bool,
    },
    /// `CXAction.fulfill()` on the action that came with this ID.
    Fulfill {
        /// `CXAction.uuid`.
        action: Uuid,
    },
    /// `CXAction.fail()` on the action that came with this ID.
    Fail {
        /// `CXAction.uuid`.
        action: Uuid,
    },
    /// `CXCallController.request` with one action; answer with [`crate::SystemEvent::TransactionCompleted`]. When the action comes back as
    /// [`crate::SystemEvent::Action`], it names this transaction.
    Transaction {
        /// Number of the transaction.
        id: u64,
        /// The action.
        action: RequestedAction,
    },
    /// Invalidate the provider and create none until the next [`CallRequest::Configure`].
    Disable,
}

/// An action for `CXCallController`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestedAction {
    /// `CXStartCallAction`.
    Start {
        /// The new call.
        uuid: Uuid,
        /// Whom to call.
        handle: Handle,
        /// Whether with video.
        video: bool,
    },
    /// `CXAnswerCallAction`.
    Answer {
        /// The call.
        uuid: Uuid,
    },
    /// `CXEndCallAction`.
    End {
        /// The call.
        uuid: Uuid,
    },
    /// `CXSetHeldCallAction`.
    SetHeld {
        /// The call.
        uuid: Uuid,
        /// On hold or not.
        on_hold: bool,
    },
    /// `CXSetMutedCallAction`.
    SetMuted {
        /// The call.
        uuid: Uuid,
        /// Muted or not.
        muted: bool,
    },
    /// `CXSetGroupCallAction`.
    SetGroup {
        /// The call.
        uuid: Uuid,
        /// The call to group it with; none to leave its group.
        with: Option<Uuid>,
    },
    /// `CXPlayDTMFCallAction`.
    PlayDtmf {
        /// The call.
        uuid: Uuid,
        /// Digits, as `12#`.
        digits: String,
        /// Kind of tone.
        kind: DtmfKind,
    },
}

/// Something to tell PushKit, UIKit or UserNotifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushRequest {
    /// Ask for tokens: `registerForRemoteNotifications`, and `PKPushRegistry.desiredPushTypes`. What is already asked for is asked again harmlessly.
    Register {
        /// The device token.
        apns: bool,
        /// The VoIP token.
        voip: bool,
    },
    /// Give tokens up.
    Unregister {
        /// The device token.
        apns: bool,
        /// The VoIP token.
        voip: bool,
    },
    /// The VoIP token or the environment that it belongs to is new: hand both to whoever else in the process sends pushes, as
    /// `setVoipToken(_:isProduct:)` of ZEGO's SDK.
    HandOverVoipToken {
        /// Its bytes.
        token: Vec<u8>,
        /// Whether APNs' production environment knows it.
        is_product: bool,
    },
    /// Ask the user for permission to notify; answer with [`crate::SystemEvent::PermissionAnswered`].
    RequestPermission {
        /// Number of the request.
        id: u64,
    },
    /// How notifications are shown while the app is in the foreground, from now on.
    SetPresentation {
        /// Update the badge.
        badge: bool,
        /// Play the sound.
        sound: bool,
        /// Show the banner.
        alert: bool,
    },
    /// Show a notification now; answer with [`crate::SystemEvent::RequestAnswered`].
    AddNotification {
        /// Number of the request.
        id: u64,
        /// What to show.
        notification: LocalNotification,
    },
    /// From now on, keep the app running in the background (`beginBackgroundTask(withName:expirationHandler:)`), or let it be suspended
    /// (`endBackgroundTask`): the gateway has yet to hear something. Told only when it changes. If the system's time runs out first, say
    /// [`crate::SystemEvent::BackgroundTimeExpired`].
    KeepAwake {
        /// Keep it running or not.
        on: bool,
    },
    /// Set the app's badge; answer with [`crate::SystemEvent::RequestAnswered`].
    SetBadge {
        /// Number of the request.
        id: u64,
        /// 0 clears it.
        badge: u32,
    },
    /// Call the completion handler of the background notification that came with this number.
    CompleteNotification {
        /// Number given by [`crate::SystemEvent::NotificationReceived`].
        id: u64,
        /// `.newData` or `.noData`.
        new_data: bool,
    },
}

/// A notification that the app itself shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalNotification {
    /// `UNNotificationRequest.identifier`.
    pub identifier: String,
    /// Title.
    pub title: String,
    /// Body.
    pub body: String,
    /// `UNNotificationContent.userInfo` as JSON: laid out as that of a remote notification, so that both are read alike when they are opened.
    pub user_info: Vec<u8>,
    /// Sound file in the bundle; empty for the default sound.
    pub sound: String,
}

/// `CXHandle`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handle {
    /// Kind.
    #[serde(rename = "type")]
    pub kind: HandleType,
    /// Never empty towards CallKit.
    pub value: String,
}

/// `CXCallUpdate`: what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
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
    #[serde(rename = "supportsDTMF")]
    pub supports_dtmf: Option<bool>,
    /// Whether it has video.
    pub has_video: Option<bool>,
}

/// `CXProviderConfiguration`. `None` leaves CallKit's own default: 2 groups, 5 calls per group, no video, in Recents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
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

/// `CXCallEndedReason`, with Apple's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum EndedReason {
    /// It could not be connected, or was no call.
    Failed = 1,
    /// The other side hung up or took it back.
    RemoteEnded = 2,
    /// Nobody answered in time.
    Unanswered = 3,
    /// Another device of this user answered.
    AnsweredElsewhere = 4,
    /// Another device of this user declined.
    DeclinedElsewhere = 5,
}

impl EndedReason {
    /// Whether a call that ended so before it was answered here was missed: what the user answered or declined on another device was not.
    pub(crate) const fn is_missed(self) -> bool {
        !matches!(self, Self::AnsweredElsewhere | Self::DeclinedElsewhere)
    }

    /// All reasons.
    pub const ALL: [Self; 5] = [
        Self::Failed,
        Self::RemoteEnded,
        Self::Unanswered,
        Self::AnsweredElsewhere,
        Self::DeclinedElsewhere,
    ];

    /// Apple's number, 1 to 5.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The reason with this number.
    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|r| u64::from(r.number()) == number)
    }
}

/// `CXPlayDTMFCallAction.ActionType`. Towards JavaScript one less, as `CXPlayDTMFCallActionType` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum DtmfKind {
    /// A tone.
    SingleTone = 1,
    /// A short pause.
    SoftPause = 2,
    /// Wait for the user.
    HardPause = 3,
}

impl DtmfKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::SingleTone, Self::SoftPause, Self::HardPause];

    /// Apple's number, 1 to 3.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// An HTTP request.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// Comes back with the answer.
    pub id: u64,
    /// Method.
    pub method: HttpMethod,
    /// Absolute URL.
    pub url: String,
    /// Sent as `Authorization: Bearer …`.
    pub bearer: Option<String>,
    /// Sent as `Idempotency-Key`: requests that have the same are tries of one.
    pub idempotency_key: Option<String>,
    /// JSON body.
    pub body: Option<Vec<u8>>,
    /// How long to wait for the whole answer, in milliseconds.
    pub timeout_ms: u64,
}

/// Methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpMethod {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// DELETE.
    Delete,
}

/// A request for server-sent events.
#[derive(Clone, PartialEq, Eq)]
pub struct StreamRequest {
    /// Comes back with everything that arrives.
    pub id: u64,
    /// Absolute URL.
    pub url: String,
    /// Sent as `Authorization: Bearer …`.
    pub bearer: Option<String>,
    /// Sent as `Last-Event-ID`.
    pub last_event_id: Option<String>,
}

// Bodies, bearers and URLs hold what must not reach a log.
impl std::fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpRequest")
            .field("id", &self.id)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for StreamRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamRequest")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// An event for JavaScript.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    /// Name, see [`crate::EventKind`].
    pub kind: String,
    /// Counts up from 1 over all events of this process.
    pub seq: u64,
    /// When it happened, Unix milliseconds.
    pub at: u64,
    /// Whether it waited for a listener.
    pub flushed: bool,
    /// JSON object.
    pub body: String,
}

impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Event")
            .field("kind", &self.kind)
            .field("seq", &self.seq)
            .finish_non_exhaustive()
    }
}

/// A line for the log. Never a token, handle or payload in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// How bad.
    pub level: LogLevel,
    /// What happened.
    pub message: String,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// For tracing a problem.
    Debug,
    /// What happened.
    Info,
    /// Something the developer should look at.
    Warning,
    /// A defect.
    Error,
}
