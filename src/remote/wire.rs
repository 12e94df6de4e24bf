//! A visitor's data as the platform writes them. Every field is optional and may hold anything;
//! what the fields have to be is decided when they are read.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::lenient::{List, Object, Pairs, Scalar, wire};

/// Scores by two ids.
pub(super) type ScoresWire<'a> = Pairs<'a, Pairs<'a, Scalar<'a>>>;

/// Events of one kind, oldest first.
pub(super) type EventsWire<'a, T> = List<Object<EventWire<'a, T>>>;

wire!(ReplyWire {
    current_visit: Object<VisitWire<'a>>,
    previous_visits: List<Object<VisitWire<'a>>>,
    kcs: ScoresWire<'a>,
    cbs: ScoresWire<'a>,
});

wire!(VisitWire {
    visitor_code: Scalar<'a>,
    time_started: Scalar<'a>,
    time_last_event: Scalar<'a>,
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
    pub(super) time: Scalar<'a>,
    #[serde(default)]
    pub(super) data: Object<T>,
}

wire!(CustomDataWire {
    index: Scalar<'a>,
    values_count_map: Pairs<'a, IgnoredAny>,
});

wire!(PageWire {
    href: Scalar<'a>,
    title: Scalar<'a>,
});

wire!(ExperimentWire {
    id: Scalar<'a>,
    variation_id: Scalar<'a>,
});

wire!(PersonalizationWire {
    id: Scalar<'a>,
});

wire!(ConversionWire {
    goal_id: Scalar<'a>,
    revenue: Scalar<'a>,
    negative: Scalar<'a>,
});

wire!(GeolocationWire {
    country: Scalar<'a>,
    region: Scalar<'a>,
    city: Scalar<'a>,
});

wire!(StaticDataWire {
    device_type: Scalar<'a>,
    browser: Scalar<'a>,
    browser_version: Scalar<'a>,
    os: Scalar<'a>,
    visit_number: Scalar<'a>,
});

wire!(
    /// The audiences of a visitor in the data warehouse.
    WarehouseWire {
        warehouse_audiences: Pairs<'a, IgnoredAny>,
    }
);
