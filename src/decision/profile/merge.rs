//! Taking over what the platform remembers of a visitor.

use super::assigned::Assignment;
use super::delivery::{Delivery, Tracked};
use super::model::{CustomDataEntry, Personalization, Profile, Scores, TimedConversion};
use super::tally::Tally;
use super::visits::Visits;
use crate::data::{Browser, Device, Geolocation, OperatingSystem, PageView, Values};
use crate::decision::datafile::CustomDataIndex;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Conversion, CustomData, Data, DeviceType};
    use crate::decision::datafile::{DataFile, RuleKind};
    use crate::decision::profile::{AddContext, Visit};

    const NOW: i64 = 1_000;
    const NOWHERE: MergeContext<'_> = MergeContext { custom_data: None, track: true };

    fn profile(data: impl IntoIterator<Item = Data>) -> Profile {
        let mut profile = Profile::new(NOW);
        let context = AddContext { custom_data: None, now: NOW, track: true };
        data.into_iter().for_each(|item| profile.add(item, context, &mut Tally::default()));
        profile
    }

    fn page(url: &str, title: &str, count: i64, last_viewed: i64) -> RememberedPage {
        RememberedPage { view: PageView::new(url).title(title), count, last_viewed }
    }

    fn one_of_each() -> Remembered {
        let conversion = TimedConversion { conversion: Conversion::new(5), time: 7 };
        Remembered {
            custom_data: vec![(1, Values::One("remote".into())), (2, Values::One("remote".into()))],
            pages: vec![
                page("v", "remote", 1, 900),
                page("u", "remote", 3, 2_000),
                page("w", "remote", 1, 900),
            ],
            device: Some(Device::new(DeviceType::Phone)),
            geolocation: Some(Geolocation::new("Spain")),
            conversions: vec![conversion],
            experiments: vec![Assignment::new(10, 20, RuleKind::Other, 3, false)],
            personalizations: vec![Personalization { id: 30, time: 4 }],
            heat: Some(vec![(1, vec![(2, 3.0)])]),
            ..Remembered::default()
        }
    }

    #[test]
    fn what_is_known_wins_and_what_is_added_counts_as_delivered() {
        let mut profile = profile([
            CustomData::new(1, ["local"]).into(),
            Device::new(DeviceType::Tablet).into(),
            PageView::new("u").title("local").into(),
            Conversion::new(5).into(),
        ]);
        profile.assigned.save(Assignment::new(10, 21, RuleKind::Experimentation, NOW, false));
        let due = profile.due_count();
        for round in 1..=2 {
            assert_eq!(profile.merge(one_of_each(), NOWHERE), Tally::default());
            assert_eq!(profile.due_count(), due);
            assert_eq!(profile.custom_data(1).unwrap().values.first(), Some("local"));
            assert_eq!(profile.custom_data(2).unwrap().values.first(), Some("remote"));
            assert_eq!(profile.assigned.get(10).unwrap().variation_id, 21);
            let extra = profile.extra.as_ref().unwrap();
            assert_eq!(extra.device.as_ref().unwrap().value.device_type(), DeviceType::Tablet);
            assert_eq!(extra.geolocation.as_ref().unwrap().value.country(), "Spain");
            assert_eq!(extra.conversions.len(), 1 + round, "conversions are appended");
            assert_eq!(extra.personalizations.len(), 1);
            let counts: Vec<_> = extra
                .pages
                .iter()
                .map(|page| (page.value.view.url(), page.value.count, page.value.last_viewed))
                .collect();
            let round = round as i64;
            assert_eq!(counts, [("u", 1 + 3 * round, 2_000), ("w", round, 900), ("v", round, 900)]);
            let latest: Vec<_> = (0..3).map(|back| extra.pages.latest(back).unwrap()).collect();
            assert_eq!(latest.iter().map(|view| view.url()).collect::<Vec<_>>(), ["u", "v", "w"]);
            assert_eq!(latest[0].title_text(), Some("local"));
        }
    }

    #[test]
    fn scores_are_replaced_by_newer_ones_and_kept_without() {
        let mut profile = profile([]);
        let heat = |profile: &Profile| profile.extra.as_ref().unwrap().heat.clone().unwrap();
        profile.merge(one_of_each(), NOWHERE);
        profile.merge(Remembered { heat: None, ..one_of_each() }, NOWHERE);
        assert_eq!(heat(&profile), [(1, vec![(2, 3.0)])]);
        profile.merge(Remembered { heat: Some(vec![]), ..Remembered::default() }, NOWHERE);
        assert_eq!(heat(&profile), []);
    }

    #[test]
    fn only_custom_data_of_the_visitors_scope_goes_back_to_the_platform() {
        let file = r#"{"customData": [
            {"index": 1, "scope": "VISITOR"}, {"index": 2, "scope": "VISIT"},
            {"index": 3, "scope": "VISITOR", "localOnly": true},
            {"index": 4, "scope": "VISITOR", "isMappingIdentifier": true}]}"#;
        let file = DataFile::parse(file.as_bytes()).unwrap();
        let site = Some(&file.custom_data);
        for (index, custom_data, track, due) in [
            (1, site, true, true),
            (1, site, false, false),
            (1, None, true, false),
            (2, site, true, false),
            (3, site, true, false),
            (4, site, true, true),
            (5, site, true, false),
        ] {
            let mut profile = profile([]);
            let custom = vec![(index, Values::One("a".into()))];
            let remembered = Remembered { custom_data: custom, ..Remembered::default() };
            let tally = profile.merge(remembered, MergeContext { custom_data, track });
            assert_eq!(tally, Tally { accepted: u64::from(due), replaced: 0 }, "{index}");
            assert_eq!(profile.due_count(), u64::from(due), "{index}");
            assert!(!profile.custom_data(index).unwrap().is_mapping, "a reply links nobody");
            assert!(profile.extra.is_none(), "no room is made for what is not there");
        }
    }

    fn visits(number: i64, previous: usize, due: bool) -> Remembered {
        let previous = vec![Visit { start: 1, last_activity: 2 }; previous].into();
        let visits = Visits { previous, visit_number: number, ..Visits::default() };
        Remembered { visits: Some(Tracked::new(visits, due)), ..Remembered::default() }
    }

    #[test]
    fn visits_are_sent_once_and_what_waits_is_not_lost() {
        #[derive(Debug, Clone, Copy)]
        enum Meanwhile {
            Nothing,
            Delivered,
            Failed,
        }
        use Meanwhile::{Delivered, Failed, Nothing};
        // The first reply, what became of it, the second one; whether the visits are due then, and
        // what the two replies added to the counts.
        for (first, meanwhile, second, due, accepted, replaced) in [
            (visits(2, 1, true), Nothing, visits(3, 2, true), true, 1, 0),
            (visits(2, 1, true), Nothing, visits(3, 2, false), true, 1, 0),
            (visits(2, 1, true), Nothing, visits(0, 0, false), false, 1, 1),
            (visits(2, 1, true), Failed, visits(3, 2, false), true, 1, 0),
            (visits(2, 1, true), Delivered, visits(3, 2, true), false, 1, 0),
            (visits(2, 1, false), Nothing, visits(3, 2, true), true, 1, 0),
            (visits(2, 1, false), Delivered, visits(3, 2, true), true, 1, 0),
            (visits(2, 1, false), Nothing, visits(3, 2, false), false, 0, 0),
        ] {
            let case = format!("{first:?} {meanwhile:?} {second:?}");
            let number = second.visits.as_ref().unwrap().value.visit_number;
            let mut profile = profile([]);
            let mut tally = profile.merge(first, NOWHERE);
            if !matches!(meanwhile, Nothing) {
                profile.extra_mut().visits.as_mut().unwrap().delivery.start(|| 0xABCD);
                profile.finish_sending(matches!(meanwhile, Delivered));
            }
            let more = profile.merge(second, NOWHERE);
            tally.accepted += more.accepted;
            tally.replaced += more.replaced;
            let known = profile.extra.as_ref().unwrap().visits.as_ref().unwrap();
            assert_eq!(known.delivery.is_due(), due, "{case}");
            assert_eq!(known.value.visit_number, number, "{case}");
            assert_eq!(tally, Tally { accepted, replaced }, "{case}");
        }
        let mut profile = profile([]);
        let closing = MergeContext { custom_data: None, track: false };
        assert_eq!(profile.merge(visits(2, 1, true), closing), Tally::default());
        profile.merge(Remembered::default(), NOWHERE);
        assert!(profile.extra.unwrap().visits.is_some(), "a reply without visits does not take them away");
    }

    #[test]
    fn a_mapping_identifier_stays() {
        let mut profile = profile([]);
        for code in ["first", "second"] {
            profile.merge_mapping_identifier(code.into());
            assert_eq!(profile.mapping_identifier.as_deref(), Some("first"));
        }
    }
}
