//! What tells one cause of a failure from another.

/// The text of a failure as a key of [`Voices`](super::Voices), where the text is not the crate's own: `#`
/// stands for what has a digit in it. Libraries, stores and systems put in what is another each time
/// (seconds, sizes, ids), and each would pass for a cause that was not told yet. The status of an answer
/// is a cause.
pub(crate) fn cause_of(text: &str) -> String {
    let mut cause = String::with_capacity(text.len());
    let mut is_status = false;
    let is_inside = |c: char| c.is_alphanumeric();
    for piece in text.split_inclusive(|c| !is_inside(c)) {
        let word = piece.trim_end_matches(|c| !is_inside(c));
        if !is_status && word.contains(|c: char| c.is_ascii_digit()) {
            cause.push('#');
            cause.push_str(&piece[word.len()..]);
        } else {
            cause.push_str(piece);
        }
        is_status = word == "status";
    }
    cause
}

#[cfg(test)]
mod tests {
    use super::cause_of;

    #[test]
    fn numbers_and_ids_make_no_other_cause_but_a_status_does() {
        for (one, other) in [
            (
                "expired: time 1795903131 (186443931 seconds ago)",
                "expired: time 1795903135 (186443935 seconds ago)",
            ),
            ("too big: 90363 > 65536", "too big: 70001 > 65536"),
            ("still connecting after 10.0 s", "still connecting after 9.7 s"),
            ("READONLY from 3fa2-9c1d", "READONLY from 77b0-1a2b"),
        ] {
            assert_eq!(cause_of(one), cause_of(other));
        }
        for (one, other) in [
            ("status 500 from `https://a.b:443/`", "status 503 from `https://a.b:443/`"),
            ("Connection refused (os error 111)", "No route to host (os error 113)"),
            ("still connecting after 10.0 s", "still sending after 10.0 s"),
        ] {
            assert_ne!(cause_of(one), cause_of(other));
        }
        assert_eq!(cause_of("größer als 5 é, status 404"), "größer als # é, status 404");
        assert_eq!(cause_of(""), "");
    }
}
