//! The word that was probably meant. The command `kameleoon` has this file, too.

/// The known word that is nearest to a word, with `most` slips between them at most; the first of
/// several. A slip is a letter that is too many, is missing or is wrong, or two that are exchanged;
/// upper and lower case are the same, and so are `-`, `.`, a space and `_`.
///
/// Quick enough for a call that fails often: with one slip, most words are told apart by their lengths
/// and first letters.
pub(crate) fn nearest<'w>(
    word: &str,
    known: impl IntoIterator<Item = &'w str>,
    most: usize,
) -> Option<&'w str> {
    let word = word.trim().as_bytes();
    let (mut best, mut most) = (None, most);
    for known in known {
        match slips(word, known.as_bytes(), most) {
            Some(0) => return Some(known),
            Some(slips) => (best, most) = (Some(known), slips - 1),
            None => {}
        }
    }
    best
}

/// How many slips a person may have made in a word of this length.
pub(crate) fn likely_slips(word: &str) -> usize {
    1 + word.chars().count() / 3
}

/// The slips between two words; none when there are more than `most`.
fn slips(one: &[u8], other: &[u8], most: usize) -> Option<usize> {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    if long.len() - short.len() > most {
        return None;
    }
    let head = short.iter().zip(long).take_while(|(a, b)| same(**a, **b)).count();
    let (short, long) = (&short[head..], &long[head..]);
    let tail = short.iter().rev().zip(long.iter().rev()).take_while(|(a, b)| same(**a, **b)).count();
    let (short, long) = (&short[..short.len() - tail], &long[..long.len() - tail]);
    // One slip is all that is left of the words, or two letters that are exchanged.
    if short.is_empty() || long.len() > 2 && most <= 1 {
        return (long.len() <= most).then_some(long.len());
    }
    let (mut before, mut last) = (Vec::new(), (0..=long.len()).collect::<Vec<usize>>());
    for (i, a) in short.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in long.iter().enumerate() {
            let mut slips = (last[j] + usize::from(!same(*a, *b))).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && same(*a, long[j - 1]) && same(short[i - 1], *b) {
                slips = slips.min(before[j - 1] + 1);
            }
            row.push(slips);
        }
        if row.iter().min() > Some(&most) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|slips| *slips <= most)
}

fn same(one: u8, other: u8) -> bool {
    let plain = |byte: u8| if matches!(byte, b'-' | b' ' | b'.') { b'_' } else { byte.to_ascii_lowercase() };
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    use super::{likely_slips, nearest, slips};

    const KNOWN: [&str; 4] = ["new_checkout", "free_shipping", "app_banner", "ab"];

    #[test]
    fn one_slip_is_found_and_another_word_is_not() {
        for (word, meant) in [
            ("new_chekout", Some("new_checkout")),
            ("new-checkout", Some("new_checkout")),
            ("New_Checkout", Some("new_checkout")),
            ("new_chekcout", Some("new_checkout")),
            ("new_checkoutt", Some("new_checkout")),
            (" free_shipping", Some("free_shipping")),
            ("newCheckout", Some("new_checkout")),
            ("ne_chekout", None),
            ("checkout", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, KNOWN, 1), meant, "{word}");
        }
    }

    #[test]
    fn the_nearest_of_several_is_found_within_the_bound() {
        for (word, meant) in
            [("nwe_chekout", Some("new_checkout")), ("freeshiping", Some("free_shipping")), ("zzz", None)]
        {
            assert_eq!(nearest(word, KNOWN, likely_slips(word)), meant, "{word}");
        }
        assert_eq!(nearest("banner_b", ["banner_a1", "banner_bc", "banner_x"], 3), Some("banner_bc"));
        assert_eq!(nearest("x", [], 3), None);
    }

    #[test]
    fn the_shortcuts_change_no_answer() {
        // All pairs of short words over two letters, against the plain definition.
        let words: Vec<Vec<u8>> = (0..=5_u32)
            .flat_map(|length| {
                (0..1_u32 << length).map(move |bits| {
                    (0..length).map(|place| b'a' + (bits >> place & 1) as u8).collect::<Vec<u8>>()
                })
            })
            .collect();
        for one in &words {
            for other in &words {
                let exact = slips(one, other, 99);
                for most in 0..4 {
                    assert_eq!(
                        slips(one, other, most),
                        exact.filter(|slips| *slips <= most),
                        "{one:?} {other:?}"
                    );
                }
            }
        }
    }
}
