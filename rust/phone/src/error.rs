//! What can go wrong when using a virtual phone.

use uuid::Uuid;

/// Why the phone can't do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// The options can't be used.
    #[error("the phone's options can't be used: {0}")]
    Options(String),
    /// The app did not start.
    #[error("the app could not be launched: {0}")]
    Launch(String),
    /// The app is not running.
    #[error("the app is not running: launch() it first")]
    NotRunning,
    /// The app is running already.
    #[error("the app is running already: kill() it first")]
    Running,
    /// No call on the screen has this UUID.
    #[error("no call has this UUID, {0}: calls() lists those that are on this phone")]
    UnknownCall(Uuid),
    /// The call is in a state where the user has no such button.
    #[error("call {call} can't be {verb} now: {reason}")]
    Impossible {
        /// The call.
        call: Uuid,
        /// What was tried, as `answered`.
        verb: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// The call that is not the app's is in a state where that can't happen.
    #[error("the call that is not the app's can't {verb} now: {reason}")]
    OtherCall {
        /// What was tried, as `be answered`.
        verb: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// No JavaScript is attached.
    #[error("no JavaScript runs: start it first")]
    NoJavaScript,
    /// The app has settled everything that it was asked to do with this call.
    #[error(
        "no action of this call is waiting for the app: answer(), end() and the like ask for one"
    )]
    NothingWaiting,
    /// No notification with this number is in the list.
    #[error("no notification {0} is in the notification list: notifications() lists what is")]
    UnknownNotification(u64),
    /// No entry with this number is in Recents.
    #[error("no call {0} is in Recents: recents() lists what is")]
    UnknownRecent(u64),
    /// Calling back from Recents needs the kind of handle in the provider's configuration.
    #[error(
        "Recents can't call back: name the handle's type in supportedHandleTypes of the provider's configuration"
    )]
    NotCallable,
    /// The library refused.
    #[error("the app's library refused: {0}")]
    Client(String),
    /// Text that must be JSON, a UUID or a number is not.
    #[error("{0}")]
    Argument(String),
}
