//! The JSON inside a VoIP push: ZEGO's keys, so that either client reads it, and ours beside them.
//!
//! The gateway writes it with [`VoipPayload`]. The phone reads it key by key with the names in [`keys`], since a reader must take any bytes.

use serde::{Deserialize, Serialize};

use crate::push_config::HandleType;

/// Names of the keys.
pub mod keys {
    /// Apple's dictionary.
    pub const APS: &str = "aps";
    /// In [`APS`]: text, or an object with [`TITLE`] and [`BODY`].
    pub const ALERT: &str = "alert";
    /// In [`ALERT`]: shown as the caller's name.
    pub const TITLE: &str = "title";
    /// In [`ALERT`]: the body text.
    pub const BODY: &str = "body";
    /// ZEGO's dictionary.
    pub const ZEGO: &str = "zego";
    /// In [`ZEGO`]: whether the call has video.
    pub const HAS_VIDEO: &str = "voip_has_video";
    /// In [`ZEGO`]: kind of the handle, 1 to 3.
    pub const HANDLE_TYPE: &str = "voip_handle_type";
    /// In [`ZEGO`]: the handle.
    pub const HANDLE_VALUE: &str = "voip_handle_value";
    /// The call's ID.
    pub const CALL_ID: &str = "call_id";
    /// What the caller passes through to the app.
    pub const PAYLOAD: &str = "payload";
    /// Our dictionary, a [`super::ZpnsSection`].
    pub const ZPNS: &str = "zpns";
    /// In [`ZPNS`]: see [`super::ZpnsSection::version`].
    pub const VERSION: &str = "v";
    /// In [`ZPNS`]: see [`super::PushKind`].
    pub const KIND: &str = "kind";
    /// In [`ZPNS`]: see [`super::ZpnsSection::reason`].
    pub const REASON: &str = "reason";
    /// In [`ZPNS`]: see [`super::ZpnsSection::sent_at`].
    pub const SENT_AT: &str = "sentAt";
    /// In [`ZPNS`]: see [`super::ZpnsSection::expires_at`].
    pub const EXPIRES_AT: &str = "expiresAt";
    /// In [`ZPNS`]: see [`super::ZpnsSection::follow_url`].
    pub const FOLLOW_URL: &str = "followURL";
    /// In [`ZPNS`]: see [`super::ZpnsSection::follow_token`].
    pub const FOLLOW_TOKEN: &str = "followToken";
    /// In [`ZPNS`]: see [`super::ZpnsSection::caller`].
    pub const CALLER: &str = "caller";
    /// In [`ZPNS`]: see [`super::ZpnsSection::user`].
    pub const USER: &str = "user";
    /// In [`ZPNS`]: see [`super::ZpnsSection::mode`].
    pub const MODE: &str = "mode";
    /// In [`ZPNS`]: see [`super::ZpnsSection::extended_data`].
    pub const EXTENDED_DATA: &str = "extendedData";
    /// In [`ZPNS`]: see [`super::ZpnsSection::timeout`].
    pub const TIMEOUT: &str = "timeout";
}

/// Largest VoIP payload that APNs takes, in bytes (Apple, "Sending notification requests to APNs").
pub const MAX_VOIP_BYTES: usize = 5120;
/// Largest payload of the other push types, in bytes (same source).
pub const MAX_ALERT_BYTES: usize = 4096;
/// Version that [`ZpnsSection::version`] carries.
pub const VERSION: u32 = 1;

/// What a VoIP push is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PushKind {
    /// Someone calls.
    Invite,
    /// A call sent before is over. Sent as VoIP only where a resource's strategy asks for it.
    Cancel,
}

/// Why a call is over for the device that gets a [`PushKind::Cancel`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CancelReason {
    /// It was taken back.
    Cancelled,
    /// Its user answered on another device.
    AnsweredElsewhere,
    /// Its user declined on another device.
    DeclinedElsewhere,
}

impl CancelReason {
    /// All reasons.
    pub const ALL: [Self; 3] = [
        Self::Cancelled,
        Self::AnsweredElsewhere,
        Self::DeclinedElsewhere,
    ];

    /// As the push spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::AnsweredElsewhere => "answeredElsewhere",
            Self::DeclinedElsewhere => "declinedElsewhere",
        }
    }
}

/// A VoIP payload as the gateway writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoipPayload {
    /// Apple's dictionary.
    pub aps: Aps,
    /// ZEGO's dictionary.
    pub zego: ZegoSection,
    /// The call's ID; left out where a push is no call invitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
    /// What the caller passes through.
    pub payload: String,
    /// Our dictionary.
    pub zpns: ZpnsSection,
}

/// Apple's dictionary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aps {
    /// Title and body.
    pub alert: Alert,
}

/// Title and body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Shown as the caller's name.
    pub title: String,
    /// Body text.
    pub body: String,
}

/// ZEGO's dictionary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZegoSection {
    /// Always 1.
    pub version: u32,
    /// Whether the call has video.
    pub voip_has_video: bool,
    /// Kind of the handle.
    pub voip_handle_type: HandleType,
    /// The handle.
    pub voip_handle_value: String,
}

/// Our dictionary. Times are Unix milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZpnsSection {
    /// [`VERSION`].
    #[serde(rename = "v")]
    pub version: u32,
    /// What the push is about.
    pub kind: PushKind,
    /// Why the call is over. [`PushKind::Cancel`] only; one without counts as taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<CancelReason>,
    /// When the gateway made it.
    #[serde(rename = "sentAt")]
    pub sent_at: u64,
    /// When the phone must have stopped ringing.
    #[serde(rename = "expiresAt")]
    pub expires_at: u64,
    /// The call on the gateway: `{public URL}/v1/calls/{id}`, to which `/events`, `/accept`, `/reject` and `/end` are added. Calls only.
    #[serde(rename = "followURL", skip_serializing_if = "Option::is_none")]
    pub follow_url: Option<String>,
    /// Bearer token for [`Self::follow_url`]: one call, one installation, short-lived.
    #[serde(rename = "followToken", skip_serializing_if = "Option::is_none")]
    pub follow_token: Option<String>,
    /// User ID of the caller. Calls only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// User ID of the invitee to whose device this goes. Calls only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// ZIM's call mode: 0 general, 1 advanced. Calls only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<u8>,
    /// What the inviter passes to the invitees. Calls only.
    #[serde(rename = "extendedData", skip_serializing_if = "Option::is_none")]
    pub extended_data: Option<String>,
    /// How long the call rings, in seconds. Calls only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_payload_is_written_key_by_key() {
        let payload = VoipPayload {
            aps: Aps {
                alert: Alert {
                    title: "系统通话标题".into(),
                    body: "your content".into(),
                },
            },
            zego: ZegoSection {
                version: 1,
                voip_has_video: true,
                voip_handle_type: HandleType::Generic,
                voip_handle_value: "发送方联系人信息".into(),
            },
            call_id: Some("call-42".into()),
            payload: "业务需要的透传字段".into(),
            zpns: ZpnsSection {
                version: VERSION,
                kind: PushKind::Invite,
                reason: None,
                sent_at: 1_764_000_000_000,
                expires_at: 1_764_000_045_000,
                follow_url: Some("https://push.example/v1/calls/call-42".into()),
                follow_token: Some("t".into()),
                caller: None,
                user: None,
                mode: None,
                extended_data: None,
                timeout: None,
            },
        };
        let expected = serde_json::json!({
            "aps": {"alert": {"title": "系统通话标题", "body": "your content"}},
            "zego": {"version": 1, "voip_has_video": true, "voip_handle_type": 1, "voip_handle_value": "发送方联系人信息"},
            "call_id": "call-42", "payload": "业务需要的透传字段",
            "zpns": {"v": 1, "kind": "invite", "sentAt": 1_764_000_000_000_u64, "expiresAt": 1_764_000_045_000_u64,
                     "followURL": "https://push.example/v1/calls/call-42", "followToken": "t"}
        });
        assert_eq!(serde_json::to_value(&payload).unwrap(), expected);
    }

    #[test]
    fn reasons_are_spelled_as_they_are_serialized() {
        for reason in CancelReason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        }
    }
}
