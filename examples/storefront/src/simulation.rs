//! Previews: a cookie chooses variations, whatever the rules say.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{Answer, Shop, field};

/// Answers the form in the panel: `flag` and `pick`, which is `experiment.variation`, or `0` for
/// the default variation, or empty to end all previews.
pub(crate) fn simulate(form: &str) -> Answer {
    let pick = field(form, "pick").unwrap_or_default();
    let mut ids = pick.split('.').filter_map(|id| id.parse::<i64>().ok());
    let item = match (ids.next(), ids.next()) {
        (None, _) => return Answer::see_other("/").cookie("kameleoonSimulationFFData", "%7B%7D"),
        (Some(experiment), None) => json!({"expId": experiment}),
        (Some(experiment), Some(variation)) => json!({"expId": experiment, "varId": variation}),
    };
    let cookie = Value::Object([(field(form, "flag").unwrap_or_default(), item)].into_iter().collect());
    let cookie = utf8_percent_encode(&cookie.to_string(), NON_ALPHANUMERIC).to_string();
    Answer::see_other("/").cookie("kameleoonSimulationFFData", &cookie)
}

/// What can be previewed of a flag: the value of `pick` and the key of the variation.
pub(super) fn previews(shop: &Shop, feature_key: &str) -> Vec<(String, String)> {
    let Some(file) = shop.client.get_data_file() else { return Vec::new() };
    let Some(flag) = file.flag(feature_key) else { return Vec::new() };
    let mut previews = vec![("0".to_owned(), format!("default: {}", flag.default_variation_key()))];
    for rule in flag.rules() {
        for (key, variation_id, _) in rule.shares() {
            if let Some(variation_id) = variation_id {
                let pick = format!("{}.{variation_id}", rule.experiment_id());
                previews.push((pick, format!("rule {}: {key}", rule.id())));
            }
        }
    }
    previews
}
