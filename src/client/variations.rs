//! The variations of all flags.

use std::collections::HashMap;
use std::sync::Arc;

use crate::decision::datafile::{DataFile, Variation};

/// The variations that a visitor gets, of all flags that are enabled, in the order of the data
/// file.
///
/// ```
/// # fn main() -> kameleoon::Result<()> {
/// # let client = kameleoon::KameleoonClient::offline(r#"{"featureFlags":[{"featureKey":"banner",
/// #   "environmentEnabled":true,"defaultVariationKey":"on","variations":[{"key":"on"}]}]}"#)?;
/// let variations = client.get_variations("visitor")?;
/// assert!(variations.get("banner").is_some_and(|variation| variation.is_active()));
/// for (feature_key, variation) in &variations {
///     println!("{feature_key}: {}", variation.key());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Variations {
    file: Option<Arc<DataFile>>,
    /// By the flag's place in the file.
    list: Vec<(u32, Variation)>,
}

impl Variations {
    pub(crate) fn new(file: Option<Arc<DataFile>>) -> Self {
        let flags = file.as_ref().map_or(0, |file| file.flags.len());
        Self { file, list: Vec::with_capacity(flags) }
    }

    pub(crate) fn push(&mut self, place: u32, variation: Variation) {
        self.list.push((place, variation));
    }

    /// The variation of the flag with this key.
    pub fn get(&self, feature_key: &str) -> Option<&Variation> {
        let (place, _) = self.file.as_ref()?.find_flag(feature_key)?;
        self.list.binary_search_by_key(&place, |(place, _)| *place).ok().map(|found| &self.list[found].1)
    }

    /// How many flags there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Feature key and variation of each flag.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Variation)> {
        self.list.iter().map(|(_, variation)| (variation.feature_key(), variation))
    }

    /// The variations as a map of its own.
    pub fn into_map(self) -> HashMap<String, Variation> {
        self.list.into_iter().map(|(_, variation)| (variation.feature_key().to_owned(), variation)).collect()
    }
}

impl std::fmt::Debug for Variations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Feature key and variation of each flag; made by `&variations` in a `for` loop.
pub struct VariationsIter<'v>(std::slice::Iter<'v, (u32, Variation)>);

impl<'v> Iterator for VariationsIter<'v> {
    type Item = (&'v str, &'v Variation);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(_, variation)| (variation.feature_key(), variation))
    }
}

impl<'v> IntoIterator for &'v Variations {
    type Item = (&'v str, &'v Variation);
    type IntoIter = VariationsIter<'v>;

    fn into_iter(self) -> Self::IntoIter {
        VariationsIter(self.list.iter())
    }
}

#[cfg(test)]
mod tests {
    use crate::client::KameleoonClient;
    use crate::error::Result;

    /// A flag that saves an assignment, and one whose condition holds for visitors who are known.
    fn client(condition: &str) -> Result<KameleoonClient> {
        let rule = |id: u32, segment: &str| {
            format!(
                r#"{{"id": {id}, "type": "EXPERIMENTATION", "exposition": 1.0, "experimentId": {id}, {segment}
                    "variationByExposition": [{{"variationKey": "on", "variationId": {id}, "exposition": 1.0}}]}}"#
            )
        };
        let flag = |key: &str, rule: String| {
            format!(
                r#"{{"featureKey": "{key}", "environmentEnabled": true, "defaultVariationKey": "off",
                    "variations": [{{"key": "off"}}, {{"key": "on"}}], "rules": [{rule}]}}"#
            )
        };
        KameleoonClient::offline(format!(
            r#"{{"segments": [{{"id": 5, "conditionsData": {{"firstLevel": [{{"conditions": [{condition}]}}]}}}}],
                "featureFlags": [{}, {}]}}"#,
            flag("first", rule(1, "")),
            flag("second", rule(2, r#""segmentId": 5,"#))
        ))
    }

    #[test]
    fn a_rule_of_the_holdouts_experiment_leaves_what_one_by_one_leaves() {
        let flag = |key: &str, rules: &str| {
            format!(
                r#"{{"featureKey": "{key}", "environmentEnabled": true, "defaultVariationKey": "off", "rules": [{rules}]}}"#
            )
        };
        let rule = r#"{"id": 1, "type": "EXPERIMENTATION", "exposition": 1.0, "experimentId": 5,
            "variationByExposition": [{"variationKey": "on", "variationId": 7, "exposition": 1.0}]}"#;
        let file = format!(
            r#"{{"holdout": {{"experimentId": 5, "variationByExposition": [
                    {{"variationKey": "not-in-holdout", "variationId": 6, "exposition": 1.0}}]}},
                "featureFlags": [{}, {}]}}"#,
            flag("first", rule),
            flag("second", "")
        );
        let assigned = |evaluate: &dyn Fn(&KameleoonClient)| {
            let client = KameleoonClient::offline(&file).unwrap();
            evaluate(&client);
            client.get_engine_tracking_code("visitor")
        };
        let singly = assigned(&|client| {
            client.get_variation("visitor", "first").unwrap();
            client.get_variation("visitor", "second").unwrap();
        });
        assert!(singly.contains("5,6,true"), "{singly}");
        let together = assigned(&|client| drop(client.get_variations("visitor").unwrap()));
        assert_eq!(together, singly);
    }

    #[cfg(feature = "testing")]
    #[test]
    fn two_flags_of_one_experiment_leave_what_one_by_one_leaves() {
        use crate::testing::TestClient;
        use crate::{EvaluationOptions, VariationsOptions};

        type Evaluate = fn(&TestClient, bool);
        fn singly(client: &TestClient, track: bool) {
            for key in ["first", "second"] {
                client.get_variation_with("visitor", key, EvaluationOptions::new().track(track)).unwrap();
            }
        }
        fn together(client: &TestClient, track: bool) {
            client.get_variations_with("visitor", VariationsOptions::new().track(track)).unwrap();
        }

        let flag = |key: &str, variation_id: u32| {
            format!(
                r#"{{"featureKey": "{key}", "environmentEnabled": true, "rules": [{{"type": "EXPERIMENTATION",
                    "exposition": 1.0, "experimentId": 5, "variationByExposition": [
                        {{"variationKey": "on", "variationId": {variation_id}, "exposition": 1.0}}]}}]}}"#
            )
        };
        let file = format!(r#"{{"featureFlags": [{}, {}]}}"#, flag("first", 6), flag("second", 7));
        for evaluate in [singly as Evaluate, together] {
            let config = crate::KameleoonClientConfig::new("id", "secret").manual_tracking();
            let client = TestClient::with_config(crate::testing::DataFile::new(), config).unwrap();
            client.set_data_file_json(&file).unwrap();
            // An exposure waits when the flags are evaluated again.
            evaluate(&client, true);
            evaluate(&client, false);
            let code = client.get_engine_tracking_code("visitor");
            assert!(code.contains("assignVariation',5,7,true"), "{code}");
        }
    }

    #[test]
    fn all_at_once_gives_what_one_by_one_gives() {
        for condition in [
            r#"{"targetingType": "CUSTOM_DATUM", "customDataIndex": 1, "valueMatchType": "UNDEFINED"}"#,
            r#"{"targetingType": "PAGE_VIEWS", "pageCount": 0, "matchType": "EQUAL"}"#,
            r#"{"targetingType": "TARGET_EXPERIMENT", "experimentId": 1, "variationMatchType": "ANY"}"#,
            r#"{"targetingType": "VISITS", "visitCount": 1, "matchType": "EQUAL"}"#,
        ] {
            let (singly, together) = (client(condition).unwrap(), client(condition).unwrap());
            let variations = together.get_variations("visitor").unwrap();
            for key in ["first", "second"] {
                let one = singly.get_variation("visitor", key).unwrap();
                assert_eq!(one.key(), "on", "{key}: {condition}");
                assert_eq!(variations.get(key).unwrap().key(), one.key(), "{key}: {condition}");
            }
        }
    }
}
