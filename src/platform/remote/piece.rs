//! From one piece of the platform's reply to what it tells. None: it tells nothing.

use super::wire::{
    ConversionWire, CustomDataWire, ExperimentWire, GeolocationWire, PageWire, PersonalizationWire,
    ScoresWire, StaticDataWire,
};
use crate::data::{
    Browser, BrowserType, Conversion, Device, DeviceType, Geolocation, OperatingSystem, OperatingSystemType,
    PageView, Values,
};
use crate::decision::datafile::RuleKind;
use crate::decision::lenient::{Pairs, Strict, Wrong};
use crate::decision::profile::{Assignment, Personalization, Scores, TimedConversion};
use crate::logging::log_debug;

/// Notes in the log what cannot be read.
pub(super) fn readable<T>(read: Result<Option<T>, Wrong>) -> Option<T> {
    read.unwrap_or_else(|wrong| {
        log_debug!("visitor data: something is left out: {wrong}");
        None
    })
}

pub(super) fn custom_data(wire: &CustomDataWire<'_>, _time: i64) -> Result<Option<(u32, Values)>, Wrong> {
    let Some(index) = wire.index.integer("index")? else { return Ok(None) };
    let index = u32::try_from(index).map_err(|_| Wrong { field: "index", expected: "a small number" })?;
    match &wire.values_count_map {
        Pairs::Is(values) => Ok(Some((index, values.iter().map(|(value, _)| value.as_ref()).collect()))),
        // No values at all would stand for values that were cleared.
        Pairs::None | Pairs::Wrong => Err(Wrong { field: "valuesCountMap", expected: "an object" }),
    }
}

pub(super) fn page(wire: &PageWire<'_>, time: i64) -> Result<Option<(PageView, i64)>, Wrong> {
    let Some(url) = wire.href.text("href")?.filter(|url| !url.is_empty()) else { return Ok(None) };
    let view = PageView::new(url);
    let view = match wire.title.text("title")? {
        Some(title) => view.with_title(title),
        None => view,
    };
    Ok(Some((view, time)))
}

pub(super) fn experiment(wire: &ExperimentWire<'_>, time: i64) -> Result<Option<Assignment>, Wrong> {
    let ids = wire.id.integer("id")?.zip(wire.variation_id.integer("variationId")?);
    Ok(ids.map(|(id, variation_id)| Assignment::new(id, variation_id, RuleKind::Other, time, false)))
}

pub(super) fn personalization(
    wire: &PersonalizationWire<'_>,
    time: i64,
) -> Result<Option<Personalization>, Wrong> {
    Ok(wire.id.integer("id")?.map(|id| Personalization { id, time }))
}

pub(super) fn conversion(wire: &ConversionWire<'_>, time: i64) -> Result<Option<TimedConversion>, Wrong> {
    let Some(goal_id) = wire.goal_id.integer("goalId")? else { return Ok(None) };
    let conversion = Conversion::new(goal_id)
        .with_revenue(wire.revenue.number("revenue")?.unwrap_or(0.0))
        .with_negative(wire.negative.boolean("negative")?.unwrap_or(false));
    Ok(Some(TimedConversion { conversion, time }))
}

pub(super) fn geolocation(wire: &GeolocationWire<'_>, _time: i64) -> Result<Option<Geolocation>, Wrong> {
    let Some(country) = wire.country.text("country")? else { return Ok(None) };
    let mut place = Geolocation::new(country);
    if let Some(region) = wire.region.text("region")? {
        place = place.with_region(region);
    }
    if let Some(city) = wire.city.text("city")? {
        place = place.with_city(city);
    }
    Ok(Some(place))
}

pub(super) fn device(wire: &StaticDataWire<'_>) -> Result<Option<Device>, Wrong> {
    let name = wire.device_type.text("deviceType")?;
    Ok(name.and_then(DeviceType::from_name).map(Device::new))
}

pub(super) fn browser(wire: &StaticDataWire<'_>) -> Result<Option<Browser>, Wrong> {
    let name = wire.browser.text("browser")?;
    let Some(browser) = name.and_then(BrowserType::from_name).map(Browser::new) else { return Ok(None) };
    Ok(Some(match readable(wire.browser_version.number("browserVersion")) {
        Some(version) => browser.with_version(version),
        None => browser,
    }))
}

pub(super) fn operating_system(wire: &StaticDataWire<'_>) -> Result<Option<OperatingSystem>, Wrong> {
    let name = wire.os.text("os")?;
    Ok(name.and_then(OperatingSystemType::from_name).map(OperatingSystem::new))
}

/// Scores by two ids; what is no id or no number is passed over.
pub(super) fn scores(wire: &ScoresWire<'_>) -> Option<Scores> {
    let id = |key: &str| key.parse::<i64>().ok();
    let Pairs::Is(outer) = wire else { return None };
    let inner = |scores: &Pairs<'_, Strict<'_>>| {
        let scores = scores.pairs().iter();
        scores.filter_map(|(key, score)| Some((id(key)?, readable(score.number("score"))?))).collect()
    };
    Some(outer.iter().filter_map(|(key, scores)| Some((id(key)?, inner(scores)))).collect())
}
