//! A condition in words: what it needs, and what is known about the visitor.

use super::conditions::Targeting;
use crate::decision::datafile::{Campaign, Caseless, CustomDataTest, Test, VisitScope};
use crate::decision::profile::extra;

fn scope(scope: VisitScope) -> String {
    match scope {
        VisitScope::CurrentVisit => "in the current visit".to_owned(),
        VisitScope::Visitor { visits } => format!("in the last {visits} visits"),
    }
}

/// What a condition asks for.
pub(super) fn needs(test: &Test) -> String {
    match test {
        Test::Never(reason) => format!("nothing that can be met: {reason}"),
        Test::CustomData { index, test } => {
            let values = match test {
                CustomDataTest::Text(test) => test.to_string(),
                CustomDataTest::Number(comparison, number) => format!("{} {number}", comparison.sign()),
                CustomDataTest::True => "\"true\"".to_owned(),
                CustomDataTest::False => "\"false\"".to_owned(),
                CustomDataTest::Among(items) => format!("one of {items:?}"),
                CustomDataTest::Undefined => "absent".to_owned(),
            };
            format!("custom data {index}: {values}")
        }
        Test::FeatureFlag(test) => {
            let rule = test.rule_id.map_or_else(String::new, |id| format!(", rule {id}"));
            let key =
                test.variation_key.as_ref().map_or_else(String::new, |key| format!(", variation {key:?}"));
            format!("flag {}{rule}{key} assigned {}", test.flag_id, scope(test.scope))
        }
        Test::Experiment { experiment_id, variation_id, scope: visits } => {
            let variation = variation_id.map_or_else(String::new, |id| format!(", variation {id}"));
            format!("experiment {experiment_id}{variation} assigned {}", scope(*visits))
        }
        Test::Personalization { id, scope: visits } => format!("personalization {id} {}", scope(*visits)),
        Test::ExclusiveExperiment { campaign, scope: visits } => {
            let campaign = match campaign {
                Campaign::Experiment => "experiment",
                Campaign::Personalization => "personalization",
                Campaign::Any => "experiment or personalization",
            };
            format!("no other {campaign} {}", scope(*visits))
        }
        Test::ExclusiveFeatureFlag => "no other experiment assigned".to_owned(),
        Test::Device(device) => format!("device {}", device.name()),
        Test::Browser { browser, version } => {
            let version = version.map_or_else(String::new, |(comparison, number)| {
                format!(", version {} {number}", comparison.sign())
            });
            format!("browser {browser:?}{version}")
        }
        Test::OperatingSystem(system) => format!("operating system {}", system.name()),
        Test::ApplicationVersion(test) => {
            let (comparison, [major, minor, patch]) = &**test;
            format!("application version {} {major}.{minor}.{patch}", comparison.sign())
        }
        Test::SdkLanguage { needs, .. } => needs.to_string(),
        Test::Cookie(test) => format!("a cookie with name {}, value {}", test.0, test.1),
        Test::Geolocation(test) => {
            let part =
                |part: &Option<Caseless>| part.as_ref().map_or_else(String::new, |text| format!(", {text}"));
            format!("place {}{}{}", test.country, part(&test.region), part(&test.city))
        }
        Test::VisitorCode(test) => format!("visitor code {test}"),
        Test::PageUrl(test) => format!("page url {test}"),
        Test::PageTitle(test) => format!("page title {test}"),
        Test::PreviousPage(test) => format!("previous page url {test}"),
        Test::PageViews(test) => format!("page views {test}"),
        Test::Conversions { goal_id, scope: visits } => match goal_id {
            Some(id) => format!("a conversion of goal {id} {}", scope(*visits)),
            None => format!("a conversion of any goal {}", scope(*visits)),
        },
        Test::Visits(test) => format!("visits {test}"),
        Test::SameDayVisits(test) => format!("visits today {test}"),
        Test::NewVisitors { new: true } => "a new visitor".to_owned(),
        Test::NewVisitors { new: false } => "a returning visitor".to_owned(),
        Test::FirstVisit(test) => format!("milliseconds since the first visit {test}"),
        Test::LastVisit(test) => format!("milliseconds since the last visit {test}"),
        Test::HeatSlice(test) => format!(
            "score of key moment {} for goal {} from {} to {}",
            test.key_moment_id, test.goal_id, test.lower, test.upper
        ),
        Test::Segment { id, .. } => format!("segment {id}"),
    }
}

/// What is known about the visitor where a condition looks.
pub(super) fn found(test: &Test, targeting: &Targeting<'_>) -> String {
    let subject = targeting.subject;
    let Some(profile) = subject.profile else {
        return match test {
            Test::VisitorCode(_) => format!("{:?}", subject.code),
            Test::SdkLanguage { .. } => own_identity(),
            _ => "a visitor of whom nothing is known".to_owned(),
        };
    };
    let or_nothing = |found: Option<String>| found.unwrap_or_else(|| "nothing".to_owned());
    match test {
        Test::Never(_) | Test::Segment { .. } => String::new(),
        Test::CustomData { index, .. } => {
            or_nothing(profile.custom_data(*index).map(|entry| format!("{:?}", entry.values.as_slice())))
        }
        Test::FeatureFlag(_)
        | Test::Experiment { .. }
        | Test::ExclusiveExperiment { .. }
        | Test::ExclusiveFeatureFlag => {
            let assigned = subject
                .assignments()
                .map(|item| format!("experiment {} variation {}", item.experiment_id, item.variation_id));
            let assigned: Vec<String> = assigned.collect();
            or_nothing((!assigned.is_empty()).then(|| assigned.join(", ")))
        }
        Test::Personalization { .. } => {
            let seen = profile.extra.iter().flat_map(|extra| &extra.personalizations);
            let seen: Vec<String> = seen.map(|item| item.id.to_string()).collect();
            or_nothing((!seen.is_empty()).then(|| seen.join(", ")))
        }
        Test::Device(_) => or_nothing(extra!(profile, device).map(|known| known.device_type().name().into())),
        Test::Browser { .. } => or_nothing(profile.browser.as_ref().map(|known| {
            let version = known.version().map_or_else(String::new, |version| format!(" {version}"));
            format!("{:?}{version}", known.browser_type())
        })),
        Test::OperatingSystem(_) => {
            or_nothing(extra!(profile, operating_system).map(|known| known.os_type().name().into()))
        }
        Test::ApplicationVersion(..) => {
            or_nothing(extra!(profile, application_version).map(|known| format!("{:?}", known.version())))
        }
        Test::SdkLanguage { .. } => own_identity(),
        Test::Cookie(_) => or_nothing(
            extra!(profile, cookie).map(|cookie| format!("{:?}", cookie.iter().collect::<Vec<_>>())),
        ),
        Test::Geolocation(_) => or_nothing(extra!(profile, geolocation).map(|known| {
            let place = known;
            let part = |part: Option<&str>| part.map_or_else(String::new, |text| format!(", {text}"));
            format!("{}{}{}", place.country, part(place.region()), part(place.city()))
        })),
        Test::VisitorCode(_) => format!("{:?}", subject.code),
        Test::PageUrl(_) => or_nothing(targeting.page(0).map(|page| format!("{:?}", page.url))),
        Test::PageTitle(_) => or_nothing(targeting.page(0).map(|page| format!("{:?}", page.title()))),
        Test::PreviousPage(_) => or_nothing(targeting.page(1).map(|page| format!("{:?}", page.url))),
        Test::PageViews(_) => or_nothing(targeting.page_views().map(|views| views.to_string())),
        Test::Conversions { .. } => {
            let goals = profile.extra.iter().flat_map(|extra| extra.conversions.as_slice());
            let goals: Vec<i64> = goals.map(|reached| reached.goal_id).collect();
            format!("conversions of goals {goals:?}")
        }
        Test::Visits(_) => (targeting.previous_visits().len() + 1).to_string(),
        Test::SameDayVisits(_) => targeting.visits_today().to_string(),
        Test::NewVisitors { .. } => format!("{} previous visits", targeting.previous_visits().len()),
        Test::FirstVisit(_) => {
            or_nothing(targeting.previous_visits().last().map(|visit| targeting.since(visit).to_string()))
        }
        Test::LastVisit(_) => {
            or_nothing(targeting.previous_visits().first().map(|visit| targeting.since(visit).to_string()))
        }
        Test::HeatSlice(test) => or_nothing(targeting.heat(test).map(|score| score.to_string())),
    }
}

fn own_identity() -> String {
    format!("{:?}, version {}", crate::decision::identity::SDK_NAME, crate::decision::identity::SDK_VERSION)
}
