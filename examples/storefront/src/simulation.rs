//! Previews: a cookie chooses variations, whatever the rules say.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::{Answer, Shop, Visit, field};

/// The cookie that the client reads.
pub(super) const PREVIEWS: &str = "kameleoonSimulationFFData";

/// What is previewed at present, by flag.
#[derive(Default, Clone)]
pub(super) struct Previews(Map<String, Value>);

impl Previews {
    pub(super) fn read(cookie: &str) -> Self {
        let text = percent_decode_str(cookie).decode_utf8_lossy();
        Self(serde_json::from_str(&text).unwrap_or_default())
    }

    /// What is picked for a flag, in the words of [`previews`]; empty when nothing is.
    pub(super) fn pick(&self, feature_key: &str) -> String {
        let Some(item) = self.0.get(feature_key) else { return String::new() };
        match (item["expId"].as_i64(), item["varId"].as_i64()) {
            (Some(experiment), Some(variation)) if experiment != 0 => format!("{experiment}.{variation}"),
            (Some(0), _) => "0".to_owned(),
            _ => String::new(),
        }
    }

    fn with(&self, feature_key: &str, item: Option<Value>) -> Self {
        let mut items = self.0.clone();
        match item {
            Some(item) => items.insert(feature_key.to_owned(), item),
            None => items.remove(feature_key),
        };
        Self(items)
    }

    fn write(&self) -> String {
        let text = Value::Object(self.0.clone()).to_string();
        utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string()
    }
}

/// Answers the forms in the panel: `flag` and `pick`, which is `experiment.variation`, or `0` for the
/// default variation, or empty for no preview; without a flag, all previews end.
pub(crate) fn simulate(visit: &Visit, form: &str) -> Answer {
    let pick = field(form, "pick").unwrap_or_default();
    let mut ids = pick.split('.').filter_map(|id| id.parse::<i64>().ok());
    let item = match (ids.next(), ids.next()) {
        (None, _) => None,
        (Some(experiment), None) => Some(json!({"expId": experiment})),
        (Some(experiment), Some(variation)) => Some(json!({"expId": experiment, "varId": variation})),
    };
    let previews = match field(form, "flag") {
        Some(feature_key) => visit.previews.with(&feature_key, item),
        None => Previews::default(),
    };
    Answer::see_other("/").cookie(PREVIEWS, &previews.write())
}

/// What can be previewed of a flag: the value of `pick` and the key of the variation.
pub(super) fn previews(shop: &Shop, feature_key: &str) -> Vec<(String, String)> {
    let Some(file) = shop.client.get_data_file() else { return Vec::new() };
    let Some(flag) = file.flag(feature_key) else { return Vec::new() };
    let mut previews = vec![
        (String::new(), "no preview: as the rules say".to_owned()),
        ("0".to_owned(), format!("default: {}", flag.default_variation_key())),
    ];
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
