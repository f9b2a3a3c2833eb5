//! The list of past calls in the Phone app.

use serde::Serialize;
use uuid::Uuid;
use zpns_driver::core::effect::Handle;

use super::EndCause;
use super::call::Call;
use crate::timeline_event::TimelineEvent;
use crate::upper;

/// Most calls in the list; older ones go.
const MOST: usize = 100;

/// A past call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recent {
    /// Number in the list.
    pub recent: u64,
    /// The call.
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
    /// How it is listed.
    pub kind: RecentKind,
    /// When it was gone, Unix milliseconds.
    pub at: u64,
}

/// How a past call is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum RecentKind {
    /// This phone called.
    Outgoing,
    /// The user answered it, here or on another device.
    Answered,
    /// The user declined it, here or on another device.
    Declined,
    /// It ended and nobody had answered it.
    Missed,
}

impl RecentKind {
    const fn of(call: &Call, cause: EndCause) -> Self {
        match cause {
            _ if call.outgoing => Self::Outgoing,
            _ if call.is_answered => Self::Answered,
            EndCause::AnsweredElsewhere => Self::Answered,
            EndCause::User | EndCause::App | EndCause::DeclinedElsewhere => Self::Declined,
            _ => Self::Missed,
        }
    }
}

/// Past calls, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Recents {
    list: Vec<Recent>,
    added: u64,
}

impl Recents {
    /// Lists a call that is gone.
    pub(super) fn add(&mut self, call: &Call, cause: EndCause, at: u64) -> TimelineEvent {
        self.added = self.added.saturating_add(1);
        if self.list.len() >= MOST {
            self.list.remove(0);
        }
        let kind = RecentKind::of(call, cause);
        self.list.push(Recent {
            recent: self.added,
            uuid: call.uuid,
            handle: call.handle.clone(),
            name: call.name.clone(),
            video: call.video,
            outgoing: call.outgoing,
            kind,
            at,
        });
        TimelineEvent::RecentAdded {
            recent: self.added,
            uuid: call.uuid,
            kind,
        }
    }

    pub(crate) fn list(&self) -> &[Recent] {
        &self.list
    }
}
