//! What happens to the core.

use uuid::Uuid;

use crate::effect::{DtmfKind, Event, Handle};
use crate::error::SystemError;

/// One thing that happened.
#[derive(Debug)]
pub enum Input<'a> {
    /// PushKit delivered a VoIP push. The effects hold its report; they must be carried out before the delegate method returns.
    VoipPush {
        /// The payload as JSON. Any bytes are taken.
        payload: &'a [u8],
        /// `PKVoIPPushMetadata.mustReport`; true before iOS 26.4.
        must_report: bool,
    },
    /// The operating system said something else.
    System(SystemEvent),
    /// JavaScript (or a native app) asks for something. Answered by exactly one [`crate::Effect::Complete`].
    Invoke {
        /// Number, unique within the process.
        id: u64,
        /// Name of the method, see [`crate::command`].
        method: &'a str,
        /// JSON object of its parameters.
        params: &'a str,
    },
    /// JavaScript listens to this type of event from now on; what waited for it is emitted.
    Listen(&'a str),
    /// It no longer does.
    Unlisten(&'a str),
    /// JavaScript is gone (reload): nothing listens.
    Detach,
    /// An event of [`crate::Effect::Emit`] could not be handed to JavaScript.
    NotEmitted(Event),
    /// Answer to [`crate::Effect::Http`].
    Http {
        /// Number of the request.
        id: u64,
        /// What came.
        outcome: Result<HttpResponse, HttpFailure>,
    },
    /// Something on a stream opened by [`crate::Effect::OpenStream`].
    Stream {
        /// Number of the stream.
        id: u64,
        /// What came.
        item: StreamItem,
    },
    /// The time that [`crate::Core::next_deadline`] named has come. Harmless at any other time.
    Tick,
    /// Storage that could not be read at start can be read now.
    StorageReadable(Option<&'a [u8]>),
}

/// What the operating system says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SystemEvent {
    /// `reportNewIncomingCall` completed.
    ReportCompleted {
        /// Number of the report. A call may be reported again while CallKit still owes the answer to an earlier report.
        id: u64,
        /// The call.
        uuid: Uuid,
        /// Why it does not ring, if so.
        error: Option<SystemError>,
    },
    /// `CXCallController.request` completed.
    TransactionCompleted {
        /// Number of the transaction.
        id: u64,
        /// Why it was refused, if so.
        error: Option<SystemError>,
    },
    /// `CXProviderDelegate.provider(_:perform:)`.
    Action(CallAction),
    /// `provider(_:timedOutPerforming:)`. The action may not be completed any more.
    ActionTimedOut {
        /// `CXAction.uuid`.
        action: Uuid,
    },
    /// `providerDidBegin`.
    ProviderBegan,
    /// `providerDidReset`: all calls are gone.
    ProviderReset,
    /// `provider(_:didActivate:)`.
    AudioActivated,
    /// `provider(_:didDeactivate:)`.
    AudioDeactivated,
    /// A push token came.
    TokenUpdated {
        /// Which.
        kind: TokenKind,
        /// Its bytes, of any length.
        token: Vec<u8>,
    },
    /// PushKit says that the token is no longer good.
    TokenInvalidated {
        /// Which.
        kind: TokenKind,
    },
    /// No token came.
    TokenFailed {
        /// Which.
        kind: TokenKind,
        /// Why.
        error: SystemError,
    },
    /// Answer to [`crate::effect::PushRequest::RequestPermission`].
    PermissionAnswered {
        /// Number of the request.
        id: u64,
        /// The user's answer.
        granted: bool,
        /// Why it could not be asked, if so.
        error: Option<SystemError>,
    },
    /// Answer to the other numbered [`crate::effect::PushRequest`]s.
    RequestAnswered {
        /// Number of the request.
        id: u64,
        /// Why it failed, if so.
        error: Option<SystemError>,
    },
    /// A notification that is no VoIP push.
    NotificationReceived {
        /// What happened to it.
        kind: NotificationKind,
        /// Its `userInfo` as JSON.
        user_info: Vec<u8>,
        /// For [`NotificationKind::Background`]: number of its completion handler.
        completion: Option<u64>,
    },
    /// `CXCallObserver`: a call of this app, of another one or a cellular call began or ended.
    CallsObserved {
        /// The calls on this phone that have not ended, this app's own among them.
        calls: Vec<Uuid>,
    },
    /// The user asks for a call outside the app: Recents, Siri, Contacts (`INStartCallIntent`).
    StartCallIntent {
        /// Whom; empty where the intent names nobody.
        handle: Handle,
        /// Whether with video.
        video: bool,
    },
    /// The app came to the foreground: a good moment for what is waiting.
    Awake,
    /// There is a way to the network again, or another one: what was sent over the old one has no answer, and its connections are dead
    /// though nobody says so.
    NetworkChanged,
    /// The handler of [`crate::effect::PushRequest::KeepAwake`]'s background task was called: the app is about to be suspended.
    BackgroundTimeExpired,
}

/// Which push token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenKind {
    /// UIKit's device token, for alerts.
    Apns,
    /// PushKit's token, for calls.
    Voip,
}

/// What happened to a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionKind {
    /// `CXStartCallAction`.
    Start {
        /// Whom to call.
        handle: Option<Handle>,
        /// The contact, where known.
        contact: Option<String>,
        /// Whether with video.
        video: bool,
    },
    /// `CXAnswerCallAction`.
    Answer,
    /// `CXEndCallAction`.
    End,
    /// `CXSetHeldCallAction`.
    SetHeld {
        /// On hold or not.
        on_hold: bool,
    },
    /// `CXSetMutedCallAction`.
    SetMuted {
        /// Muted or not.
        muted: bool,
    },
    /// `CXSetGroupCallAction`.
    SetGroup {
        /// The call to group it with.
        with: Option<Uuid>,
    },
    /// `CXPlayDTMFCallAction`.
    PlayDtmf {
        /// Digits.
        digits: String,
        /// Kind of tone.
        kind: DtmfKind,
    },
}

/// An HTTP answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    /// Status.
    pub status: u16,
    /// `Retry-After` in seconds, where given.
    pub retry_after: Option<u64>,
    /// `Date`: the server's clock when it answered, Unix milliseconds in whole seconds (RFC 9110, 6.6.1), where given.
    pub date: Option<u64>,
    /// Body.
    pub body: Vec<u8>,
}

/// No HTTP answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpFailure {
    /// No connection could be made.
    Unreachable,
    /// The request took too long.
    TimedOut,
    /// The connection broke, or what came was no HTTP.
    Broken,
    /// The URL can't be used.
    InvalidUrl,
}

/// What comes on a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamItem {
    /// It is open.
    Open {
        /// As in [`HttpResponse::date`].
        date: Option<u64>,
    },
    /// A server-sent event.
    Event {
        /// `id`.
        id: Option<String>,
        /// `event`; `message` if it had none.
        event: String,
        /// `data`.
        data: String,
    },
    /// It is over. Status, if the server refused it; the failure, if there was no answer; neither, if it just ended.
    Closed {
        /// HTTP status other than 200.
        status: Option<u16>,
        /// Failure.
        failure: Option<HttpFailure>,
    },
}
