//! Where a text is in a list that is being made.

use std::collections::HashMap;

use crate::decision::hashing::KeyHasher;

/// So many are looked through, one after the other: most flags have two variations.
const FEW: usize = 16;

/// Finds texts in a list that grows, in a time that does not grow with it.
#[derive(Default)]
pub(super) struct Places {
    /// Of the first texts of the list, once it is a long one.
    noted: Option<HashMap<Box<str>, u32, KeyHasher>>,
    count: usize,
}

impl Places {
    /// The first place in the list of so many texts that has this one; `at` reads the list.
    pub(super) fn find<'k>(
        &mut self,
        text: &str,
        len: usize,
        at: impl Fn(usize) -> &'k str,
    ) -> Option<usize> {
        if len <= FEW {
            return (0..len).find(|place| at(*place) == text);
        }
        let noted = self.noted.get_or_insert_default();
        for place in self.count..len {
            noted.entry(at(place).into()).or_insert(place as u32);
        }
        self.count = len;
        noted.get(text).map(|place| *place as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_as_short_ones() {
        let mut places = Places::default();
        let mut list: Vec<String> = Vec::new();
        for number in 0..3 * FEW {
            assert_eq!(places.find(&format!("k{number}"), list.len(), |place| &list[place]), None);
            list.push(format!("k{number}"));
            list.push("again".to_owned());
            for (text, place) in [("k0", 0), ("again", 1), (&*format!("k{number}"), 2 * number)] {
                assert_eq!(places.find(text, list.len(), |place| &list[place]), Some(place));
            }
        }
    }
}
