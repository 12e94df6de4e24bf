//! A visitor's data as the platform writes them. Every field is optional and may hold anything;
//! what the fields have to be is decided when they are read. No person has written them, so
//! unlike in a data file a text does not stand for a number.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::decision::lenient::{List, Object, Pairs, Strict, wire};

/// Scores by two ids.
pub(super) type ScoresWire<'a> = Pairs<'a, Pairs<'a, Strict<'a>>>;

/// Events of one kind, oldest first.
pub(super) type EventsWire<'a, T> = List<Object<EventWire<'a, T>>>;

wire!(ReplyWire {
    current_visit: Object<VisitWire<'a>>,
    previous_visits: List<Object<VisitWire<'a>>>,
    kcs: ScoresWire<'a>,
    cbs: ScoresWire<'a>,
});

wire!(VisitWire {
    visitor_code: Strict<'a>,
    time_started: Strict<'a>,
    time_last_event: Strict<'a>,
    custom_data_events: EventsWire<'a, CustomDataWire<'a>>,
    page_events: EventsWire<'a, PageWire<'a>>,
    experiment_events: EventsWire<'a, ExperimentWire<'a>>,
    personalization_events: EventsWire<'a, PersonalizationWire<'a>>,
    conversion_events: EventsWire<'a, ConversionWire<'a>>,
    geolocation_events: EventsWire<'a, GeolocationWire<'a>>,
    static_data_event: Object<EventWire<'a, StaticDataWire<'a>>>,
});

/// Something that happened in a visit.
#[derive(Debug, Clone, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub(super) struct EventWire<'a, T> {
    #[serde(borrow, default)]
    pub(super) time: Strict<'a>,
    #[serde(default)]
    pub(super) data: Object<T>,
}

wire!(CustomDataWire {
    index: Strict<'a>,
    values_count_map: Pairs<'a, IgnoredAny>,
});

wire!(PageWire {
    href: Strict<'a>,
    title: Strict<'a>,
});

wire!(ExperimentWire {
    id: Strict<'a>,
    variation_id: Strict<'a>,
});

wire!(PersonalizationWire {
    id: Strict<'a>,
});

wire!(ConversionWire {
    goal_id: Strict<'a>,
    revenue: Strict<'a>,
    negative: Strict<'a>,
});

wire!(GeolocationWire {
    country: Strict<'a>,
    region: Strict<'a>,
    city: Strict<'a>,
});

wire!(StaticDataWire {
    device_type: Strict<'a>,
    browser: Strict<'a>,
    browser_version: Strict<'a>,
    os: Strict<'a>,
    visit_number: Strict<'a>,
});

wire!(
    /// The audiences of a visitor in the data warehouse.
    WarehouseWire {
        warehouse_audiences: Pairs<'a, IgnoredAny>,
    }
);
