//! What is known about one visitor, as servers tell each other.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::datum::Datum;
use super::field::Field;

/// What servers tell each other about one visitor: fields by name. A store keeps them as they are
/// and merges them as [`merge`](Self::merge) does; what they mean is the client's business.
///
/// Merging is commutative, associative and idempotent: whatever order writes arrive in, and however
/// often, the same record comes of them.
///
/// ```
/// use kameleoon::fleet::{Datum, VisitorRecord};
///
/// let mut here = VisitorRecord::new();
/// here.put("d3", Datum::new(1_700_000_000_000, "old"));
/// let mut there = VisitorRecord::new();
/// there.put("d3", Datum::new(1_700_000_000_001, "new"));
/// there.put("c", Datum::new(1_700_000_000_002, "1"));
/// here.merge(there);
/// assert_eq!(here.get("d3").map(Datum::value), Some("new"));
/// assert_eq!(here.len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VisitorRecord {
    fields: BTreeMap<Box<str>, Datum>,
}

impl VisitorRecord {
    /// A record without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there are no fields.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The number of fields.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// The fields by name.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Datum)> {
        self.fields.iter().map(|(name, datum)| (&**name, datum))
    }

    /// The field of this name.
    pub fn get(&self, name: &str) -> Option<&Datum> {
        self.fields.get(name)
    }

    /// Adds a field; of two of one name, the one that [stands](Datum::stands_over) stays.
    pub fn put(&mut self, name: impl Into<String>, datum: Datum) {
        match self.fields.entry(name.into().into_boxed_str()) {
            Entry::Vacant(place) => drop(place.insert(datum)),
            Entry::Occupied(mut place) if datum.stands_over(place.get()) => drop(place.insert(datum)),
            Entry::Occupied(_) => {}
        }
    }

    /// Takes another record in, field by field.
    pub fn merge(&mut self, other: Self) {
        other.fields.into_iter().for_each(|(name, datum)| self.put(name, datum));
    }

    pub(crate) fn put_field(&mut self, field: Field, datum: Datum) {
        self.put(field.name(), datum);
    }

    pub(crate) fn field(&self, field: Field) -> Option<&Datum> {
        self.get(&field.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A generator of its own, so that a seed means the same everywhere.
    fn roll(state: &mut u64, sides: u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state % sides
    }

    fn record(state: &mut u64) -> VisitorRecord {
        let names = ["s", "c", "d0", "d1", "g7", "x9", "pa1", "pb2", "future"];
        let mut record = VisitorRecord::new();
        for _ in 0..roll(state, 12) {
            let name = names[roll(state, names.len() as u64) as usize];
            let rank = roll(state, 4) as i64 - 2;
            // Ties of rank are frequent, and texts that one locale or another sorts its own way.
            let value = ["", "a", "A", "aa", "é", "z", "\u{1F600}"][roll(state, 7) as usize];
            record.put(name, Datum::new(rank, value));
        }
        record
    }

    fn merged(records: &[&VisitorRecord]) -> VisitorRecord {
        let mut sum = VisitorRecord::new();
        records.iter().for_each(|record| sum.merge((*record).clone()));
        sum
    }

    #[test]
    fn merging_is_commutative_associative_and_idempotent() {
        let mut state = 0x9E37_79B9_7F4A_7C15;
        let mut differed = 0;
        for _ in 0..20_000 {
            let (a, b, c) = (record(&mut state), record(&mut state), record(&mut state));
            let once = merged(&[&a, &b, &c]);
            for order in [[&a, &c, &b], [&b, &a, &c], [&b, &c, &a], [&c, &a, &b], [&c, &b, &a]] {
                assert_eq!(merged(&order), once, "{a:?} {b:?} {c:?}");
            }
            let mut right = b.clone();
            right.merge(c.clone());
            let mut grouped = a.clone();
            grouped.merge(right);
            assert_eq!(grouped, once);
            assert_eq!(merged(&[&once, &once, &a, &c]), once);
            differed += usize::from(once != a && once != b && once != c);
        }
        assert!(differed > 10_000, "the records were all alike: {differed}");
    }

    #[test]
    fn a_datum_is_read_back_and_nonsense_is_none() {
        for (rank, value) in [(0, ""), (-5, "a b"), (i64::MAX, "é\n"), (i64::MIN, " ")] {
            let datum = Datum::new(rank, value);
            assert_eq!(Datum::from_text(&datum.to_text()), Some(datum));
        }
        for text in ["", "5", "x y", " 5", "5.0 y"] {
            assert_eq!(Datum::from_text(text), None, "{text:?}");
        }
    }
}
