//! Resources and the strategies they stand for.

use serde::{Deserialize, Serialize};
use zpns_protocol::pushes::DeliveryKind;

use crate::CallError;

/// What a `resourcesID` stands for. What JSON leaves out is as in [`Strategy::voip`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Strategy {
    /// How devices are reached.
    pub kind: DeliveryKind,
    /// VoIP only: whether a device without a VoIP token gets an alert instead.
    #[serde(default = "with_alert_fallback")]
    pub alert_fallback: bool,
    /// VoIP only: how long a push that is no call invitation may ring, in seconds. Calls bring their own.
    #[serde(default = "default_ring_time")]
    pub ring_time: u32,
    /// Alerts only: `apns-collapse-id`; a later alert with the same one replaces the earlier.
    pub collapse: Option<String>,
    /// How devices learn that a call is over, beside the event channel.
    #[serde(default)]
    pub cancel_mode: CancelMode,
}

impl Strategy {
    /// Ring time of a VoIP strategy that says nothing else, in seconds.
    pub const DEFAULT_RING_TIME: u32 = 60;

    /// What a `resourcesID` stands for. `find` looks up the resource; an empty ID is an alert.
    pub fn of_resource<E: From<CallError>>(
        resources_id: &str,
        find: impl FnOnce(&str) -> Result<Option<Self>, E>,
    ) -> Result<Self, E> {
        if resources_id.is_empty() {
            return Ok(Self::alert());
        }
        find(resources_id)?
            .ok_or_else(|| CallError::UnknownResource(resources_id.to_owned()).into())
    }

    /// What a push without a `resourcesID` gets.
    pub const fn alert() -> Self {
        Self {
            kind: DeliveryKind::Alert,
            alert_fallback: false,
            ring_time: Self::DEFAULT_RING_TIME,
            collapse: None,
            cancel_mode: CancelMode::None,
        }
    }

    /// VoIP, with an alert for devices that have no VoIP token.
    pub const fn voip() -> Self {
        Self {
            kind: DeliveryKind::Voip,
            alert_fallback: true,
            ring_time: Self::DEFAULT_RING_TIME,
            collapse: None,
            cancel_mode: CancelMode::None,
        }
    }
}

fn with_alert_fallback() -> bool {
    Strategy::voip().alert_fallback
}

const fn default_ring_time() -> u32 {
    Strategy::DEFAULT_RING_TIME
}

/// How devices learn that a call is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CancelMode {
    /// By the event channel, the poll on wake and the timer only, as Apple asks.
    #[default]
    None,
    /// Also by a second VoIP push.
    Voip,
}

/// A resource with its ID.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// The `resourcesID`.
    #[serde(rename = "resourcesID")]
    pub id: String,
    /// What it stands for.
    #[serde(flatten)]
    pub strategy: Strategy,
}
