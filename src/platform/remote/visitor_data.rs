//! From the platform's reply to what it remembers of a visitor.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::RemoteVisitorDataFilter;
use super::piece::{
    browser, conversion, custom_data, device, experiment, geolocation, operating_system, page,
    personalization, readable, scores,
};
use super::reply::read_json;
use super::wire::{EventWire, EventsWire, ReplyWire, StaticDataWire, VisitWire};
use crate::data::{CustomData, CustomDataKey, Data};
use crate::decision::lenient::{List, Object, Strict, Wrong, decode};
use crate::decision::profile::{Remembered, RememberedPage, RememberedVisits, Visit, Visits};
use crate::error::RequestFailure;

/// Reads a reply. What in it cannot be read is left out. `now` is the time of events that have
/// none, in milliseconds since the epoch.
pub(crate) fn read(
    body: &[u8],
    filter: &RemoteVisitorDataFilter,
    now: i64,
) -> Result<Remembered, RequestFailure> {
    let (text, is_repaired) = decode(body);
    let reply: Object<ReplyWire<'_>> = read_json(&text, is_repaired)?;
    let Object::Is(reply) = reply else {
        return Err(RequestFailure::Body("it has to be a JSON object".to_owned()));
    };
    Ok(Reader { reply: &reply, filter, now }.read())
}

/// What is handed to the caller, in the order that the platform's documentation has.
pub(crate) fn data_of(remembered: &Remembered) -> Vec<Data> {
    let custom_data = remembered.custom_data.iter().map(|(index, values)| {
        CustomData { key: CustomDataKey::Index(*index), values: values.clone(), overwrite: true }.into()
    });
    let pages = remembered.pages.iter().map(|page| page.view.clone().into());
    let device = remembered.device.map(Data::from);
    let browser = remembered.browser.map(Data::from);
    let operating_system = remembered.operating_system.map(Data::from);
    let geolocation = remembered.geolocation.clone().map(Data::from);
    let conversions = remembered.conversions.iter().map(|item| item.conversion.clone().into());
    custom_data
        .chain(pages)
        .chain(device)
        .chain(browser)
        .chain(operating_system)
        .chain(geolocation)
        .chain(conversions)
        .collect()
}

/// The object, when there is one.
fn object<T>(object: &Object<T>) -> Option<&T> {
    match object {
        Object::Is(object) => Some(object),
        Object::None | Object::Wrong => None,
    }
}

/// The objects of a list; anything else in it is passed over.
fn objects<T>(list: &List<Object<T>>) -> impl DoubleEndedIterator<Item = &T> {
    let items = match list {
        List::Is(items) => items.as_slice(),
        List::None | List::Wrong => &[],
    };
    items.iter().filter_map(object)
}

/// The keys that newer events had already: a reply may have many.
#[derive(Default)]
struct Seen {
    custom_data: HashSet<u32>,
    /// The place of each url among the pages.
    pages: HashMap<Arc<str>, usize>,
    experiments: HashSet<i64>,
    personalizations: HashSet<i64>,
}

struct Reader<'w> {
    reply: &'w ReplyWire<'w>,
    filter: &'w RemoteVisitorDataFilter,
    now: i64,
}

impl<'w> Reader<'w> {
    fn read(&self) -> Remembered {
        let mut remembered = Remembered {
            visits: self.visits(),
            heat: scores(&self.reply.kcs),
            bandit_scores: scores(&self.reply.cbs),
            ..Remembered::default()
        };
        let mut seen = Seen::default();
        self.newest_first().for_each(|visit| self.add_visit(&mut remembered, &mut seen, visit));
        remembered
    }

    fn current(&self) -> Option<&'w VisitWire<'w>> {
        object(&self.reply.current_visit)
    }

    fn newest_first(&self) -> impl Iterator<Item = &'w VisitWire<'w>> {
        self.current().into_iter().chain(objects(&self.reply.previous_visits))
    }

    /// The events of a list that can be read, oldest first, each with its time.
    fn events<T, R>(
        &self,
        list: &'w EventsWire<'w, T>,
        read: impl Fn(&'w T, i64) -> Result<Option<R>, Wrong>,
    ) -> impl DoubleEndedIterator<Item = R> {
        objects(list).filter_map(move |event| {
            let data = object(&event.data)?;
            let time = event.time.integer("time").map(|time| time.unwrap_or(self.now));
            readable(time.and_then(|time| read(data, time)))
        })
    }

    /// Adds what a visit has of what no newer one had.
    fn add_visit(&self, remembered: &mut Remembered, seen: &mut Seen, visit: &'w VisitWire<'w>) {
        if self.filter.visitor_code && remembered.visitor_code.is_none() {
            let code = readable(visit.visitor_code.text("visitorCode"));
            remembered.visitor_code = code.filter(|code| !code.is_empty()).map(Into::into);
        }
        for (index, values) in self.events(&visit.custom_data_events, custom_data).rev() {
            if seen.custom_data.insert(index) {
                remembered.custom_data.push((index, values));
            }
        }
        for (view, time) in self.events(&visit.page_events, page).rev() {
            let place = *seen.pages.entry(Arc::clone(&view.url)).or_insert(remembered.pages.len());
            match remembered.pages.get_mut(place) {
                Some(known) => {
                    known.count += 1;
                    known.last_viewed = known.last_viewed.max(time);
                }
                None => remembered.pages.push(RememberedPage { view, count: 1, last_viewed: time }),
            }
        }
        for assignment in self.events(&visit.experiment_events, experiment).rev() {
            if seen.experiments.insert(assignment.experiment_id) {
                remembered.experiments.push(assignment);
            }
        }
        for new in self.events(&visit.personalization_events, personalization).rev() {
            if seen.personalizations.insert(new.id) {
                remembered.personalizations.push(new);
            }
        }
        remembered.conversions.extend(self.events(&visit.conversion_events, conversion));
        if remembered.geolocation.is_none() {
            remembered.geolocation = self.events(&visit.geolocation_events, geolocation).next_back();
        }
        if let Some(data) = static_data(visit) {
            if self.filter.device && remembered.device.is_none() {
                remembered.device = readable(device(data));
            }
            if self.filter.browser && remembered.browser.is_none() {
                remembered.browser = readable(browser(data));
            }
            if self.filter.operating_system && remembered.operating_system.is_none() {
                remembered.operating_system = readable(operating_system(data));
            }
        }
    }

    /// The visits, when the platform says anything about previous ones. They are unsent when it
    /// has some and has not counted them itself, as far as this reply can tell.
    fn visits(&self) -> Option<RememberedVisits> {
        if !matches!(self.reply.previous_visits, List::Is(_)) {
            return None;
        }
        let time = |time: &Strict<'_>, field| readable(time.integer(field));
        let previous: Box<[Visit]> = objects(&self.reply.previous_visits)
            .map(|visit| {
                // A visit of unknown time was long ago.
                let start = time(&visit.time_started, "timeStarted").unwrap_or(0);
                let last_activity = time(&visit.time_last_event, "timeLastEvent").unwrap_or(start);
                Visit { start, last_activity }
            })
            .collect();
        let current = self.current();
        let numbers = std::iter::once(current).chain(objects(&self.reply.previous_visits).map(Some));
        let counted = (0..).zip(numbers).find_map(|(visits_ago, visit)| {
            let number = readable(static_data(visit?)?.visit_number.integer("visitNumber"))?;
            Some(number.saturating_add(visits_ago))
        });
        let at_least = i64::try_from(previous.len()).unwrap_or(i64::MAX);
        let unsent = !previous.is_empty() && (counted.is_none() || !self.filter.wants_static_data());
        let visits = Visits {
            current_start: current.and_then(|visit| time(&visit.time_started, "timeStarted")),
            visit_number: counted.unwrap_or(at_least).max(at_least),
            last_activity: previous.first().map(|visit| visit.last_activity),
            previous,
        };
        Some(RememberedVisits { visits, is_unsent: unsent })
    }
}

fn static_data<'w>(visit: &'w VisitWire<'w>) -> Option<&'w StaticDataWire<'w>> {
    object(&visit.static_data_event).and_then(|event: &EventWire<'_, _>| object(&event.data))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;

    fn everything() -> RemoteVisitorDataFilter {
        RemoteVisitorDataFilter::new().device(true).browser(true).operating_system(true)
    }

    fn remembered(reply: &str) -> Remembered {
        read(reply.as_bytes(), &everything(), NOW).unwrap()
    }

    /// Each piece of what is returned in a few words.
    fn shown(reply: &str, filter: &RemoteVisitorDataFilter) -> Vec<String> {
        let show = |data: Data| match data {
            Data::CustomData(data) => {
                format!("{}={}", data.index().unwrap(), data.values().collect::<Vec<_>>().join("+"))
            }
            Data::PageView(view) => format!("{} {:?}", view.url(), view.title()),
            Data::Device(device) => format!("{:?}", device.device_type()),
            Data::Browser(browser) => format!("{:?} {:?}", browser.browser_type(), browser.version()),
            Data::OperatingSystem(system) => format!("{:?}", system.os_type()),
            Data::Geolocation(place) => {
                format!("{}/{:?}/{:?}", place.country(), place.region(), place.city())
            }
            Data::Conversion(item) => {
                format!("{} {} {}", item.goal_id(), item.revenue(), item.is_negative())
            }
            other => panic!("{other:?}"),
        };
        data_of(&read(reply.as_bytes(), filter, NOW).unwrap()).into_iter().map(show).collect()
    }

    /// A reply whose current visit has one list of events.
    fn events(kind: &str, data: &[&str]) -> String {
        let events: Vec<String> =
            data.iter().map(|data| format!(r#"{{"time": 5, "data": {data}}}"#)).collect();
        format!(r#"{{"currentVisit": {{"{kind}": [{}]}}}}"#, events.join(","))
    }

    const TWO_VISITS: &str = r#"{
        "previousVisits": [
            {"customDataEvents": [{"data": {"index": 9, "valuesCountMap": {"old": 1}}},
                                  {"data": {"index": 4, "valuesCountMap": {"old": 1}}}],
             "pageEvents": [{"data": {"href": "u1", "title": "old"}}, {"data": {"href": "u3"}}],
             "conversionEvents": [{"data": {"goalId": 3}}],
             "geolocationEvents": [{"data": {"country": "Old"}}],
             "staticDataEvent": {"data": {"deviceType": "PHONE", "browser": "OPERA", "os": "IOS"}}},
            {"geolocationEvents": [{"data": {"country": "Oldest"}}]}],
        "currentVisit":
            {"conversionEvents": [{"data": {"goalId": 1, "revenue": 2.5, "negative": true}}, {"data": {"goalId": 2}}],
             "customDataEvents": [{"data": {"index": 4, "valuesCountMap": {"first": 1}}},
                                  {"data": {"index": 7, "valuesCountMap": {"z": 1, "a": 2}}},
                                  {"data": {"index": 4, "valuesCountMap": {"last": 1}}}],
             "pageEvents": [{"data": {"href": "u1", "title": "one"}}, {"data": {"href": "u2"}},
                            {"data": {"href": "u1", "title": "again"}}],
             "geolocationEvents": [{"data": {"country": "A"}}, {"data": {"country": "B", "city": "C"}}],
             "staticDataEvent": {"data": {"deviceType": "TABLET", "browserVersion": 3, "os": "LINUX"}}}}"#;

    #[test]
    fn the_newest_event_of_a_key_is_returned_in_the_documented_order() {
        let expected = [
            "4=last",
            "7=z+a",
            "9=old",
            "u1 Some(\"again\")",
            "u2 None",
            "u3 None",
            "Tablet",
            "Opera None",
            "Linux",
            "B/None/Some(\"C\")",
            "1 2.5 true",
            "2 0 false",
            "3 0 false",
        ];
        assert_eq!(shown(TWO_VISITS, &everything()), expected);
    }

    #[test]
    fn a_large_reply_is_read_in_time_in_line_with_its_length() {
        let list = |item: &dyn Fn(usize) -> String| (0..40_000).map(item).collect::<Vec<_>>().join(",");
        let pages = list(&|n| format!(r#"{{"data": {{"href": "https://shop/{n}", "title": "t"}}}}"#));
        let experiments = list(&|n| format!(r#"{{"data": {{"id": {n}, "variationId": 1}}}}"#));
        let reply = format!(
            r#"{{"currentVisit": {{"pageEvents": [{pages}], "experimentEvents": [{experiments}]}}}}"#
        );
        let start = std::time::Instant::now();
        let remembered = remembered(&reply);
        assert_eq!((remembered.pages.len(), remembered.experiments.len()), (40_000, 40_000));
        let mut profile = crate::decision::profile::Profile::new(NOW);
        profile.merge(remembered);
        assert_eq!(profile.assigned.as_slice().len(), 40_000);
        assert!(start.elapsed() < std::time::Duration::from_secs(5), "{:?}", start.elapsed());
    }

    #[test]
    fn device_browser_and_system_are_taken_only_when_asked_for() {
        let reply = r#"{"currentVisit": {"staticDataEvent":
            {"data": {"deviceType": "PHONE", "browser": "CHROME", "browserVersion": 99.5, "os": "ANDROID"}}}}"#;
        let none = RemoteVisitorDataFilter::new();
        for (filter, expected) in [
            (none, &[][..]),
            (none.device(true), &["Phone"]),
            (none.browser(true), &["Chrome Some(99.5)"]),
            (none.operating_system(true), &["Android"]),
            (everything(), &["Phone", "Chrome Some(99.5)", "Android"]),
        ] {
            assert_eq!(shown(reply, &filter), expected, "{filter:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_out_and_nothing_else() {
        for (kind, data, expected) in [
            (
                "customDataEvents",
                &[
                    r#"{"index": 1, "valuesCountMap": {}}"#,
                    r#"{"index": 2.0, "valuesCountMap": {"a": null}}"#,
                    r#"{"index": "3", "valuesCountMap": {"a": 1}}"#,
                    r#"{"index": -4, "valuesCountMap": {"a": 1}}"#,
                    r#"{"index": 4294967296, "valuesCountMap": {"a": 1}}"#,
                    r#"{"index": 5, "valuesCountMap": ["a"]}"#,
                    r#"{"index": 6}"#,
                    r#"{"valuesCountMap": {"a": 1}}"#,
                    "null",
                    "7",
                ][..],
                &["2=a", "1="][..],
            ),
            (
                "pageEvents",
                &[
                    r#"{"href": "u", "title": null, "other": {"deep": [1]}}"#,
                    r#"{"title": "t"}"#,
                    r#"{"href": 1}"#,
                    r#"{"href": ""}"#,
                    r#"{"href": "v", "title": 2}"#,
                ],
                &["u None"],
            ),
            (
                "conversionEvents",
                &[
                    r#"{"goalId": 1, "revenue": null, "negative": null}"#,
                    r#"{"goalId": 2, "revenue": "3"}"#,
                    r#"{"goalId": 3, "negative": "true"}"#,
                    r#"{"goalId": "4"}"#,
                    r#"{"revenue": 5}"#,
                    r#"{"goalId": 6, "revenue": 7}"#,
                ],
                &["1 0 false", "6 7 false"],
            ),
            (
                "geolocationEvents",
                &[r#"{"country": "A", "region": "R"}"#, r#"{"city": "C"}"#, r#"{"country": ["B"]}"#],
                &["A/Some(\"R\")/None"],
            ),
        ] {
            assert_eq!(shown(&events(kind, data), &everything()), expected, "{kind}");
        }
        for (static_data, expected) in [
            (r#"{"deviceType": "TOASTER", "browser": "LYNX", "os": "BEOS"}"#, &[][..]),
            (r#"{"deviceType": 1, "browser": ["CHROME"], "os": "WINDOWS_PHONE"}"#, &["WindowsPhone"]),
            (r#"{"browser": "IE", "browserVersion": "11"}"#, &["InternetExplorer None"]),
            ("[]", &[]),
        ] {
            let reply = format!(r#"{{"currentVisit": {{"staticDataEvent": {{"data": {static_data}}}}}}}"#);
            assert_eq!(shown(&reply, &everything()), expected, "{static_data}");
        }
        for reply in [
            "{}",
            r#"{"currentVisit": null, "previousVisits": null, "kcs": null, "cbs": null}"#,
            r#"{"currentVisit": 5, "previousVisits": {"a": 1}, "kcs": [], "cbs": "x"}"#,
            r#"{"currentVisit": {"customDataEvents": "bad", "staticDataEvent": true}, "previousVisits": [1, null]}"#,
        ] {
            assert_eq!(shown(reply, &everything()), [""; 0], "{reply}");
        }
    }

    #[test]
    fn a_body_that_is_no_object_is_a_failure() {
        for body in ["", "[]", "null", "5", "{", "<html>", "{} {}", "{\"a\": \"}"] {
            let read = read(body.as_bytes(), &everything(), NOW);
            assert!(matches!(read, Err(RequestFailure::Body(_))), "{body}: {read:?}");
        }
    }

    #[test]
    fn events_have_their_time_or_that_of_the_reply() {
        let reply = r#"{"currentVisit": {
            "experimentEvents": [{"data": {"id": 1, "variationId": 2}}, {"time": 7, "data": {"id": 3, "variationId": 4}},
                                 {"time": "8", "data": {"id": 5, "variationId": 6}}, {"data": {"id": 7}}],
            "personalizationEvents": [{"time": 6, "data": {"id": 9, "variationId": 8}}, {"data": {"id": "x"}}],
            "conversionEvents": [{"time": 5, "data": {"goalId": 1}}],
            "pageEvents": [{"time": 40, "data": {"href": "u"}}, {"time": 30, "data": {"href": "u"}}]}}"#;
        let remembered = remembered(reply);
        let experiments: Vec<_> = remembered
            .experiments
            .iter()
            .map(|item| (item.experiment_id, item.variation_id, item.time, item.is_tracked))
            .collect();
        assert_eq!(experiments, [(3, 4, 7, false), (1, 2, NOW, false)]);
        let personalizations: Vec<_> =
            remembered.personalizations.iter().map(|item| (item.id, item.time)).collect();
        assert_eq!(personalizations, [(9, 6)]);
        assert_eq!(remembered.conversions[0].time, 5);
        assert_eq!((remembered.pages[0].count, remembered.pages[0].last_viewed), (2, 40));
    }

    #[test]
    fn the_visitor_code_is_that_of_the_newest_visit_with_one() {
        for (reply, expected) in [
            (
                r#"{"currentVisit": {"visitorCode": "a"}, "previousVisits": [{"visitorCode": "b"}]}"#,
                Some("a"),
            ),
            (r#"{"currentVisit": {}, "previousVisits": [{}, {"visitorCode": "b"}]}"#, Some("b")),
            (r#"{"currentVisit": {"visitorCode": 5}, "previousVisits": [{"visitorCode": "b"}]}"#, Some("b")),
            (r#"{"currentVisit": {"visitorCode": ""}}"#, None),
        ] {
            assert_eq!(remembered(reply).visitor_code.as_deref(), expected, "{reply}");
            let unasked = RemoteVisitorDataFilter::new().visitor_code(false);
            assert_eq!(read(reply.as_bytes(), &unasked, NOW).unwrap().visitor_code, None, "{reply}");
        }
    }

    #[test]
    fn visits_are_counted_and_sent_unless_the_platform_has_counted_them() {
        let previous = |visits: &str| format!(r#"{{"previousVisits": [{visits}]}}"#);
        let with_current = |number: i64, visits: &str| {
            format!(
                r#"{{"currentVisit": {{"timeStarted": 900, "staticDataEvent": {{"data": {{"visitNumber": {number}}}}}}},
                     "previousVisits": [{visits}]}}"#
            )
        };
        let numbered =
            |number: &str| format!(r#"{{"staticDataEvent": {{"data": {{"visitNumber": {number}}}}}}}"#);
        // The reply; visit number, last activity, and whether they are sent when static data was
        // asked for, and when not.
        for (reply, number, last_activity, asked, unasked) in [
            (previous(r#"{"timeStarted": 50}, {"timeStarted": 20}"#), 2, Some(50), true, true),
            (previous(r#"{"timeStarted": 50, "timeLastEvent": 60}"#), 1, Some(60), true, true),
            (previous("{}"), 1, Some(0), true, true),
            (previous(r#"{"timeStarted": "50"}"#), 1, Some(0), true, true),
            (previous(&numbered("4")), 5, Some(0), false, true),
            (previous(&format!("{{}}, {}, {}", numbered("9"), numbered("20"))), 11, Some(0), false, true),
            (previous(&numbered("\"4\"")), 1, Some(0), true, true),
            (previous(&numbered("9223372036854775807")), i64::MAX, Some(0), false, true),
            (with_current(7, r#"{"timeStarted": 50}"#), 7, Some(50), false, true),
            (with_current(0, "{}, {}, {}"), 3, Some(0), false, true),
            (with_current(2, ""), 2, None, false, false),
            (previous(""), 0, None, false, false),
        ] {
            for (filter, sent) in [(everything(), asked), (RemoteVisitorDataFilter::new(), unasked)] {
                let visits = read(reply.as_bytes(), &filter, NOW).unwrap().visits.unwrap();
                assert_eq!(visits.visits.visit_number, number, "{reply}");
                assert_eq!(visits.visits.last_activity, last_activity, "{reply}");
                assert_eq!(visits.is_unsent, sent, "{reply}");
            }
        }
        let visits = remembered(&with_current(2, r#"{"timeStarted": 50}, {"timeStarted": 20}"#)).visits;
        let visits = visits.unwrap().visits;
        assert_eq!(visits.current_start, Some(900));
        assert_eq!(visits.previous.iter().map(|visit| visit.start).collect::<Vec<_>>(), [50, 20]);
        assert!(remembered(r#"{"currentVisit": {"timeStarted": 900}}"#).visits.is_none());
    }

    #[test]
    fn scores_are_read_by_two_ids() {
        let reply = r#"{"kcs": {"17": {"94": 55.5, "46": 0, "x": 1, "5": "6"}, "y": {"1": 2}, "18": 3},
                        "cbs": {"100": {"7": 0.25}}}"#;
        let remembered = remembered(reply);
        assert_eq!(remembered.heat.unwrap(), [(17, vec![(94, 55.5), (46, 0.0)]), (18, vec![])]);
        assert_eq!(remembered.bandit_scores.unwrap(), [(100, vec![(7, 0.25)])]);
    }
}
