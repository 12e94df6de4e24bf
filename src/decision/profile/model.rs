//! What is known about one visitor.

use super::assigned::Assignments;
use super::delivery::Tracked;
use super::pages::Pages;
use super::tally::Tally;
use super::visits::Visits;
use crate::data::{
    ApplicationVersion, Browser, Conversion, Cookie, Device, Geolocation, OperatingSystem, UserAgent, Values,
};

/// What is known about one visitor. Kept small, since a server holds many: what most visitors do
/// not have is in [`Extra`].
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    /// When the current visit began, in milliseconds since the epoch.
    pub(crate) created: i64,
    /// The code under which all devices of the visitor are bucketed.
    pub(crate) mapping_identifier: Option<Box<str>>,
    pub(crate) custom_data: Vec<Tracked<CustomDataEntry>>,
    pub(crate) assigned: Assignments,
    pub(crate) browser: Option<Tracked<Browser>>,
    pub(crate) consent: Consent,
    pub(crate) extra: Option<Box<Extra>>,
}

/// Whether the visitor agreed to the use of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    Unknown,
    Given,
    Refused,
}

/// The values of one custom data.
#[derive(Debug, Clone)]
pub(crate) struct CustomDataEntry {
    pub(crate) index: u32,
    pub(crate) overwrite: bool,
    /// Identifies the visitor across devices, told by the program and not by the platform: part of
    /// every request.
    pub(crate) is_mapping: bool,
    pub(crate) values: Values,
}

/// What few visitors have.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extra {
    pub(crate) device: Option<Tracked<Device>>,
    pub(crate) operating_system: Option<Tracked<OperatingSystem>>,
    pub(crate) geolocation: Option<Tracked<Geolocation>>,
    pub(crate) visits: Option<Tracked<Visits>>,
    pub(crate) cookie: Option<Cookie>,
    pub(crate) user_agent: Option<UserAgent>,
    pub(crate) application_version: Option<ApplicationVersion>,
    pub(crate) pages: Pages,
    pub(crate) conversions: Vec<Tracked<TimedConversion>>,
    pub(crate) personalizations: Vec<Personalization>,
    pub(crate) targeted_segments: Vec<Tracked<i64>>,
    pub(crate) heat: Option<Scores>,
    pub(crate) bandit_scores: Option<Scores>,
    pub(crate) forced: Vec<ForcedVariation>,
    pub(crate) simulated: Vec<SimulatedVariation>,
}

/// Scores by two ids: key moment and goal, or experiment and variation.
pub(crate) type Scores = Vec<(i64, Vec<(i64, f64)>)>;

/// A conversion and when it was.
#[derive(Debug, Clone)]
pub(crate) struct TimedConversion {
    pub(crate) conversion: Conversion,
    /// Milliseconds since the epoch.
    pub(crate) time: i64,
}

/// A personalization that the visitor saw.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Personalization {
    pub(crate) id: i64,
    /// Milliseconds since the epoch.
    pub(crate) time: i64,
}

/// A variation that the program chose for an experiment.
#[derive(Debug, Clone)]
pub(crate) struct ForcedVariation {
    pub(crate) experiment_id: i64,
    pub(crate) variation_key: Box<str>,
    pub(crate) variation_id: Option<i64>,
    pub(crate) force_targeting: bool,
}

/// A variation that a person previews.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SimulatedVariation {
    pub(crate) feature_key: Box<str>,
    /// Experiment and variation; none for the flag's default variation.
    pub(crate) variation: Option<(i64, i64)>,
}

impl Profile {
    pub(crate) fn new(now: i64) -> Self {
        Self {
            created: now,
            mapping_identifier: None,
            custom_data: Vec::new(),
            assigned: Assignments::default(),
            browser: None,
            consent: Consent::Unknown,
            extra: None,
        }
    }

    pub(crate) fn extra_mut(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    pub(crate) fn custom_data(&self, index: u32) -> Option<&CustomDataEntry> {
        self.custom_data.iter().map(|entry| &entry.value).find(|entry| entry.index == index)
    }

    /// Adds audiences that the visitor belongs to; each is sent once more.
    pub(crate) fn add_targeted_segments(&mut self, segments: &[i64], track: bool) -> Tally {
        let mut tally = Tally::default();
        let list = &mut self.extra_mut().targeted_segments;
        for id in segments {
            let new = Tracked::new(*id, track);
            let replaced = match list.iter_mut().find(|known| known.value == *id) {
                Some(known) => std::mem::replace(known, new).delivery.is_due(),
                None => {
                    list.push(new);
                    false
                }
            };
            tally.count(track, replaced);
        }
        tally
    }

    /// Sets or takes back a forced variation.
    pub(crate) fn set_forced(&mut self, experiment_id: i64, forced: Option<ForcedVariation>) {
        let list = &mut self.extra_mut().forced;
        list.retain(|known| known.experiment_id != experiment_id);
        list.extend(forced);
    }

    pub(crate) fn simulated(&self) -> &[SimulatedVariation] {
        self.extra.as_deref().map_or(&[], |extra| &extra.simulated)
    }

    /// Replaces all simulated variations.
    pub(crate) fn set_simulated(&mut self, simulated: Vec<SimulatedVariation>) {
        self.extra_mut().simulated = simulated;
    }
}

/// The part of the extra data that is asked for, when there is any.
macro_rules! extra {
    ($profile:expr, $field:ident) => {
        $profile.extra.as_deref().and_then(|extra| extra.$field.as_ref())
    };
}
pub(crate) use extra;
