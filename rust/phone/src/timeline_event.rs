//! What can happen on the phone, as the timeline records it. As JSON: `{"type": "callEnded", "uuid": "…", "cause": "user"}`.

use serde::Serialize;
use uuid::Uuid;
use zpns_driver::{LogLevel, core::effect::Handle};
use zpns_protocol::Environment;

use crate::callkit::{ActionName, EndCause, Origin, OtherCallChange, RecentKind};
use crate::network::NetworkChange;
use crate::upper;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum TimelineEvent {
    /// The app's process started.
    Launched {
        /// Why.
        by: LaunchedBy,
    },
    /// The app's process did not start.
    LaunchFailed {
        /// Why.
        message: String,
    },
    /// The app's process is gone.
    Killed {
        /// Why.
        reason: KillReason,
    },
    /// The app came to the foreground.
    Foreground,
    /// The app went to the background.
    Background,
    /// The app's process stands still: there is no reason for it to run.
    Suspended,
    /// It runs again.
    Resumed,
    /// `beginBackgroundTask`: the app asked to be kept running.
    BackgroundTaskBegan,
    /// `endBackgroundTask`.
    BackgroundTaskEnded,
    /// The time of the background task is up: its expiration handler was called.
    BackgroundTaskExpired,
    /// The phone's way to the network is another one.
    Network {
        /// How.
        change: NetworkChange,
    },
    /// JavaScript attached.
    JsStarted,
    /// JavaScript is gone.
    JsStopped,
    /// The app was deleted and installed anew.
    Reinstalled,
    /// The phone was unlocked for the first time: the app's files can be read.
    Unlocked,

    /// The phone is registered at the APNs simulator and listens for pushes.
    SimulatorConnected,
    /// It is not, and tries again.
    SimulatorLost {
        /// Why.
        message: String,
    },
    /// The app was given a token.
    TokenIssued {
        /// Which.
        kind: PushKind,
        /// The APNs environment that it belongs to.
        environment: Environment,
    },
    /// The app was told that its token is no longer good.
    TokenInvalidated {
        /// Which.
        kind: PushKind,
    },
    /// The app asked for a token and gets none.
    NoToken {
        /// Which.
        kind: PushKind,
        /// Why, and what to do.
        reason: String,
    },
    /// The app gave a token up.
    Unregistered {
        /// Which.
        kind: PushKind,
    },

    /// A push arrived at the phone.
    PushArrived {
        /// Which.
        kind: PushKind,
    },
    /// A VoIP push was handed to the app.
    VoipPushDelivered {
        /// `PKVoIPPushMetadata.mustReport`.
        must_report: bool,
    },
    /// A push was not handed to the app.
    PushDropped {
        /// Which.
        kind: PushKind,
        /// Why.
        reason: DropReason,
    },

    /// iOS 26 and later show a warning to who runs a development or TestFlight build: the app got a VoIP push and reported no call.
    DeveloperWarned,

    /// The provider was created or its configuration replaced.
    ProviderConfigured,
    /// The provider was invalidated.
    ProviderInvalidated,
    /// The connection to the call service was lost, all calls are gone.
    ProviderReset,
    /// The app reported an incoming call.
    IncomingReported {
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
        /// Caller as shown.
        name: Option<String>,
        /// Caller.
        handle: Option<Handle>,
        /// Whether with video.
        video: bool,
    },
    /// CallKit refused a reported call.
    ReportRefused {
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
        /// `NSError.domain`.
        domain: String,
        /// `NSError.code`.
        code: i64,
    },
    /// A call rings.
    Ringing {
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
    },
    /// What is shown of a call changed.
    CallUpdated {
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
    },
    /// An outgoing call is on the screen.
    CallStarted {
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
        /// Whom.
        handle: Handle,
        /// Whether with video.
        video: bool,
    },
    /// The app reported that an outgoing call connects.
    CallConnecting {
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
    },
    /// A call is connected: its timer runs.
    CallConnected {
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
    },
    /// A call was put on hold or resumed.
    CallHeld {
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
        /// On hold or not.
        on_hold: bool,
    },
    /// A call was muted or not.
    CallMuted {
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
        /// Muted or not.
        muted: bool,
    },
    /// A call joined or left a group.
    CallGrouped {
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
        /// The call that it was grouped with.
        #[serde(serialize_with = "upper::maybe")]
        with: Option<Uuid>,
    },
    /// Tones were played.
    TonesPlayed {
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
        /// Digits.
        digits: String,
    },
    /// A call is gone from the screen.
    CallEnded {
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
        /// Why.
        cause: EndCause,
    },
    /// A report about a call had no effect, as it would on a device.
    ReportIgnored {
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
        /// What was reported, as `ended`.
        report: &'static str,
        /// Why it was ignored.
        reason: &'static str,
    },
    /// The app was asked to perform an action.
    ActionRequested {
        /// `CXAction.uuid`.
        #[serde(serialize_with = "upper::one")]
        action: Uuid,
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
        /// What for.
        kind: ActionName,
        /// Who asks.
        origin: Origin,
        /// `CXAction.timeoutDate`, Unix milliseconds.
        deadline: u64,
    },
    /// The app fulfilled an action.
    ActionFulfilled {
        /// `CXAction.uuid`.
        #[serde(serialize_with = "upper::one")]
        action: Uuid,
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
        /// What it was for.
        kind: ActionName,
    },
    /// The app failed an action.
    ActionFailed {
        /// `CXAction.uuid`.
        #[serde(serialize_with = "upper::one")]
        action: Uuid,
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
        /// What it was for.
        kind: ActionName,
    },
    /// The app did not settle an action in time.
    ActionTimedOut {
        /// `CXAction.uuid`.
        #[serde(serialize_with = "upper::one")]
        action: Uuid,
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
        /// What it was for.
        kind: ActionName,
    },
    /// The app had not settled it when its call was gone: nothing can come of it any more.
    ActionDropped {
        /// `CXAction.uuid`.
        #[serde(serialize_with = "upper::one")]
        action: Uuid,
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
        /// What was to be done.
        kind: ActionName,
        /// Why the call is gone.
        cause: EndCause,
    },
    /// The app fulfilled an action that is settled, timed out or unknown.
    LateFulfil {
        /// `CXAction.uuid`.
        #[serde(serialize_with = "upper::one")]
        action: Uuid,
    },
    /// The app failed an action that is settled, timed out or unknown.
    LateFail {
        /// `CXAction.uuid`.
        #[serde(serialize_with = "upper::one")]
        action: Uuid,
    },
    /// CallKit accepted a transaction of the app.
    TransactionAccepted {
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
        /// What for.
        kind: ActionName,
    },
    /// CallKit refused a transaction of the app.
    TransactionRefused {
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
        /// What for.
        kind: ActionName,
        /// `NSError.code` in the domain of transactions.
        code: i64,
    },
    /// The app set its audio session up for a call, as CallKit is about to activate it.
    AudioPrepared {
        /// For video or for speech alone.
        video: bool,
    },
    /// The audio session is the app's.
    AudioActivated {
        /// Whether the app was told, by `provider(_:didActivate:)`.
        told: bool,
    },
    /// It no longer is.
    AudioDeactivated,
    /// Something became of a call that is not the app's: a cellular call, or one of another app.
    OtherCall {
        /// What.
        change: OtherCallChange,
    },
    /// A call that is gone is listed in Recents.
    RecentAdded {
        /// Number in Recents.
        recent: u64,
        /// The call.
        #[serde(serialize_with = "upper::one")]
        uuid: Uuid,
        /// How it is listed.
        kind: RecentKind,
    },
    /// The user asked for a call in Recents.
    RecentTapped {
        /// Number in Recents.
        recent: u64,
    },

    /// The user was asked for permission to notify.
    PermissionAsked {
        /// The answer.
        granted: bool,
    },
    /// A notification is in the notification list.
    NotificationShown {
        /// Its number.
        notification: u64,
        /// Title.
        title: String,
        /// Body.
        body: String,
        /// Whether the app made it itself.
        local: bool,
    },
    /// The user opened a notification.
    NotificationTapped {
        /// Its number.
        notification: u64,
    },
    /// The app's badge changed.
    BadgeChanged {
        /// 0 for none.
        badge: u32,
    },
    /// The app called the completion handler of a background notification.
    BackgroundCompleted {
        /// Number of the handler.
        completion: u64,
        /// `.newData` or `.noData`.
        new_data: bool,
    },
    /// It did not within 30 seconds.
    BackgroundExpired {
        /// Number of the handler.
        completion: u64,
    },

    /// JavaScript heard an event.
    Event {
        /// Its type.
        kind: String,
        /// Its number.
        seq: u64,
        /// Whether it waited for a listener.
        flushed: bool,
    },
    /// JavaScript could not take an event: the app's library got it back.
    EventRefused {
        /// Its type.
        kind: String,
        /// Its number.
        seq: u64,
    },
    /// The app's library wrote to the log.
    Log {
        /// How bad.
        #[serde(serialize_with = "level_name")]
        level: LogLevel,
        /// What.
        message: String,
    },
}

/// Why a process started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum LaunchedBy {
    /// The user opened the app.
    User,
    /// A VoIP push: launched by push, in the background.
    Push,
    /// A background notification.
    BackgroundNotification,
    /// The user opened a notification.
    Notification,
    /// The user called back from Recents.
    Recents,
}

/// Why a process is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum KillReason {
    /// It was killed from outside: by the user, or by the system for its memory.
    Outside,
    /// It never posted an incoming call: `-[PKPushRegistry _terminateAppIfThereAreUnhandledVoIPPushes]`.
    NeverPosted,
    /// It was launched for a VoIP push and did not take and report it within 7 seconds: `0xbaadca11`.
    NotReportedInTime,
    /// It let a background task expire and did not end it.
    BackgroundTaskNotEnded,
    /// The app was deleted.
    Deleted,
    /// The phone was switched off.
    SwitchedOff,
}

/// Why a push was not handed to the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum DropReason {
    /// The app never asked PushKit for VoIP pushes, or gave them up.
    NotRegistered,
    /// PushKit stopped delivering: the app failed to report an incoming call too many times. Reinstall it.
    StoppedDelivering,
    /// The app could not be launched.
    NotLaunched,
    /// The app died before it could take it.
    AppDied,
    /// The app may not notify.
    NotPermitted,
    /// The payload is no JSON object.
    NoObject,
    /// The app's library refused it.
    Refused,
}

/// Kind of a push, and of the token that it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PushKind {
    /// For PushKit.
    Voip,
    /// A notification that is shown.
    Alert,
    /// A notification that only wakes the app.
    Background,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn level_name<S: serde::Serializer>(level: &LogLevel, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match level {
        LogLevel::Debug => "debug",
        LogLevel::Info => "info",
        LogLevel::Warning => "warning",
        LogLevel::Error => "error",
    })
}
