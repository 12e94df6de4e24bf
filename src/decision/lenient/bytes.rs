//! What stands at the beginning of some bytes, found without looking at what it means.

/// A number as most are written: from 0 on, of few digits, without an exponent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ShortNumber {
    /// Its digits, without the point.
    pub(super) digits: i64,
    /// How many of them stand behind the point.
    pub(super) decimals: usize,
    /// How many bytes it takes.
    pub(super) length: usize,
}

impl ShortNumber {
    /// The number that stands at the beginning; none when it may be another kind of number.
    #[inline]
    pub(super) fn at(bytes: &[u8]) -> Option<Self> {
        /// Up to here a float holds all integers, and nothing overflows.
        const MOST_DIGITS: usize = 15;
        let (whole, before) = leading_digits(bytes, 0, MOST_DIGITS);
        // A zero in front, or no digit where there has to be one, is left to those who say what is
        // wrong with it.
        if before == 0 || before > 1 && bytes[0] == b'0' {
            return None;
        }
        let (digits, decimals, length) = match bytes.get(before)? {
            b'.' => {
                let (digits, decimals) = leading_digits(&bytes[before + 1..], whole, MOST_DIGITS - before);
                if decimals == 0 {
                    return None;
                }
                (digits, decimals, before + 1 + decimals)
            }
            _ => (whole, 0, before),
        };
        let ends = !matches!(bytes.get(length)?, b'0'..=b'9' | b'.' | b'e' | b'E');
        ends.then_some(Self { digits, decimals, length })
    }

    /// The number as a float: the nearest one, since both parts of the division are exact.
    pub(super) fn float(self) -> f64 {
        const POWERS: [f64; 16] =
            [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
        self.digits as f64 / POWERS[self.decimals]
    }
}

/// The number that digits at the beginning, so many at most, make behind others; how many there are.
#[inline]
fn leading_digits(bytes: &[u8], before: i64, most: usize) -> (i64, usize) {
    let mut number = before;
    for (length, byte) in bytes.iter().take(most).enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return (number, length);
        }
        number = 10 * number + i64::from(digit);
    }
    (number, most.min(bytes.len()))
}

/// Whether some bytes begin with others. For the few bytes of a key this is quicker than a call.
#[inline(always)]
pub(super) fn begins_with(bytes: &[u8], start: &[u8]) -> bool {
    let Some(bytes) = bytes.get(..start.len()) else { return false };
    match (start.first_chunk::<8>(), start.last_chunk::<8>()) {
        // The first and the last eight are all that there are.
        (Some(first), Some(last)) if start.len() <= 16 => {
            bytes.first_chunk() == Some(first) && bytes.last_chunk() == Some(last)
        }
        _ => bytes == start,
    }
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
    use super::{ShortNumber, begins_with, ends, plain};

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
    fn only_what_certainly_is_a_number_is_read_as_one() {
        let table = [
            ("0,", Some((0, 0, 1))),
            ("7", None),
            ("20 ", Some((20, 0, 2))),
            ("999999999999999]", Some((999_999_999_999_999, 0, 15))),
            ("1000000000000000]", None),
            ("0.5]", Some((5, 1, 3))),
            ("12.250,", Some((12_250, 3, 6))),
            ("0.00000000000001}", Some((1, 14, 16))),
            ("0.000000000000001}", None),
            ("123456789.1234567}", None),
            ("01]", None),
            ("00.5]", None),
            (".5]", None),
            ("1.]", None),
            ("1..5]", None),
            ("1.5.2]", None),
            ("-1]", None),
            ("1.5e3]", None),
            ("1e5]", None),
            ("1.5", None),
            ("x", None),
            ("", None),
        ];
        for (text, expected) in table {
            let read = ShortNumber::at(text.as_bytes());
            assert_eq!(read.map(|read| (read.digits, read.decimals, read.length)), expected, "{text}");
        }
    }

    #[test]
    fn floats_are_the_nearest_ones() {
        let mut digits = 1_i64;
        for round in 0..100_000_u64 {
            digits = digits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let whole = digits.unsigned_abs() % 10_u64.pow(1 + (round % 8) as u32);
            let part = digits.unsigned_abs() / 7 % 10_u64.pow(1 + (round % 6) as u32);
            let text = format!("{whole}.{part:0width$},", width = 1 + (round % 6) as usize);
            let read = ShortNumber::at(text.as_bytes()).map(|read| read.float().to_bits());
            let expected = text.trim_end_matches(',').parse().map(f64::to_bits);
            assert_eq!(read, expected.ok(), "{text}");
        }
    }

    #[test]
    fn a_beginning_is_one_in_every_byte() {
        let text = b"\"defaultVariationKey\": \"on\"";
        for length in 0..=text.len() {
            let start = &text[..length];
            assert!(begins_with(text, start) && begins_with(start, start));
            assert!(length == 0 || !begins_with(&text[..length - 1], start));
            for place in 0..length {
                let mut other = *text;
                other[place] ^= 1;
                assert!(!begins_with(&other, start), "{length} {place}");
            }
        }
    }
}
