use std::fmt;

/// What a rejection asks of the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The token is dead since the rejection's timestamp. Stop using it, unless the device registered again after that.
    DeviceGone,
    /// The token may be fine: it belongs to the other environment or to another topic. Do not delete it.
    WrongDeviceOrEnvironment,
    /// The key, its team, its scope or the certificate is wrong; every push with this credential will fail.
    CredentialProblem,
    /// Nothing is wrong with the push; send it again later.
    RetryLater,
    /// The request is malformed; sending it again will not help.
    OurBug,
    /// A reason that this version does not know. Do not send again, do not delete the token, tell somebody.
    Unknown,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident, $text:literal, $class:ident, $advice:literal;)+) => {
        /// Why APNs rejected a notification (Apple: "Handling error responses from Apple Push Notification service").
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[$doc])* #[doc = concat!("`", $text, "`: ", $advice, ".")] $name,)+
            /// A reason string that this version does not know, as it came (at most 64 bytes of it).
            Unknown(String),
        }

        impl Reason {
            /// Every reason that this version knows.
            pub const KNOWN: &'static [Self] = &[$(Self::$name,)+];

            /// The string in the answer's body.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $text,)+
                    Self::Unknown(text) => text,
                }
            }

            /// What to do next, in plain words.
            pub fn advice(&self) -> &'static str {
                match self {
                    $(Self::$name => $advice,)+
                    Self::Unknown(_) => "look this reason up in Apple's documentation; do not retry and do not delete the device token",
                }
            }

            /// What kind of trouble it is.
            pub fn class(&self) -> Class {
                match self {
                    $(Self::$name => Class::$class,)+
                    Self::Unknown(_) => Class::Unknown,
                }
            }

            /// The reason that this string names.
            pub fn from_name(text: &str) -> Self {
                match text {
                    $($text => Self::$name,)+
                    other => Self::Unknown(other.chars().filter(|c| c.is_ascii_graphic()).take(64).collect()),
                }
            }
        }
    };
}

reasons! {
    BadCollapseId, "BadCollapseId", OurBug, "shorten the collapse ID to 64 bytes";
    BadDeviceToken, "BadDeviceToken", WrongDeviceOrEnvironment, "the token is malformed or belongs to the other environment: check which environment the device registered, do not delete the token";
    BadExpirationDate, "BadExpirationDate", OurBug, "give the expiration in seconds since 1970, or 0";
    BadMessageId, "BadMessageId", OurBug, "send a canonical UUID as apns-id";
    BadPriority, "BadPriority", OurBug, "use priority 10, or 5 for background pushes";
    BadTopic, "BadTopic", OurBug, "check the bundle ID";
    DeviceTokenNotForTopic, "DeviceTokenNotForTopic", WrongDeviceOrEnvironment, "the token was issued for another topic: send VoIP pushes to the PushKit token and alerts to the APNs token of the same app";
    DuplicateHeaders, "DuplicateHeaders", OurBug, "send each header once";
    IdleTimeout, "IdleTimeout", RetryLater, "open a new connection and send again";
    InvalidPushType, "InvalidPushType", OurBug, "make apns-push-type match the topic and the payload";
    MissingDeviceToken, "MissingDeviceToken", OurBug, "put the device token into the path";
    MissingTopic, "MissingTopic", OurBug, "send apns-topic";
    PayloadEmpty, "PayloadEmpty", OurBug, "send a JSON payload";
    TopicDisallowed, "TopicDisallowed", CredentialProblem, "the credential does not cover this topic: use the certificate or key of this app, and one that includes VoIP for VoIP pushes";
    BadCertificate, "BadCertificate", CredentialProblem, "replace the certificate";
    BadCertificateEnvironment, "BadCertificateEnvironment", CredentialProblem, "the certificate is for the other environment: add one for this environment";
    ExpiredProviderToken, "ExpiredProviderToken", CredentialProblem, "the provider token is older than an hour: check this machine's clock";
    Forbidden, "Forbidden", CredentialProblem, "this credential may not do this: check it in the developer account";
    InvalidProviderToken, "InvalidProviderToken", CredentialProblem, "check key file, key ID and team ID, and whether the key covers this topic";
    MissingProviderToken, "MissingProviderToken", CredentialProblem, "add a .p8 key or a certificate";
    UnrelatedKeyIdInToken, "UnrelatedKeyIdInToken", CredentialProblem, "the key ID changed on a live connection: use one client for each key";
    BadEnvironmentKeyIdInToken, "BadEnvironmentKeyIdInToken", CredentialProblem, "the key is limited to the other environment: add a key for this environment";
    /// The other spelling of `BadEnvironmentKeyIdInToken`, which APNs also sends.
    BadEnvironmentKeyInToken, "BadEnvironmentKeyInToken", CredentialProblem, "the key is limited to the other environment: add a key for this environment";
    BadPath, "BadPath", OurBug, "check the request path";
    MethodNotAllowed, "MethodNotAllowed", OurBug, "use POST";
    ExpiredToken, "ExpiredToken", DeviceGone, "the device token expired: stop using it unless the device registered again since the timestamp";
    Unregistered, "Unregistered", DeviceGone, "the device token is no longer active for this topic: stop using it unless the device registered again since the timestamp";
    PayloadTooLarge, "PayloadTooLarge", OurBug, "shorten the payload to 4096 bytes, 5120 for VoIP";
    TooManyProviderTokenUpdates, "TooManyProviderTokenUpdates", RetryLater, "the provider token changed too often: wait 20 minutes, and let one process mint it";
    TooManyRequests, "TooManyRequests", RetryLater, "too many pushes to this device: wait before the next one to it";
    InternalServerError, "InternalServerError", RetryLater, "send again, calls within seconds, alerts after minutes";
    ServiceUnavailable, "ServiceUnavailable", RetryLater, "send again, calls within seconds, alerts after minutes";
    Shutdown, "Shutdown", RetryLater, "APNs is restarting this server: send again on a new connection";
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_reads_back_from_its_own_string() {
        for reason in Reason::KNOWN {
            assert_eq!(&Reason::from_name(reason.as_str()), reason);
        }
    }

    #[test]
    fn both_spellings_of_the_environment_reason_are_credential_problems() {
        for text in ["BadEnvironmentKeyIdInToken", "BadEnvironmentKeyInToken"] {
            assert_eq!(Reason::from_name(text).class(), Class::CredentialProblem);
        }
    }

    #[test]
    fn a_bad_device_token_is_not_a_dead_device() {
        assert_eq!(
            Reason::BadDeviceToken.class(),
            Class::WrongDeviceOrEnvironment
        );
    }

    #[test]
    fn an_unknown_reason_is_kept_short_and_printable() {
        let reason = Reason::from_name(&format!("New\u{1b}[31m{}", "x".repeat(500)));
        assert_eq!(reason.as_str().len(), 64);
        assert_eq!(reason.class(), Class::Unknown);
    }
}
