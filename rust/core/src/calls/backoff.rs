//! How long to wait before the next try of something that is only of use while a phone rings.

use crate::entropy::Entropy;

const FIRST_MS: u64 = 500;
const LONGEST_MS: u64 = 15_000;
/// Longest `Retry-After` that is followed: what comes later is of no use to a call.
const LONGEST_ASKED_MS: u64 = 60_000;

/// Half a second, doubled with every failure up to 15 seconds, of which half is left to chance.
pub(super) fn wait(failures: u32, retry_after: Option<u64>, entropy: &mut Entropy) -> u64 {
    let full = FIRST_MS
        .saturating_mul(1 << failures.saturating_sub(1).min(10))
        .min(LONGEST_MS);
    let asked = retry_after
        .unwrap_or(0)
        .saturating_mul(1000)
        .min(LONGEST_ASKED_MS);
    (full / 2 + entropy.up_to(full / 2)).max(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_limit_and_respect_what_the_server_asks() {
        let mut entropy = Entropy::new([1; 32]);
        assert!((250..=500).contains(&wait(1, None, &mut entropy)));
        assert!((7_500..=15_000).contains(&wait(u32::MAX, None, &mut entropy)));
        assert_eq!(wait(1, Some(20), &mut entropy), 20_000);
        assert_eq!(wait(1, Some(u64::MAX), &mut entropy), 60_000);
    }
}
