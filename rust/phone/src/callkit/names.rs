//! Names that the timeline uses for what CallKit does.

use serde::{Deserialize, Serialize};
use zpns_driver::RequestedAction;
use zpns_driver::core::ActionKind;
use zpns_driver::core::effect::EndedReason;

/// Kind of a `CXCallAction`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ActionName {
    /// `CXStartCallAction`.
    Start,
    /// `CXAnswerCallAction`.
    Answer,
    /// `CXEndCallAction`.
    End,
    /// `CXSetHeldCallAction`.
    SetHeld,
    /// `CXSetMutedCallAction`.
    SetMuted,
    /// `CXSetGroupCallAction`.
    SetGroup,
    /// `CXPlayDTMFCallAction`.
    #[serde(rename = "playDTMF")]
    PlayDtmf,
}

impl From<&ActionKind> for ActionName {
    fn from(kind: &ActionKind) -> Self {
        match kind {
            ActionKind::Start { .. } => Self::Start,
            ActionKind::Answer => Self::Answer,
            ActionKind::End => Self::End,
            ActionKind::SetHeld { .. } => Self::SetHeld,
            ActionKind::SetMuted { .. } => Self::SetMuted,
            ActionKind::SetGroup { .. } => Self::SetGroup,
            ActionKind::PlayDtmf { .. } => Self::PlayDtmf,
        }
    }
}

impl From<&RequestedAction> for ActionName {
    fn from(action: &RequestedAction) -> Self {
        match action {
            RequestedAction::Start { .. } => Self::Start,
            RequestedAction::Answer { .. } => Self::Answer,
            RequestedAction::End { .. } => Self::End,
            RequestedAction::SetHeld { .. } => Self::SetHeld,
            RequestedAction::SetMuted { .. } => Self::SetMuted,
            RequestedAction::SetGroup { .. } => Self::SetGroup,
            RequestedAction::PlayDtmf { .. } => Self::PlayDtmf,
        }
    }
}

/// Who asked for an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// The user, on the system's call screen.
    User,
    /// The app, by a transaction.
    App,
    /// The call service itself: a call rang for too long.
    System,
}

/// Why a call is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EndCause {
    /// The user ended or declined it.
    User,
    /// The app ended it by a transaction.
    App,
    /// It rang for too long.
    RingLimit,
    /// The app reported it as failed.
    Failed,
    /// The app reported that the other side ended it.
    RemoteEnded,
    /// The app reported that nobody answered.
    Unanswered,
    /// The app reported that another device answered.
    AnsweredElsewhere,
    /// The app reported that another device declined.
    DeclinedElsewhere,
    /// The app failed the answer.
    AnswerFailed,
    /// The app failed the start.
    StartFailed,
    /// The app did not settle the answer or the start in time.
    TimedOut,
    /// The connection to the call service was lost.
    Reset,
    /// The app invalidated its provider.
    Invalidated,
    /// The app's process is gone.
    AppDied,
}

impl From<EndedReason> for EndCause {
    fn from(reason: EndedReason) -> Self {
        match reason {
            EndedReason::Failed => Self::Failed,
            EndedReason::RemoteEnded => Self::RemoteEnded,
            EndedReason::Unanswered => Self::Unanswered,
            EndedReason::AnsweredElsewhere => Self::AnsweredElsewhere,
            EndedReason::DeclinedElsewhere => Self::DeclinedElsewhere,
        }
    }
}

impl From<Origin> for EndCause {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::User => Self::User,
            Origin::App => Self::App,
            Origin::System => Self::RingLimit,
        }
    }
}
