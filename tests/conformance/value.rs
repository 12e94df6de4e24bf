//! What the crate gives, as scenarios write it.

use kameleoon::{KameleoonError, Variation, Variations};
use serde_json::{Map, Value, json};

/// A variation with its variables.
pub(crate) fn variation(variation: &Variation, with_name: bool) -> Value {
    let variables: Map<String, Value> = variation
        .variables()
        .iter()
        .map(|variable| {
            let value = json!({"type": variable.variable_type().name(), "value": variable.value()});
            (variable.key().to_owned(), value)
        })
        .collect();
    let mut object = json!({
        "key": variation.key(),
        "id": variation.id(),
        "experiment_id": variation.experiment_id(),
        "variables": variables,
    });
    if with_name {
        object["name"] = variation.name().into();
    }
    object
}

/// The variations of several flags, by feature key.
pub(crate) fn variations(list: &Variations, with_name: bool) -> Value {
    list.iter().map(|(key, item)| (key.to_owned(), variation(item, with_name))).collect::<Map<_, _>>().into()
}

/// Key, variation id and experiment id in one text; `none` stands for an id that is missing.
pub(crate) fn with_ids(variation: &Variation, none: &str) -> String {
    let id = |id: Option<i64>| id.map_or_else(|| none.to_owned(), |id| id.to_string());
    format!("{}/{}/{}", variation.key(), id(variation.id()), id(variation.experiment_id()))
}

/// A list of keys whose order is not asserted.
pub(crate) fn keys(mut list: Vec<String>) -> Value {
    list.sort_unstable();
    list.into()
}

/// The name of an error in scenarios; its text where scenarios have none.
pub(crate) fn error_name(error: &KameleoonError) -> String {
    let name = match error {
        KameleoonError::VisitorCodeInvalid { .. } => "VisitorCodeInvalid",
        KameleoonError::FeatureNotFound { .. } => "FeatureNotFound",
        KameleoonError::FeatureEnvironmentDisabled { .. } => "FeatureEnvironmentDisabled",
        KameleoonError::FeatureVariableNotFound { .. } => "FeatureVariableNotFound",
        KameleoonError::FeatureVariationNotFound { .. } => "FeatureVariationNotFound",
        KameleoonError::FeatureExperimentNotFound { .. } => "FeatureExperimentNotFound",
        KameleoonError::SiteCodeIsEmpty => "SiteCodeIsEmpty",
        KameleoonError::ConfigFileNotFound { .. } => "ConfigFileNotFound",
        KameleoonError::ConfigCredentialsInvalid { .. } => "ConfigCredentialsInvalid",
        other => return other.to_string(),
    };
    name.to_owned()
}
