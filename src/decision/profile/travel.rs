//! What is known about one visitor as the fields of a record, and back.
//!
//! What each request brings anew (browser, device, system, place, cookies, user agent, version,
//! simulation) has no field.

use serde::de::DeserializeOwned;

use super::assigned::Assignment;
use super::model::{Consent, CustomDataEntry, ForcedVariation, Personalization, Profile};
use super::visits::{Visit, Visits};
use crate::data::PageView;
use crate::decision::datafile::RuleKind;
use crate::decision::record::{Datum, Field};

const YES: &str = "1";
const NO: &str = "0";

/// A page with when it was viewed, as it travels.
type Page = (String, Option<String>, Option<Vec<i64>>, i64);

fn text(value: &impl serde::Serialize) -> Option<String> {
    serde_json::to_string(value).ok()
}

fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

fn kind_text(kind: RuleKind) -> &'static str {
    match kind {
        RuleKind::Experimentation => "e",
        RuleKind::TargetedDelivery => "t",
        RuleKind::Other => "o",
    }
}

fn kind_of(text: &str) -> RuleKind {
    match text {
        "e" => RuleKind::Experimentation,
        "t" => RuleKind::TargetedDelivery,
        _ => RuleKind::Other,
    }
}

impl Profile {
    /// What a field says, ranked by the time of the change, or by what else decides of that field.
    /// None when there is nothing to say.
    pub(crate) fn field(&self, field: Field, changed: i64) -> Option<Datum> {
        let extra = self.extra.as_deref();
        let (rank, value) = match field {
            Field::Start => (self.created.saturating_neg(), String::new()),
            Field::Consent => match self.consent {
                Consent::Unknown => return None,
                Consent::Given => (changed, YES.to_owned()),
                Consent::Refused => (changed, NO.to_owned()),
            },
            Field::Mapping => (changed.saturating_neg(), self.mapping_identifier()?.to_owned()),
            Field::CustomData(index) => {
                let entry = self.custom_data(index)?;
                let values: Vec<&str> = entry.values.as_slice().iter().map(|value| &**value).collect();
                (changed, text(&(entry.is_local, entry.overwrite, values))?)
            }
            Field::Forced(id) => {
                let forced =
                    extra.and_then(|extra| extra.forced.iter().find(|item| item.experiment_id == id));
                let of = |item: &ForcedVariation| {
                    text(&(&*item.variation_key, item.variation_id, item.force_targeting))
                };
                // Taken back: that has to be known too.
                (changed, forced.map_or(Some(String::new()), of)?)
            }
            Field::Goal(id) => {
                let goals = extra?.conversions.as_slice();
                let place = goals.binary_search_by_key(&id, |goal| goal.goal_id).ok()?;
                (goals[place].time, String::new())
            }
            Field::Experiment(id) => {
                let item = self.assigned.get(id)?;
                (changed, text(&(item.variation_id, item.time, kind_text(item.kind), item.is_tracked))?)
            }
            Field::Personalization(id) => {
                let seen = extra?.personalizations.iter().find(|item| item.id == id)?;
                (seen.time, String::new())
            }
            Field::Visits => {
                let visits = extra?.visits.as_ref()?;
                let previous: Vec<(i64, i64)> =
                    visits.previous.iter().map(|visit| (visit.start, visit.last_activity)).collect();
                let visits = (previous, visits.current_start, visits.visit_number, visits.last_activity);
                (changed, text(&visits)?)
            }
            Field::Heat => (changed, text(extra?.heat.as_ref()?)?),
            Field::Bandit => (changed, text(extra?.bandit_scores.as_ref()?)?),
            Field::Unique | Field::Link | Field::Pages(_) | Field::EarlierViews => return None,
        };
        Some(Datum::new(rank, value))
    }

    /// Takes over what a field says. Returns whether it could be read.
    pub(crate) fn take_field(&mut self, field: Field, datum: &Datum) -> bool {
        self.take(field, datum).is_some()
    }

    fn take(&mut self, field: Field, datum: &Datum) -> Option<()> {
        let value = datum.value();
        match field {
            Field::Start => self.created = self.created.min(datum.rank().saturating_neg()),
            Field::Consent => {
                self.consent = match value {
                    YES => Consent::Given,
                    NO => Consent::Refused,
                    _ => return None,
                }
            }
            Field::Mapping if value.is_empty() => return None,
            Field::Mapping => self.extra_mut().mapping_identifier = Some(value.into()),
            Field::CustomData(index) => {
                let (is_local, overwrite, values): (bool, bool, Vec<String>) = read(value)?;
                let values = values.into_iter().collect();
                self.set_custom_data(CustomDataEntry { index, overwrite, is_local, values });
            }
            Field::Forced(id) if value.is_empty() => self.set_forced(id, None),
            Field::Forced(id) => {
                let (key, variation_id, force_targeting): (Box<str>, Option<i64>, bool) = read(value)?;
                let forced =
                    ForcedVariation { experiment_id: id, variation_key: key, variation_id, force_targeting };
                self.set_forced(id, Some(forced));
            }
            Field::Goal(id) => self.extra_mut().conversions.note(id, datum.rank()),
            Field::Experiment(id) => {
                let (variation_id, time, kind, tracked): (i64, i64, String, bool) = read(value)?;
                self.assigned.save(Assignment::new(id, variation_id, kind_of(&kind), time, tracked));
            }
            Field::Personalization(id) => {
                let list = &mut self.extra_mut().personalizations;
                match list.iter_mut().find(|known| known.id == id) {
                    Some(known) => known.time = known.time.max(datum.rank()),
                    None => list.push(Personalization { id, time: datum.rank() }),
                }
            }
            Field::Visits => {
                type Written = (Vec<(i64, i64)>, Option<i64>, i64, Option<i64>);
                let (previous, current_start, visit_number, last_activity): Written = read(value)?;
                let previous = previous
                    .into_iter()
                    .map(|(start, last_activity)| Visit { start, last_activity })
                    .collect();
                self.extra_mut().visits =
                    Some(Visits { previous, current_start, visit_number, last_activity });
            }
            Field::Heat => self.extra_mut().heat = Some(read(value)?),
            Field::Bandit => self.extra_mut().bandit_scores = Some(read(value)?),
            Field::Unique | Field::Link | Field::Pages(_) | Field::EarlierViews => return None,
        }
        Some(())
    }

    /// The pages viewed last, as a process tells of them with their number.
    pub(crate) fn pages_datum(&self, views: i64) -> Option<Datum> {
        let pages = self.extra.as_deref().into_iter().flat_map(|extra| extra.pages.latest_with_times());
        let pages: Vec<_> =
            pages.map(|(view, time)| (view.url(), view.title(), view.referrers(), time)).collect();
        Some(Datum::new(views, text(&pages)?))
    }

    /// Takes over pages that another process saw, and that many more views than are known of it.
    /// Returns whether they could be read.
    pub(crate) fn take_pages(&mut self, datum: &Datum, more_views: i64) -> bool {
        let Some(pages) = read::<Vec<Page>>(datum.value()) else { return false };
        let own = &mut self.extra_mut().pages;
        own.count(more_views);
        // Oldest first, as with those that the platform remembers.
        for (url, title, referrers, time) in pages.into_iter().rev() {
            let mut view = PageView::new(url);
            view.title = title.map(Into::into);
            view.referrers = referrers.map(Into::into);
            own.merge_shared(&view, time);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Profile {
        /// The fields for which there is something.
        fn fields(&self) -> Vec<Field> {
            let mut fields = vec![Field::Start, Field::Consent];
            fields.extend(self.custom_data.iter().map(|entry| Field::CustomData(entry.index)));
            fields.extend(self.assigned.as_slice().iter().map(|item| Field::Experiment(item.experiment_id)));
            let Some(extra) = self.extra.as_deref() else { return fields };
            fields.extend(extra.mapping_identifier.iter().map(|_| Field::Mapping));
            fields.extend(extra.forced.iter().map(|item| Field::Forced(item.experiment_id)));
            fields.extend(extra.conversions.as_slice().iter().map(|goal| Field::Goal(goal.goal_id)));
            fields.extend(extra.personalizations.iter().map(|item| Field::Personalization(item.id)));
            fields.extend(extra.visits.iter().map(|_| Field::Visits));
            fields.extend(extra.heat.iter().map(|_| Field::Heat));
            fields.extend(extra.bandit_scores.iter().map(|_| Field::Bandit));
            fields
        }
    }

    fn profile() -> Profile {
        let mut profile = Profile::new(1_000);
        profile.consent = Consent::Refused;
        profile.map_to("anna");
        for (index, values) in [(0, vec!["a"]), (7, vec![]), (9, vec!["x", "y \"z\""])] {
            let values = values.into_iter().collect();
            profile.set_custom_data(CustomDataEntry { index, overwrite: false, is_local: index > 0, values });
        }
        profile.assigned.save(Assignment::new(5, 6, RuleKind::TargetedDelivery, 1_500, true));
        let forced = ForcedVariation {
            experiment_id: 5,
            variation_key: "on".into(),
            variation_id: Some(8),
            force_targeting: true,
        };
        profile.set_forced(5, Some(forced));
        let extra = profile.extra_mut();
        extra.conversions.note(3, 1_200);
        extra.personalizations.push(Personalization { id: 4, time: 1_300 });
        let previous = [Visit { start: 1, last_activity: 2 }].into();
        extra.visits =
            Some(Visits { previous, current_start: Some(9), visit_number: 2, last_activity: None });
        extra.heat = Some(vec![(1, vec![(2, 0.1 + 0.2)])]);
        extra.bandit_scores = Some(Vec::new());
        extra.pages.view(PageView::new("https://a").with_title("A").with_referrers([1]), 1_400);
        profile
    }

    #[test]
    fn what_travels_arrives_as_it_was() {
        let sender = profile();
        let mut receiver = Profile::new(2_000);
        for field in sender.fields() {
            let datum = sender.field(field, 5_000).unwrap();
            assert!(receiver.take_field(field, &datum), "{field:?} {datum:?}");
        }
        assert!(receiver.take_pages(&sender.pages_datum(1).unwrap(), 1));
        assert_eq!(format!("{:?}", receiver.custom_data), format!("{:?}", sender.custom_data));
        assert_eq!(format!("{receiver:?}"), format!("{sender:?}"));
    }

    #[test]
    fn consent_travels_either_way_and_an_empty_mapping_does_not() {
        for consent in [Consent::Given, Consent::Refused] {
            let (mut sender, mut receiver) = (Profile::new(0), Profile::new(0));
            sender.consent = consent;
            assert!(receiver.take_field(Field::Consent, &sender.field(Field::Consent, 5).unwrap()));
            assert_eq!(receiver.consent, consent);
        }
        let mut known = profile();
        assert!(!known.take_field(Field::Mapping, &Datum::new(9, "")));
        assert_eq!(known.mapping_identifier(), Some("anna"));
    }

    #[test]
    fn a_personalization_is_as_new_as_whoever_saw_it_last_says() {
        let mut profile = Profile::new(0);
        for (id, time) in [(4, 1_300), (5, 1_000), (4, 2_000), (5, 900)] {
            assert!(profile.take_field(Field::Personalization(id), &Datum::new(time, "")));
        }
        let known = &profile.extra.as_deref().unwrap().personalizations;
        let known: Vec<_> = known.iter().map(|item| (item.id, item.time)).collect();
        assert_eq!(known, [(4, 2_000), (5, 1_000)]);
    }

    #[test]
    fn what_cannot_be_read_changes_nothing() {
        let mut known = profile();
        let before = format!("{known:?}");
        for field in known.fields() {
            if matches!(field, Field::Start | Field::Goal(_) | Field::Personalization(_) | Field::Mapping) {
                continue;
            }
            for value in ["nonsense", "{}", "[1]", "null"] {
                assert!(!known.take_field(field, &Datum::new(9, value)), "{field:?} {value}");
            }
        }
        assert!(!known.take_pages(&Datum::new(9, "[[1]]"), 5));
        assert_eq!(format!("{known:?}"), before);
    }

    #[test]
    fn a_forced_variation_that_was_taken_back_is_taken_back_elsewhere() {
        let (mut sender, mut receiver) = (profile(), profile());
        sender.set_forced(5, None);
        let datum = sender.field(Field::Forced(5), 9).unwrap();
        assert!(receiver.take_field(Field::Forced(5), &datum));
        assert!(receiver.extra.as_deref().unwrap().forced.is_empty());
        assert!(Profile::new(0).field(Field::Consent, 9).is_none(), "unknown is not told");
    }
}
