//! Hashes of map keys. Seeded at random, so that nobody can choose keys that collide; they never
//! take part in bucketing.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};

use twox_hash::XxHash3_64;

/// A map whose keys are ids of the data file, which has many thousands of them.
pub(crate) type IdMap<V> = HashMap<i64, V, KeyHasher>;

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

impl Default for KeyHasher {
    fn default() -> Self {
        Self::random()
    }
}

impl BuildHasher for KeyHasher {
    type Hasher = Running;

    fn build_hasher(&self) -> Running {
        Running(self.seed)
    }
}

/// The hash of what came so far, which is the seed for what comes next.
#[derive(Debug)]
pub(crate) struct Running(u64);

impl Hasher for Running {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.0 = XxHash3_64::oneshot_with_seed(self.0, bytes);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
