//! The data file in the form that evaluation reads: immutable, with an index for every look-up.

use std::collections::HashMap;

use super::condition::SegmentPlace;
use super::flag::{Exposure, Flag, Rule};
use super::flags::{Flags, SharedFlag};
use super::key_index::KeyIndex;
use super::salt::Salt;
use super::tree::Segment;
use crate::decision::hashing::IdMap;
use crate::error::KameleoonError;
use crate::logging::Voice;
use crate::nearest::nearest;

/// A compiled data file.
#[derive(Debug)]
pub(crate) struct DataFile {
    /// Tells the data files of a process apart: drawn at random.
    pub(crate) number: u64,
    pub(crate) date_modified: i64,
    /// Whether the file has a list of flags at all, be it empty.
    pub(crate) has_flag_list: bool,
    pub(crate) settings: Settings,
    pub(crate) flags: Flags,
    pub(super) flags_by_key: KeyIndex,
    pub(crate) segments: Box<[Segment]>,
    pub(super) segments_by_id: IdMap<u32>,
    /// Experiment id to the places of the flag and of its rule.
    pub(super) experiments: IdMap<(u32, u32)>,
    pub(crate) custom_data: CustomDataIndex,
    pub(crate) holdout: Option<Holdout>,
    pub(crate) groups: Box<[Group]>,
    /// Whether a condition looks at what is assigned, or at whether anything is, so that the
    /// results of one call depend on those before them.
    pub(crate) has_assignment_conditions: bool,
    /// Tells that segments refer to each other too often or too deeply.
    pub(crate) told_of_segments: Voice,
}

/// What the file says for the site as a whole.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    pub(crate) real_time_update: bool,
    pub(crate) consent_required: bool,
    /// Refused consent blocks a flag altogether, not only its experiments.
    pub(crate) fully_block: bool,
    pub(crate) data_api_domain: Option<Box<str>>,
    /// Whether the visitor code cookie waits for consent.
    pub(crate) visitor_code_managed: bool,
}

/// The part of the traffic that is held out of everything.
#[derive(Debug)]
pub(crate) struct Holdout {
    pub(crate) experiment_id: i64,
    pub(crate) salt: Salt,
    pub(crate) variations: Box<[HoldoutVariation]>,
}

/// A variation of the holdout.
#[derive(Debug)]
pub(crate) struct HoldoutVariation {
    pub(crate) key: Box<str>,
    pub(crate) variation_id: Option<i64>,
    pub(crate) exposition: f64,
    /// Whether it keeps a visitor out of everything.
    pub(crate) keeps_out: bool,
}

/// Flags of which each visitor gets at most one.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: Box<str>,
    pub(crate) salt: Salt,
    /// Places of the flags, by flag id; none for a flag that could not be read.
    pub(crate) flags: Box<[Option<u32>]>,
}

impl Holdout {
    /// Whether the first variation has everybody, whatever the point: a point is 1 at most.
    pub(crate) fn first_has_all(&self) -> bool {
        self.variations.first().is_some_and(|variation| variation.exposition >= 1.0)
    }
}

/// A custom data of the site.
#[derive(Debug, Clone)]
pub(crate) struct CustomDataInfo {
    pub(crate) index: u32,
    pub(crate) id: i64,
    pub(crate) name: Option<Box<str>>,
    pub(crate) local_only: bool,
    pub(crate) visitor_scope: bool,
}

/// The custom data of the site.
#[derive(Debug, Default)]
pub(crate) struct CustomDataIndex {
    /// By index, in order.
    pub(super) items: Box<[CustomDataInfo]>,
    /// Ids to indices.
    pub(super) ids: IdMap<u32>,
    /// Names to indices, also those of definitions that a later one of their index replaced.
    pub(super) names: HashMap<Box<str>, u32>,
    /// The index of the custom data that identifies a visitor across devices.
    pub(crate) mapping_index: Option<u32>,
}

impl CustomDataIndex {
    pub(crate) fn get(&self, index: u32) -> Option<&CustomDataInfo> {
        self.items.binary_search_by_key(&index, |info| info.index).ok().map(|place| &self.items[place])
    }

    pub(crate) fn by_name(&self, name: &str) -> Option<&CustomDataInfo> {
        self.get(*self.names.get(name)?)
    }

    pub(crate) fn index_of_id(&self, id: i64) -> Option<u32> {
        self.ids.get(&id).copied()
    }
}

impl DataFile {
    /// The flag with this key and its place, or an error that names the one that may be meant.
    #[inline(always)]
    pub(crate) fn require_flag(&self, key: &str) -> Result<(u32, &Flag), KameleoonError> {
        match self.find_flag(key) {
            Some(found) => Ok(found),
            None => Err(self.not_found(key)),
        }
    }

    #[cold]
    fn not_found(&self, key: &str) -> KameleoonError {
        KameleoonError::FeatureNotFound {
            feature_key: key.to_owned(),
            is_not_ready: false,
            similar: self.similar_flag(key).map(str::to_owned),
        }
    }

    /// The key of the flag that is probably meant.
    fn similar_flag(&self, key: &str) -> Option<&str> {
        // Of two letters, any word is near to any other.
        let keys = self.flags.iter().map(|flag| &*flag.key).filter(|known| known.len().max(key.len()) > 2);
        nearest(key, keys, 1)
    }

    /// The flag with this key, and its place.
    pub(crate) fn find_flag(&self, key: &str) -> Option<(u32, &Flag)> {
        self.flags_by_key.find(key, |place| {
            let flag = self.flags.at(place);
            (&flag.key, flag)
        })
    }

    pub(crate) fn flag(&self, place: u32) -> &Flag {
        self.flags.at(place)
    }

    /// The flag as what a result keeps.
    #[inline(always)]
    pub(crate) fn share_flag(&self, place: u32) -> SharedFlag {
        self.flags.share(place)
    }

    /// The segment that a condition refers to.
    pub(crate) fn segment_at(&self, place: SegmentPlace) -> Option<&Segment> {
        place.get().map(|place| &self.segments[place as usize])
    }

    pub(crate) fn segment_with_id(&self, id: i64) -> Option<&Segment> {
        self.segments_by_id.get(&id).map(|place| &self.segments[*place as usize])
    }

    /// The segments that are looked up by id: with several of one id, just the one that counts.
    pub(crate) fn distinct_segments(&self) -> impl Iterator<Item = &Segment> {
        self.segments
            .iter()
            .enumerate()
            .filter(|(place, segment)| self.segments_by_id.get(&segment.id) == Some(&(*place as u32)))
            .map(|(_, segment)| segment)
    }

    /// The flag and the rule that carry an experiment.
    pub(crate) fn experiment(&self, experiment_id: i64) -> Option<(&Flag, &Rule)> {
        let (flag, rule) = self.experiments.get(&experiment_id)?;
        let flag = self.flag(*flag);
        Some((flag, &flag.rules[*rule as usize]))
    }

    /// The keys of the variations of an experiment.
    pub(crate) fn experiment_variations(&self, experiment_id: i64) -> Vec<String> {
        let exposures = self.experiment(experiment_id).into_iter().flat_map(|(flag, rule)| {
            rule.exposures.iter().map(|exposure| flag.variation(exposure.variation).key.to_string())
        });
        exposures.collect()
    }

    /// An experiment's variation with this key.
    pub(crate) fn experiment_variation(&self, experiment_id: i64, key: &str) -> Option<Option<&Exposure>> {
        self.experiment(experiment_id).map(|(flag, rule)| rule.exposure_of(flag, key))
    }
}
