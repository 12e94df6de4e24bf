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

/// Of which half of the bits are set, in no order.
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hash of what came so far, which is the seed for what comes next.
#[derive(Debug)]
pub(crate) struct Running(u64);

impl Hasher for Running {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = XxHash3_64::oneshot_with_seed(self.0, bytes);
    }

    /// An id: both halves of a product, into which each bit of it and of the seed goes.
    #[inline]
    fn write_i64(&mut self, id: i64) {
        let product = u128::from(self.0 ^ id as u64) * u128::from(ODD);
        self.0 = product as u64 ^ (product >> 64) as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
