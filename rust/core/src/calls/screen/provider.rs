//! CallKit's configuration, checked.

use crate::command::{self, Method};
use crate::effect::ProviderConfiguration;
use crate::error::Error;

/// Reads the parameters of `setInitConfiguration`. A null counts as not given.
pub(super) fn parse(params: &str) -> Result<ProviderConfiguration, Error> {
    let configuration: ProviderConfiguration =
        command::parse(Method::SetInitConfiguration, params)?;
    let numbers = [
        ("maximumCallGroups", configuration.maximum_call_groups),
        (
            "maximumCallsPerCallGroup",
            configuration.maximum_calls_per_call_group,
        ),
    ];
    for (field, number) in numbers {
        if number == Some(0) {
            return Err(Error::invalid(format!(
                "setInitConfiguration: {field} must be at least 1; with 0 CallKit refuses every call"
            )));
        }
    }
    let names = [
        ("localizedName", &configuration.localized_name),
        (
            "iconTemplateImageName",
            &configuration.icon_template_image_name,
        ),
        ("ringtoneSound", &configuration.ringtone_sound),
    ];
    for (field, name) in names {
        if name
            .as_deref()
            .is_some_and(|name| name.chars().any(char::is_control))
        {
            return Err(Error::invalid(format!(
                "setInitConfiguration: {field} may not hold control characters"
            )));
        }
    }
    // An empty name is what an unset text field of a form gives.
    let given = |name: Option<String>| name.filter(|name| !name.is_empty());
    Ok(ProviderConfiguration {
        localized_name: given(configuration.localized_name),
        icon_template_image_name: given(configuration.icon_template_image_name),
        ringtone_sound: given(configuration.ringtone_sound),
        ..configuration
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_and_empty_names_count_as_not_given() {
        let configuration =
            parse(r#"{"localizedName":"Example","supportsVideo":null,"maximumCallGroups":null,"ringtoneSound":""}"#).unwrap();
        assert_eq!(
            configuration,
            ProviderConfiguration {
                localized_name: Some("Example".into()),
                ..ProviderConfiguration::default()
            }
        );
    }

    #[test]
    fn what_callkit_would_choke_on_is_refused() {
        for params in [
            r#"{"maximumCallGroups":0}"#,
            r#"{"maximumCallsPerCallGroup":0}"#,
            r#"{"maximumCallGroups":-1}"#,
            r#"{"maximumCallGroups":"two"}"#,
            r#"{"supportedHandleTypes":[4]}"#,
            r#"{"ringtoneSound":"a\nb"}"#,
            "no json",
        ] {
            assert_eq!(parse(params).unwrap_err().code, "6009001", "{params}");
        }
    }
}
