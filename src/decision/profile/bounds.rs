//! How much conditions may read about one visitor.

use super::few::Few;
use super::model::{CustomDataEntry, Extra, ForcedVariation, Profile, SimulatedVariation};

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
            + self.forced.iter().map(ForcedVariation::weight).sum::<usize>()
            + self.simulated.iter().map(SimulatedVariation::weight).sum::<usize>()
    }

    /// Cuts texts that are longer than this.
    fn cut(&mut self, most: usize) {
        self.pages.cut(most);
        self.geolocation.iter_mut().for_each(|place| place.cut(most));
        self.user_agent.iter_mut().for_each(|agent| agent.cut(most));
        self.application_version.iter_mut().for_each(|version| version.cut(most));
        // A part of a key is no key.
        self.forced.retain(|item| item.variation_key.len() <= most);
        self.simulated.retain(|item| item.longest_key() <= most);
    }

    /// Lets go what is there in this place, in the order in which it is missed the least. False when
    /// there is no such place.
    fn let_go(&mut self, place: usize) -> bool {
        match place {
            0 => self.cookie = None,
            1 => self.heat = None,
            2 => self.bandit_scores = None,
            3 => self.visits = None,
            4 => self.pages.forget_latest(),
            5 => self.geolocation = None,
            6 => self.user_agent = None,
            7 => self.application_version = None,
            8 => self.simulated = Vec::new(),
            9 => self.forced = Vec::new(),
            _ => return false,
        }
        true
    }
}

impl ForcedVariation {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.variation_key.len()
    }
}

impl SimulatedVariation {
    fn weight(&self) -> usize {
        size_of::<Self>()
            + self.feature_key.len()
            + self.choice.as_ref().map_or(0, |choice| choice.variation_key.len())
    }

    fn longest_key(&self) -> usize {
        let chosen = self.choice.as_ref().map_or(0, |choice| choice.variation_key.len());
        self.feature_key.len().max(chosen)
    }
}

/// How many of the first items have to go until so many bytes are free.
fn count_of(weights: impl Iterator<Item = usize>, surplus: usize) -> usize {
    let mut free = 0;
    weights
        .take_while(|weight| {
            let goes = free < surplus;
            free += weight;
            goes
        })
        .count()
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
    /// and not touched. Takes time in proportion to what is there. Returns the weight that is left,
    /// and whether anything had to go.
    pub(crate) fn keep_within(&mut self, bound: Bound) -> (usize, bool) {
        let weight = self.weight();
        if weight <= bound.0 {
            return (weight, false);
        }
        let most = bound.0 / LIST_PART / 32;
        self.assigned.keep_newest(most);
        if let Some(extra) = self.extra.as_deref_mut() {
            extra.pages.forget_earlier();
            extra.conversions.keep_newest(most);
            let surplus = extra.personalizations.len().saturating_sub(most);
            extra.personalizations.drain(..surplus);
            extra.cut(LONGEST_TEXT);
        }
        self.custom_data.as_mut_slice().iter_mut().for_each(|entry| entry.values.cut(LONGEST_TEXT));
        let surplus = self.weight().saturating_sub(bound.0);
        let count = count_of(self.custom_data.iter().map(CustomDataEntry::weight), surplus);
        self.custom_data.drop_first(count);
        for place in 0.. {
            let weight = self.weight();
            if weight <= bound.0 || !self.extra.as_deref_mut().is_some_and(|extra| extra.let_go(place)) {
                return (weight, true);
            }
        }
        (self.weight(), true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{ApplicationVersion, Cookie, Geolocation, PageView, UserAgent};
    use crate::decision::profile::model::Personalization;
    use crate::decision::profile::visits::{Visit, Visits};

    const BOUND: usize = 256 * 1024;

    /// Puts a text somewhere.
    type Fill<'f> = dyn Fn(&mut Extra, &str) + 'f;
    type Once = Box<dyn FnOnce(&mut Extra)>;

    fn entry(index: u32, value: &str) -> CustomDataEntry {
        let values = std::iter::once(value).collect();
        CustomDataEntry { index, overwrite: true, is_local: true, values }
    }

    #[test]
    fn the_oldest_custom_data_go_and_no_more_than_have_to() {
        for count in [30, 30_000] {
            let mut profile = Profile::new(0);
            let text = "x".repeat(16 * 1024 * 30 / count as usize);
            (0..count).for_each(|index| {
                profile.custom_data.push(entry(index, &text));
            });
            let (weight, is_cut) = profile.keep_within(Bound(BOUND));
            assert!(is_cut && weight == profile.weight() && weight <= BOUND, "{weight}");
            assert!(weight + text.len() + 100 > BOUND, "{weight} of {count}");
            assert_eq!(profile.custom_data.iter().last().map(|entry| entry.index), Some(count - 1));
            assert!(profile.custom_data.iter().all(|entry| entry.values.first() == Some(&text)));
        }
    }

    #[test]
    fn whatever_is_huge_is_kept_within_the_bound() {
        let huge = "x".repeat(1024 * 1024);
        let usual = "y".repeat(16 * 1024);
        let forced = |key: &str| ForcedVariation {
            experiment_id: 1,
            variation_key: key.into(),
            variation_id: Some(2),
            force_targeting: true,
        };
        let simulated = |key: &str| SimulatedVariation { feature_key: key.into(), choice: None };
        let fills: [(&str, &Fill<'_>); 7] = [
            ("user agent", &|extra, text| extra.user_agent = Some(UserAgent::new(text))),
            ("version", &|extra, text| extra.application_version = Some(ApplicationVersion::new(text))),
            ("geolocation", &|extra, text| {
                extra.geolocation = Some(Geolocation::new(text).with_region(text).with_city(text));
            }),
            ("forced", &|extra, text| extra.forced = vec![forced(text)]),
            ("simulated", &|extra, text| extra.simulated = vec![simulated(text)]),
            ("page", &|extra, text| extra.pages.view(PageView::new(text).with_title(text), 1)),
            ("referrers", &|extra, text| {
                let referrers = (0..text.len() as i64).step_by(8);
                extra.pages.view(PageView::new("page").with_referrers(referrers), 1);
            }),
        ];
        for (name, fill) in fills {
            let mut profile = Profile::new(0);
            fill(profile.extra_mut(), &huge);
            let (weight, is_cut) = profile.keep_within(Bound(BOUND));
            assert!(is_cut && weight == profile.weight() && weight <= BOUND, "{name}: {weight}");
        }
        let mut all = Profile::new(0);
        for (_, fill) in &fills {
            fill(all.extra_mut(), &usual);
        }
        all.extra_mut().cookie = Some(Cookie::new([("name", usual.as_str())]));
        all.custom_data.push(entry(1, &usual));
        let before = format!("{all:?}");
        assert!(!all.keep_within(Bound(BOUND)).1, "texts of 16 KiB are not cut");
        assert_eq!(format!("{all:?}"), before);
    }

    /// Whatever is kept is counted: a thousand bytes more of it are a thousand more.
    #[test]
    fn each_thing_weighs_what_it_takes() {
        let text = "x".repeat(1_000);
        let scores = || Some(vec![(1, vec![(2, 0.5); 100])]);
        let visits = Visits {
            previous: vec![Visit { start: 1, last_activity: 2 }; 100].into(),
            current_start: None,
            visit_number: 1,
            last_activity: None,
        };
        let fills: Vec<Once> = vec![
            Box::new(|extra| extra.mapping_identifier = Some("x".repeat(1_000).into())),
            Box::new(|extra| extra.geolocation = Some(Geolocation::new("x".repeat(1_000)))),
            Box::new(|extra| extra.visits = Some(visits)),
            Box::new(|extra| extra.cookie = Some(Cookie::new([("x".repeat(1_000), "")]))),
            Box::new(|extra| extra.user_agent = Some(UserAgent::new("x".repeat(1_000)))),
            Box::new(|extra| extra.application_version = Some(ApplicationVersion::new("x".repeat(1_000)))),
            Box::new(move |extra| extra.pages.view(PageView::new(text), 1)),
            Box::new(|extra| (0..100).for_each(|goal| extra.conversions.note(goal, 1))),
            Box::new(|extra| extra.personalizations = vec![Personalization { id: 1, time: 1 }; 100]),
            Box::new(move |extra| extra.heat = scores()),
            Box::new(move |extra| extra.bandit_scores = scores()),
        ];
        let mut profile = Profile::new(0);
        profile.extra_mut();
        let mut before = profile.weight();
        for (place, fill) in fills.into_iter().enumerate() {
            fill(profile.extra_mut());
            assert!(profile.weight() >= before + 1_000, "{place}: {} after {before}", profile.weight());
            before = profile.weight();
        }
    }

    #[test]
    fn many_small_things_are_kept_within_the_bound() {
        let mut profile = Profile::new(0);
        profile.extra_mut().forced = (0..100_000)
            .map(|id| ForcedVariation {
                experiment_id: id,
                variation_key: "on".into(),
                variation_id: None,
                force_targeting: false,
            })
            .collect();
        profile.extra_mut().user_agent = Some(UserAgent::new("agent"));
        let (weight, is_cut) = profile.keep_within(Bound(BOUND));
        assert!(is_cut && weight <= BOUND, "{weight}");
    }

    /// The layout that a server's memory is made of: with the two counts of an `Arc` and the
    /// allocator's word they fit classes of 128 bytes and less.
    #[cfg(target_pointer_width = "64")]
    #[test]
    fn a_profile_fits_its_class_of_the_allocator() {
        assert!(size_of::<Profile>() + 24 <= 128, "{}", size_of::<Profile>());
    }
}
