//! What of the registration survives the process. Tokens do not: Apple wants them asked for at every launch.

use serde::{Deserialize, Serialize};

use crate::environment::EnvironmentSetting;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct StoredRegistration {
    #[serde(
        default = "StoredGoal::unknown",
        skip_serializing_if = "StoredGoal::is_unknown"
    )]
    pub(crate) wanted: StoredGoal,
    pub(crate) setting: EnvironmentSetting,
    /// What the gateway knows.
    pub(crate) confirmed: Option<Confirmed>,
    /// `unregisterPush` was called and the gateway does not know it yet.
    pub(crate) removing: bool,
    /// By whom, if that was known.
    pub(crate) removing_user: Option<String>,
}

impl StoredRegistration {
    /// That of an app of which nothing could be read.
    pub(crate) fn unknown() -> Self {
        Self {
            wanted: StoredGoal::Unknown,
            ..Self::default()
        }
    }
}

/// What the app wants, as far as that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<Wanted>", into = "Option<Wanted>")]
pub(crate) enum StoredGoal {
    /// `registerPush` was not called, or taken back. As JSON, null.
    #[default]
    NotRegistered,
    /// `registerPush` was called and not taken back.
    Registered(Wanted),
    /// What was stored is lost, and the app has not said it since. As JSON, it is left out.
    Unknown,
}

impl StoredGoal {
    const fn unknown() -> Self {
        Self::Unknown
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands over a reference"
    )]
    fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }
}

impl From<Option<Wanted>> for StoredGoal {
    fn from(wanted: Option<Wanted>) -> Self {
        wanted.map_or(Self::NotRegistered, Self::Registered)
    }
}

impl From<StoredGoal> for Option<Wanted> {
    fn from(goal: StoredGoal) -> Self {
        match goal {
            StoredGoal::Registered(wanted) => Some(wanted),
            StoredGoal::NotRegistered | StoredGoal::Unknown => None,
        }
    }
}

/// What `registerPush` asked for: with VoIP or without.
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
