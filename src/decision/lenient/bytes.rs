//! What stands at the beginning of some bytes, found without looking at what it means.

/// An integer from 0 on that certainly is one of `i64`, as most numbers are, and how long it is.
pub(super) fn short_integer(bytes: &[u8]) -> Option<(i64, usize)> {
    const MOST_DIGITS: usize = 18;
    let mut number = 0;
    for (length, byte) in bytes.iter().enumerate().take(MOST_DIGITS + 1) {
        match byte {
            b'0'..=b'9' if length < MOST_DIGITS => number = 10 * number + i64::from(byte - b'0'),
            b'0'..=b'9' | b'.' | b'e' | b'E' => return None,
            // A zero in front is left to those who say what is wrong with it.
            _ => return (length == 1 || length > 1 && bytes[0] != b'0').then_some((number, length)),
        }
    }
    None
}

/// How many bytes stand for themselves before the first that does not.
#[inline]
pub(super) fn plain(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    // Eight bytes at a time: most texts are short, but longer than that.
    while let Some((eight, others)) = rest.split_first_chunk() {
        let ends = ends(u64::from_le_bytes(*eight));
        if ends != 0 {
            return bytes.len() - rest.len() + ends.trailing_zeros() as usize / 8;
        }
        rest = others;
    }
    let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
    bytes.len() - rest.len() + end.unwrap_or(rest.len())
}

/// The highest bit of the first of eight bytes that is no plain character of a text; of those after
/// it, nothing is said.
#[inline]
fn ends(eight: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    // The usual trick: taking away from each byte borrows into its highest bit where it is less. Only
    // a byte above one that is found can be wrong.
    let less = |bytes: u64, than: u64| bytes.wrapping_sub(than * EACH) & !bytes & HIGH;
    let is = |byte: u8| less(eight ^ (u64::from(byte) * EACH), 1);
    less(eight, 0x20) | is(b'"') | is(b'\\')
}

#[cfg(test)]
mod tests {
    use super::{ends, plain, short_integer};

    #[test]
    fn the_first_of_eight_bytes_that_is_not_plain_is_found() {
        let is_plain = |byte: &u8| !matches!(byte, b'"' | b'\\' | 0..=0x1f);
        for first in 0..=255 {
            for second in [0, 0x1f, 0x20, 0x21, b'"', b'#', b'[', b'\\', b']', 0x7f, 0x80, 0x9f, 0xff] {
                for place in 0..8 {
                    let mut bytes = [b'a'; 8];
                    bytes[place] = first;
                    bytes[(place + 1) % 8] = second;
                    let found = ends(u64::from_le_bytes(bytes)).trailing_zeros() as usize / 8;
                    let expected = bytes.iter().position(|byte| !is_plain(byte)).unwrap_or(8);
                    assert_eq!(found, expected, "{bytes:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_plain_ends_where_it_ends() {
        for (text, length) in
            [("", 0), ("a", 1), ("\"", 0), ("1234567", 7), ("12345678\\", 8), ("123456789\n1", 9)]
        {
            assert_eq!(plain(text.as_bytes()), length, "{text:?}");
        }
    }

    #[test]
    fn only_what_certainly_is_an_integer_is_read_as_one() {
        let table = [
            ("0,", Some((0, 1))),
            ("7", None),
            ("20 ", Some((20, 2))),
            ("999999999999999999]", Some((999_999_999_999_999_999, 18))),
            ("1000000000000000000]", None),
            ("01]", None),
            ("-1]", None),
            ("1.5]", None),
            ("1e5]", None),
            ("x", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(short_integer(text.as_bytes()), expected, "{text}");
        }
    }
}
