//! Two visitors that turn out to be one.

use super::model::{Consent, CustomDataEntry, Extra, Profile};
use crate::data::PageView;

/// Pages of the other visitor that this one has not viewed.
pub(crate) struct AdoptedPages<'a> {
    /// How many views they had.
    pub(crate) views: i64,
    pub(crate) is_known: &'a dyn Fn(&PageView) -> bool,
}

/// Fills an empty place.
fn fill<T>(own: &mut Option<T>, other: Option<T>) {
    if own.is_none() {
        *own = other;
    }
}

/// Appends what has no counterpart yet.
fn append<T>(own: &mut Vec<T>, other: Vec<T>, same: impl Fn(&T, &T) -> bool) {
    for item in other {
        if !own.iter().any(|known| same(known, &item)) {
            own.push(item);
        }
    }
}

impl Profile {
    /// Takes over what is known of another visitor who turned out to be this one; the own data win.
    pub(crate) fn adopt(&mut self, other: Self, pages: &AdoptedPages<'_>) {
        for entry in &other.custom_data {
            if self.custom_data(entry.index).is_none() {
                self.set_custom_data(CustomDataEntry::clone(entry));
            }
        }
        for assignment in other.assigned.in_order() {
            self.assigned.add_missing(assignment);
        }
        fill(&mut self.browser, other.browser);
        if self.consent == Consent::Unknown {
            self.consent = other.consent;
        }
        if let Some(extra) = other.extra {
            self.extra_mut().adopt(*extra, pages);
        }
    }
}

impl Extra {
    fn adopt(&mut self, other: Self, pages: &AdoptedPages<'_>) {
        fill(&mut self.mapping_identifier, other.mapping_identifier);
        fill(&mut self.device, other.device);
        fill(&mut self.operating_system, other.operating_system);
        fill(&mut self.geolocation, other.geolocation);
        fill(&mut self.visits, other.visits);
        fill(&mut self.cookie, other.cookie);
        fill(&mut self.user_agent, other.user_agent);
        fill(&mut self.application_version, other.application_version);
        fill(&mut self.heat, other.heat);
        fill(&mut self.bandit_scores, other.bandit_scores);
        self.pages.adopt(other.pages, pages.views, pages.is_known);
        self.conversions.adopt(&other.conversions);
        append(&mut self.personalizations, other.personalizations, |a, b| a.id == b.id);
        append(&mut self.forced, other.forced, |a, b| a.experiment_id == b.experiment_id);
        append(&mut self.simulated, other.simulated, |a, b| a.feature_key == b.feature_key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Geolocation, UserAgent};
    use crate::decision::profile::{ForcedVariation, Personalization};

    #[test]
    fn what_is_listed_of_either_is_there_once_and_the_own_wins() {
        let profile = |key: &str, ids: [i64; 2], url: &str| {
            let mut profile = Profile::new(0);
            let extra = profile.extra_mut();
            let item = |id| ForcedVariation {
                experiment_id: id,
                variation_key: key.into(),
                variation_id: None,
                force_targeting: false,
            };
            extra.forced = ids.map(item).into();
            extra.personalizations = ids.map(|id| Personalization { id, time: id }).into();
            extra.pages.view(PageView::new(url), 5);
            extra.user_agent = Some(UserAgent::new(key));
            extra.geolocation = (key == "other").then(|| Geolocation::new("France"));
            profile
        };
        let mut own = profile("own", [1, 2], "https://own");
        let is_known = |view: &PageView| view.url() == "https://own";
        own.adopt(profile("other", [2, 3], "https://other"), &AdoptedPages { views: 1, is_known: &is_known });
        let extra = own.extra.as_deref().unwrap();
        let forced: Vec<_> =
            extra.forced.iter().map(|item| (item.experiment_id, &*item.variation_key)).collect();
        assert_eq!(forced, [(1, "own"), (2, "own"), (3, "other")]);
        assert_eq!(extra.personalizations.iter().map(|item| item.id).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(extra.user_agent.as_ref().map(UserAgent::value), Some("own"));
        assert_eq!(extra.geolocation, Some(Geolocation::new("France")));
        assert_eq!(extra.pages.view_count(), 2);
        let latest: Vec<_> =
            (0..2).filter_map(|place| extra.pages.latest(place).map(PageView::url)).collect();
        assert!(latest.contains(&"https://other") && latest.contains(&"https://own"), "{latest:?}");
    }
}
