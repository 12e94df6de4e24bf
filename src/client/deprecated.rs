//! Methods of the platform's documentation that it has deprecated.

use std::collections::HashMap;

use serde_json::Value;

use super::core::{Save, Who, check_code};
use super::{KameleoonClient, Variations};
use crate::data::UniqueIdentifier;
use crate::error::Result;

impl KameleoonClient {
    /// What the option `is_unique_identifier` of several calls does, when it is given.
    pub(crate) fn mark_unique(&self, visitor_code: &str, unique: Option<bool>) -> Result<()> {
        match unique {
            Some(unique) => self.add_data(visitor_code, UniqueIdentifier::new(unique)),
            None => Ok(()),
        }
    }

    /// The key of the variation that a visitor gets; tracked.
    ///
    /// # Errors
    /// Those of [`get_variation`](Self::get_variation).
    #[deprecated(note = "use `get_variation`, whose result has the key")]
    pub fn get_feature_variation_key(&self, visitor_code: &str, feature_key: &str) -> Result<String> {
        self.get_variation(visitor_code, feature_key).map(|variation| variation.key().to_owned())
    }

    /// The value of a variable of the variation that a visitor gets; tracked.
    ///
    /// # Errors
    /// Those of [`get_variation`](Self::get_variation), and
    /// [`FeatureVariableNotFound`](crate::KameleoonError::FeatureVariableNotFound).
    #[doc(alias = "obtain_feature_variable")]
    #[deprecated(note = "use `get_variation`, whose result has the variables")]
    pub fn get_feature_variable(
        &self,
        visitor_code: &str,
        feature_key: &str,
        variable_key: &str,
    ) -> Result<Value> {
        let variation = self.get_variation(visitor_code, feature_key)?;
        variation.require(variable_key).map(|variable| variable.value().clone())
    }

    /// The values of all variables of a flag's variation, whoever the visitor is.
    ///
    /// # Errors
    /// [`FeatureNotFound`](crate::KameleoonError::FeatureNotFound),
    /// [`FeatureEnvironmentDisabled`](crate::KameleoonError::FeatureEnvironmentDisabled),
    /// [`FeatureVariationNotFound`](crate::KameleoonError::FeatureVariationNotFound).
    #[doc(alias = "get_feature_all_variables")]
    #[deprecated(note = "use `get_variation`, whose result has the variables")]
    pub fn get_feature_variation_variables(
        &self,
        feature_key: &str,
        variation_key: &str,
    ) -> Result<HashMap<String, Value>> {
        let variation = self.flag_variation(feature_key, variation_key)?;
        let pair = |variable: &crate::Variable| (variable.key().to_owned(), variable.value().clone());
        Ok(variation.variables().iter().map(pair).collect())
    }

    /// The variations of the flags that are active for a visitor; nothing is saved or tracked.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](crate::KameleoonError::VisitorCodeInvalid).
    #[deprecated(note = "use `get_variations_with` and `VariationsOptions::only_active`")]
    pub fn get_active_features(&self, visitor_code: &str) -> Result<Variations> {
        check_code(visitor_code)?;
        Ok(self.core.get_variations(Who::named(visitor_code), true, Save::Nothing))
    }

    /// The keys of the flags that are active for a visitor; nothing is saved or tracked, and the
    /// visitor code is not checked.
    #[deprecated(note = "use `get_variations_with` and `VariationsOptions::only_active`")]
    pub fn get_active_feature_list_for_visitor(&self, visitor_code: &str) -> Vec<String> {
        let variations = self.core.get_variations(Who::named(visitor_code), true, Save::Nothing);
        variations.iter().map(|(feature_key, _)| feature_key.to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::client::KameleoonClient;
    use crate::error::KameleoonError;

    #[test]
    #[allow(deprecated)]
    fn a_variation_that_only_a_rule_or_the_default_names_has_no_variables_to_ask_for() {
        let file = r#"{"featureFlags": [{"featureKey": "f", "environmentEnabled": true,
            "defaultVariationKey": "off", "variations": [{"key": "on"}], "rules": [{"id": 1, "experimentId": 2,
                "variationByExposition": [{"variationKey": "ghost", "variationId": 3, "exposition": 1.0}]}]}]}"#;
        let client = KameleoonClient::offline(file).unwrap();
        assert!(client.get_feature_variation_variables("f", "on").unwrap().is_empty());
        for key in ["ghost", "off"] {
            match client.get_feature_variation_variables("f", key) {
                Err(KameleoonError::FeatureVariationNotFound { known, .. }) => assert_eq!(known, ["on"]),
                other => panic!("{key}: {other:?}"),
            }
        }
    }
}
