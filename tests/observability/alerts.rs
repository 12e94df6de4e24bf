//! The alerts in `docs/alerts.yaml` are about what there is.

use std::collections::BTreeSet;

use kameleoon::testing::MemoryStore;
use serde_json::Value;

use crate::{PATIENCE, platform, quick, records};

const ALERTS: &str = include_str!("../../docs/alerts.yaml");

/// The names of metrics in a text.
fn names(text: &str) -> BTreeSet<&str> {
    let is_name = |character: char| character.is_ascii_lowercase() || character == '_';
    text.split(|character| !is_name(character)).filter(|word| word.starts_with("kameleoon_")).collect()
}

#[test]
fn each_alert_reads_metrics_that_the_page_has_and_says_what_to_do() {
    records::record();
    let platform = platform(true).start().unwrap();
    let config = quick(platform.client_config()).data_file_store(MemoryStore::default());
    let client = kameleoon::KameleoonClient::new("alerts", config).unwrap();
    client.wait_init(PATIENCE).unwrap();
    let page = client.health().prometheus();
    let known = names(&page);
    let alerts: Value = serde_yaml::from_str(ALERTS).unwrap();
    let rules = alerts["groups"][0]["rules"].as_array().unwrap();
    assert!(rules.len() > 5);
    for rule in rules {
        let (name, expression) = (&rule["alert"], rule["expr"].as_str().unwrap());
        let used = names(expression);
        assert!(!used.is_empty() && used.is_subset(&known), "{name}: {used:?} are not all of {known:?}");
        assert!(rule["annotations"]["summary"].as_str().is_some_and(|text| text.contains("$labels.site")));
        assert!(rule["labels"]["severity"].is_string(), "{name}");
    }
}
