//! The word that was probably meant.

/// The nearest of the known words, unless all are far off.
pub(super) fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let best = known.into_iter().map(|known| (distance(word, known), known)).min()?;
    (best.0 <= 1 + word.chars().count() / 3).then_some(best.1)
}

/// How many letters must be put in, left out or exchanged to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let exchanged = diagonal + usize::from(!a.eq_ignore_ascii_case(b));
            diagonal = row[j + 1];
            row[j + 1] = exchanged.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_found_and_another_word_is_not() {
        let known = ["new_checkout", "free_shipping", "app_banner"];
        assert_eq!(nearest("new_chekout", known), Some("new_checkout"));
        assert_eq!(nearest("newCheckout", known), Some("new_checkout"));
        assert_eq!(nearest("zzz", known), None);
        assert_eq!(nearest("x", []), None);
    }
}
