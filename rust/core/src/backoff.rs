//! When to try again.

use crate::entropy::Entropy;

const FIRST_MS: u64 = 1_000;
const MOST_MS: u64 = 15 * 60 * 1_000;
/// Longest `Retry-After` that is followed.
const LONGEST_ASKED_MS: u64 = 24 * 60 * 60 * 1_000;

/// Exponential back-off with jitter, for ever: 1 s, 2 s, 4 s … 15 min, each between half of that and all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Backoff {
    failures: u32,
    at: Option<u64>,
    /// The server asked not to be asked before.
    not_before: Option<u64>,
}

impl Backoff {
    /// Counts a failure. The server's `Retry-After` (seconds) is a lower bound.
    pub(crate) fn failed(&mut self, now: u64, retry_after: Option<u64>, entropy: &mut Entropy) {
        let full = FIRST_MS
            .saturating_mul(1 << self.failures.min(20))
            .min(MOST_MS);
        self.failures = self.failures.saturating_add(1);
        let wait = full / 2 + entropy.up_to(full / 2);
        let asked = retry_after.map(|seconds| seconds.saturating_mul(1_000).min(LONGEST_ASKED_MS));
        self.not_before = asked.map(|asked| now.saturating_add(asked));
        self.at = Some(now.saturating_add(wait.max(asked.unwrap_or(0))));
    }

    /// It worked, or the facts are new: no wait.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    /// A good moment (the network is back): try as soon as the server allows, but keep counting.
    pub(crate) fn hurry(&mut self) {
        self.at = self.not_before;
    }

    /// Forgets a wait that is over, so that it does not ask for a timer again.
    pub(crate) fn wake(&mut self, now: u64) {
        if self.is_due(now) {
            self.at = None;
            self.not_before = None;
        }
    }

    /// When the next try is due, if one waits.
    pub(crate) fn at(&self) -> Option<u64> {
        self.at
    }

    /// Whether a try may be made now.
    pub(crate) fn is_due(&self, now: u64) -> bool {
        self.at.is_none_or(|at| at <= now)
    }

    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour_with_jitter_of_a_half() {
        let mut entropy = Entropy::new([1; 32]);
        let mut backoff = Backoff::default();
        let mut full = FIRST_MS;
        for _ in 0..40 {
            backoff.failed(0, None, &mut entropy);
            let wait = backoff.at().unwrap();
            assert!(wait >= full / 2 && wait <= full, "{wait} of {full}");
            full = (full * 2).min(MOST_MS);
        }
    }

    #[test]
    fn retry_after_is_a_lower_bound_and_nonsense_is_capped() {
        let mut entropy = Entropy::new([1; 32]);
        let mut backoff = Backoff::default();
        backoff.failed(1_000, Some(120), &mut entropy);
        assert_eq!(backoff.at(), Some(121_000));
        backoff.failed(0, Some(u64::MAX), &mut entropy);
        assert_eq!(backoff.at(), Some(86_400_000));
    }

    #[test]
    fn success_starts_over_and_hurry_only_skips_the_wait() {
        let mut entropy = Entropy::new([1; 32]);
        let mut backoff = Backoff::default();
        backoff.failed(0, None, &mut entropy);
        backoff.hurry();
        assert!(backoff.is_due(0));
        backoff.failed(0, None, &mut entropy);
        assert!(backoff.at().unwrap() >= FIRST_MS);
        backoff.reset();
        assert_eq!((backoff.at(), backoff.failures()), (None, 0));
    }
}
