//! The bucketing hash: which point of [0, 1] a visitor is for a rule, an experiment, a group.

use sha2::digest::generic_array::GenericArray;
use sha2::{Digest, Sha256};

use crate::decision::datafile::Salt;

/// SHA-256 of `code` followed by `salt`, as a 256-bit big-endian integer divided by 2^256, as the
/// nearest `f64` (ties to even).
#[inline]
pub(crate) fn hash(code: &[u8], salt: &Salt) -> f64 {
    // Nearly every text fits into one block, which spares the bookkeeping of longer ones.
    let mut block = [0; 64];
    if salt.fill(&mut block, code) {
        let mut state = INITIAL_STATE;
        sha2::compress256(&mut state, std::slice::from_ref(<&GenericArray<_, _>>::from(&block)));
        return fraction(state);
    }
    hash_long(code, salt)
}

/// A hash of several blocks.
#[inline(never)]
fn hash_long(code: &[u8], salt: &Salt) -> f64 {
    let digest = Sha256::new().chain_update(code).chain_update(salt.text()).finalize();
    let mut state = [0; 8];
    for (word, bytes) in state.iter_mut().zip(digest.chunks_exact(4)) {
        *word = bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
    }
    fraction(state)
}

/// The state that SHA-256 starts from (FIPS 180-4, 5.3.3).
const INITIAL_STATE: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The 256 bits as a fraction. A float holds 53 bits; the ones below matter only in whether there
/// are any, so they are folded into the lowest bit of what is converted.
#[inline]
fn fraction(state: [u32; 8]) -> f64 {
    let word = |place: usize| u64::from(state[place]) << 32 | u64::from(state[place + 1]);
    let rest_of = |from: usize| u64::from(state[from..].iter().any(|word| *word != 0));
    let high = word(0);
    // With 55 significant bits or more, the fold stays below the rounding position.
    if high >> 54 != 0 {
        return (high | rest_of(2)) as f64 * (0.5_f64).powi(64);
    }
    let wide = u128::from(high) << 64 | u128::from(word(2));
    if wide >> 54 != 0 {
        return (wide | u128::from(rest_of(4))) as f64 * (0.5_f64).powi(128);
    }
    // 74 leading zeros: not seen in this universe, but right all the same.
    let low = u128::from(word(4)) << 64 | u128::from(word(6));
    wide as f64 * (0.5_f64).powi(128) + low as f64 * (0.5_f64).powi(256)
}

/// The place that a hash chooses among `count` equal ones.
pub(crate) fn choose(hash: f64, count: usize) -> usize {
    ((hash * count as f64) as usize).min(count.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slow(text: &[u8]) -> f64 {
        let digest = Sha256::digest(text);
        // Digit by digit in exact integer arithmetic: the 54 leading bits and whether more follow.
        let bits: Vec<u8> =
            digest.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
        let Some(first) = bits.iter().position(|bit| *bit == 1) else { return 0.0 };
        let end = (first + 54).min(256);
        let leading = bits[first..end].iter().fold(0_u64, |number, bit| number << 1 | u64::from(*bit));
        let leading = leading << (54 - (end - first));
        let sticky = u64::from(bits[end..].contains(&1));
        ((leading << 1 | sticky) as f64) * (0.5_f64).powi(55 + first as i32)
    }

    #[test]
    fn short_and_long_texts_agree_with_plain_arithmetic() {
        for length in 0..200 {
            for turn in 0_u8..20 {
                let text: Vec<u8> =
                    (0..length).map(|place| (b'a' ^ turn.wrapping_mul(7) ^ place as u8) & 0x7f).collect();
                for end in [length / 2, length.min(16)] {
                    let (code, salt) = text.split_at(end);
                    let salt = Salt::new(std::str::from_utf8(salt).unwrap());
                    assert_eq!(hash(code, &salt).to_bits(), slow(&text).to_bits(), "{end} of {length} bytes");
                }
            }
        }
    }

    #[test]
    fn leading_zeros_keep_every_bit() {
        let ones = |words: usize| {
            let mut state = [0; 8];
            state[8 - words..].fill(u32::MAX);
            fraction(state)
        };
        assert_eq!(ones(8), 1.0, "2^256 - 1 rounds up");
        assert_eq!(ones(7), (0.5_f64).powi(32));
        assert_eq!(ones(5), (0.5_f64).powi(96));
        assert_eq!(ones(2), (0.5_f64).powi(192));
        assert_eq!(fraction([0; 8]), 0.0);
    }

    /// A code, the id of a rule or an experiment, the time of the respool if there is one, and the
    /// hash of them.
    #[derive(serde::Deserialize)]
    struct Vector(String, u64, Option<u64>, f64);

    #[derive(serde::Deserialize)]
    struct Vectors {
        vectors: Vec<Vector>,
    }

    #[test]
    fn hashes_are_those_of_the_platform() {
        let folder = std::env::var_os("KAMELEOON_CONFORMANCE_DIR").map(std::path::PathBuf::from);
        let own = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/conformance");
        let least = if folder.is_some() { 1 } else { 609 };
        let path = folder.unwrap_or_else(|| own.into()).join("bucketing-hash-vectors.json");
        let text = std::fs::read(&path).expect("the vectors are there");
        let Vectors { vectors } = serde_json::from_slice(&text).expect("the vectors can be read");
        assert!(vectors.len() >= least, "{} vectors, at least {least} expected", vectors.len());
        for Vector(code, container, respool, expected) in vectors {
            let respool = respool.filter(|time| *time != 0).map(|time| time.to_string());
            let salt = format!("{container}{}", respool.as_deref().unwrap_or_default());
            let got = hash(code.as_bytes(), &Salt::new(&salt));
            assert_eq!(got.to_bits(), expected.to_bits(), "{code} {salt}: {got}, expected {expected}");
        }
    }

    #[test]
    fn a_hash_of_one_chooses_the_last_place() {
        assert_eq!([choose(0.0, 3), choose(0.34, 3), choose(1.0, 3), choose(0.5, 0)], [0, 1, 2, 0]);
    }
}
