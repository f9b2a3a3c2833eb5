//! How much the gateway takes, in all and from each.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use zpns_calls::auth::Principal;

/// The limits. All can be set on the command line.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Requests per second of one API key or one user.
    pub requests_per_second: NonZeroU32,
    /// Invitations per minute of one caller.
    pub invitations_per_caller: NonZeroU32,
    /// Invitations per minute to one callee: rate against harassment by ringing.
    pub invitations_per_callee: NonZeroU32,
    /// Deliveries that may wait for APNs before new ones are refused.
    pub backlog: usize,
    /// Event streams that may be open at once.
    pub followers: usize,
    /// Event streams of one user that may be open at once: one more ends the oldest.
    pub streams_per_user: NonZeroU32,
}

impl Default for Limits {
    fn default() -> Self {
        let rate = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Self {
            requests_per_second: rate(20_000),
            invitations_per_caller: rate(120),
            invitations_per_callee: rate(60),
            backlog: 100_000,
            followers: 20_000,
            streams_per_user: rate(50),
        }
    }
}

/// Too many; how long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    /// From now.
    pub wait: Duration,
}

/// Counts against the limits.
#[derive(Debug)]
pub struct Meter {
    requests: DefaultKeyedRateLimiter<String>,
    callers: DefaultKeyedRateLimiter<String>,
    callees: DefaultKeyedRateLimiter<String>,
}

impl Meter {
    /// Nothing counted yet.
    pub fn new(limits: &Limits) -> Self {
        Self {
            requests: RateLimiter::keyed(Quota::per_second(limits.requests_per_second)),
            callers: RateLimiter::keyed(Quota::per_minute(limits.invitations_per_caller)),
            callees: RateLimiter::keyed(Quota::per_minute(limits.invitations_per_callee)),
        }
    }

    /// Counts a request of who asks.
    pub fn request(&self, principal: &Principal) -> Result<(), TooMany> {
        let key = match principal {
            Principal::Server { key, .. } => format!("k/{key}"),
            Principal::User { app, user, .. } => format!("u/{app}/{user}"),
            Principal::Follower {
                app, user, call, ..
            } => format!("f/{app}/{user}/{call}"),
        };
        count(&self.requests, &key)
    }

    /// Counts an invitation by this caller.
    pub fn caller(&self, app: &str, user: &str) -> Result<(), TooMany> {
        count(&self.callers, &format!("{app}/{user}"))
    }

    /// Counts an invitation to this callee.
    pub fn callee(&self, app: &str, user: &str) -> Result<(), TooMany> {
        count(&self.callees, &format!("{app}/{user}"))
    }

    /// Forgets keys that have not been seen for a while.
    pub fn forget_idle(&self) {
        for limiter in [&self.requests, &self.callers, &self.callees] {
            limiter.retain_recent();
        }
    }
}

fn count(limiter: &DefaultKeyedRateLimiter<String>, key: &String) -> Result<(), TooMany> {
    limiter.check_key(key).map_err(|until| TooMany {
        wait: until.wait_time_from(DefaultClock::default().now()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_over_its_limit_is_told_how_long_to_wait_and_others_are_not_affected() {
        let limits = Limits {
            invitations_per_caller: NonZeroU32::new(2).unwrap(),
            ..Limits::default()
        };
        let meter = Meter::new(&limits);
        assert!(meter.caller("a", "alice").is_ok() && meter.caller("a", "alice").is_ok());
        let wait = meter.caller("a", "alice").unwrap_err().wait;
        assert!(
            wait > Duration::ZERO && wait <= Duration::from_secs(30),
            "{wait:?}"
        );
        assert!(meter.caller("a", "bob").is_ok());
        assert!(meter.caller("b", "alice").is_ok());
    }
}
