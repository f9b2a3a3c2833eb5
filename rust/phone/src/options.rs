//! What kind of iPhone it is, how the app on it was built, and how its user behaves.

use serde::{Deserialize, Serialize};
use zpns_driver::AppFacts;
use zpns_protocol::Environment;

use crate::callkit::{AudioActivation, IncomingCallError};
use crate::error::PhoneError;

/// How to set up a [`crate::VirtualPhone`]. As JSON in camel case, every field may be left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent settings, each with its name in JSON"
)]
pub struct PhoneOptions {
    /// `CFBundleIdentifier` of the app.
    #[serde(rename = "bundleID")]
    pub bundle_id: String,
    /// `CFBundleDisplayName`.
    pub app_name: String,
    /// Version and build of the app.
    pub app_version: String,
    /// BCP 47 language of the device.
    pub locale: String,
    /// iOS version, as `26.4`. From 26.4 on PushKit says whether a push must be reported.
    pub ios_version: String,
    /// How the app was signed; decides which APNs environment its tokens belong to.
    pub signing: Signing,
    /// Whether tokens come from outside, by [`crate::VirtualPhone::set_tokens`], as those that an APNs simulator gave. They are made up
    /// here otherwise.
    pub external_tokens: bool,
    /// Whether the app has the Push Notifications capability (entitlement `aps-environment`). Without it there are no tokens.
    pub push_capability: bool,
    /// `UIBackgroundModes` of Info.plist.
    pub background_modes: Vec<String>,
    /// Info.plist `ZPNSEnableVoIP`.
    pub voip_at_launch: bool,
    /// Info.plist `ZPNSCallKitDisabled`.
    pub call_kit_disabled: bool,
    /// What the user answers when the app asks for permission to notify.
    pub permission: Permission,
    /// Whether a Focus silences calls: reports are refused with code 3.
    pub do_not_disturb: bool,
    /// Handles that the user blocked: reports of calls from them are refused with code 4.
    pub blocked_handles: Vec<String>,
    /// The error that every reported call is refused with, whatever the reason; none if calls are taken.
    pub refuse_reports: Option<IncomingCallError>,
    /// When the app's audio session is activated.
    pub audio_activation: AudioActivation,
    /// Whether the phone was unlocked since it was switched on. Before that the app's storage can't be read or written.
    pub storage_readable: bool,
    /// How far the phone's clock is ahead of the time, in milliseconds; behind, if negative.
    pub clock_offset_ms: i64,
    /// How long the app has for a `CXAction`, in milliseconds.
    pub action_timeout_ms: u64,
    /// How long CallKit takes to complete a reported incoming call, in milliseconds.
    pub report_delay_ms: u64,
    /// How long CallKit lets a call ring before it ends it itself, in milliseconds; from iOS 16 on.
    pub ring_limit_ms: u64,
    /// Whether iOS has the app's process stand still where there is no reason for it to run.
    pub suspends: bool,
    /// How long after the last reason, in milliseconds.
    pub suspend_after_ms: u64,
    /// How long a request is on its way before it leaves the phone, in milliseconds: name lookup, connection, TLS.
    pub network_delay_ms: u64,
}

impl Default for PhoneOptions {
    fn default() -> Self {
        Self {
            bundle_id: "com.example.calls".to_owned(),
            app_name: "Calls".to_owned(),
            app_version: "1.0 (1)".to_owned(),
            locale: "en-US".to_owned(),
            ios_version: "26.4".to_owned(),
            signing: Signing::Development,
            external_tokens: false,
            push_capability: true,
            background_modes: vec!["voip".to_owned(), "remote-notification".to_owned()],
            voip_at_launch: false,
            call_kit_disabled: false,
            permission: Permission::Granted,
            do_not_disturb: false,
            blocked_handles: Vec::new(),
            refuse_reports: None,
            audio_activation: AudioActivation::AfterMs(0),
            storage_readable: true,
            clock_offset_ms: 0,
            action_timeout_ms: 30_000,
            report_delay_ms: 0,
            ring_limit_ms: 60_000,
            suspends: true,
            suspend_after_ms: 3_000,
            network_delay_ms: 0,
        }
    }
}

/// How an app was built and signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Signing {
    /// From Xcode onto a device: a profile with `aps-environment` development is in the bundle.
    Development,
    /// Ad hoc or enterprise: a profile with `aps-environment` production is in the bundle.
    AdHoc,
    /// TestFlight or App Store: no profile in the bundle.
    Production,
    /// Apple's simulator: no profile, and PushKit gives no token there.
    Simulator,
}

impl Signing {
    /// The APNs environment that tokens of such a build belong to.
    pub const fn environment(self) -> Environment {
        match self {
            Self::Development | Self::Simulator => Environment::Development,
            Self::AdHoc | Self::Production => Environment::Production,
        }
    }

    /// What `embedded.mobileprovision` would hold: a property list between bytes that are no text, as in the signed original.
    fn profile(self) -> Option<Vec<u8>> {
        let environment = match self {
            Self::Development => Environment::Development,
            Self::AdHoc => Environment::Production,
            Self::Production | Self::Simulator => return None,
        };
        let plist = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n<dict>\n\t<key>Entitlements</key>\n\t<dict>\n\
             \t\t<key>aps-environment</key>\n\t\t<string>{environment}</string>\n\t</dict>\n</dict>\n</plist>\n"
        );
        Some(
            [
                &[0x30, 0x82, 0xff, 0x00][..],
                plist.as_bytes(),
                &[0x00, 0xfe, 0x31],
            ]
            .concat(),
        )
    }
}

/// The user's answer to the question whether the app may notify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Permission {
    /// Allow.
    Granted,
    /// Don't allow.
    Denied,
}

impl PhoneOptions {
    /// Reads the JSON form.
    pub fn from_json(json: &str) -> Result<Self, PhoneError> {
        serde_json::from_slice(json.as_bytes())
            .map_err(|error| PhoneError::Options(error.to_string()))
    }

    /// What the app can find out about itself and the device.
    pub(crate) fn facts(&self) -> AppFacts {
        AppFacts {
            bundle_id: self.bundle_id.clone(),
            app_name: self.app_name.clone(),
            app_version: self.app_version.clone(),
            system_version: self.ios_version.clone(),
            locale: self.locale.clone(),
            simulator: self.signing == Signing::Simulator,
            provisioning_profile: self.signing.profile(),
            background_modes: self.background_modes.clone(),
            voip_at_launch: self.voip_at_launch,
            call_kit_disabled: self.call_kit_disabled,
        }
    }

    /// Whether Info.plist has the `voip` background mode.
    pub(crate) fn voip_background_mode(&self) -> bool {
        self.background_modes.iter().any(|mode| mode == "voip")
    }

    /// Why PushKit gives this app no token, if so.
    pub(crate) fn no_voip_token(&self) -> Option<&'static str> {
        if !self.push_capability {
            Some(
                "the entitlement aps-environment is missing: add the Push Notifications capability",
            )
        } else if self.signing == Signing::Simulator {
            Some("Apple's simulator has no PushKit: use a device build")
        } else if self.voip_background_mode() {
            None
        } else {
            Some("the voip background mode is missing: add it to UIBackgroundModes")
        }
    }

    /// Whether PushKit on this iOS says if a push must be reported (26.4 and later).
    pub(crate) fn says_must_report(&self) -> bool {
        self.version() >= (26, 4)
    }

    /// Whether this iOS ends calls by itself that ring for too long.
    pub(crate) fn ends_rings(&self) -> bool {
        self.version() >= (16, 0)
    }

    /// Whether this iOS warns the developer of an app that does not report a call for a push.
    pub(crate) fn warns_developers(&self) -> bool {
        self.version() >= (26, 0)
    }

    fn version(&self) -> (u32, u32) {
        let mut parts = self
            .ios_version
            .split('.')
            .map(|part| part.parse::<u32>().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pushkit_says_whether_a_push_must_be_reported_from_26_4_on() {
        let says = |version: &str| {
            PhoneOptions {
                ios_version: version.to_owned(),
                ..PhoneOptions::default()
            }
            .says_must_report()
        };
        assert!(says("26.4") && says("26.10") && says("27.0"));
        assert!(!says("26.3") && !says("15.1") && !says("26"));
    }

    #[test]
    fn a_misspelt_option_is_refused_and_named() {
        let error = PhoneOptions::from_json(r#"{"bundleId": "a"}"#).unwrap_err();
        assert!(error.to_string().contains("bundleId"), "{error}");
    }

    #[test]
    fn only_builds_with_a_profile_in_the_bundle_have_one() {
        assert!(Signing::Development.profile().is_some() && Signing::AdHoc.profile().is_some());
        assert!(Signing::Production.profile().is_none() && Signing::Simulator.profile().is_none());
    }
}
