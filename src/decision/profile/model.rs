//! What is known about one visitor.

use super::assigned::Assignments;
use super::conversions::Conversions;
use super::few::Few;
use super::pages::Pages;
use super::visits::Visits;
use crate::data::{
    ApplicationVersion, Browser, Cookie, Device, Geolocation, OperatingSystem, UserAgent, Values,
};
use crate::decision::datafile::DataFile;

/// What is known about one visitor and conditions may read; what waits to be sent is kept beside it.
/// Kept small, since a server holds many, and a change while somebody reads it is made in a copy:
/// what most visitors do not have is in [`Extra`].
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    /// When the current visit began, in milliseconds since the epoch.
    pub(crate) created: i64,
    pub(crate) custom_data: Few<CustomDataEntry>,
    pub(crate) assigned: Assignments,
    pub(crate) browser: Option<Browser>,
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
    /// Told by the program, and not by the platform.
    pub(crate) is_local: bool,
    pub(crate) values: Values,
}

impl CustomDataEntry {
    /// The user whom it identifies across devices: told by the program, under the data file's
    /// mapping index, and not empty.
    pub(crate) fn mapping(&self, file: Option<&DataFile>) -> Option<&str> {
        let index = file?.custom_data.mapping_index?;
        self.values.first().filter(|user| self.is_local && self.index == index && !user.is_empty())
    }
}

/// What few visitors have.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extra {
    /// The code under which all devices of the visitor are bucketed.
    pub(crate) mapping_identifier: Option<Box<str>>,
    pub(crate) device: Option<Device>,
    pub(crate) operating_system: Option<OperatingSystem>,
    pub(crate) geolocation: Option<Geolocation>,
    pub(crate) visits: Option<Visits>,
    pub(crate) cookie: Option<Cookie>,
    pub(crate) user_agent: Option<UserAgent>,
    pub(crate) application_version: Option<ApplicationVersion>,
    pub(crate) pages: Pages,
    pub(crate) conversions: Conversions,
    pub(crate) personalizations: Vec<Personalization>,
    pub(crate) heat: Option<Scores>,
    pub(crate) bandit_scores: Option<Scores>,
    pub(crate) forced: Vec<ForcedVariation>,
    pub(crate) simulated: Vec<SimulatedVariation>,
}

/// Scores by two ids: key moment and goal, or experiment and variation.
pub(crate) type Scores = Vec<(i64, Vec<(i64, f64)>)>;

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
    /// None: the flag's default variation.
    pub(crate) choice: Option<SimulatedChoice>,
}

/// What a person previews of an experiment, as it was when it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SimulatedChoice {
    pub(crate) experiment_id: i64,
    pub(crate) variation_id: i64,
    pub(crate) variation_key: Box<str>,
}

impl Profile {
    pub(crate) fn new(now: i64) -> Self {
        Self {
            created: now,
            custom_data: Few::None,
            assigned: Assignments::default(),
            browser: None,
            consent: Consent::Unknown,
            extra: None,
        }
    }

    pub(crate) fn extra_mut(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    /// The code under which all devices of the visitor are bucketed.
    pub(crate) fn mapping_identifier(&self) -> Option<&str> {
        self.extra.as_deref().and_then(|extra| extra.mapping_identifier.as_deref())
    }

    /// Takes over a mapping identifier, unless there is one.
    pub(crate) fn map_to(&mut self, code: &str) {
        if self.mapping_identifier().is_none() {
            self.extra_mut().mapping_identifier = Some(code.into());
        }
    }

    pub(crate) fn custom_data(&self, index: u32) -> Option<&CustomDataEntry> {
        self.custom_data.iter().find(|entry| entry.index == index)
    }

    /// The place of a custom data in the order in which they first came.
    pub(crate) fn custom_data_place(&self, index: u32) -> Option<usize> {
        self.custom_data.iter().position(|entry| entry.index == index)
    }

    /// Puts a custom data in the place of its index. Returns the place.
    pub(crate) fn set_custom_data(&mut self, entry: CustomDataEntry) -> usize {
        match self.custom_data_place(entry.index) {
            Some(place) => {
                self.custom_data.as_mut_slice()[place] = entry;
                place
            }
            None => {
                self.custom_data.push(entry);
                self.custom_data.len() - 1
            }
        }
    }

    /// Whether there is anything that is ever sent, whether it was sent or not.
    pub(crate) fn has_sendable(&self) -> bool {
        let in_extra = |extra: &Extra| {
            extra.device.is_some()
                || extra.operating_system.is_some()
                || extra.geolocation.is_some()
                || extra.visits.is_some()
                || extra.pages.view_count() > 0
                || !extra.conversions.as_slice().is_empty()
        };
        !self.custom_data.is_empty()
            || !self.assigned.as_slice().is_empty()
            || self.browser.is_some()
            || self.extra.as_deref().is_some_and(in_extra)
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
