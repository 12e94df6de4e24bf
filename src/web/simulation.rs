//! The variations that a person previews.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::escape::unescape;
use crate::decision::datafile::DataFile;
use crate::decision::lenient::{Object, Pairs, Strict, read, wire};
use crate::decision::profile::{SimulatedChoice, SimulatedVariation};
use crate::logging::{Voice, log_rarely};

/// What any request can cause is told now and then.
static UNREADABLE: Voice = Voice::new();
static DAMAGED: Voice = Voice::new();
static SKIPPED: Voice = Voice::new();

/// The variations that a simulation cookie asks for. None when it is no JSON object.
///
/// Only what the data file has is taken, so a request cannot fill the memory. What is skipped is
/// told at INFO: any request can cause it, and shall not fill the log.
pub(crate) fn simulated_variations(cookie: &str, file: Option<&DataFile>) -> Option<Vec<SimulatedVariation>> {
    // Plain or escaped. A plain one may hold a percent sign that is none of an escape.
    let plain = parse(cookie, file);
    let parsed = plain.or_else(|_| parse(&unescape(cookie), file));
    parsed
        .map_err(|reason| {
            log_rarely!(UNREADABLE, Info, "a simulation cookie that is no JSON object is ignored: {reason}")
        })
        .ok()
}

wire!(
    /// What is simulated of a flag.
    SimulationWire {
        exp_id = "expId": Strict<'a>,
        var_id = "varId": Strict<'a>,
    }
);

fn parse(cookie: &str, file: Option<&DataFile>) -> Result<Vec<SimulatedVariation>, String> {
    let (entries, remarks) =
        read::<Pairs<'_, Object<SimulationWire<'_>>>>(cookie).map_err(|broken| broken.to_string())?;
    let Pairs::Is(entries) = entries else { return Err("it is something else".to_owned()) };
    if !remarks.is_empty() {
        log_rarely!(DAMAGED, Info, "a simulation cookie is damaged: {remarks}");
    }
    // Of two entries for one flag the later counts.
    let mut simulated = BTreeMap::new();
    for (feature_key, item) in entries {
        match choice(&feature_key, &item, file) {
            Ok(choice) => {
                simulated.insert(feature_key, choice);
            }
            Err(reason) => {
                simulated.remove(&feature_key);
                log_rarely!(SKIPPED, Info, "the simulation of flag {feature_key:?} is skipped: {reason}");
            }
        }
    }
    let variation = |(key, choice): (Cow<'_, str>, _)| SimulatedVariation { feature_key: key.into(), choice };
    Ok(simulated.into_iter().map(variation).collect())
}

/// What is simulated; none for the default variation.
fn choice(
    feature_key: &str,
    item: &Object<SimulationWire<'_>>,
    file: Option<&DataFile>,
) -> Result<Option<SimulatedChoice>, &'static str> {
    let file = file.ok_or("there is no data file yet")?;
    let (_, flag) = file.find_flag(feature_key).ok_or("the data file has no such flag")?;
    let Object::Is(item) = item else { return Err("it has to be an object") };
    let integer = |field: &Strict<'_>, name| field.integer(name).ok().flatten();
    let experiment_id = integer(&item.exp_id, "expId").ok_or("`expId` has to be an integer")?;
    if experiment_id == 0 {
        return Ok(None);
    }
    let variation_id = integer(&item.var_id, "varId").ok_or("`varId` has to be an integer")?;
    let exposure = flag
        .exposure(experiment_id, variation_id)
        .ok_or("the flag has no such experiment, or the experiment no such variation")?;
    let variation_key = flag.variation(exposure.variation).key.clone();
    Ok(Some(SimulatedChoice { experiment_id, variation_id, variation_key }))
}

#[cfg(test)]
mod tests {
    use super::{SimulatedVariation, simulated_variations};
    use crate::decision::datafile::DataFile;

    const FILE: &str = r#"{"featureFlags": [
        {"featureKey": "a", "variations": [{"key": "on"}], "rules": [
            {"experimentId": 10, "variationByExposition": [{"variationKey": "on", "variationId": 20}]},
            {"experimentId": 11, "variationByExposition": [{"variationKey": "on", "variationId": 21}]}]},
        {"featureKey": "50%25", "variations": [{"key": "on"}], "rules": [
            {"experimentId": 12, "variationByExposition": [{"variationKey": "on", "variationId": 22}]}]}]}"#;

    type Found<'a> = Option<&'a [(&'a str, Option<(i64, i64)>)]>;

    fn ids(item: &SimulatedVariation) -> Option<(i64, i64)> {
        item.choice.as_ref().map(|choice| (choice.experiment_id, choice.variation_id))
    }

    #[test]
    fn usable_parts_are_taken() {
        let file = DataFile::parse(FILE.as_bytes()).unwrap();
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        let deep_inside = format!("{{\"a\":{deep}}}");
        let deep_beside = format!("{{\"b\":{deep},\"a\":{{\"expId\":10,\"varId\":20}}}}");
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
            (&deep_inside, Some(&[])),
            (&deep_beside, Some(&[("a", Some((10, 20)))])),
            (r#"{"a":{"expId":10,"varId":20},"50%25":{"expId":1e999}}"#, Some(&[("a", Some((10, 20)))])),
            (r#"{"a":{"expId":10,"varId":20},"x\ud83d":{"expId":0}}"#, Some(&[("a", Some((10, 20)))])),
            (r#"{"a":{"expId":10,"varId":20,"expId":11,"varId":21}}"#, Some(&[("a", Some((11, 21)))])),
            (r#"{"a":{"expId":10,"varId":20},"50%25":{"expId":NaN}}"#, Some(&[("a", Some((10, 20)))])),
        ];
        for (cookie, expected) in cases {
            let found = simulated_variations(cookie, Some(&file));
            let found: Option<Vec<_>> =
                found.as_ref().map(|list| list.iter().map(|item| (&*item.feature_key, ids(item))).collect());
            assert_eq!(found.as_deref(), *expected, "{:.60}", cookie);
        }
    }

    #[test]
    fn without_a_data_file_nothing_is_simulated() {
        let found = simulated_variations(r#"{"a":{"expId":0}}"#, None);
        assert!(found.is_some_and(|list| list.is_empty()));
    }
}
