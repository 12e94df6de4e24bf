//! A visitor's data as the platform writes them. Every field is optional and may hold anything;
//! what the fields have to be is decided when they are read. No person has written them, so
//! unlike in a data file a text does not stand for a number.

use crate::decision::lenient::{Fields, Ignored, List, Object, Pairs, Read, Reader, Stopped, Strict, wire};

/// Scores by two ids.
pub(super) type ScoresWire<'a> = Pairs<'a, Pairs<'a, Strict<'a>>>;

/// Events of one kind, oldest first.
pub(super) type EventsWire<'a, T> = List<Object<EventWire<'a, T>>>;

wire!(ReplyWire {
    current_visit = "currentVisit": Object<VisitWire<'a>>,
    previous_visits = "previousVisits": List<Object<VisitWire<'a>>>,
    kcs = "kcs": ScoresWire<'a>,
    cbs = "cbs": ScoresWire<'a>,
});

wire!(VisitWire {
    visitor_code = "visitorCode": Strict<'a>,
    time_started = "timeStarted": Strict<'a>,
    time_last_event = "timeLastEvent": Strict<'a>,
    custom_data_events = "customDataEvents": EventsWire<'a, CustomDataWire<'a>>,
    page_events = "pageEvents": EventsWire<'a, PageWire<'a>>,
    experiment_events = "experimentEvents": EventsWire<'a, ExperimentWire<'a>>,
    personalization_events = "personalizationEvents": EventsWire<'a, PersonalizationWire<'a>>,
    conversion_events = "conversionEvents": EventsWire<'a, ConversionWire<'a>>,
    geolocation_events = "geolocationEvents": EventsWire<'a, GeolocationWire<'a>>,
    static_data_event = "staticDataEvent": Object<EventWire<'a, StaticDataWire<'a>>>,
});

/// Something that happened in a visit.
#[derive(Debug)]
pub(super) struct EventWire<'a, T> {
    pub(super) time: Strict<'a>,
    pub(super) data: Object<T>,
}

impl<T> Default for EventWire<'_, T> {
    fn default() -> Self {
        Self { time: Strict::default(), data: Object::None }
    }
}

impl<'a, T: Fields<'a>> Fields<'a> for EventWire<'a, T> {
    const KEYS: &'static [&'static str] = &["\"time\":", "\"data\":"];

    fn read_field(&mut self, place: usize, reader: &mut Reader<'a>) -> Result<(), Stopped> {
        match place {
            0 => self.time.read(reader),
            _ => self.data.read(reader),
        }
    }
}

wire!(CustomDataWire {
    index = "index": Strict<'a>,
    values_count_map = "valuesCountMap": Pairs<'a, Ignored>,
});

wire!(PageWire {
    href = "href": Strict<'a>,
    title = "title": Strict<'a>,
});

wire!(ExperimentWire {
    id = "id": Strict<'a>,
    variation_id = "variationId": Strict<'a>,
});

wire!(PersonalizationWire {
    id = "id": Strict<'a>,
});

wire!(ConversionWire {
    goal_id = "goalId": Strict<'a>,
    revenue = "revenue": Strict<'a>,
    negative = "negative": Strict<'a>,
});

wire!(GeolocationWire {
    country = "country": Strict<'a>,
    region = "region": Strict<'a>,
    city = "city": Strict<'a>,
});

wire!(StaticDataWire {
    device_type = "deviceType": Strict<'a>,
    browser = "browser": Strict<'a>,
    browser_version = "browserVersion": Strict<'a>,
    os = "os": Strict<'a>,
    visit_number = "visitNumber": Strict<'a>,
});

wire!(
    /// The audiences of a visitor in the data warehouse.
    WarehouseWire {
        warehouse_audiences = "warehouseAudiences": Pairs<'a, Ignored>,
    }
);
