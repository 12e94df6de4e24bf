//! What each condition holds for.

use super::subject::Subject;
use super::visited::Visited;
use crate::decision::datafile::{
    Campaign, Caseless, CustomDataTest, DataFile, FeatureFlagTest, GeolocationTest, HeatSliceTest, Test,
    parse_version,
};
use crate::decision::profile::{Extra, Visit, extra};

/// The evaluation of one segment for one visitor.
pub(crate) struct Targeting<'a> {
    pub(crate) file: &'a DataFile,
    pub(crate) subject: &'a Subject<'a>,
    /// The experiment of the rule being evaluated; none for audiences.
    pub(crate) experiment_id: Option<i64>,
    pub(crate) visited: &'a Visited,
}

impl Targeting<'_> {
    fn extra(&self) -> Option<&Extra> {
        self.subject.profile.and_then(|profile| profile.extra.as_deref())
    }

    /// Whether a test holds; negation is the caller's.
    pub(super) fn test(&self, test: &Test) -> bool {
        // What most conditions test; the others apart, since a small function costs less to enter.
        match test {
            Test::CustomData { index, test } => self.custom_data(*index, test),
            Test::Geolocation(test) => self.geolocation(test),
            Test::Device(wanted) => self
                .extra()
                .and_then(|extra| extra.device.as_ref())
                .is_some_and(|device| device.device_type() == *wanted),
            Test::Browser { browser, version } => {
                let known = self.subject.profile.and_then(|profile| profile.browser.as_ref());
                known.is_some_and(|known| {
                    known.browser_type() == *browser
                        && version.is_none_or(|(comparison, wanted)| {
                            // 0 is no version.
                            let own = known.version().filter(|own| *own != 0.0);
                            own.unwrap_or(-1.0)
                                .partial_cmp(&wanted)
                                .is_some_and(|order| comparison.accepts(order))
                        })
                })
            }
            other => self.other_test(other),
        }
    }

    #[inline(never)]
    fn other_test(&self, test: &Test) -> bool {
        let subject = self.subject;
        match test {
            Test::CustomData { .. } | Test::Geolocation(_) | Test::Device(_) | Test::Browser { .. } => {
                self.test(test)
            }
            Test::Never(_) | Test::Segment { .. } => false,
            Test::FeatureFlag(test) => self.feature_flag(test),
            Test::Experiment { experiment_id, variation_id, scope } => {
                let start = subject.scope_start(*scope);
                subject.assignment(*experiment_id).is_some_and(|assigned| {
                    assigned.time >= start && variation_id.is_none_or(|id| id == assigned.variation_id)
                })
            }
            Test::Personalization { id, scope } => {
                let start = subject.scope_start(*scope);
                let mut seen = self.extra().into_iter().flat_map(|extra| &extra.personalizations);
                seen.any(|seen| seen.id == *id && seen.time >= start)
            }
            Test::ExclusiveExperiment { campaign, scope } => {
                self.exclusive(*campaign, subject.scope_start(*scope))
            }
            Test::ExclusiveFeatureFlag => {
                let mut assigned = subject.assignments();
                match (assigned.next(), assigned.next()) {
                    (None, _) => true,
                    (Some(only), None) => Some(only.experiment_id) == self.experiment_id,
                    _ => false,
                }
            }
            Test::OperatingSystem(wanted) => self
                .extra()
                .and_then(|extra| extra.operating_system.as_ref())
                .is_some_and(|system| system.os_type() == *wanted),
            Test::ApplicationVersion(test) => self
                .extra()
                .and_then(|extra| extra.application_version.as_ref())
                .and_then(|known| parse_version(known.version()))
                .is_some_and(|own| test.0.accepts(own.cmp(&test.1))),
            Test::SdkLanguage { holds, .. } => *holds,
            Test::Cookie(test) => {
                let (name, value) = &**test;
                let cookie = self.extra().and_then(|extra| extra.cookie.as_ref());
                cookie.is_some_and(|cookie| {
                    cookie.iter().any(|(known, text)| name.holds(known) && value.holds(text))
                })
            }
            Test::VisitorCode(test) => test.holds(subject.code),
            Test::PageUrl(test) => self.page(0).is_some_and(|page| test.holds(&page.url)),
            Test::PageTitle(test) => {
                self.page(0).and_then(|page| page.title.as_deref()).is_some_and(|title| test.holds(title))
            }
            Test::PreviousPage(test) => self.page(1).is_some_and(|page| test.holds(&page.url)),
            Test::PageViews(test) => self.page_views().is_some_and(|views| test.holds(views)),
            Test::Conversions { goal_id, scope } => {
                let start = subject.scope_start(*scope);
                let mut reached = self.extra().into_iter().flat_map(|extra| extra.conversions.as_slice());
                reached.any(|goal| goal.time >= start && goal_id.is_none_or(|id| id == goal.goal_id))
            }
            Test::Visits(test) => test.holds(self.previous_visits().len() as i64 + 1),
            Test::SameDayVisits(test) => test.holds(self.visits_today()),
            Test::NewVisitors { new } => self.previous_visits().is_empty() == *new,
            Test::FirstVisit(test) => {
                self.previous_visits().last().is_some_and(|visit| test.holds(self.since(visit)))
            }
            Test::LastVisit(test) => {
                self.previous_visits().first().is_some_and(|visit| test.holds(self.since(visit)))
            }
            Test::HeatSlice(test) => {
                self.heat(test).is_some_and(|score| test.lower <= score && score <= test.upper)
            }
        }
    }

    #[inline(never)]
    fn custom_data(&self, index: u32, test: &CustomDataTest) -> bool {
        let known = self.subject.profile.and_then(|profile| profile.custom_data(index));
        let Some(known) = known else {
            return matches!(test, CustomDataTest::Undefined) && self.subject.is_known();
        };
        let mut values = known.values.as_slice().iter();
        match test {
            CustomDataTest::Undefined => false,
            CustomDataTest::Text(test) => values.any(|value| test.holds(value)),
            CustomDataTest::True => values.any(|value| **value == *"true"),
            CustomDataTest::False => values.any(|value| **value == *"false"),
            CustomDataTest::Among(items) => values.any(|value| items.iter().any(|item| **item == **value)),
            CustomDataTest::Number(comparison, wanted) => {
                for value in values {
                    let Some(number) = crate::decision::number::parse(value) else { return false };
                    if number_compares(*comparison, number, *wanted) {
                        return true;
                    }
                }
                false
            }
        }
    }

    fn feature_flag(&self, test: &FeatureFlagTest) -> bool {
        let start = self.subject.scope_start(test.scope);
        test.experiments.iter().filter_map(|id| self.subject.assignment(*id)).any(|assigned| {
            assigned.time >= start
                && (test.variation_key.is_none() || test.variation_ids.contains(&assigned.variation_id))
        })
    }

    fn exclusive(&self, campaign: Campaign, start: i64) -> bool {
        let Some(own) = self.experiment_id else { return false };
        let no_experiment =
            || !self.subject.assignments().any(|item| item.experiment_id != own && item.time >= start);
        let no_personalization = || {
            !self.extra().is_some_and(|extra| extra.personalizations.iter().any(|item| item.time >= start))
        };
        match campaign {
            Campaign::Experiment => no_experiment(),
            Campaign::Personalization => no_personalization(),
            Campaign::Any => no_experiment() && no_personalization(),
        }
    }

    #[inline(never)]
    fn geolocation(&self, test: &GeolocationTest) -> bool {
        let place = self.extra().and_then(|extra| extra.geolocation.as_ref());
        let optional = |wanted: &Option<Caseless>, own: Option<&str>| {
            wanted.as_ref().is_none_or(|wanted| own.is_some_and(|own| wanted.is(own)))
        };
        place.is_some_and(|place| {
            test.country.is(&place.country)
                && optional(&test.region, place.region.as_deref())
                && optional(&test.city, place.city.as_deref())
        })
    }

    pub(super) fn page(&self, back: usize) -> Option<&crate::data::PageView> {
        self.extra().and_then(|extra| extra.pages.latest(back))
    }

    /// The number of page views; none for a visitor of whom nothing is known.
    pub(super) fn page_views(&self) -> Option<i64> {
        self.subject.is_known().then(|| self.extra().map_or(0, |extra| extra.pages.view_count()))
    }

    /// Newest first.
    pub(super) fn previous_visits(&self) -> &[Visit] {
        self.subject.visits().map_or(&[], |visits| &visits.previous)
    }

    pub(super) fn since(&self, visit: &Visit) -> i64 {
        self.subject.now.saturating_sub(visit.start)
    }

    pub(super) fn visits_today(&self) -> i64 {
        let Subject { now, calendar, .. } = *self.subject;
        let today = calendar.day(now);
        let current = self.subject.visits().and_then(|visits| visits.current_start);
        let current = i64::from(calendar.day(current.unwrap_or(now)) == today);
        let previous =
            self.previous_visits().iter().filter(|visit| calendar.day(visit.start) == today).count();
        current + previous as i64
    }

    pub(super) fn heat(&self, test: &HeatSliceTest) -> Option<f64> {
        let heat = self.subject.profile.and_then(|profile| extra!(profile, heat))?;
        let (_, goals) = heat.iter().find(|(key_moment, _)| *key_moment == test.key_moment_id)?;
        goals.iter().find(|(goal, _)| *goal == test.goal_id).map(|(_, score)| *score)
    }
}

/// How close two numbers have to be to count as equal.
const EQUALITY_TOLERANCE: f64 = 1e-9;

fn number_compares(comparison: crate::decision::datafile::Comparison, found: f64, wanted: f64) -> bool {
    use crate::decision::datafile::Comparison;
    match comparison {
        Comparison::Equal => (found - wanted).abs() < EQUALITY_TOLERANCE,
        Comparison::Greater => found > wanted,
        Comparison::Lower => found < wanted,
    }
}
