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

    /// The place of a key; `key_at` reads the list.
    pub(crate) fn find<'k>(&self, key: &str, key_at: impl Fn(u32) -> &'k str) -> Option<u32> {
        let hash = self.hasher.hash(key.as_bytes());
        self.places.find(hash, |entry| entry.0 == hash && key_at(entry.1) == key).map(|entry| entry.1)
    }
}
