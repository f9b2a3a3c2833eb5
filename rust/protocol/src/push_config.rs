//! What a caller says about a push, in the names of `ZIMPushConfig`.

use serde::{Deserialize, Serialize};

use crate::errors::InvalidField;

/// Kind of a call handle. The numbers are Apple's `CXHandle.HandleType`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum HandleType {
    /// Any text.
    #[default]
    Generic,
    /// A phone number.
    PhoneNumber,
    /// An e-mail address.
    EmailAddress,
}

impl HandleType {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Generic, Self::PhoneNumber, Self::EmailAddress];

    /// The number on the wire and in Apple's API: 1, 2 or 3.
    pub const fn number(self) -> u8 {
        match self {
            Self::Generic => 1,
            Self::PhoneNumber => 2,
            Self::EmailAddress => 3,
        }
    }

    /// The kind with this number.
    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|t| u64::from(t.number()) == number)
    }
}

impl TryFrom<u8> for HandleType {
    type Error = String;
    fn try_from(number: u8) -> Result<Self, String> {
        Self::from_number(number.into())
            .ok_or_else(|| format!("{number} is no handle type: use 1 (generic), 2 (phone number) or 3 (e-mail address)"))
    }
}

impl From<HandleType> for u8 {
    fn from(kind: HandleType) -> Self {
        kind.number()
    }
}

/// How the call is shown on the callee's iPhone (`ZIMVoIPConfig`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VoipConfig {
    /// Kind of the handle; generic if left out.
    #[serde(rename = "iOSVoIPHandleType", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = u8))]
    pub handle_type: HandleType,
    /// The caller as shown and as stored in Recents.
    #[serde(rename = "iOSVoIPHandleValue", default)]
    pub handle_value: String,
    /// Whether the call is a video call.
    #[serde(rename = "iOSVoIPHasVideo", default)]
    pub has_video: bool,
}

/// `ZIMPushConfig`: what to push, and by which strategy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct PushConfig {
    /// Title; shown as the caller's name on a VoIP call.
    pub title: String,
    /// Body text.
    pub content: String,
    /// Passed through to the app unread.
    pub payload: String,
    /// Names the strategy (VoIP or alert) that the gateway's operator set up. At most 32 characters; empty: an alert.
    #[serde(rename = "resourcesID")]
    pub resources_id: String,
    /// Groups alerts (`thread-id`).
    #[serde(rename = "threadID")]
    pub thread_id: String,
    /// Whether this push changes the badge.
    #[serde(rename = "enableBadge")]
    pub enable_badge: bool,
    /// By how much, if so.
    #[serde(rename = "badgeIncrement")]
    pub badge_increment: i32,
    /// How a call is shown.
    #[serde(rename = "voIPConfig", skip_serializing_if = "Option::is_none")]
    pub voip: Option<VoipConfig>,
}

impl PushConfig {
    /// Longest `resourcesID`, in characters.
    pub const MAX_RESOURCES_ID: usize = 32;

    /// Checks what can be checked without knowing the gateway's resources.
    pub fn check(&self) -> Result<(), InvalidField> {
        let length = self.resources_id.chars().count();
        if length > Self::MAX_RESOURCES_ID {
            return Err(InvalidField::new(
                "pushConfig.resourcesID",
                format!(
                    "has at most {} characters, this one has {length}",
                    Self::MAX_RESOURCES_ID
                ),
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_push_config_is_read() {
        let config: PushConfig = serde_json::from_str(
            r#"{"resourcesID":"voip","title":"系统通话标题","payload":"业务需要的透传字段","content":"your content",
                "voIPConfig":{"iOSVoIPHandleType":1,"iOSVoIPHandleValue":"发送方联系人信息","iOSVoIPHasVideo":true}}"#,
        )
        .unwrap();
        assert_eq!(config.title, "系统通话标题");
        assert_eq!(
            config.voip.unwrap(),
            VoipConfig {
                handle_type: HandleType::Generic,
                handle_value: "发送方联系人信息".into(),
                has_video: true
            }
        );
    }

    #[test]
    fn a_resources_id_of_33_characters_is_refused_with_its_length() {
        let config = PushConfig {
            resources_id: "通".repeat(33),
            ..PushConfig::default()
        };
        assert!(config.check().unwrap_err().to_string().contains("33"));
        assert!(
            PushConfig {
                resources_id: "通".repeat(32),
                ..config
            }
            .check()
            .is_ok()
        );
    }

    #[test]
    fn an_unknown_handle_type_is_refused_with_the_known_ones() {
        let error = serde_json::from_str::<VoipConfig>(r#"{"iOSVoIPHandleType":4}"#)
            .unwrap_err()
            .to_string();
        assert!(error.contains("1 (generic)"), "{error}");
    }
}
