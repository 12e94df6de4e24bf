//! Two visitors that turn out to be one.

use super::model::{Consent, Extra, Profile};

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
    /// Takes over what is known of another visitor who turned out to be this one. The own data
    /// win; what was still to be sent stays so. Returns how many pieces that were still to be sent
    /// gave way to own ones.
    pub(crate) fn adopt(&mut self, other: Self) -> u64 {
        let due = self.due_count() + other.due_count();
        fill(&mut self.mapping_identifier, other.mapping_identifier);
        append(&mut self.custom_data, other.custom_data, |a, b| a.value.index == b.value.index);
        let mut assigned = other.assigned.as_slice().to_vec();
        assigned.sort_by_key(|assignment| assignment.order);
        for assignment in assigned {
            self.assigned.add_missing(assignment);
        }
        fill(&mut self.browser, other.browser);
        if self.consent == Consent::Unknown {
            self.consent = other.consent;
        }
        if let Some(extra) = other.extra {
            self.extra_mut().adopt(*extra);
        }
        due - self.due_count()
    }
}

impl Extra {
    fn adopt(&mut self, other: Self) {
        fill(&mut self.device, other.device);
        fill(&mut self.operating_system, other.operating_system);
        fill(&mut self.geolocation, other.geolocation);
        fill(&mut self.visits, other.visits);
        fill(&mut self.cookie, other.cookie);
        fill(&mut self.user_agent, other.user_agent);
        fill(&mut self.application_version, other.application_version);
        fill(&mut self.heat, other.heat);
        fill(&mut self.bandit_scores, other.bandit_scores);
        self.pages.adopt(other.pages);
        self.conversions.extend(other.conversions);
        append(&mut self.personalizations, other.personalizations, |a, b| a.id == b.id);
        append(&mut self.targeted_segments, other.targeted_segments, |a, b| a.value == b.value);
        append(&mut self.forced, other.forced, |a, b| a.experiment_id == b.experiment_id);
        append(&mut self.simulated, other.simulated, |a, b| a.feature_key == b.feature_key);
    }
}
