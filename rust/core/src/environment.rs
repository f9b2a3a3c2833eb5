//! Which APNs environment this build's tokens belong to.
//!
//! The first that applies: what `registerPush({iOSEnvironment})` said, what `enableDebug` said, evidence (Apple's simulator or the embedded
//! provisioning profile says development), and without evidence production. What was set wins over evidence, and a contradiction is said.

use serde::{Deserialize, Serialize};
use zpns_protocol::Environment;

use crate::app::AppFacts;

/// What the app set. Both may be unset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EnvironmentSetting {
    /// `registerPush({iOSEnvironment: Production | Development})`.
    pub explicit: Option<Environment>,
    /// `enableDebug(true | false)`.
    pub debug: Option<bool>,
}

/// Where the environment was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum EnvironmentSource {
    /// `registerPush({iOSEnvironment})`, or `isProduct` of a native app.
    RegisterPush,
    /// `enableDebug`.
    EnableDebug,
    /// This is Apple's simulator, whose tokens are development tokens.
    Simulator,
    /// `embedded.mobileprovision` says `aps-environment` development.
    ProvisioningProfile,
    /// Nothing speaks for development.
    Default,
}

/// The environment, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The environment to register with.
    pub environment: Environment,
    /// Where it was taken from.
    pub source: EnvironmentSource,
    /// What the build itself says.
    pub evidence: Evidence,
    /// Set where the setting contradicts the evidence: what is wrong and what to do.
    pub warning: Option<String>,
}

/// What the build says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Evidence {
    /// Apple's simulator.
    Simulator,
    /// A profile with `aps-environment` development.
    DevelopmentProfile,
    /// A profile with `aps-environment` production (ad hoc, enterprise).
    ProductionProfile,
    /// A profile without a readable `aps-environment`.
    UnclearProfile,
    /// No profile: TestFlight or App Store.
    NoProfile,
}

impl Evidence {
    /// Reads the evidence.
    pub fn of(app: &AppFacts) -> Self {
        if app.simulator {
            return Self::Simulator;
        }
        match &app.provisioning_profile {
            None => Self::NoProfile,
            Some(profile) => match profile_environment(profile) {
                Some(Environment::Development) => Self::DevelopmentProfile,
                Some(Environment::Production) => Self::ProductionProfile,
                None => Self::UnclearProfile,
            },
        }
    }

    /// The environment it speaks for. No profile speaks for production: development builds always carry one.
    pub const fn environment(self) -> Option<Environment> {
        match self {
            Self::Simulator | Self::DevelopmentProfile => Some(Environment::Development),
            Self::ProductionProfile | Self::NoProfile => Some(Environment::Production),
            Self::UnclearProfile => None,
        }
    }

    const fn describe(self) -> &'static str {
        match self {
            Self::Simulator => "this is Apple's simulator",
            Self::DevelopmentProfile => "the build is signed with a development profile",
            Self::ProductionProfile => "the build's provisioning profile is for production",
            Self::UnclearProfile => "the build's provisioning profile does not name an environment",
            Self::NoProfile => {
                "the build has no provisioning profile, as TestFlight and App Store builds"
            }
        }
    }
}

/// Decides.
pub fn resolve(setting: EnvironmentSetting, app: &AppFacts) -> Resolution {
    let evidence = Evidence::of(app);
    let (environment, source) = match (setting.explicit, setting.debug) {
        (Some(explicit), _) => (explicit, EnvironmentSource::RegisterPush),
        (None, Some(true)) => (Environment::Development, EnvironmentSource::EnableDebug),
        (None, Some(false)) => (Environment::Production, EnvironmentSource::EnableDebug),
        (None, None) => match evidence {
            Evidence::Simulator => (Environment::Development, EnvironmentSource::Simulator),
            Evidence::DevelopmentProfile => (
                Environment::Development,
                EnvironmentSource::ProvisioningProfile,
            ),
            Evidence::ProductionProfile | Evidence::UnclearProfile | Evidence::NoProfile => {
                (Environment::Production, EnvironmentSource::Default)
            }
        },
    };
    let warning = evidence.environment().filter(|evident| *evident != environment).map(|evident| {
        let call = match (source, environment) {
            (EnvironmentSource::RegisterPush, Environment::Development) => "registerPush({iOSEnvironment: Development})",
            (EnvironmentSource::RegisterPush, Environment::Production) => "registerPush({iOSEnvironment: Production})",
            (_, Environment::Development) => "enableDebug(true)",
            (_, Environment::Production) => "enableDebug(false)",
        };
        let remedy = match evident {
            Environment::Development => "call enableDebug(true)",
            Environment::Production => "call enableDebug(false)",
        };
        format!(
            "registered for {environment}, as {call} says, but {}: its tokens belong to {evident}, and APNs will answer BadDeviceToken. \
             Leave the environment automatic, or {remedy}",
            evidence.describe()
        )
    });
    Resolution {
        environment,
        source,
        evidence,
        warning,
    }
}

/// Reads `aps-environment` from `embedded.mobileprovision`: an XML property list inside a CMS envelope (Apple TN3125), so the bytes are
/// searched and never decoded as text.
pub fn profile_environment(profile: &[u8]) -> Option<Environment> {
    let start = find(profile, b"<plist", 0)?;
    let end = find(profile, b"</plist>", start)?;
    let plist = profile.get(start..end)?;
    let mut from = 0;
    while let Some(at) = find(plist, b"<key>", from) {
        let name_start = at + b"<key>".len();
        let name_end = find(plist, b"</key>", name_start)?;
        from = name_end + b"</key>".len();
        if plist.get(name_start..name_end).map(<[u8]>::trim_ascii) == Some(b"aps-environment") {
            let value = plist
                .get(from..)?
                .trim_ascii_start()
                .strip_prefix(b"<string>")?;
            let value = value.get(..find(value, b"</string>", 0)?)?;
            return std::str::from_utf8(value.trim_ascii())
                .ok()
                .and_then(Environment::from_name);
        }
    }
    None
}

fn find(haystack: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let rest = haystack.get(from..)?;
    rest.windows(needle.len())
        .position(|window| window == needle)
        .map(|at| at + from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(environment: &str) -> Vec<u8> {
        let mut bytes = vec![0x30, 0x82, 0xff, 0x00, 0x80];
        bytes.extend_from_slice(
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict><key>Name</key><string>应用</string>\
                 <key>Entitlements</key><dict>\n<key>aps-environment</key>\n\t<string>{environment}</string></dict></dict></plist>"
            )
            .as_bytes(),
        );
        bytes.extend_from_slice(&[0x00, 0xde, 0xad]);
        bytes
    }

    fn app(simulator: bool, provisioning_profile: Option<Vec<u8>>) -> AppFacts {
        AppFacts {
            simulator,
            provisioning_profile,
            ..AppFacts::default()
        }
    }

    fn resolved(
        explicit: Option<Environment>,
        debug: Option<bool>,
        app: &AppFacts,
    ) -> (Environment, EnvironmentSource, bool) {
        let resolution = resolve(EnvironmentSetting { explicit, debug }, app);
        (
            resolution.environment,
            resolution.source,
            resolution.warning.is_some(),
        )
    }

    #[test]
    fn the_first_source_that_applies_decides() {
        use Environment::{Development, Production};
        use EnvironmentSource::{
            Default, EnableDebug, ProvisioningProfile, RegisterPush, Simulator,
        };
        let development = app(false, Some(profile("development")));
        let ad_hoc = app(false, Some(profile("production")));
        let store = app(false, None);
        let simulator = app(true, None);
        let unclear = app(false, Some(b"not a profile".to_vec()));
        for (explicit, debug, app, expected) in [
            (
                Some(Production),
                Some(true),
                &store,
                (Production, RegisterPush, false),
            ),
            (
                Some(Development),
                Some(false),
                &store,
                (Development, RegisterPush, true),
            ),
            (
                None,
                Some(true),
                &development,
                (Development, EnableDebug, false),
            ),
            (
                None,
                Some(false),
                &development,
                (Production, EnableDebug, true),
            ),
            (None, Some(true), &ad_hoc, (Development, EnableDebug, true)),
            (None, None, &simulator, (Development, Simulator, false)),
            (
                None,
                None,
                &development,
                (Development, ProvisioningProfile, false),
            ),
            (None, None, &ad_hoc, (Production, Default, false)),
            (None, None, &store, (Production, Default, false)),
            (None, None, &unclear, (Production, Default, false)),
            (
                None,
                Some(true),
                &unclear,
                (Development, EnableDebug, false),
            ),
        ] {
            assert_eq!(
                resolved(explicit, debug, app),
                expected,
                "{explicit:?} {debug:?} {:?}",
                Evidence::of(app)
            );
        }
    }

    #[test]
    fn a_warning_says_what_was_set_what_is_evident_and_what_to_do() {
        let setting = EnvironmentSetting {
            explicit: None,
            debug: Some(false),
        };
        let warning = resolve(setting, &app(false, Some(profile("development"))))
            .warning
            .unwrap();
        for part in [
            "enableDebug(false)",
            "development profile",
            "BadDeviceToken",
            "enableDebug(true)",
        ] {
            assert!(warning.contains(part), "{warning}");
        }
    }

    #[test]
    fn a_profile_is_read_inside_its_envelope_and_anything_else_says_nothing() {
        assert_eq!(
            profile_environment(&profile("development")),
            Some(Environment::Development)
        );
        assert_eq!(
            profile_environment(&profile("production")),
            Some(Environment::Production)
        );
        for bytes in [
            profile("staging"),
            Vec::new(),
            b"<plist></plist>".to_vec(),
            b"<plist><key>aps-environment</key></plist>".to_vec(),
            b"<plist><key>aps-environment</key><true/></plist>".to_vec(),
            b"<plist><key>aps-environment".to_vec(),
            b"<key>aps-environment</key><string>development</string>".to_vec(),
            b"</plist><plist>".to_vec(),
        ] {
            assert_eq!(
                profile_environment(&bytes),
                None,
                "{}",
                String::from_utf8_lossy(&bytes)
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_profile_reader_fail(bytes: Vec<u8>, cut in 0_usize..400) {
            let _ = profile_environment(&bytes);
            let mut profile = profile("development");
            profile.truncate(cut);
            let _ = profile_environment(&profile);
        }
    }
}
