//! From the platform's reply to what it remembers of a visitor.

use super::RemoteVisitorDataFilter;
use super::wire::{
    ConversionWire, CustomDataWire, EventWire, EventsWire, ExperimentWire, GeolocationWire, PageWire,
    PersonalizationWire, ReplyWire, ScoresWire, StaticDataWire, VisitWire,
};
use crate::data::{
    Browser, BrowserType, Conversion, CustomData, CustomDataKey, Data, Device, DeviceType, Geolocation,
    OperatingSystem, OperatingSystemType, PageView, Values,
};
use crate::datafile::RuleKind;
use crate::error::RequestFailure;
use crate::lenient::{List, Object, Pairs, Scalar, Wrong};
use crate::logging::log_debug;
use crate::profile::{
    Assignment, Personalization, Remembered, RememberedPage, Scores, TimedConversion, Tracked, Visit, Visits,
};

/// Reads a reply. What in it cannot be read is left out. `now` is the time of events that have
/// none, in milliseconds since the epoch.
pub(crate) fn read(
    body: &[u8],
    filter: &RemoteVisitorDataFilter,
    now: i64,
) -> Result<Remembered, RequestFailure> {
    let reply: Object<ReplyWire<'_>> = serde_json::from_slice(body)
        .map_err(|error| RequestFailure::Body(format!("it is no JSON: {error}")))?;
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

/// Notes in the log what cannot be read.
fn readable<T>(read: Result<Option<T>, Wrong>) -> Option<T> {
    read.unwrap_or_else(|wrong| {
        log_debug!("visitor data: something is left out: {wrong}");
        None
    })
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
        self.newest_first().for_each(|visit| self.add_visit(&mut remembered, visit));
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
    fn add_visit(&self, remembered: &mut Remembered, visit: &'w VisitWire<'w>) {
        if self.filter.visitor_code && remembered.visitor_code.is_none() {
            let code = readable(visit.visitor_code.only_text("visitorCode"));
            remembered.visitor_code = code.filter(|code| !code.is_empty()).map(Into::into);
        }
        for (index, values) in self.events(&visit.custom_data_events, custom_data).rev() {
            if remembered.custom_data.iter().all(|(known, _)| *known != index) {
                remembered.custom_data.push((index, values));
            }
        }
        for (view, time) in self.events(&visit.page_events, page).rev() {
            match remembered.pages.iter_mut().find(|page| page.view.url == view.url) {
                Some(known) => {
                    known.count += 1;
                    known.last_viewed = known.last_viewed.max(time);
                }
                None => remembered.pages.push(RememberedPage { view, count: 1, last_viewed: time }),
            }
        }
        for assignment in self.events(&visit.experiment_events, experiment).rev() {
            if remembered.experiments.iter().all(|known| known.experiment_id != assignment.experiment_id) {
                remembered.experiments.push(assignment);
            }
        }
        for seen in self.events(&visit.personalization_events, personalization).rev() {
            if remembered.personalizations.iter().all(|known| known.id != seen.id) {
                remembered.personalizations.push(seen);
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
    fn visits(&self) -> Option<Tracked<Visits>> {
        if !matches!(self.reply.previous_visits, List::Is(_)) {
            return None;
        }
        let time = |time: &Scalar<'_>, field| readable(time.integer(field));
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
        Some(Tracked::new(visits, unsent))
    }
}

fn static_data<'w>(visit: &'w VisitWire<'w>) -> Option<&'w StaticDataWire<'w>> {
    object(&visit.static_data_event).and_then(|event: &EventWire<'_, _>| object(&event.data))
}

fn custom_data(wire: &CustomDataWire<'_>, _time: i64) -> Result<Option<(u32, Values)>, Wrong> {
    let Some(index) = wire.index.integer("index")? else { return Ok(None) };
    let index = u32::try_from(index).map_err(|_| Wrong { field: "index", expected: "a small number" })?;
    match &wire.values_count_map {
        Pairs::Is(values) => Ok(Some((index, values.iter().map(|(value, _)| value.as_ref()).collect()))),
        // No values at all would stand for values that were cleared.
        Pairs::None | Pairs::Wrong => Err(Wrong { field: "valuesCountMap", expected: "an object" }),
    }
}

fn page(wire: &PageWire<'_>, time: i64) -> Result<Option<(PageView, i64)>, Wrong> {
    let Some(url) = wire.href.only_text("href")?.filter(|url| !url.is_empty()) else { return Ok(None) };
    let view = PageView::new(url);
    let view = match wire.title.only_text("title")? {
        Some(title) => view.title(title),
        None => view,
    };
    Ok(Some((view, time)))
}

fn experiment(wire: &ExperimentWire<'_>, time: i64) -> Result<Option<Assignment>, Wrong> {
    let ids = wire.id.integer("id")?.zip(wire.variation_id.integer("variationId")?);
    Ok(ids.map(|(id, variation_id)| Assignment::new(id, variation_id, RuleKind::Other, time, false)))
}

fn personalization(wire: &PersonalizationWire<'_>, time: i64) -> Result<Option<Personalization>, Wrong> {
    Ok(wire.id.integer("id")?.map(|id| Personalization { id, time }))
}

fn conversion(wire: &ConversionWire<'_>, time: i64) -> Result<Option<TimedConversion>, Wrong> {
    let Some(goal_id) = wire.goal_id.integer("goalId")? else { return Ok(None) };
    let conversion = Conversion::new(goal_id)
        .revenue(wire.revenue.number("revenue")?.unwrap_or(0.0))
        .negative(wire.negative.boolean("negative")?.unwrap_or(false));
    Ok(Some(TimedConversion { conversion, time }))
}

fn geolocation(wire: &GeolocationWire<'_>, _time: i64) -> Result<Option<Geolocation>, Wrong> {
    let Some(country) = wire.country.only_text("country")? else { return Ok(None) };
    let mut place = Geolocation::new(country);
    if let Some(region) = wire.region.only_text("region")? {
        place = place.region(region);
    }
    if let Some(city) = wire.city.only_text("city")? {
        place = place.city(city);
    }
    Ok(Some(place))
}

fn device(wire: &StaticDataWire<'_>) -> Result<Option<Device>, Wrong> {
    let name = wire.device_type.only_text("deviceType")?;
    Ok(name.and_then(DeviceType::from_name).map(Device::new))
}

fn browser(wire: &StaticDataWire<'_>) -> Result<Option<Browser>, Wrong> {
    let name = wire.browser.only_text("browser")?;
    let Some(browser) = name.and_then(BrowserType::from_name).map(Browser::new) else { return Ok(None) };
    Ok(Some(match readable(wire.browser_version.number("browserVersion")) {
        Some(version) => browser.version(version),
        None => browser,
    }))
}

fn operating_system(wire: &StaticDataWire<'_>) -> Result<Option<OperatingSystem>, Wrong> {
    let name = wire.os.only_text("os")?;
    Ok(name.and_then(OperatingSystemType::from_name).map(OperatingSystem::new))
}

/// Scores by two ids; what is no id or no number is passed over.
fn scores(wire: &ScoresWire<'_>) -> Option<Scores> {
    let id = |key: &str| key.parse::<i64>().ok();
    let Pairs::Is(outer) = wire else { return None };
    let inner = |scores: &Pairs<'_, Scalar<'_>>| {
        let scores = scores.pairs().iter();
        scores.filter_map(|(key, score)| Some((id(key)?, readable(score.number("score"))?))).collect()
    };
    Some(outer.iter().filter_map(|(key, scores)| Some((id(key)?, inner(scores)))).collect())
}
