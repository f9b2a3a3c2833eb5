//! What is known about the app, and what it is told.

use zpns_client::{AppFacts, Event, LogEntry, LogLevel};

/// Facts about the app and the device, read once at launch.
#[uniffi::remote(Record)]
pub struct AppFacts {
    /// `CFBundleIdentifier`.
    pub bundle_id: String,
    /// `CFBundleDisplayName`.
    pub app_name: String,
    /// `CFBundleShortVersionString` and build.
    pub app_version: String,
    /// `UIDevice.systemVersion`, as `26.4`.
    pub system_version: String,
    /// BCP 47, as `zh-Hans-CN`.
    pub locale: String,
    /// Whether this is Apple's simulator.
    pub simulator: bool,
    /// Bytes of `embedded.mobileprovision`, where the bundle has one.
    pub provisioning_profile: Option<Vec<u8>>,
    /// `UIBackgroundModes` of Info.plist.
    pub background_modes: Vec<String>,
    /// Info.plist `ZPNSEnableVoIP`.
    pub voip_at_launch: bool,
    /// Info.plist `ZPNSCallKitDisabled`.
    pub call_kit_disabled: bool,
}

/// An event for JavaScript.
#[uniffi::remote(Record)]
pub struct Event {
    /// Name of its type.
    pub kind: String,
    /// Counts up from 1 over all events of this process.
    pub seq: u64,
    /// When it happened, Unix milliseconds.
    pub at: u64,
    /// Whether it waited for a listener.
    pub flushed: bool,
    /// JSON object.
    pub body: String,
}

/// A line for the log. Never a token, handle or payload in it.
#[uniffi::remote(Record)]
pub struct LogEntry {
    /// How bad.
    pub level: LogLevel,
    /// What happened.
    pub message: String,
}

/// How bad it is.
#[uniffi::remote(Enum)]
pub enum LogLevel {
    /// For tracing a problem.
    Debug,
    /// What happened.
    Info,
    /// Something the developer should look at.
    Warning,
    /// A defect.
    Error,
}
