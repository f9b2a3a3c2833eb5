//! The app's files: what the client stores survives the app, and can't be read before the first unlock.

use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value, json};
use zpns_driver::{PortError, Storage};

/// What becomes of the bytes that an app stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageChange {
    /// A part can't be read any more: who is signed in, what was registered, one more entry of each list.
    Damaged,
    /// A newer version of the library wrote them, which knows more; the app was downgraded since.
    Newer,
}

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

    /// Something becomes of the content, if there is any.
    pub(crate) fn change(&self, change: StorageChange) {
        self.with(|inner| {
            let stored = inner
                .bytes
                .as_deref()
                .and_then(|bytes| serde_json::from_slice(bytes).ok());
            if let Some(Value::Object(mut stored)) = stored {
                changed(&mut stored, change);
                inner.bytes = Some(Value::Object(stored).to_string().into_bytes());
            }
        });
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

fn changed(stored: &mut Map<String, Value>, change: StorageChange) {
    let unknown = json!({ "newer": true });
    match change {
        StorageChange::Damaged => {
            stored.insert("registration".to_owned(), Value::Null);
            if let Some(Value::Object(account)) = stored.get_mut("account") {
                account.insert("user_id".to_owned(), json!(-1));
            }
        }
        StorageChange::Newer => {
            stored.insert("v".to_owned(), json!(u32::MAX));
            stored.insert("newer".to_owned(), unknown.clone());
        }
    }
    let parts = stored.get_mut("calls").and_then(Value::as_object_mut);
    for part in parts.into_iter().flatten() {
        if let Some(list) = part.1.as_array_mut() {
            list.insert(0, unknown.clone());
        }
    }
}

fn locked() -> PortError {
    PortError::new("files are protected until the phone is unlocked for the first time")
}
