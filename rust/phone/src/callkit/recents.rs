//! The list of past calls in the Phone app.

use serde::Serialize;
use uuid::Uuid;
use zpns_driver::core::effect::Handle;

use super::call::Call;
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
    /// When it was gone, Unix milliseconds.
    pub at: u64,
}

/// Past calls, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Recents {
    list: Vec<Recent>,
    added: u64,
}

impl Recents {
    pub(super) fn add(&mut self, call: &Call, at: u64) {
        self.added = self.added.saturating_add(1);
        if self.list.len() >= MOST {
            self.list.remove(0);
        }
        self.list.push(Recent {
            recent: self.added,
            uuid: call.uuid,
            handle: call.handle.clone(),
            name: call.name.clone(),
            video: call.video,
            outgoing: call.outgoing,
            at,
        });
    }

    pub(crate) fn list(&self) -> &[Recent] {
        &self.list
    }
}
