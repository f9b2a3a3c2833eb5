//! `/v1/pushes`: send a push, and see what became of it.

use serde::{Deserialize, Serialize};

use crate::push_config::PushConfig;
use crate::{Environment, PushId};

/// Most recipients of one push.
pub const MAX_RECIPIENTS: usize = 1000;

/// Body of `POST /v1/pushes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PushRequest {
    /// To whom; at least one, at most [`MAX_RECIPIENTS`] in all.
    pub to: Recipients,
    /// What to push.
    pub push_config: PushConfig,
}

/// Recipients of a push.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Recipients {
    /// Devices.
    #[serde(rename = "pushIDs")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub push_ids: Vec<PushId>,
    /// Users: all their devices.
    #[serde(rename = "userIDs")]
    pub user_ids: Vec<String>,
}

/// A push: answer of `POST /v1/pushes` (202) and `GET /v1/pushes/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Push {
    /// Its ID.
    pub id: String,
    /// Unix milliseconds.
    pub created_at: u64,
    /// One for each device.
    pub deliveries: Vec<Delivery>,
    /// Users that were named but have no device.
    #[serde(default)]
    pub unreachable: Vec<String>,
}

/// What becomes of a push at one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Its ID, which is also the `apns-id` of every attempt.
    #[serde(rename = "deliveryID")]
    pub id: String,
    /// The device, by its gateway pushID; absent where the push was addressed to a local one.
    #[serde(rename = "pushID", skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub push_id: Option<PushId>,
    /// The device's user.
    #[serde(rename = "userID", skip_serializing_if = "Option::is_none", default)]
    pub user_id: Option<String>,
    /// Which APNs it goes to.
    pub environment: Environment,
    /// VoIP or alert.
    pub kind: DeliveryKind,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// Apple's reason, where it was rejected.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub advice: Option<String>,
    /// How often it was sent.
    pub attempts: u32,
    /// When it last changed, Unix milliseconds.
    pub updated_at: u64,
}

/// Kind of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum DeliveryKind {
    /// Wakes the phone and rings.
    Voip,
    /// A notification.
    Alert,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum DeliveryStatus {
    /// Durable, not yet sent.
    Queued,
    /// Sent, no answer yet.
    Sent,
    /// APNs took it. That is not yet delivery.
    Accepted,
    /// APNs refused it for good, or no credential fits.
    Rejected,
    /// Its time was up before it could be sent.
    Expired,
    /// The device says that it has it.
    Received,
}
