//! Hashes of map keys. Seeded at random, so that nobody can choose keys that collide; they never
//! take part in bucketing.

use twox_hash::XxHash3_64;

/// A seeded hash of text keys.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyHasher {
    seed: u64,
}

impl KeyHasher {
    pub(crate) fn random() -> Self {
        Self { seed: rand::random() }
    }

    #[inline(always)]
    pub(crate) fn hash(self, key: &[u8]) -> u64 {
        XxHash3_64::oneshot_with_seed(self.seed, key)
    }
}
