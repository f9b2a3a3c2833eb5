//! Bodies of registrations and badges.

use zpns_protocol::errors::InvalidField;
use zpns_protocol::registration::Registration;

/// Highest badge.
pub const MAX_BADGE: u32 = 99_999;

/// Checks a registration; writes its tokens in lower case.
pub fn registration(registration: &mut Registration) -> Result<(), InvalidField> {
    bundle_id("bundleID", &registration.bundle_id)?;
    if registration.tokens.apns.is_none() && registration.tokens.voip.is_none() {
        return Err(InvalidField::new(
            "tokens",
            "needs at least one of apns and voip",
        ));
    }
    token("tokens.apns", &mut registration.tokens.apns)?;
    token("tokens.voip", &mut registration.tokens.voip)?;
    for (field, text) in [("sdk", &registration.sdk), ("locale", &registration.locale)] {
        if text.len() > 128 || text.chars().any(char::is_control) {
            return Err(InvalidField::new(
                field,
                "is at most 128 bytes without control characters",
            ));
        }
    }
    Ok(())
}

/// A bundle ID: letters, digits, dots and hyphens (Apple, `CFBundleIdentifier`), since an APNs topic is made of it.
pub fn bundle_id(field: &str, text: &str) -> Result<(), InvalidField> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    if (1..=155).contains(&text.len())
        && text.bytes().all(plain)
        && text.strip_suffix(".voip").is_none()
    {
        return Ok(());
    }
    Err(InvalidField::new(
        field,
        "is the app's bundle ID (letters, digits, dots, hyphens) without the suffix .voip",
    ))
}

/// A device token: it goes into the path of Apple's URL, so it is hex and nothing else. Apple fixes no length.
pub fn token(field: &str, token: &mut Option<String>) -> Result<(), InvalidField> {
    let Some(token) = token else { return Ok(()) };
    if !(32..=200).contains(&token.len())
        || !token.len().is_multiple_of(2)
        || !token.bytes().all(|b| b.is_ascii_hexdigit())
    {
        return Err(InvalidField::new(
            field,
            "is a device token in hexadecimal: 32 to 200 digits",
        ));
    }
    token.make_ascii_lowercase();
    Ok(())
}

/// A badge: 0 to [`MAX_BADGE`].
pub fn badge(badge: u32) -> Result<(), InvalidField> {
    if badge <= MAX_BADGE {
        return Ok(());
    }
    Err(InvalidField::new(
        "badge",
        format!("is 0 to {MAX_BADGE}, this one is {badge}"),
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(json: serde_json::Value) -> Registration {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_refused_registration_names_the_field() {
        let hex = "ab".repeat(16);
        for (json, field) in [
            (
                json!({"bundleID": "a.voip", "environment": "production", "tokens": {"voip": hex}}),
                "bundleID",
            ),
            (
                json!({"bundleID": "a/b", "environment": "production", "tokens": {"voip": hex}}),
                "bundleID",
            ),
            (
                json!({"bundleID": "a", "environment": "production", "tokens": {}}),
                "tokens",
            ),
            (
                json!({"bundleID": "a", "environment": "production", "tokens": {"apns": "../x"}}),
                "tokens.apns",
            ),
            (
                json!({"bundleID": "a", "environment": "production", "tokens": {"voip": "abc".repeat(11)}}),
                "tokens.voip",
            ),
            (
                json!({"bundleID": "a", "environment": "production", "tokens": {"voip": hex}, "locale": "a\nb"}),
                "locale",
            ),
        ] {
            assert_eq!(
                registration(&mut of(json.clone())).unwrap_err().field,
                field,
                "{json}"
            );
        }
    }

    #[test]
    fn tokens_are_kept_in_lower_case() {
        let mut body = of(
            json!({"bundleID": "a", "environment": "production", "tokens": {"voip": "AB".repeat(16)}}),
        );
        registration(&mut body).unwrap();
        assert_eq!(body.tokens.voip, Some("ab".repeat(16)));
    }

    #[test]
    fn a_badge_of_six_digits_is_refused() {
        assert!(badge(99_999).is_ok());
        assert_eq!(badge(100_000).unwrap_err().field, "badge");
    }
}
