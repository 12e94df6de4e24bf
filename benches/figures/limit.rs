//! What a row is held against: two SHA-256 of 28 bytes and one look-up of a 16-character key in a
//! sharded map of as many keys as the row has visitors.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::hint::black_box;

use parking_lot::RwLock;
use sha2::{Digest, Sha256};
use twox_hash::XxHash3_64;

const SHARDS: usize = 256;

/// A hasher that costs little, so that the limit is a low one.
#[derive(Clone, Copy, Default)]
pub struct Fast;

pub struct FastHasher(u64);

impl Hasher for FastHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = XxHash3_64::oneshot_with_seed(self.0, bytes);
    }

    fn write_u8(&mut self, _: u8) {
        // The end mark of a text.
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl BuildHasher for Fast {
    type Hasher = FastHasher;

    fn build_hasher(&self) -> FastHasher {
        FastHasher(7)
    }
}

/// A sharded map of visitor codes.
pub struct Limit {
    shards: Vec<RwLock<HashMap<String, u64, Fast>>>,
}

/// The visitor code with this number: 16 hexadecimal characters without a pattern.
pub fn code(number: usize) -> String {
    format!("{:016x}", (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

impl Limit {
    /// With as many keys as the row has visitors: a larger map waits for memory that the row does
    /// not wait for.
    pub fn of(visitors: usize) -> Self {
        let mut shards: Vec<HashMap<String, u64, Fast>> = (0..SHARDS).map(|_| HashMap::default()).collect();
        for number in 0..visitors {
            let key = code(number);
            shards[shard(&key)].insert(key, number as u64);
        }
        Self { shards: shards.into_iter().map(RwLock::new).collect() }
    }

    pub fn look_up(&self, code: &str) -> u64 {
        self.shards[shard(code)].read().get(code).copied().unwrap_or_default()
    }

    /// The whole limit for one decision.
    pub fn run(&self, code: &str) -> u64 {
        self.look_up(code) + hashes(code)
    }
}

fn shard(code: &str) -> usize {
    (Fast.hash_one(code) >> 40) as usize % SHARDS
}

/// Two SHA-256 of 28 bytes: a code of 16 and 12 more.
pub fn hashes(code: &str) -> u64 {
    let mut text = [b'7'; 28];
    let code = code.as_bytes();
    text[..16].copy_from_slice(&code[..16]);
    let first = Sha256::digest(black_box(text));
    text[27] ^= 1;
    let second = Sha256::digest(black_box(text));
    u64::from(first[0]) + u64::from(second[0])
}

/// Whether the processor computes SHA-256 itself, as far as can be told.
pub fn hardware() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("sha") { "yes (SHA-NI)" } else { "no" }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        "not told on this architecture"
    }
}
