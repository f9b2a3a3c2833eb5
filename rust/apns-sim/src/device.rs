use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use zpns_protocol::Environment;

use crate::ScriptedAnswer;
use crate::headers::VOIP_SUFFIX;
use crate::mailbox::Mailbox;

/// Which of its two tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenKind {
    /// The one from UIKit, for alert and background pushes.
    Apns,
    /// The one from PushKit.
    Voip,
}

/// Both tokens of a device, 64 hex digits each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceTokens {
    /// For the topic `<bundle ID>`.
    pub apns: String,
    /// For the topic `<bundle ID>.voip`.
    pub voip: String,
}

/// A device as its registration answers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredDevice {
    /// Names the device in the other operations.
    #[serde(rename = "deviceID")]
    pub device_id: String,
    /// Its tokens.
    pub tokens: DeviceTokens,
}

/// One app on one virtual device.
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) bundle_id: String,
    pub(crate) environment: Environment,
    pub(crate) tokens: Mutex<DeviceTokens>,
    mailbox: Mutex<Mailbox>,
}

impl Device {
    pub(crate) fn new(
        id: String,
        bundle_id: String,
        environment: Environment,
        tokens: DeviceTokens,
    ) -> Self {
        Self {
            id,
            bundle_id,
            environment,
            tokens: Mutex::new(tokens),
            mailbox: Mutex::default(),
        }
    }

    pub(crate) fn mailbox(&self) -> MutexGuard<'_, Mailbox> {
        self.mailbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tokens(&self) -> MutexGuard<'_, DeviceTokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One token that was ever issued.
pub(crate) struct Token {
    pub(crate) device: Arc<Device>,
    pub(crate) kind: TokenKind,
    /// Milliseconds since 1970; 0: the token is in use.
    unregistered_at: AtomicU64,
    script: Mutex<VecDeque<ScriptedAnswer>>,
}

impl Token {
    pub(crate) fn new(device: Arc<Device>, kind: TokenKind) -> Self {
        Self {
            device,
            kind,
            unregistered_at: AtomicU64::new(0),
            script: Mutex::default(),
        }
    }

    /// The topic that pushes to this token have.
    pub(crate) fn accepts(&self, topic: &str) -> bool {
        let rest = topic.strip_prefix(self.device.bundle_id.as_str());
        match self.kind {
            TokenKind::Apns => rest == Some(""),
            TokenKind::Voip => rest == Some(VOIP_SUFFIX),
        }
    }

    pub(crate) fn unregister(&self, now_ms: u64) {
        let _ =
            self.unregistered_at
                .compare_exchange(0, now_ms, Ordering::Relaxed, Ordering::Relaxed);
    }

    pub(crate) fn unregistered_at(&self) -> Option<u64> {
        Some(self.unregistered_at.load(Ordering::Relaxed)).filter(|at| *at != 0)
    }

    pub(crate) fn set_script(&self, answers: Vec<ScriptedAnswer>) {
        *self.script.lock().unwrap_or_else(PoisonError::into_inner) = answers.into();
    }

    pub(crate) fn next_scripted(&self) -> Option<ScriptedAnswer> {
        self.script
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
    }
}
