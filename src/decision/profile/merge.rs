//! Taking over what the platform remembers of a visitor.

use std::collections::HashSet;

use super::assigned::Assignment;
use super::model::{CustomDataEntry, Personalization, Profile, Scores};
use super::visits::Visits;
use crate::data::{Browser, Conversion, Device, Geolocation, OperatingSystem, PageView, Values};

/// What the platform remembers of a visitor. Of each key there is one; lists are newest first,
/// but for the conversions, which are as the platform told them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Remembered {
    /// The visitor code of the newest visit that has one.
    pub(crate) visitor_code: Option<Box<str>>,
    /// By index.
    pub(crate) custom_data: Vec<(u32, Values)>,
    pub(crate) pages: Vec<RememberedPage>,
    pub(crate) device: Option<Device>,
    pub(crate) browser: Option<Browser>,
    pub(crate) operating_system: Option<OperatingSystem>,
    pub(crate) geolocation: Option<Geolocation>,
    pub(crate) conversions: Vec<TimedConversion>,
    pub(crate) experiments: Vec<Assignment>,
    pub(crate) personalizations: Vec<Personalization>,
    pub(crate) visits: Option<RememberedVisits>,
    pub(crate) heat: Option<Scores>,
    pub(crate) bandit_scores: Option<Scores>,
}

/// Visits, and whether the platform has to be told of their number.
#[derive(Debug, Clone)]
pub(crate) struct RememberedVisits {
    pub(crate) visits: Visits,
    pub(crate) is_unsent: bool,
}

/// A conversion and when it was.
#[derive(Debug, Clone)]
pub(crate) struct TimedConversion {
    pub(crate) conversion: Conversion,
    /// Milliseconds since the epoch.
    pub(crate) time: i64,
}

/// A page of earlier visits, with how often and when it was viewed.
#[derive(Debug, Clone)]
pub(crate) struct RememberedPage {
    pub(crate) view: PageView,
    pub(crate) count: i64,
    /// When it was last viewed, in milliseconds since the epoch.
    pub(crate) last_viewed: i64,
}

impl Remembered {
    /// Whether there is anything for which a profile has to make room.
    fn has_extra(&self) -> bool {
        self.device.is_some()
            || self.operating_system.is_some()
            || self.geolocation.is_some()
            || self.visits.is_some()
            || self.heat.is_some()
            || self.bandit_scores.is_some()
            || !self.pages.is_empty()
            || !self.conversions.is_empty()
            || !self.personalizations.is_empty()
    }
}

/// Fills an empty place with what the platform has already.
fn fill<T>(place: &mut Option<T>, value: Option<T>) {
    if place.is_none() {
        *place = value;
    }
}

impl Profile {
    /// Takes over what the platform remembers; what is known already wins. Mapping identifiers among
    /// the custom data link nobody here. Returns the indices of the custom data that were added.
    pub(crate) fn merge(&mut self, remembered: Remembered) -> Vec<u32> {
        let has_extra = remembered.has_extra();
        let mut added = Vec::new();
        let mut known: HashSet<u32> = self.custom_data.iter().map(|entry| entry.index).collect();
        for (index, values) in remembered.custom_data {
            if known.insert(index) {
                let entry = CustomDataEntry { index, overwrite: true, is_local: false, values };
                self.custom_data.push(entry);
                added.push(index);
            }
        }
        let missing: Vec<Assignment> = remembered
            .experiments
            .into_iter()
            .filter(|assignment| self.assigned.get(assignment.experiment_id).is_none())
            .collect();
        self.assigned.save_all(&missing);
        fill(&mut self.browser, remembered.browser);
        if !has_extra {
            return added;
        }
        let extra = self.extra_mut();
        fill(&mut extra.device, remembered.device);
        fill(&mut extra.operating_system, remembered.operating_system);
        fill(&mut extra.geolocation, remembered.geolocation);
        // Oldest first: of two views at the same moment, the one added later counts as the later.
        for page in remembered.pages.iter().rev() {
            extra.pages.merge(&page.view, page.count, page.last_viewed);
        }
        for item in &remembered.conversions {
            extra.conversions.note(item.conversion.goal_id(), item.time);
        }
        let known: HashSet<i64> = extra.personalizations.iter().map(|item| item.id).collect();
        extra
            .personalizations
            .extend(remembered.personalizations.into_iter().filter(|new| !known.contains(&new.id)));
        if let Some(visits) = remembered.visits {
            extra.visits = Some(visits.visits);
        }
        extra.heat = remembered.heat.or_else(|| extra.heat.take());
        extra.bandit_scores = remembered.bandit_scores.or_else(|| extra.bandit_scores.take());
        added
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{DeviceType, OperatingSystemType};

    /// Each thing alone makes room for itself, and what is known already stays.
    #[test]
    fn each_thing_that_the_platform_remembers_is_taken_over_alone() {
        let visits =
            Visits { previous: Box::default(), current_start: Some(1), visit_number: 1, last_activity: None };
        let page = RememberedPage { view: PageView::new("https://a"), count: 2, last_viewed: 1_000 };
        let conversion = TimedConversion { conversion: Conversion::new(7), time: 1_000 };
        let none = Remembered::default;
        let things = [
            Remembered { device: Some(Device::new(DeviceType::Phone)), ..none() },
            Remembered { operating_system: Some(OperatingSystem::new(OperatingSystemType::Linux)), ..none() },
            Remembered { geolocation: Some(Geolocation::new("France")), ..none() },
            Remembered { visits: Some(RememberedVisits { visits, is_unsent: false }), ..none() },
            Remembered { heat: Some(vec![(1, vec![(2, 0.5)])]), ..none() },
            Remembered { bandit_scores: Some(vec![(1, vec![(2, 0.5)])]), ..none() },
            Remembered { pages: vec![page], ..none() },
            Remembered { conversions: vec![conversion], ..none() },
            Remembered { personalizations: vec![Personalization { id: 4, time: 1_000 }], ..none() },
        ];
        let empty = format!("{:?}", Profile::new(0).extra_mut());
        for thing in things {
            let mut profile = Profile::new(0);
            profile.merge(thing.clone());
            let known = format!("{:?}", profile.extra_mut());
            assert_ne!(known, empty, "{thing:?}");
            profile.merge(Remembered::default());
            assert_eq!(format!("{:?}", profile.extra_mut()), known, "{thing:?}");
        }
    }
}
