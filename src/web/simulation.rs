//! The variations that a person previews.

use serde_json::{Map, Value};

use super::escape::unescape;
use crate::decision::datafile::DataFile;
use crate::decision::profile::SimulatedVariation;
use crate::logging::{Voice, log_rarely};

/// What any request can cause is told now and then.
static UNREADABLE: Voice = Voice::new();
static SKIPPED: Voice = Voice::new();

/// The variations that a simulation cookie asks for. None when it is no JSON object.
///
/// Only what the data file has is taken, so a request cannot fill the memory. What is skipped is
/// told at INFO: any request can cause it, and shall not fill the log.
pub(crate) fn simulated_variations(cookie: &str, file: Option<&DataFile>) -> Option<Vec<SimulatedVariation>> {
    // Plain or escaped. A plain one may hold a percent sign that is none of an escape.
    let parsed = serde_json::from_str::<Map<String, Value>>(cookie)
        .or_else(|_| serde_json::from_str(&unescape(cookie)))
        .map_err(|error| {
            log_rarely!(UNREADABLE, Info, "a simulation cookie that is no JSON object is ignored: {error}")
        })
        .ok()?;
    let mut simulated = Vec::new();
    for (feature_key, item) in parsed {
        match variation(&feature_key, &item, file) {
            Ok(variation) => {
                simulated.push(SimulatedVariation { feature_key: feature_key.into(), variation })
            }
            Err(reason) => {
                log_rarely!(SKIPPED, Info, "the simulation of flag {feature_key:?} is skipped: {reason}");
            }
        }
    }
    Some(simulated)
}

/// Experiment and variation that are simulated; none for the default variation.
fn variation(
    feature_key: &str,
    item: &Value,
    file: Option<&DataFile>,
) -> Result<Option<(i64, i64)>, &'static str> {
    let file = file.ok_or("there is no data file yet")?;
    let place = file.find_flag(feature_key).ok_or("the data file has no such flag")?;
    let experiment_id = item.get("expId").and_then(Value::as_i64).ok_or("`expId` has to be an integer")?;
    if experiment_id == 0 {
        return Ok(None);
    }
    let variation_id = item.get("varId").and_then(Value::as_i64).ok_or("`varId` has to be an integer")?;
    match file.flag(place).exposure(experiment_id, variation_id) {
        Some(_) => Ok(Some((experiment_id, variation_id))),
        None => Err("the flag has no such experiment, or the experiment no such variation"),
    }
}

#[cfg(test)]
mod tests {
    use super::simulated_variations;
    use crate::decision::datafile::DataFile;

    const FILE: &str = r#"{"featureFlags": [
        {"featureKey": "a", "variations": [{"key": "on"}], "rules": [
            {"experimentId": 10, "variationByExposition": [{"variationKey": "on", "variationId": 20}]},
            {"experimentId": 11, "variationByExposition": [{"variationKey": "on", "variationId": 21}]}]},
        {"featureKey": "50%25", "variations": [{"key": "on"}], "rules": [
            {"experimentId": 12, "variationByExposition": [{"variationKey": "on", "variationId": 22}]}]}]}"#;

    type Found<'a> = Option<&'a [(&'a str, Option<(i64, i64)>)]>;

    #[test]
    fn usable_parts_are_taken() {
        let file = DataFile::parse(FILE.as_bytes()).unwrap();
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        let deep_inside = format!("{{\"a\":{deep}}}");
        let cases: &[(&str, Found<'_>)] = &[
            (r#"{"a":{"expId":10,"varId":20}}"#, Some(&[("a", Some((10, 20)))])),
            ("%7B%22a%22%3A%7B%22expId%22%3A11,%22varId%22%3A21%7D%7D", Some(&[("a", Some((11, 21)))])),
            ("{%22a%22:{%22expId%22:0}}", Some(&[("a", None)])),
            (r#" {"a":{"expId":0,"varId":5}} "#, Some(&[("a", None)])),
            (r#"{"50%25":{"expId":12,"varId":22}}"#, Some(&[("50%25", Some((12, 22)))])),
            (
                r#"{"a":{"expId":0},"50%25":{"expId":12,"varId":22}}"#,
                Some(&[("50%25", Some((12, 22))), ("a", None)]),
            ),
            (r#"{"a":{"expId":10,"varId":20},"a":{"expId":0}}"#, Some(&[("a", None)])),
            (r#"{"a":5,"50%25":{"expId":0}}"#, Some(&[("50%25", None)])),
            ("{}", Some(&[])),
            (r#"{"b":{"expId":10,"varId":20}}"#, Some(&[])),
            (r#"{"b":{"expId":0}}"#, Some(&[])),
            (r#"{"a":{"expId":12,"varId":22}}"#, Some(&[])),
            (r#"{"a":{"expId":10,"varId":21}}"#, Some(&[])),
            (r#"{"a":{"expId":10}}"#, Some(&[])),
            (r#"{"a":{"varId":20}}"#, Some(&[])),
            (r#"{"a":{"expId":"10","varId":"20"}}"#, Some(&[])),
            (r#"{"a":{"expId":10.5,"varId":20}}"#, Some(&[])),
            (r#"{"a":{"expId":-10,"varId":20}}"#, Some(&[])),
            (r#"{"a":{"expId":10,"varId":18446744073709551615}}"#, Some(&[])),
            (r#"{"a":null}"#, Some(&[])),
            ("", None),
            ("[1, 2]", None),
            ("null", None),
            ("\"x\"", None),
            ("{not json", None),
            ("%7B%22a", None),
            ("%ff", None),
            (&deep, None),
            (&deep_inside, None),
        ];
        for (cookie, expected) in cases {
            let found = simulated_variations(cookie, Some(&file));
            let found: Option<Vec<_>> = found
                .as_ref()
                .map(|list| list.iter().map(|item| (&*item.feature_key, item.variation)).collect());
            assert_eq!(found.as_deref(), *expected, "{:.60}", cookie);
        }
    }

    #[test]
    fn without_a_data_file_nothing_is_simulated() {
        let found = simulated_variations(r#"{"a":{"expId":0}}"#, None);
        assert!(found.is_some_and(|list| list.is_empty()));
    }
}
