//! Taking over what the platform remembers of a visitor.

use super::add::Tally;
use super::assigned::Assignment;
use super::delivery::{Delivery, Tracked};
use super::model::{CustomDataEntry, Personalization, Profile, Scores, TimedConversion};
use super::visits::Visits;
use crate::data::{Browser, Device, Geolocation, OperatingSystem, PageView, Values};
use crate::datafile::CustomDataIndex;

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
    /// Unsent when the platform has not counted the visits itself.
    pub(crate) visits: Option<Tracked<Visits>>,
    pub(crate) heat: Option<Scores>,
    pub(crate) bandit_scores: Option<Scores>,
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

/// Where the platform's data are added to.
#[derive(Clone, Copy)]
pub(crate) struct MergeContext<'a> {
    /// The site's custom data, once a data file is in use.
    pub(crate) custom_data: Option<&'a CustomDataIndex>,
    /// Whether anything is ever to be sent.
    pub(crate) track: bool,
}

/// Fills an empty place with what the platform has already.
fn fill<T>(place: &mut Option<Tracked<T>>, value: Option<T>) {
    if let (None, Some(value)) = (&place, value) {
        *place = Some(Tracked::new(value, false));
    }
}

impl Profile {
    /// Takes over what the platform remembers. What is known already wins; it counts as delivered,
    /// but for what the platform has to get again: custom data of the visitor's scope, and visits
    /// that it has not counted. Mapping identifiers among the custom data link nobody here.
    pub(crate) fn merge(&mut self, remembered: Remembered, context: MergeContext<'_>) -> Tally {
        let mut tally = Tally::default();
        let has_extra = remembered.has_extra();
        for (index, values) in remembered.custom_data {
            self.merge_custom_data(index, values, context, &mut tally);
        }
        for assignment in remembered.experiments {
            self.assigned.add_missing(assignment);
        }
        fill(&mut self.browser, remembered.browser);
        if !has_extra {
            return tally;
        }
        let extra = self.extra_mut();
        fill(&mut extra.device, remembered.device);
        fill(&mut extra.operating_system, remembered.operating_system);
        fill(&mut extra.geolocation, remembered.geolocation);
        // Oldest first: of two views at the same moment, the one added later counts as the later.
        for page in remembered.pages.into_iter().rev() {
            extra.pages.merge(page.view, page.count, page.last_viewed);
        }
        extra
            .conversions
            .extend(remembered.conversions.into_iter().map(|conversion| Tracked::new(conversion, false)));
        for new in remembered.personalizations {
            if extra.personalizations.iter().all(|known| known.id != new.id) {
                extra.personalizations.push(new);
            }
        }
        if let Some(visits) = remembered.visits {
            merge_visits(&mut extra.visits, visits, context.track, &mut tally);
        }
        extra.heat = remembered.heat.or_else(|| extra.heat.take());
        extra.bandit_scores = remembered.bandit_scores.or_else(|| extra.bandit_scores.take());
        tally
    }

    /// Takes over the code under which the visitor was bucketed before, unless there is one.
    pub(crate) fn merge_mapping_identifier(&mut self, code: Box<str>) {
        self.mapping_identifier.get_or_insert(code);
    }

    fn merge_custom_data(
        &mut self,
        index: u32,
        values: Values,
        context: MergeContext<'_>,
        tally: &mut Tally,
    ) {
        if self.custom_data(index).is_some() {
            return;
        }
        let info = context.custom_data.and_then(|site| site.get(index));
        let track = context.track && info.is_some_and(|info| info.visitor_scope && !info.local_only);
        let entry = CustomDataEntry { index, overwrite: true, is_mapping: false, values };
        self.set_custom_data(Tracked::new(entry, track));
        tally.count(track, false);
    }
}

/// Sets the visits. They are sent once for a visitor, and what waits to be sent goes on waiting.
fn merge_visits(place: &mut Option<Tracked<Visits>>, new: Tracked<Visits>, track: bool, tally: &mut Tally) {
    let old = place.as_ref().map_or(Delivery::SENT, |old| old.delivery);
    let keeps = old.was_delivered() || old.is_due() && !new.value.previous.is_empty();
    let delivery = if keeps { old } else { Delivery::new(track && new.delivery.is_due()) };
    if !keeps {
        tally.count(delivery.is_due(), old.is_due());
    }
    *place = Some(Tracked { delivery, value: new.value });
}
