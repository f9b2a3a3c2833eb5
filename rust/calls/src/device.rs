//! A device as the gateway knows it.

use zpns_protocol::{Environment, PushId};

/// A registered device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its pushID; absent for one that was addressed by a local pushID.
    pub push_id: Option<PushId>,
    /// Whose it is, if it is registered.
    pub user: Option<String>,
    /// The installation's ID, if it is registered.
    pub installation: Option<String>,
    /// The app on it.
    pub bundle_id: String,
    /// Environment of both tokens.
    pub environment: Environment,
    /// Device token.
    pub apns: Option<String>,
    /// PushKit token.
    pub voip: Option<String>,
    /// The badge it shows.
    pub badge: u32,
    /// When APNs last refused a token of it as unknown.
    pub suspect_since: Option<u64>,
    /// When it last registered.
    pub registered_at: u64,
}
