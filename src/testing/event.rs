//! What was recorded.

use std::fmt;

use crate::decision::datafile::DataFile;
use crate::platform::net::form::{decode_pairs, value_of};

/// Something that would have been sent to the platform: one line of a tracking request.
///
/// `Display` shows it in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    line: String,
    pairs: Vec<(String, String)>,
    /// Feature key and variation key of an exposure.
    exposed: Vec<(String, String)>,
}

impl RecordedEvent {
    /// Reads a line, with the data file that was in use when it would have been sent.
    pub(super) fn new(line: &str, file: Option<&DataFile>) -> Self {
        let pairs = decode_pairs(line);
        let id = |name| value_of(&pairs, name).and_then(|id| id.parse::<i64>().ok());
        let exposed = match (value_of(&pairs, "eventType"), id("id"), id("variationId"), file) {
            (Some("experiment"), Some(experiment), Some(variation), Some(file)) => {
                names(file, experiment, variation)
            }
            _ => Vec::new(),
        };
        Self { line: line.to_owned(), pairs, exposed }
    }

    /// Whom it is about.
    pub fn visitor_code(&self) -> &str {
        self.get("visitorCode").or_else(|| self.get("mappingValue")).unwrap_or_default()
    }

    /// What it is, in the platform's words: `experiment` (an exposure), `conversion`, `customData`,
    /// `page`, `staticData` (browser, device, operating system, visits), `geolocation`,
    /// `targetingSegment`, `activity`.
    pub fn event_type(&self) -> &str {
        self.get("eventType").unwrap_or_default()
    }

    /// The value of a parameter of the line, decoded.
    pub fn get(&self, parameter: &str) -> Option<&str> {
        value_of(&self.pairs, parameter)
    }

    /// Feature key and variation key of an exposure, by the data file that was in use.
    pub fn exposure(&self) -> Option<(&str, &str)> {
        self.exposed.first().map(|(feature, variation)| (feature.as_str(), variation.as_str()))
    }

    /// The goal of a conversion.
    pub fn goal_id(&self) -> Option<i64> {
        self.get("goalId")?.parse().ok()
    }

    /// The line as it would have been sent.
    pub fn line(&self) -> &str {
        &self.line
    }

    pub(super) fn exposes(&self, feature_key: &str, variation_key: Option<&str>) -> bool {
        self.exposed.iter().any(|(feature, variation)| {
            feature == feature_key && variation_key.is_none_or(|key| key == variation)
        })
    }

    pub(super) fn has_custom_data(&self, index: u32, value: &str) -> bool {
        let values = || self.get("valuesCountMap").and_then(|map| serde_json::from_str(map).ok());
        self.event_type() == "customData"
            && self.get("index").and_then(|text| text.parse().ok()) == Some(index)
            && values().is_some_and(|map: serde_json::Map<String, serde_json::Value>| map.contains_key(value))
    }
}

impl fmt::Display for RecordedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let get = |name| self.get(name).unwrap_or("?");
        write!(f, "`{}`: ", self.visitor_code())?;
        match self.event_type() {
            "experiment" => {
                match self.exposure() {
                    Some((feature, variation)) => write!(f, "exposure of `{feature}` with `{variation}`")?,
                    None => f.write_str("exposure")?,
                }
                write!(f, " (experiment {}, variation {})", get("id"), get("variationId"))
            }
            "conversion" => write!(f, "conversion of goal {} with revenue {}", get("goalId"), get("revenue")),
            "customData" => write!(f, "custom data {} with {}", get("index"), get("valuesCountMap")),
            "page" => write!(f, "page {}", get("href")),
            other => {
                f.write_str(other)?;
                let known = ["eventType", "nonce", "visitorCode", "mappingValue"];
                self.pairs
                    .iter()
                    .filter(|(name, _)| !known.contains(&name.as_str()))
                    .try_for_each(|(name, value)| write!(f, " {name}={value}"))
            }
        }
    }
}

/// The flags of which this experiment delivers this variation, with the variation's key.
fn names(file: &DataFile, experiment_id: i64, variation_id: i64) -> Vec<(String, String)> {
    let mut names = Vec::new();
    for flag in file.flags.iter() {
        let exposures = flag
            .rules
            .iter()
            .filter(|rule| rule.experiment_id == experiment_id)
            .flat_map(|rule| &rule.exposures);
        for exposure in exposures.filter(|exposure| exposure.variation_id == Some(variation_id)) {
            let name = (flag.key.to_string(), flag.variation(exposure.variation).key.to_string());
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}
