//! The operators between the items of a list.

use crate::decision::lenient::{Items, Read, Reader, Scalar, Stopped};

/// How many operators stand in one number.
const MOST_BITS: usize = u64::BITS as usize;

/// The operators between the items of a list: OR or AND. One that the data file does not say is AND.
#[derive(Debug)]
pub(crate) enum Operators {
    /// A bit for each, 1 for OR.
    Few { bits: u64, length: usize },
    /// As hardly any list has them.
    Many(Vec<bool>),
}

impl Default for Operators {
    fn default() -> Self {
        Self::Few { bits: 0, length: 0 }
    }
}

impl Operators {
    /// Whether the operator at a place is OR.
    #[inline]
    pub(crate) fn is_or(&self, place: usize) -> bool {
        match self {
            Self::Few { bits, .. } => place < MOST_BITS && bits >> place & 1 == 1,
            Self::Many(list) => list.get(place).copied().unwrap_or(false),
        }
    }

    fn add(&mut self, is_or: bool) {
        match self {
            Self::Few { bits, length } if *length < MOST_BITS => {
                *bits |= u64::from(is_or) << *length;
                *length += 1;
            }
            Self::Few { bits, .. } => {
                let mut list: Vec<bool> = (0..MOST_BITS).map(|place| *bits >> place & 1 == 1).collect();
                list.push(is_or);
                *self = Self::Many(list);
            }
            Self::Many(list) => list.push(is_or),
        }
    }
}

impl<'de> Items<'de> for Operators {
    type Item = bool;

    /// Bits need none.
    fn reserve(&mut self, _: usize) {}

    fn len(&self) -> usize {
        match self {
            Self::Few { length, .. } => *length,
            Self::Many(list) => list.len(),
        }
    }

    fn read_item(&mut self, reader: &mut Reader<'de>) -> Result<(), Stopped> {
        let mut operator = Scalar::None;
        operator.read(reader)?;
        self.add(operator == Scalar::Bool(true));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Operators;
    use crate::decision::lenient::{Array, read};

    fn operators(text: &str) -> Option<Operators> {
        read::<Array<Operators>>(text).unwrap().0.into_items("orOperators").ok()
    }

    #[test]
    fn each_is_read_at_its_place_however_many() {
        for length in [0, 1, 63, 64, 65, 200] {
            let wanted: Vec<bool> = (0..length).map(|place| place % 3 == 0).collect();
            let read = operators(&format!("{wanted:?}")).unwrap();
            assert_eq!((0..length).map(|place| read.is_or(place)).collect::<Vec<_>>(), wanted);
            assert!(!read.is_or(length) && !read.is_or(length + 64));
        }
    }

    #[test]
    fn what_is_not_true_is_and_and_what_is_no_array_is_wrong() {
        let read = operators(r#"[1, "true", null, {}, true]"#).unwrap();
        assert_eq!([0, 1, 2, 3, 4].map(|place| read.is_or(place)), [false, false, false, false, true]);
        assert!(operators("null").is_some());
        assert!(operators("true").is_none() && operators("{}").is_none());
    }
}
