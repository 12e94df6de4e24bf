//! The variables of a variation as a struct of the program's own.

use std::cell::Cell;

use serde::Deserialize;
use serde::de::value::{BorrowedStrDeserializer, MapDeserializer};

use super::variation::Variation;
use crate::error::{KameleoonError, Result};
use crate::logging::{Voices, log_rarely_by};

/// Stands for the variables as a whole in an error.
const ALL: &str = "*";

impl Variation {
    /// The variables as one of the caller's types: a struct whose fields have the variables' keys,
    /// or a map. Variables that the struct does not know are passed over, as serde has it.
    ///
    /// Texts may be borrowed from the variation.
    ///
    /// # Errors
    /// [`VariableTypeMismatch`](KameleoonError::VariableTypeMismatch) when a value does not fit its
    /// field, which it names, or when a variable is missing, which the reason names.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize)]
    /// #[serde(rename_all = "camelCase")]
    /// struct Checkout {
    ///     title: String,
    ///     step_count: u32,
    ///     #[serde(default)]
    ///     is_short: bool,
    /// }
    ///
    /// # let client = kameleoon::KameleoonClient::offline(r#"{"featureFlags":[{"featureKey":"checkout",
    /// #   "environmentEnabled":true,"defaultVariationKey":"on","variations":[{"key":"on","variables":[
    /// #   {"key":"title","type":"STRING","value":"Pay"},
    /// #   {"key":"stepCount","type":"NUMBER","value":2}]}]}]}"#)?;
    /// let checkout: Checkout = client.get_variation("visitor", "checkout")?.variables_to()?;
    /// assert_eq!((checkout.title.as_str(), checkout.step_count, checkout.is_short), ("Pay", 2, false));
    /// # Ok(())
    /// # }
    /// ```
    pub fn variables_to<'v, T: Deserialize<'v>>(&'v self) -> Result<T> {
        // The variable that is being read, so that an error can name it.
        let current = Cell::new(None);
        let mut variables = self.variables().iter();
        let pairs = std::iter::from_fn(|| {
            let variable = variables.next();
            current.set(variable.map(|variable| variable.key()));
            variable.map(|variable| (BorrowedStrDeserializer::new(variable.key()), variable.value()))
        });
        T::deserialize(MapDeserializer::new(pairs)).map_err(|error: serde_json::Error| {
            KameleoonError::VariableTypeMismatch {
                variable_key: current.get().unwrap_or(ALL).to_owned(),
                reason: format!("variation `{}` of `{}`: {error}", self.key(), self.feature_key()),
            }
        })
    }

    /// [`variables_to`](Self::variables_to), or the type's default when that fails; the failure goes
    /// to the log.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// #[derive(Default, serde::Deserialize)]
    /// struct Checkout {
    ///     title: String,
    /// }
    ///
    /// # let client = kameleoon::KameleoonClient::offline(r#"{"featureFlags":[{"featureKey":"checkout",
    /// #   "environmentEnabled":true,"defaultVariationKey":"off","variations":[{"key":"off"}]}]}"#)?;
    /// let checkout: Checkout = client.get_variation("visitor", "checkout")?.variables_to_or_default();
    /// assert_eq!(checkout.title, "");
    /// # Ok(())
    /// # }
    /// ```
    pub fn variables_to_or_default<'v, T: Deserialize<'v> + Default>(&'v self) -> T {
        // Each call comes here, for as long as the data file is as it is.
        static TOLD: Voices = Voices::new();
        self.variables_to().unwrap_or_else(|error| {
            log_rarely_by!(TOLD, &error.to_string(), Warning, "variables have their defaults: {error}");
            T::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::*;
    use crate::client::KameleoonClient;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Layout {
        columns: u8,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Texts<'v> {
        title: &'v str,
        layout: Option<Layout>,
    }

    fn variation() -> Variation {
        let file = r#"{"featureFlags":[{"featureKey":"list","environmentEnabled":true,
            "defaultVariationKey":"on","variations":[{"key":"on","variables":[
                {"key":"title","type":"STRING","value":"Our list"},
                {"key":"count","type":"NUMBER","value":300},
                {"key":"layout","type":"JSON","value":"{\"columns\":3}"}]}]}]}"#;
        KameleoonClient::offline(file).unwrap().get_variation("visitor", "list").unwrap()
    }

    #[test]
    fn structs_and_maps_are_read_and_texts_borrowed() {
        let variation = variation();
        let texts: Texts<'_> = variation.variables_to().unwrap();
        assert_eq!(texts, Texts { title: "Our list", layout: Some(Layout { columns: 3 }) });
        let map: BTreeMap<&str, Value> = variation.variables_to().unwrap();
        assert_eq!(map.keys().copied().collect::<Vec<_>>(), ["count", "layout", "title"]);
    }

    #[test]
    fn failures_name_the_variable_and_give_the_default() {
        #[derive(Debug, Default, PartialEq, Deserialize)]
        struct TooSmall {
            count: u8,
        }
        #[derive(Debug, Default, PartialEq, Deserialize)]
        struct Missing {
            colour: String,
        }
        let variation = variation();
        let too_small = variation.variables_to::<TooSmall>().unwrap_err().to_string();
        assert!(too_small.starts_with("variable `count`: variation `on` of `list`: "), "{too_small}");
        let missing = variation.variables_to::<Missing>().unwrap_err().to_string();
        assert!(missing.contains("missing field `colour`"), "{missing}");
        assert!(missing.starts_with("variable `*`: "), "{missing}");
        assert_eq!(variation.variables_to_or_default::<TooSmall>(), TooSmall::default());
        assert_eq!(variation.variables_to_or_default::<Texts<'_>>().title, "Our list");
    }
}
