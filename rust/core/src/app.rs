//! What is known about the app when it starts, and never changes while it runs.

/// Shown as the caller where nothing says who calls, not even which app.
const UNKNOWN_CALLER: &str = "Unknown";

/// Who is shown as the caller where nothing says who calls: the app, if it has a name.
pub fn unnamed_caller(app_name: &str) -> &str {
    if app_name.is_empty() {
        UNKNOWN_CALLER
    } else {
        app_name
    }
}

/// Facts about the app and the device, read once by the platform.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppFacts {
    /// `CFBundleIdentifier`.
    pub bundle_id: String,
    /// `CFBundleDisplayName`: shown as the caller where a push names none.
    pub app_name: String,
    /// `CFBundleShortVersionString` and build; a change registers again.
    pub app_version: String,
    /// `UIDevice.systemVersion`, as `26.4`.
    pub system_version: String,
    /// BCP 47 language of the device, as `zh-Hans-CN`.
    pub locale: String,
    /// Whether this is Apple's simulator.
    pub simulator: bool,
    /// Bytes of `embedded.mobileprovision`, where the bundle has one.
    pub provisioning_profile: Option<Vec<u8>>,
    /// `UIBackgroundModes` of Info.plist.
    pub background_modes: Vec<String>,
    /// Info.plist `ZPNSEnableVoIP`: register for VoIP at the very first launch, before JavaScript asked for it.
    pub voip_at_launch: bool,
    /// Info.plist `ZPNSCallKitDisabled`: never touch CallKit nor register for VoIP pushes (mainland China store builds).
    pub call_kit_disabled: bool,
}

impl AppFacts {
    /// Whether this iOS ends calls by itself that ring for about a minute, with a `CXEndCallAction` that looks as if the user had declined:
    /// from iOS 16 on. A version that can't be read is taken for a newer one.
    pub(crate) fn system_ends_rings(&self) -> bool {
        let major = self.system_version.split('.').next().unwrap_or_default();
        major.parse::<u32>().is_ok_and(|major| major >= 16) || major.parse::<u32>().is_err()
    }
}
