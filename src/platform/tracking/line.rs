//! Tracking lines: what the platform is told about one thing.

use std::collections::HashSet;
use std::fmt::Write;
use std::sync::Arc;

use crate::data::{
    Browser, Conversion, CustomData, CustomDataKey, Device, Geolocation, OperatingSystem, PageView,
};
use crate::decision::datafile::CustomDataIndex;
use crate::decision::profile::{CustomDataEntry, Visits};
use crate::platform::net::Query;

/// What ends every line of a visitor: who it is.
pub(super) struct Identity<'a> {
    pub(super) code: &'a str,
    /// The code is an identifier of a known user, linked to others by the platform.
    pub(super) is_mapping_value: bool,
}

/// Writes one line about a visitor, without the user agent, which only the first of a visitor in a
/// request has.
pub(super) struct LineWriter<'a> {
    pub(super) text: &'a mut String,
    pub(super) identity: &'a Identity<'a>,
}

/// What the first line of a visitor in a request ends with.
pub(super) fn user_agent(value: &str) -> String {
    let mut text = String::new();
    Query::new(&mut text, "&").add("userAgent", value);
    text
}

impl LineWriter<'_> {
    fn line(self, nonce: u64, parameters: impl FnOnce(&mut Query<'_>)) {
        // Writing to a String cannot fail.
        let _ = write!(self.text, "nonce={nonce:016X}");
        let mut query = Query::new(self.text, "&");
        parameters(&mut query);
        let key = if self.identity.is_mapping_value { "mappingValue" } else { "visitorCode" };
        query.add(key, self.identity.code);
    }

    pub(super) fn activity(self, nonce: u64) {
        self.line(nonce, |query| {
            query.add("eventType", "activity");
        });
    }

    pub(super) fn device(self, nonce: u64, device: &Device) {
        self.line(nonce, |query| {
            query.add("eventType", "staticData").add("deviceType", device.device_type().name());
        });
    }

    pub(super) fn browser(self, nonce: u64, browser: &Browser) {
        self.line(nonce, |query| {
            query.add("eventType", "staticData").add_plain("browserIndex", browser.browser_type().index());
            if let Some(version) = browser.version().filter(|version| *version != 0.0) {
                query.add("browserVersion", &crate::decision::number::shortest(version));
            }
        });
    }

    pub(super) fn operating_system(self, nonce: u64, system: &OperatingSystem) {
        self.line(nonce, |query| {
            let system = system.os_type();
            query
                .add("eventType", "staticData")
                .add("os", system.name())
                .add_plain("osIndex", system.index());
        });
    }

    pub(super) fn geolocation(self, nonce: u64, place: &Geolocation) {
        self.line(nonce, |query| {
            let number =
                |number: Option<f64>| number.map(crate::decision::number::shortest).unwrap_or_default();
            query
                .add("eventType", "geolocation")
                .add("country", place.country())
                .add("region", place.region().unwrap_or_default())
                .add("city", place.city().unwrap_or_default())
                .add("postalCode", place.postal_code.as_deref().unwrap_or_default())
                .add("latitude", &number(place.latitude))
                .add("longitude", &number(place.longitude));
        });
    }

    pub(super) fn visits(self, nonce: u64, visits: &Visits, now: i64) {
        self.line(nonce, |query| {
            let since = visits.last_activity.map_or(0, |last| now.saturating_sub(last).max(0));
            query
                .add("eventType", "staticData")
                .add_plain("visitNumber", visits.visit_number)
                .add_plain("timeSincePreviousVisit", since);
        });
    }

    pub(super) fn custom_data(self, nonce: u64, entry: &CustomDataEntry, is_mapping: bool) {
        self.line(nonce, |query| {
            query
                .add("eventType", "customData")
                .add_plain("index", entry.index)
                .add("valuesCountMap", &values_count_map(entry.values.as_slice()))
                .add_plain("overwrite", entry.overwrite);
            if is_mapping {
                query.add_plain("mappingIdentifier", true);
            }
        });
    }

    pub(super) fn page(self, nonce: u64, view: &PageView) {
        self.line(nonce, |query| {
            query
                .add("eventType", "page")
                .add("href", view.url())
                .add("title", view.title().unwrap_or_default());
            // An empty list is left out like any empty value.
            if let Some(referrers) = view.referrers().filter(|referrers| !referrers.is_empty()) {
                let list: Vec<String> = referrers.iter().map(i64::to_string).collect();
                query.add("referrersIndices", &format!("[{}]", list.join(",")));
            }
        });
    }

    pub(super) fn experiment(self, nonce: u64, experiment_id: i64, variation_id: i64) {
        self.line(nonce, |query| {
            query
                .add("eventType", "experiment")
                .add_plain("id", experiment_id)
                .add_plain("variationId", variation_id);
        });
    }

    pub(super) fn targeted_segment(self, nonce: u64, segment_id: i64) {
        self.line(nonce, |query| {
            query.add("eventType", "targetingSegment").add_plain("id", segment_id);
        });
    }

    pub(super) fn conversion(self, nonce: u64, conversion: &Conversion, site: Option<&CustomDataIndex>) {
        self.line(nonce, |query| {
            query
                .add("eventType", "conversion")
                .add_plain("goalId", conversion.goal_id())
                .add("revenue", &crate::decision::number::shortest(conversion.revenue()))
                .add_plain("negative", conversion.is_negative());
            if let Some(metadata) = conversion.metadata() {
                query.add("metadata", &metadata_map(metadata, site));
            }
        });
    }
}

/// `{"a":1,"b":1}`
fn values_count_map(values: &[Arc<str>]) -> String {
    let mut text = String::from("{");
    let mut seen: HashSet<&str> = HashSet::with_capacity(values.len());
    for value in values {
        if !seen.insert(value) {
            continue;
        }
        text.push_str(if text.len() > 1 { "," } else { "" });
        push_json_text(&mut text, value);
        text.push_str(":1");
    }
    text.push('}');
    text
}

/// `{"3":["a","b"]}`; of two with one index the first counts, unknown names are left out. Empty when
/// nothing is left.
fn metadata_map(metadata: &[CustomData], site: Option<&CustomDataIndex>) -> String {
    let mut text = String::from("{");
    let mut seen: HashSet<u32> = HashSet::new();
    for item in metadata {
        let index = match &item.key {
            CustomDataKey::Index(index) => Some(*index),
            CustomDataKey::Name(name) => site.and_then(|site| site.by_name(name)).map(|info| info.index),
        };
        let Some(index) = index.filter(|index| seen.insert(*index)) else { continue };
        text.push_str(if text.len() > 1 { "," } else { "" });
        let _ = write!(text, "\"{index}\":[");
        for (place, value) in item.values.as_slice().iter().enumerate() {
            text.push_str(if place > 0 { "," } else { "" });
            push_json_text(&mut text, value);
        }
        text.push(']');
    }
    if seen.is_empty() {
        return String::new();
    }
    text.push('}');
    text
}

/// Appends a JSON text in ASCII only: other characters as `\uXXXX`.
fn push_json_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(character),
            _ => {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_texts_are_ascii() {
        let mut text = String::new();
        push_json_text(&mut text, "a\"\\\n\u{1}é😀\u{7f}");
        assert_eq!(text, r#""a\"\\\n\u0001\u00e9\ud83d\ude00\u007f""#);
    }

    #[test]
    fn equal_values_and_indices_count_once() {
        assert_eq!(values_count_map(&["b".into(), "a".into(), "b".into()]), r#"{"b":1,"a":1}"#);
        let metadata =
            [CustomData::new(3, ["a", "b"]), CustomData::new(3, ["c"]), CustomData::named("x", ["d"])];
        assert_eq!(metadata_map(&metadata, None), r#"{"3":["a","b"]}"#);
        assert_eq!(metadata_map(&metadata[2..], None), "", "nothing that has an index");
        assert_eq!(metadata_map(&[CustomData::new(3, [""; 0])], None), r#"{"3":[]}"#);
    }
}
