//! What the claims of a token must say (RFC 7519, section 4.1). Times are Unix seconds.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use zpns_protocol::calls::{Call, limits};

use super::{Principal, TokenError};
use crate::device::Device;

/// Longest life of a user token, in seconds.
pub const MAX_LIFETIME: u64 = 24 * 60 * 60;
/// How far the clock of the app's backend may be off, in seconds.
pub const LEEWAY: u64 = 30;
/// How every follow token begins.
pub const FOLLOW_TOKEN_PREFIX: &str = "zpf_";
/// How long a follow token is good beyond the ring time, in milliseconds: an answered call is followed to its end.
const BEYOND_RINGING: u64 = 12 * 60 * 60 * 1000;

/// The app that a user token is for: its `aud`, alone or as the only one of a list.
pub fn audience(claims: &Value) -> Result<&str, TokenError> {
    let one = match claims.get("aud") {
        Some(Value::Array(apps)) => match apps.as_slice() {
            [app] => app.as_str(),
            _ => None,
        },
        aud => aud.and_then(Value::as_str),
    };
    one.ok_or_else(|| TokenError::invalid("its aud must be the appID"))
}

/// Whose user token for this app it is. The signature must have been verified.
///
/// `sub` is the user, `aud` the app, `exp` at most [`MAX_LIFETIME`] ahead; an `nbf` must not lie in the future.
pub fn user(claims: &Value, app: &str, now: u64) -> Result<Principal, TokenError> {
    if audience(claims)? != app {
        return Err(TokenError::unknown_app());
    }
    let user = required(claims, "sub", Value::as_str)?;
    let expires_at = required(claims, "exp", Value::as_u64)?;
    if expires_at.saturating_add(LEEWAY) < now {
        return Err(TokenError::Expired);
    }
    if let Some(not_before) = claims.get("nbf")
        && seconds(not_before).ok_or_else(TokenError::unreadable)? > now.saturating_add(LEEWAY)
    {
        return Err(TokenError::invalid(
            "its nbf lies in the future: check the clock of the machine that mints",
        ));
    }
    if expires_at > now.saturating_add(MAX_LIFETIME + LEEWAY) {
        return Err(TokenError::invalid("its exp is more than 24 hours ahead"));
    }
    if !(1..=limits::USER_ID).contains(&user.len()) {
        return Err(TokenError::invalid(format!(
            "its sub must be a user ID of 1 to {} bytes",
            limits::USER_ID
        )));
    }
    Ok(Principal::User {
        app: app.to_owned(),
        user: user.to_owned(),
        expires_at,
    })
}

fn required<'a, T>(
    claims: &'a Value,
    name: &str,
    read: impl FnOnce(&'a Value) -> Option<T>,
) -> Result<T, TokenError> {
    let claim = claims.get(name).ok_or_else(|| {
        TokenError::invalid(format!("it has no {name}: sub, aud and exp are required"))
    })?;
    read(claim).ok_or_else(|| {
        TokenError::invalid("its claims have wrong types: sub is text, exp a number of seconds")
    })
}

/// A NumericDate, which may have a fraction.
fn seconds(claim: &Value) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and the cast saturates"
    )]
    let whole = |seconds: f64| (seconds >= 0.0).then_some(seconds.round() as u64);
    claim.as_u64().or_else(|| claim.as_f64().and_then(whole))
}

/// What a follow token says: one call, on one installation of one user, until some time.
///
/// A push carries one, so that a phone that was just woken can follow its call and decline it without a user token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowClaims {
    /// The app.
    #[serde(rename = "a")]
    pub app: String,
    /// The call.
    #[serde(rename = "c")]
    pub call: String,
    /// The user.
    #[serde(rename = "u")]
    pub user: String,
    /// The installation.
    #[serde(rename = "i")]
    pub installation: String,
    /// When the token ends, Unix seconds.
    #[serde(rename = "exp")]
    pub expires_at: u64,
}

impl FollowClaims {
    /// For this device, as one of an invitee of the call.
    pub fn new(app: &str, call: &Call, device: &Device) -> Self {
        Self {
            app: app.to_owned(),
            call: call.call_id.to_string(),
            user: device.user.clone().unwrap_or_default(),
            installation: device.installation.clone().unwrap_or_default(),
            expires_at: call.expires_at.saturating_add(BEYOND_RINGING) / 1000,
        }
    }
}

/// Whose follow token it is. The signature must have been verified.
pub fn follower(claims: &Value, now: u64) -> Result<Principal, TokenError> {
    let claims =
        FollowClaims::deserialize(claims).map_err(|_| TokenError::foreign_follow_token())?;
    if claims.expires_at < now {
        return Err(TokenError::FollowTokenExpired);
    }
    Ok(Principal::Follower {
        app: claims.app,
        call: claims.call,
        user: claims.user,
        installation: claims.installation,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn refused(claims: &Value) -> TokenError {
        user(claims, "app", NOW).unwrap_err()
    }

    #[test]
    fn the_sub_of_a_token_for_the_app_is_the_user() {
        for aud in [json!("app"), json!(["app"])] {
            let claims = json!({"sub": "bob", "aud": aud, "exp": NOW + 600});
            let bob = Principal::User {
                app: "app".into(),
                user: "bob".into(),
                expires_at: NOW + 600,
            };
            assert_eq!(user(&claims, "app", NOW).unwrap(), bob);
        }
    }

    #[test]
    fn a_token_is_good_until_half_a_minute_after_its_end() {
        let claims = |exp: u64| json!({"sub": "bob", "aud": "app", "exp": exp});
        assert!(user(&claims(NOW - LEEWAY), "app", NOW).is_ok());
        assert_eq!(refused(&claims(NOW - LEEWAY - 1)), TokenError::Expired);
    }

    #[test]
    fn a_token_may_live_a_day_and_half_a_minute() {
        let claims = |exp: u64| json!({"sub": "bob", "aud": "app", "exp": exp});
        assert!(user(&claims(NOW + MAX_LIFETIME + LEEWAY), "app", NOW).is_ok());
        let refused = refused(&claims(NOW + MAX_LIFETIME + LEEWAY + 1));
        assert!(refused.to_string().contains("24 hours"), "{refused}");
    }

    #[test]
    fn a_token_is_good_from_half_a_minute_before_its_nbf() {
        let claims = |nbf: Value| json!({"sub": "bob", "aud": "app", "exp": NOW + 600, "nbf": nbf});
        for nbf in [json!(NOW + LEEWAY), json!(0), json!(1.5)] {
            assert!(user(&claims(nbf.clone()), "app", NOW).is_ok(), "{nbf}");
        }
        for (nbf, reason) in [
            (json!(NOW + LEEWAY + 1), "nbf lies in the future"),
            (json!("soon"), "no readable JWT"),
            (json!(-1), "no readable JWT"),
        ] {
            let refused = refused(&claims(nbf)).to_string();
            assert!(refused.contains(reason), "{refused}");
        }
    }

    #[test]
    fn claims_that_are_missing_wrong_or_too_long_are_refused_each_with_its_reason() {
        let exp = NOW + 600;
        for (claims, reason) in [
            (json!({"sub": "bob", "exp": exp}), "aud must be the appID"),
            (
                json!({"sub": "bob", "aud": ["app", "other"], "exp": exp}),
                "aud must be the appID",
            ),
            (
                json!({"sub": "bob", "aud": "other", "exp": exp}),
                "aud is no app",
            ),
            (json!({"aud": "app", "exp": exp}), "it has no sub"),
            (json!({"sub": "bob", "aud": "app"}), "it has no exp"),
            (json!({"sub": 7, "aud": "app", "exp": exp}), "wrong types"),
            (
                json!({"sub": "bob", "aud": "app", "exp": "soon"}),
                "wrong types",
            ),
            (
                json!({"sub": "", "aud": "app", "exp": exp}),
                "sub must be a user ID",
            ),
            (
                json!({"sub": "x".repeat(65), "aud": "app", "exp": exp}),
                "sub must be a user ID",
            ),
            (json!("text"), "aud must be the appID"),
        ] {
            let refused = refused(&claims);
            assert!(refused.to_string().contains(reason), "{claims}: {refused}");
            assert_eq!((refused.status(), refused.code()), (401, "token_invalid"));
        }
    }

    #[test]
    fn a_follow_token_names_its_call_and_device_until_its_end() {
        let claims = json!({"a": "app", "c": "call", "u": "bob", "i": "phone", "exp": NOW});
        let expected = Principal::Follower {
            app: "app".into(),
            call: "call".into(),
            user: "bob".into(),
            installation: "phone".into(),
        };
        assert_eq!(follower(&claims, NOW), Ok(expected));
        assert_eq!(
            follower(&claims, NOW + 1),
            Err(TokenError::FollowTokenExpired)
        );
        assert_eq!(
            follower(&json!({"sub": "bob"}), NOW),
            Err(TokenError::foreign_follow_token())
        );
    }
}
