//! How a condition compares numbers and versions.

use std::cmp::Ordering;

/// A comparison with the number of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Greater,
    Lower,
}

impl Comparison {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "EQUAL" => Self::Equal,
            "GREATER" => Self::Greater,
            "LOWER" => Self::Lower,
            _ => return None,
        })
    }

    /// Whether what was found stands so to what is asked for.
    pub(crate) fn accepts(self, order: Ordering) -> bool {
        matches!(
            (self, order),
            (Self::Equal, Ordering::Equal)
                | (Self::Greater, Ordering::Greater)
                | (Self::Lower, Ordering::Less)
        )
    }

    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Greater => ">",
            Self::Lower => "<",
        }
    }
}

/// A comparison of counts or of milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CountTest {
    pub(crate) comparison: Comparison,
    pub(crate) value: f64,
}

impl CountTest {
    pub(crate) fn holds(self, found: i64) -> bool {
        (found as f64).partial_cmp(&self.value).is_some_and(|order| self.comparison.accepts(order))
    }
}

impl std::fmt::Display for CountTest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.comparison.sign(), self.value)
    }
}

/// A version as (major, minor, patch).
pub(crate) type Version = [Part; 3];

/// An integer of any length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Small(i64),
    /// Beyond `i64`: the sign, and the digits without leading zeros.
    Large {
        is_negative: bool,
        digits: Box<str>,
    },
}

impl Part {
    fn parse(text: &str) -> Option<Self> {
        if let Ok(number) = text.parse() {
            return Some(Self::Small(number));
        }
        let is_negative = text.starts_with('-');
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits = digits.trim_start_matches('0');
        // Short again without its zeros.
        let number = format!("{}{digits}", if is_negative { "-" } else { "" }).parse();
        match number {
            Ok(number) => Some(Self::Small(number)),
            Err(_) if digits.is_empty() => Some(Self::Small(0)),
            Err(_) => Some(Self::Large { is_negative, digits: digits.into() }),
        }
    }
}

impl Default for Part {
    fn default() -> Self {
        Self::Small(0)
    }
}

impl Ord for Part {
    fn cmp(&self, other: &Self) -> Ordering {
        let outside = |is_negative: bool| if is_negative { Ordering::Less } else { Ordering::Greater };
        match (self, other) {
            (Self::Small(own), Self::Small(other)) => own.cmp(other),
            (Self::Large { is_negative, .. }, Self::Small(_)) => outside(*is_negative),
            (Self::Small(_), Self::Large { is_negative, .. }) => outside(*is_negative).reverse(),
            (
                Self::Large { is_negative, digits },
                Self::Large { is_negative: other_is_negative, digits: other },
            ) => {
                if is_negative != other_is_negative {
                    return outside(*is_negative);
                }
                let order = digits.len().cmp(&other.len()).then_with(|| digits.cmp(other));
                if *is_negative { order.reverse() } else { order }
            }
        }
    }
}

impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Small(number) => number.fmt(f),
            Self::Large { is_negative, digits } => {
                write!(f, "{}{digits}", if *is_negative { "-" } else { "" })
            }
        }
    }
}

/// Reads `1.4.2`: parts are trimmed, missing ones are 0, further ones are left out of the
/// comparison; none if one of the three is no integer.
pub(crate) fn parse_version(text: &str) -> Option<Version> {
    let mut version = Version::default();
    for (place, part) in version.iter_mut().zip(text.split('.')) {
        *place = Part::parse(part.trim())?;
    }
    Some(version)
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn versions_are_read_part_by_part() {
        let table = [
            ("1.4.2", Some("1.4.2")),
            ("1", Some("1.0.0")),
            (" 1 . 4 ", Some("1.4.0")),
            ("1.4.2.7", Some("1.4.2")),
            ("1.0.99999999999999999999", Some("1.0.99999999999999999999")),
            ("-0000000000000000000000.+5.007", Some("0.5.7")),
            ("x.y", None),
            ("", None),
            ("1..2", None),
            ("1.-.2", None),
        ];
        for (text, version) in table {
            let read = parse_version(text).map(|[major, minor, patch]| format!("{major}.{minor}.{patch}"));
            assert_eq!(read.as_deref(), version, "{text:?}");
        }
    }

    #[test]
    fn versions_of_any_length_are_in_order() {
        let order = [
            "-100000000000000000000",
            "-99999999999999999999",
            "-5",
            "0",
            "9223372036854775807",
            "9223372036854775808",
            "10000000000000000000",
            "100000000000000000000",
        ];
        for (place, lower) in order.iter().enumerate() {
            assert_eq!(parse_version(lower), parse_version(lower));
            for higher in &order[place + 1..] {
                assert!(parse_version(lower) < parse_version(higher), "{lower} {higher}");
            }
        }
    }
}
