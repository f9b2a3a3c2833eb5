//! The app's files: what the client stores survives the app, and can't be read before the first unlock.

use std::sync::{Mutex, PoisonError};

use zpns_driver::{PortError, Storage};

/// Storage of one installation.
#[derive(Debug)]
pub(crate) struct Files {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    bytes: Option<Vec<u8>>,
    unlocked: bool,
}

impl Files {
    /// Empty storage.
    pub(crate) fn new(unlocked: bool) -> Self {
        Self {
            inner: Mutex::new(Inner {
                bytes: None,
                unlocked,
            }),
        }
    }

    /// The phone is unlocked for the first time.
    pub(crate) fn unlock(&self) {
        self.with(|inner| inner.unlocked = true);
    }

    /// What is in the files, whether or not the app can read it now.
    pub(crate) fn content(&self) -> Option<Vec<u8>> {
        self.with(|inner| inner.bytes.clone())
    }

    /// The app is deleted, and its files with it.
    pub(crate) fn erase(&self) {
        self.with(|inner| inner.bytes = None);
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Storage for Files {
    fn load(&self) -> Result<Option<Vec<u8>>, PortError> {
        self.with(|inner| {
            if inner.unlocked {
                Ok(inner.bytes.clone())
            } else {
                Err(locked())
            }
        })
    }

    fn save(&self, bytes: Vec<u8>) -> Result<(), PortError> {
        self.with(|inner| {
            if !inner.unlocked {
                return Err(locked());
            }
            inner.bytes = Some(bytes);
            Ok(())
        })
    }
}

fn locked() -> PortError {
    PortError::new("files are protected until the phone is unlocked for the first time")
}
