//! Visitor codes that are made up.

/// The code of a made-up visitor: 16 hexadecimal characters, as the platform's SDKs generate them.
/// The same number always gives the same code, so that two runs can be compared.
pub(super) fn code(number: u64) -> String {
    // SplitMix64: a bijection, so no code comes twice.
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    format!("{:016x}", bits ^ (bits >> 31))
}

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_distinct_and_stay_the_same() {
        let codes: std::collections::BTreeSet<String> = (0..10_000).map(super::code).collect();
        assert_eq!(codes.len(), 10_000);
        assert!(codes.iter().all(|code| code.len() == 16));
        assert_eq!(super::code(0), "e220a8397b1dcdaf");
    }
}
