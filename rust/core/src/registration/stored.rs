//! What of the registration survives the process. Tokens do not: Apple wants them asked for at every launch.

use serde::{Deserialize, Serialize};

use crate::environment::EnvironmentSetting;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct StoredRegistration {
    /// `registerPush` was called and not taken back: with VoIP or without.
    pub(crate) wanted: Option<Wanted>,
    pub(crate) setting: EnvironmentSetting,
    /// What the gateway knows.
    pub(crate) confirmed: Option<Confirmed>,
    /// `unregisterPush` was called and the gateway does not know it yet.
    pub(crate) removing: bool,
    /// By whom, if that was known.
    pub(crate) removing_user: Option<String>,
}

/// What `registerPush` asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wanted {
    pub(crate) voip: bool,
}

/// A registration that the gateway confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Confirmed {
    /// [`super::facts::Facts::digest`].
    pub(crate) digest: String,
    pub(crate) push_id: String,
}
