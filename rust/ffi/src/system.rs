//! What the operating system says.

use uuid::Uuid;
use zpns_client::{
    ActionKind, CallAction, DtmfKind, Handle, NotificationKind, SystemError, SystemEvent, TokenKind,
};

/// What the operating system says.
#[uniffi::remote(Enum)]
pub enum SystemEvent {
    /// `reportNewIncomingCall` completed, with an error if it does not ring.
    ReportCompleted {
        id: u64,
        uuid: Uuid,
        error: Option<SystemError>,
    },
    /// `CXCallController.request` completed, with an error if it was refused.
    TransactionCompleted { id: u64, error: Option<SystemError> },
    /// `CXProviderDelegate.provider(_:perform:)`.
    Action(CallAction),
    /// `provider(_:timedOutPerforming:)`, with `CXAction.uuid`.
    ActionTimedOut { action: Uuid },
    /// `providerDidBegin`.
    ProviderBegan,
    /// `providerDidReset`: all calls are gone.
    ProviderReset,
    /// `provider(_:didActivate:)`.
    AudioActivated,
    /// `provider(_:didDeactivate:)`.
    AudioDeactivated,
    /// A push token came, of any length.
    TokenUpdated { kind: TokenKind, token: Vec<u8> },
    /// PushKit says that the token is no longer good.
    TokenInvalidated { kind: TokenKind },
    /// No token came.
    TokenFailed { kind: TokenKind, error: SystemError },
    /// Answer to `PushRequest.requestPermission`, with an error if it could not be asked.
    PermissionAnswered {
        id: u64,
        granted: bool,
        error: Option<SystemError>,
    },
    /// Answer to the other numbered `PushRequest`s, with an error if it failed.
    RequestAnswered { id: u64, error: Option<SystemError> },
    /// A notification that is no VoIP push: its `userInfo` as JSON, and for `background` the number of its completion handler.
    NotificationReceived {
        kind: NotificationKind,
        user_info: Vec<u8>,
        completion: Option<u64>,
    },
    /// `CXCallObserver`: the calls on this phone that have not ended, of whichever app.
    CallsObserved { calls: Vec<Uuid> },
    /// The user asks for a call outside the app: Recents, Siri, Contacts (`INStartCallIntent`).
    StartCallIntent { handle: Handle, video: bool },
    /// The app came to the foreground.
    Awake,
    /// There is a way to the network again, or another one.
    NetworkChanged,
    /// The expiration handler of the background task was called.
    BackgroundTimeExpired,
}

/// Which push token.
#[uniffi::remote(Enum)]
pub enum TokenKind {
    /// UIKit's device token, for alerts.
    Apns,
    /// PushKit's token, for calls.
    Voip,
}

/// What happened to a notification.
#[uniffi::remote(Enum)]
pub enum NotificationKind {
    /// It arrived while the app was in the foreground.
    Arrived,
    /// The user opened it.
    Clicked,
    /// The user wiped it away.
    Dismissed,
    /// It woke the app in the background (`content-available`).
    Background,
}

/// `CXCallAction`.
#[uniffi::remote(Record)]
pub struct CallAction {
    /// `CXAction.uuid`.
    pub id: Uuid,
    /// The call.
    pub call: Uuid,
    /// What is asked for.
    pub kind: ActionKind,
    /// `CXAction.timeoutDate`, Unix milliseconds.
    pub deadline: u64,
    /// The transaction that this app asked for, if it did.
    pub transaction: Option<u64>,
}

/// What a `CXCallAction` asks for.
#[uniffi::remote(Enum)]
pub enum ActionKind {
    /// `CXStartCallAction`, with the contact's identifier where known.
    Start {
        handle: Option<Handle>,
        contact: Option<String>,
        video: bool,
    },
    /// `CXAnswerCallAction`.
    Answer,
    /// `CXEndCallAction`.
    End,
    /// `CXSetHeldCallAction`.
    SetHeld { on_hold: bool },
    /// `CXSetMutedCallAction`.
    SetMuted { muted: bool },
    /// `CXSetGroupCallAction`.
    SetGroup { with: Option<Uuid> },
    /// `CXPlayDTMFCallAction`.
    PlayDtmf { digits: String, kind: DtmfKind },
}

/// `NSError` without its user info.
#[uniffi::remote(Record)]
pub struct SystemError {
    /// `NSError.domain`.
    pub domain: String,
    /// `NSError.code`.
    pub code: i64,
    /// `NSError.localizedDescription`.
    pub message: String,
}
