//! `PUT /v1/installations/{id}`: a device and its tokens become a pushID.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Environment, PushId};

/// Body of the request. Sending it again with other facts replaces the earlier ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    /// The app's bundle ID, from which APNs topics are made.
    #[serde(rename = "bundleID")]
    pub bundle_id: String,
    /// Environment of both tokens.
    pub environment: Environment,
    /// The tokens; at least one.
    pub tokens: Tokens,
    /// Name and version of this library, as `react-native-zpns/0.1.0`.
    #[serde(default)]
    pub sdk: String,
    /// The device's language, as `zh-Hans-CN`.
    #[serde(default)]
    pub locale: String,
}

/// A device's push tokens, lower-case hex.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tokens {
    /// Device token, for alerts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub apns: Option<String>,
    /// PushKit token, for calls.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub voip: Option<String>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("apns", &self.apns.is_some())
            .field("voip", &self.voip.is_some())
            .finish()
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Registered {
    /// Stable for one installation of one user.
    #[serde(rename = "pushID")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub push_id: PushId,
}

/// Body of `PUT /v1/installations/{id}/badge`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Badge {
    /// What the next badge increments start from: 0 to 99,999.
    pub badge: u32,
}
