//! What an answer of APNs means for the delivery, the device and the developer. Pure.

use std::time::Duration;

use zpns_protocol::Environment;
use zpns_protocol::pushes::DeliveryKind;

/// What came back for one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 200.
    Accepted,
    /// Another status.
    Rejected {
        /// The HTTP status.
        status: u16,
        /// Apple's reason string.
        reason: String,
        /// With 410: since when the token is dead, Unix milliseconds.
        dead_since: Option<u64>,
        /// What the reason means in general.
        advice: String,
    },
    /// No answer: what the network said.
    Unanswered(String),
    /// The push or the credential is unusable before anything was sent.
    Unsendable(String),
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// APNs has it.
    Accepted,
    /// It will not get better.
    Refused {
        /// Apple's reason.
        reason: Option<String>,
        /// What the developer should do.
        advice: String,
        /// What it says about the device.
        device: DeviceVerdict,
    },
    /// Later.
    Again {
        /// Apple's reason, if it gave one.
        reason: Option<String>,
        /// What to tell if it does not get better.
        advice: String,
    },
}

/// What an answer says about the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceVerdict {
    /// Nothing.
    Fine,
    /// APNs does not know its token, here. It may be known elsewhere.
    Suspect,
    /// Its token is dead since then.
    Dead(u64),
}

/// Judges an answer to an attempt in this environment.
pub fn judge(answer: Answer, kind: DeliveryKind, environment: Environment) -> Verdict {
    let (status, reason, dead_since, advice) = match answer {
        Answer::Accepted => return Verdict::Accepted,
        Answer::Unsendable(advice) => {
            return Verdict::Refused {
                reason: None,
                advice,
                device: DeviceVerdict::Fine,
            };
        }
        Answer::Unanswered(problem) => {
            let advice = format!(
                "APNs ({environment}) could not be reached: {problem}. Check the network, the proxy and port 443 or 2197."
            );
            return Verdict::Again {
                reason: None,
                advice,
            };
        }
        Answer::Rejected {
            status,
            reason,
            dead_since,
            advice,
        } => (status, reason, dead_since, advice),
    };
    if matches!(status, 429 | 500..) {
        return Verdict::Again {
            reason: Some(reason),
            advice,
        };
    }
    let (advice, device) = match reason.as_str() {
        "BadDeviceToken" => (unknown_token(environment), DeviceVerdict::Suspect),
        "DeviceTokenNotForTopic" => (not_for_topic(kind), DeviceVerdict::Suspect),
        "Unregistered" | "ExpiredToken" if status == 410 => (
            advice,
            dead_since.map_or(DeviceVerdict::Fine, DeviceVerdict::Dead),
        ),
        _ => (advice, DeviceVerdict::Fine),
    };
    Verdict::Refused {
        reason: Some(reason),
        advice,
        device,
    }
}

fn unknown_token(environment: Environment) -> String {
    let cause = match environment {
        Environment::Production => {
            "a build signed with a development profile that registered as production: call ZPNs.enableDebug(true) or leave the environment automatic, then register again"
        }
        Environment::Development => {
            "a TestFlight, Ad Hoc or App Store build that registered as development: call ZPNs.enableDebug(false) or leave the environment automatic, then register again"
        }
    };
    format!("APNs ({environment}) does not know this token. The usual cause is {cause}")
}

fn not_for_topic(kind: DeliveryKind) -> String {
    let cause = match kind {
        DeliveryKind::Voip => {
            "the VoIP token is a device token in truth, or it belongs to an app with another bundle ID"
        }
        DeliveryKind::Alert => {
            "the device token is a VoIP token in truth, or it belongs to an app with another bundle ID"
        }
    };
    format!(
        "The token does not belong to the topic: {cause}. Register with the bundle ID of the running app and each token under its own name"
    )
}

/// How long to wait before the next attempt of a push that rings or is about a call, if `attempts` were made. Jitter is added by the caller.
pub fn call_delay(attempts: u32) -> Duration {
    Duration::from_millis(match attempts {
        0 | 1 => 200,
        2 => 600,
        3 => 1500,
        4 => 3000,
        _ => 5000,
    })
}

/// How long to wait before the next attempt of an alert that is about no call. Apple asks for 15 minutes after an error of the server; one early attempt catches
/// what passes in a moment.
pub fn alert_delay(attempts: u32) -> Duration {
    match attempts {
        0 | 1 => Duration::from_secs(2),
        2 => Duration::from_mins(15),
        3 => Duration::from_mins(30),
        _ => Duration::from_hours(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(status: u16, reason: &str, dead_since: Option<u64>) -> Answer {
        Answer::Rejected {
            status,
            reason: reason.into(),
            dead_since,
            advice: "general".into(),
        }
    }

    fn verdict(status: u16, reason: &str, dead_since: Option<u64>) -> Verdict {
        judge(
            rejected(status, reason, dead_since),
            DeliveryKind::Voip,
            Environment::Production,
        )
    }

    #[test]
    fn a_bad_token_in_production_points_to_the_development_profile_and_in_development_to_the_reverse()
     {
        let advice = |environment| match judge(
            rejected(400, "BadDeviceToken", None),
            DeliveryKind::Voip,
            environment,
        ) {
            Verdict::Refused {
                advice,
                device: DeviceVerdict::Suspect,
                ..
            } => advice,
            other => panic!("{other:?}"),
        };
        assert!(advice(Environment::Production).contains("ZPNs.enableDebug(true)"));
        assert!(advice(Environment::Development).contains("ZPNs.enableDebug(false)"));
    }

    #[test]
    fn only_a_410_with_a_timestamp_says_that_the_token_is_dead() {
        let device = |verdict| match verdict {
            Verdict::Refused { device, .. } => device,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            device(verdict(410, "Unregistered", Some(7))),
            DeviceVerdict::Dead(7)
        );
        assert_eq!(
            device(verdict(410, "Unregistered", None)),
            DeviceVerdict::Fine
        );
        assert_eq!(
            device(verdict(400, "BadTopic", Some(7))),
            DeviceVerdict::Fine
        );
    }

    #[test]
    fn overload_and_server_errors_are_tried_again_and_other_refusals_are_not() {
        for status in [429, 500, 503] {
            assert!(
                matches!(verdict(status, "Whatever", None), Verdict::Again { .. }),
                "{status}"
            );
        }
        for status in [400, 403, 404, 405, 413] {
            assert!(
                matches!(verdict(status, "Whatever", None), Verdict::Refused { .. }),
                "{status}"
            );
        }
    }
}
