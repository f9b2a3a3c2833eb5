//! Saving off the calling thread, so that a report never waits for a disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use zpns_core::effect::LogLevel;

use crate::ports::{PortError, Storage};
use crate::shared::Shared;

/// Whether the state has to be saved, and where to.
pub(crate) struct Saver {
    storage: Arc<dyn Storage>,
    /// Something changed since it was last saved.
    unsaved: bool,
    /// Now is the moment to save it.
    wanted: bool,
}

impl Saver {
    pub(crate) fn new(storage: Arc<dyn Storage>) -> Self {
        Self {
            storage,
            unsaved: false,
            wanted: false,
        }
    }

    /// The state changed.
    pub(crate) fn changed(&mut self) {
        self.unsaved = true;
        self.wanted = true;
    }

    /// What failed before may work now.
    pub(crate) fn again(&mut self) {
        self.wanted = true;
    }

    pub(crate) fn save_if_wanted(&mut self, shared: &Shared) {
        if std::mem::take(&mut self.wanted) {
            self.save(shared);
        }
    }

    /// Saves the state as it is now. What can't be saved waits for [`Saver::again`], the next [`Saver::changed`] or the end.
    pub(crate) fn save(&mut self, shared: &Shared) {
        if !self.unsaved {
            return;
        }
        let Some(snapshot) = shared.snapshot() else {
            return;
        };
        let saved = catch_unwind(AssertUnwindSafe(|| self.storage.save(snapshot.to_bytes())))
            .unwrap_or_else(|_| Err(PortError::new("the storage port panicked")));
        self.unsaved = saved.is_err();
        if let Err(error) = saved {
            shared.log(
                LogLevel::Error,
                format!(
                    "state could not be saved and will be tried again with the next change: {error}"
                ),
            );
        }
    }
}
