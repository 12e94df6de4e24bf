//! One field's value, with what decides between two of them.

use std::cmp::Ordering;

/// The value of one field of a [`VisitorRecord`](super::VisitorRecord), with its rank. Of two, the
/// one with the higher rank stands; of two of the same rank, the one whose text is greater, byte by
/// byte. That is the whole rule, for every field: what a rank means (mostly the time of the change,
/// in milliseconds since the epoch) is the writer's business.
///
/// ```
/// use kameleoon::fleet::Datum;
///
/// let (old, new) = (Datum::new(1, "red"), Datum::new(2, "blue"));
/// assert!(new.stands_over(&old));
/// assert_eq!(Datum::from_text(&new.to_text()), Some(new));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datum {
    rank: i64,
    value: Box<str>,
}

impl Datum {
    /// A value of this rank. Ranks are kept within 2^53 on either side of zero, which every store
    /// can compare.
    pub fn new(rank: i64, value: impl Into<String>) -> Self {
        const MOST: i64 = 1 << 53;
        Self { rank: rank.clamp(-MOST, MOST), value: value.into().into_boxed_str() }
    }

    /// The rank.
    pub fn rank(&self) -> i64 {
        self.rank
    }

    /// The value.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Whether this one stands when both were written.
    pub fn stands_over(&self, other: &Self) -> bool {
        let by_rank = self.rank.cmp(&other.rank);
        by_rank.then_with(|| self.value.as_bytes().cmp(other.value.as_bytes())) == Ordering::Greater
    }

    /// Rank and value as one text, for stores that keep texts: the rank, a space, the value.
    pub fn to_text(&self) -> String {
        format!("{} {}", self.rank, self.value)
    }

    /// Reads what [`to_text`](Self::to_text) wrote; none when it is something else.
    pub fn from_text(text: &str) -> Option<Self> {
        let (rank, value) = text.split_once(' ')?;
        Some(Self::new(rank.parse().ok()?, value))
    }
}
