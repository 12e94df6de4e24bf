//! The flags of two data files, side by side.

use crate::decision::datafile::{DataFile, Flag};

/// A flag of either file: its places, and which variations go by the same key.
pub(super) struct Pair<'f> {
    pub(super) key: &'f str,
    pub(super) old: Option<(u32, &'f Flag)>,
    pub(super) new: Option<(u32, &'f Flag)>,
    /// For each variation of the old flag, the place of the new one with its key.
    pub(super) same: Vec<Option<u32>>,
    /// Whether every visitor has the same code in the hashes of both.
    pub(super) same_code: bool,
}

/// The flags of the new file in its order, then those that went.
pub(super) fn pairs<'f>(old: &'f DataFile, new: &'f DataFile) -> Vec<Pair<'f>> {
    let find = |file: &'f DataFile, key: &str| file.find_flag(key);
    let came = (0..new.flags.len() as u32).map(|place| {
        let flag: &Flag = new.flag(place);
        pair(&flag.key, find(old, &flag.key), Some((place, flag)))
    });
    let went = (0..old.flags.len() as u32)
        .map(|place| (place, old.flag(place)))
        .filter(|(_, flag)| new.find_flag(&flag.key).is_none())
        .map(|(place, flag)| pair(&flag.key, Some((place, flag)), None));
    let mut pairs: Vec<Pair<'f>> = came.chain(went).collect();
    let same_mapping = old.custom_data.mapping_index == new.custom_data.mapping_index;
    for pair in &mut pairs {
        pair.same_code &= same_mapping;
    }
    pairs
}

fn pair<'f>(key: &'f str, old: Option<(u32, &'f Flag)>, new: Option<(u32, &'f Flag)>) -> Pair<'f> {
    let (same, same_code) = match (old, new) {
        (Some((_, old)), Some((_, new))) => (
            old.variations.iter().map(|variation| new.find_variation(&variation.key)).collect(),
            old.bucketing_index == new.bucketing_index,
        ),
        (Some((_, old)), None) => (vec![None; old.variations.len()], false),
        (None, _) => (Vec::new(), false),
    };
    Pair { key, old, new, same, same_code }
}
