//! `embedded.mobileprovision`.

use std::time::Duration;

use zpns_core::environment::profile_environment;

use super::work::worked;

/// Any bytes as a profile: an environment is read out of it or not, and never made up.
pub fn check(profile: &[u8]) -> Duration {
    let began = worked();
    let environment = profile_environment(profile);
    let took = worked().saturating_sub(began);
    if let Some(environment) = environment {
        for text in [
            "<plist",
            "<key>",
            "aps-environment",
            "</key>",
            "<string>",
            &environment.to_string(),
            "</string>",
            "</plist>",
        ] {
            assert!(
                profile
                    .windows(text.len())
                    .any(|window| window == text.as_bytes()),
                "an environment is never made up"
            );
        }
    }
    took
}
