//! From a text key to a place in a list.

use hashbrown::HashTable;

use crate::decision::hashing::KeyHasher;

/// Places of a list by key. The keys themselves stay in the list.
#[derive(Debug)]
pub(crate) struct KeyIndex {
    hasher: KeyHasher,
    places: HashTable<(u64, u32)>,
}

impl KeyIndex {
    /// Indexes a list of keys; of two equal ones the later counts.
    pub(crate) fn new<'k>(keys: impl ExactSizeIterator<Item = &'k str> + Clone) -> Self {
        let hasher = KeyHasher::random();
        let list: Vec<&str> = keys.collect();
        let mut places = HashTable::with_capacity(list.len());
        for (place, key) in list.iter().enumerate() {
            let hash = hasher.hash(key.as_bytes());
            let same = |entry: &(u64, u32)| entry.0 == hash && list[entry.1 as usize] == *key;
            match places.find_mut(hash, same) {
                Some(entry) => entry.1 = place as u32,
                None => {
                    places.insert_unique(hash, (hash, place as u32), |entry| entry.0);
                }
            }
        }
        Self { hasher, places }
    }

    /// The place of a key, and what is there; `at` reads the list.
    #[inline(always)]
    pub(crate) fn find<'k, T>(
        &self,
        key: &str,
        at: impl Fn(u32) -> (&'k str, &'k T),
    ) -> Option<(u32, &'k T)> {
        let hash = self.hasher.hash(key.as_bytes());
        let mut found = None;
        self.places.find(hash, |entry| {
            if entry.0 != hash {
                return false;
            }
            let (known, item) = at(entry.1);
            found = (known == key).then_some((entry.1, item));
            found.is_some()
        });
        found
    }
}
