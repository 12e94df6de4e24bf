//! The key that was probably meant.

/// The first of the known words that is the word but for one slip: upper and lower case, `-` for `_`,
/// one letter too many, too few or wrong, or two exchanged. Quick enough for a call that fails often.
pub(crate) fn similar<'w>(word: &str, known: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let word = word.trim().as_bytes();
    known.into_iter().find(|known| is_one_slip(word, known.as_bytes()))
}

fn is_one_slip(one: &[u8], other: &[u8]) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    if long.len() - short.len() > 1 || long.len() < 3 {
        return false;
    }
    let head = short.iter().zip(long).take_while(|(a, b)| same(**a, **b)).count();
    let (short, long) = (&short[head..], &long[head..]);
    let tail = short.iter().rev().zip(long.iter().rev()).take_while(|(a, b)| same(**a, **b)).count();
    match (&short[..short.len() - tail], &long[..long.len() - tail]) {
        ([] | [_], [] | [_]) => true,
        ([a, b], [c, d]) => same(*a, *d) && same(*b, *c),
        _ => false,
    }
}

fn same(one: u8, other: u8) -> bool {
    let plain = |byte: u8| if matches!(byte, b'-' | b' ' | b'.') { b'_' } else { byte.to_ascii_lowercase() };
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    use super::similar;

    #[test]
    fn one_slip_is_found_and_another_word_is_not() {
        let known = ["new_checkout", "free_shipping", "ab"];
        for (word, meant) in [
            ("new_chekout", Some("new_checkout")),
            ("new-checkout", Some("new_checkout")),
            ("New_Checkout", Some("new_checkout")),
            ("new_chekcout", Some("new_checkout")),
            ("new_checkoutt", Some("new_checkout")),
            (" free_shipping", Some("free_shipping")),
            ("ac", None),
            ("", None),
            ("checkout", None),
        ] {
            assert_eq!(similar(word, known.into_iter()), meant, "{word}");
        }
    }
}
