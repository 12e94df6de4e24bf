//! How much conditions may read about one visitor.

use super::few::Few;
use super::model::{CustomDataEntry, Extra, Profile};

/// What conditions read about one visitor is kept within so many bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound(pub(crate) usize);

/// A text of this length is never cut.
const LONGEST_TEXT: usize = 16 * 1024;
/// The part of the bound that lists of small things may take.
const LIST_PART: usize = 4;

impl CustomDataEntry {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.values.weight()
    }
}

impl Extra {
    fn weight(&self) -> usize {
        let scores = |scores: &Option<super::Scores>| {
            scores.iter().flatten().map(|(_, list)| 32 + 16 * list.len()).sum::<usize>()
        };
        size_of::<Self>()
            + self.mapping_identifier.as_deref().map_or(0, str::len)
            + self.geolocation.as_ref().map_or(0, crate::data::Geolocation::weight)
            + self.visits.as_ref().map_or(0, |visits| 16 * visits.previous.len())
            + self.cookie.as_ref().map_or(0, crate::data::Cookie::weight)
            + self.user_agent.as_ref().map_or(0, |agent| agent.value().len())
            + self.application_version.as_ref().map_or(0, |version| version.version().len())
            + self.pages.weight()
            + 16 * self.conversions.as_slice().len()
            + 16 * self.personalizations.len()
            + scores(&self.heat)
            + scores(&self.bandit_scores)
            + self.forced.iter().map(|item| 56 + item.variation_key.len()).sum::<usize>()
            + self.simulated.iter().map(|item| 40 + item.feature_key.len()).sum::<usize>()
    }
}

impl Profile {
    /// The bytes that it takes, texts by their length.
    pub(crate) fn weight(&self) -> usize {
        let custom_data = match &self.custom_data {
            Few::None => 0,
            list => list.iter().map(CustomDataEntry::weight).sum(),
        };
        size_of::<Self>()
            + custom_data
            + 32 * self.assigned.as_slice().len()
            + self.extra.as_deref().map_or(0, Extra::weight)
    }

    /// Lets go what is beyond the bound, the oldest first; what waits to be sent is kept elsewhere
    /// and not touched. Returns whether anything had to go.
    pub(crate) fn keep_within(&mut self, bound: Bound) -> bool {
        if self.weight() <= bound.0 {
            return false;
        }
        let most = bound.0 / LIST_PART / 32;
        self.assigned.keep_newest(most);
        if let Some(extra) = self.extra.as_deref_mut() {
            extra.pages.forget_earlier();
            extra.conversions.keep_newest(most);
            let surplus = extra.personalizations.len().saturating_sub(most);
            extra.personalizations.drain(..surplus);
            extra.pages.cut(LONGEST_TEXT);
        }
        self.custom_data.as_mut_slice().iter_mut().for_each(|entry| entry.values.cut(LONGEST_TEXT));
        while self.weight() > bound.0 {
            if self.custom_data.remove(0).is_some() {
                continue;
            }
            let Some(extra) = self.extra.as_deref_mut() else { break };
            if extra.cookie.take().is_none()
                && extra.heat.take().is_none()
                && extra.bandit_scores.take().is_none()
            {
                break;
            }
        }
        true
    }
}
