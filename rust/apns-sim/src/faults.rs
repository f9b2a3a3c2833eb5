use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::SimulatorError;
use crate::core::now_ms;
use crate::rejection::Rejection;

/// What goes wrong, for every connection. All off by default. In JSON the names are in camel case and each may be left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Faults {
    /// Refuse every Nth stream of a connection with REFUSED_STREAM. 0: none.
    pub refuse_every: u64,
    /// Send GOAWAY after every N requests of a connection: it answers those, ignores later ones, and the provider has to open
    /// another one. 0: never.
    pub go_away_every: u64,
    /// Cut the connection after every N requests, when the Nth was processed and before it is answered. 0: never.
    pub drop_every: u64,
    /// Wait this many milliseconds before each answer.
    pub delay_ms: u64,
    /// Answer this share of pushes, 0.0 to 1.0, with 503 ServiceUnavailable, drawn from `seed`.
    pub unavailable_rate: f64,
    /// The same seed gives the same sequence.
    pub seed: u64,
    /// Another stream limit than the configured one, at least 1; live connections are told.
    pub stream_limit: Option<u32>,
}

impl Faults {
    pub(crate) fn check(&self) -> Result<(), SimulatorError> {
        if !(0.0..=1.0).contains(&self.unavailable_rate) {
            return Err(SimulatorError::BadRequest(
                "unavailableRate must be between 0 and 1".to_owned(),
            ));
        }
        if self.stream_limit == Some(0) {
            return Err(SimulatorError::BadRequest(
                "streamLimit must be at least 1".to_owned(),
            ));
        }
        Ok(())
    }

    /// Whether the push with this number is one that 503 answers.
    pub(crate) fn is_unavailable(&self, number: u64) -> bool {
        if self.unavailable_rate <= 0.0 {
            return false;
        }
        // 53 random bits make an even fraction below 1.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let fraction = (mix(self.seed.wrapping_add(number)) >> 11) as f64 / (1_u64 << 53) as f64;
        fraction < self.unavailable_rate
    }
}

/// Whether this is the Nth of something that happens every N times.
pub(crate) fn is_nth(count: u64, every: u64) -> bool {
    every != 0 && count.is_multiple_of(every)
}

/// One step of SplitMix64: spreads a counter over all bits.
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The answer to one push to one token, in place of 200. It applies to pushes that break no rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScriptedAnswer {
    /// The status; 200 lets the push through.
    pub status: u16,
    /// The reason; if left out, the usual one for the status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// For 410: since when the token is dead, in milliseconds since 1970; if left out, now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<u64>,
    /// How long to wait before this answer, in milliseconds.
    #[serde(default)]
    pub delay_ms: u64,
}

impl ScriptedAnswer {
    /// An answer with the usual reason for its status, at once.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            reason: None,
            timestamp: None,
            delay_ms: 0,
        }
    }

    /// An answer with this status and reason, at once.
    pub fn rejected(status: u16, reason: &str) -> Self {
        Self {
            reason: Some(reason.to_owned()),
            ..Self::status(status)
        }
    }

    pub(crate) fn check(&self) -> Result<(), SimulatorError> {
        if self.status == 200 || (400..=599).contains(&self.status) {
            Ok(())
        } else {
            Err(SimulatorError::BadRequest(
                "status must be 200 or between 400 and 599".to_owned(),
            ))
        }
    }

    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }

    /// `None` for status 200.
    pub(crate) fn rejection(&self) -> Option<Rejection> {
        let usual = match self.status {
            200 => return None,
            403 => "Forbidden",
            404 => "BadPath",
            405 => "MethodNotAllowed",
            410 => "Unregistered",
            413 => "PayloadTooLarge",
            429 => "TooManyRequests",
            503 => "ServiceUnavailable",
            500..=599 => "InternalServerError",
            _ => "BadDeviceToken",
        };
        let reason = self.reason.clone().map_or(Cow::Borrowed(usual), Cow::Owned);
        let timestamp = if self.status == 410 {
            Some(self.timestamp.unwrap_or_else(now_ms))
        } else {
            self.timestamp
        };
        Some(Rejection {
            status: self.status,
            reason,
            timestamp,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_of_one_percent_hits_about_one_in_a_hundred() {
        let faults = Faults {
            unavailable_rate: 0.01,
            seed: 7,
            ..Faults::default()
        };
        let hits = (0..100_000).filter(|n| faults.is_unavailable(*n)).count();
        assert!((800..1200).contains(&hits), "{hits}");
    }

    #[test]
    fn the_same_seed_draws_the_same_pushes() {
        let draw = |seed| {
            let faults = Faults {
                unavailable_rate: 0.5,
                seed,
                ..Faults::default()
            };
            (0..64)
                .map(|n| faults.is_unavailable(n))
                .collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(1000));
    }

    #[test]
    fn faults_that_make_no_sense_are_refused() {
        for faults in [
            Faults {
                unavailable_rate: 1.5,
                ..Faults::default()
            },
            Faults {
                unavailable_rate: f64::NAN,
                ..Faults::default()
            },
            Faults {
                stream_limit: Some(0),
                ..Faults::default()
            },
        ] {
            assert!(faults.check().is_err(), "{faults:?}");
        }
    }
}
