use std::fmt;

use serde::{Deserialize, Serialize};

/// The APNs environment that a device token belongs to. A token is valid in one of them only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Builds signed with a development profile, and simulators: `api.sandbox.push.apple.com`.
    Development,
    /// Ad hoc, enterprise, TestFlight and App Store builds: `api.push.apple.com`.
    Production,
}

impl Environment {
    /// Both, in a fixed order.
    pub const ALL: [Self; 2] = [Self::Development, Self::Production];

    /// The name used in JSON: `development` or `production`, as in the entitlement `aps-environment`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Production => "production",
        }
    }

    /// The environment of this name, if it is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|e| e.as_str() == name)
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Development => Self::Production,
            Self::Production => Self::Development,
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
