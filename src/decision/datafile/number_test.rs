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
pub(crate) type Version = [i64; 3];

/// Reads `1.4.2`: parts are trimmed, missing ones are 0, further ones are left out of the
/// comparison; none if one of the three is no integer.
pub(crate) fn parse_version(text: &str) -> Option<Version> {
    let mut version = [0; 3];
    for (place, part) in version.iter_mut().zip(text.split('.')) {
        *place = part.trim().parse().ok()?;
    }
    Some(version)
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn versions_are_read_part_by_part() {
        let table = [
            ("1.4.2", Some([1, 4, 2])),
            ("1", Some([1, 0, 0])),
            (" 1 . 4 ", Some([1, 4, 0])),
            ("1.4.2.7", Some([1, 4, 2])),
            ("x.y", None),
            ("", None),
            ("1..2", None),
        ];
        for (text, version) in table {
            assert_eq!(parse_version(text), version, "{text:?}");
        }
    }
}
