//! Random numbers from a seed: SHA-256 over the seed and a counter.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A stream of random bits. The shell gives the seed, so that a test can repeat what happened.
#[derive(Clone, Debug)]
pub struct Entropy {
    seed: [u8; 32],
    counter: u64,
}

impl Entropy {
    /// The stream that begins with this seed.
    pub const fn new(seed: [u8; 32]) -> Self {
        Self { seed, counter: 0 }
    }

    /// 32 random bytes, as good as a seed for another stream.
    pub fn bytes(&mut self) -> [u8; 32] {
        self.counter = self.counter.wrapping_add(1);
        Sha256::new()
            .chain_update(self.seed)
            .chain_update(self.counter.to_le_bytes())
            .finalize()
            .into()
    }

    fn bits(&mut self) -> u128 {
        self.bytes()
            .iter()
            .take(16)
            .fold(0, |bits, byte| (bits << 8) | u128::from(*byte))
    }

    /// A random (version 4) UUID.
    pub fn uuid(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bits().to_be_bytes()).into_uuid()
    }

    /// A number in `0..=most`.
    pub fn up_to(&mut self, most: u64) -> u64 {
        u64::try_from(self.bits() % (u128::from(most) + 1)).unwrap_or(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_repeats_and_another_does_not() {
        let (mut a, mut b, mut c) = (
            Entropy::new([1; 32]),
            Entropy::new([1; 32]),
            Entropy::new([2; 32]),
        );
        let first = a.uuid();
        assert_eq!(first, b.uuid());
        assert_ne!(first, c.uuid());
        assert_ne!(first, a.uuid());
        assert_eq!(first.get_version_num(), 4);
    }

    #[test]
    fn a_number_stays_within_its_bounds() {
        let mut entropy = Entropy::new([3; 32]);
        assert!((0..1000).all(|_| entropy.up_to(5) <= 5));
        assert_eq!(entropy.up_to(0), 0);
    }
}
