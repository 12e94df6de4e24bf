//! Flags and variations.

use super::core::{Save, Who, check_code};
use super::{
    EvaluationOptions, ForcedVariationOptions, KameleoonClient, Variations, VariationsOptions, VisitorHandle,
};
use crate::decision::datafile::{Chosen, DataFileView, Variation};
use crate::decision::evaluation::Explanation;
use crate::error::{KameleoonError, Result};

impl KameleoonClient {
    /// The variation of a flag that a visitor gets; tracked.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](KameleoonError::VisitorCodeInvalid),
    /// [`FeatureNotFound`](KameleoonError::FeatureNotFound),
    /// [`FeatureEnvironmentDisabled`](KameleoonError::FeatureEnvironmentDisabled).
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline(r#"{"featureFlags":[{"featureKey":"new_checkout",
    /// #   "environmentEnabled":true,"defaultVariationKey":"on","variations":[{"key":"on","variables":[
    /// #   {"key":"title","type":"STRING","value":"Pay"}]}]}]}"#)?;
    /// let variation = client.get_variation("visitor", "new_checkout")?;
    /// let title = variation.variable("title").and_then(|variable| variable.as_str());
    /// assert_eq!((variation.key(), title), ("on", Some("Pay")));
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_variation(&self, visitor_code: &str, feature_key: &str) -> Result<Variation> {
        self.core.get_variation(Who::named(visitor_code), feature_key, true)
    }

    /// [`get_variation`](Self::get_variation) with options.
    ///
    /// # Errors
    /// Those of [`get_variation`](Self::get_variation).
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline(r#"{"featureFlags":[{"featureKey":"banner",
    /// #   "environmentEnabled":true,"defaultVariationKey":"on","variations":[{"key":"on"}]}]}"#)?;
    /// use kameleoon::EvaluationOptions;
    ///
    /// let untracked = EvaluationOptions::new().track(false);
    /// let variation = client.get_variation_with("visitor", "banner", untracked)?;
    /// # assert_eq!(variation.key(), "on");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_variation_with_opts")]
    pub fn get_variation_with(
        &self,
        visitor_code: &str,
        feature_key: &str,
        options: EvaluationOptions,
    ) -> Result<Variation> {
        self.mark_unique(visitor_code, options.unique)?;
        self.core.get_variation(Who::named(visitor_code), feature_key, options.track)
    }

    /// The variations of all enabled flags that a visitor gets, in the order of the data file;
    /// tracked.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](KameleoonError::VisitorCodeInvalid).
    pub fn get_variations(&self, visitor_code: &str) -> Result<Variations> {
        self.get_variations_with(visitor_code, VariationsOptions::new())
    }

    /// [`get_variations`](Self::get_variations) with options.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](KameleoonError::VisitorCodeInvalid).
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline(r#"{"featureFlags":[{"featureKey":"banner",
    /// #   "environmentEnabled":true,"defaultVariationKey":"off","variations":[{"key":"off"}]}]}"#)?;
    /// use kameleoon::VariationsOptions;
    ///
    /// let active = VariationsOptions::new().only_active(true).track(false);
    /// assert!(client.get_variations_with("visitor", active)?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_variations_with_opts")]
    #[doc(alias = "only_active")]
    pub fn get_variations_with(&self, visitor_code: &str, options: VariationsOptions) -> Result<Variations> {
        check_code(visitor_code)?;
        let save = if options.track { Save::Tracked } else { Save::Untracked };
        Ok(self.core.get_variations(Who::named(visitor_code), options.only_active, save))
    }

    /// Whether a flag is active for a visitor: whether the variation is another one than `off`;
    /// tracked. A flag that is disabled in the environment is not active.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](KameleoonError::VisitorCodeInvalid),
    /// [`FeatureNotFound`](KameleoonError::FeatureNotFound).
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline(r#"{"featureFlags":[{"featureKey":"new_checkout",
    /// #   "environmentEnabled":true,"defaultVariationKey":"on","variations":[{"key":"on"}]}]}"#)?;
    /// let has_new_checkout = client.is_feature_active("visitor", "new_checkout").unwrap_or(false);
    /// # assert!(has_new_checkout);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "activate_feature")]
    pub fn is_feature_active(&self, visitor_code: &str, feature_key: &str) -> Result<bool> {
        self.core.is_feature_active(Who::named(visitor_code), feature_key, true)
    }

    /// [`is_feature_active`](Self::is_feature_active) with options.
    ///
    /// # Errors
    /// Those of [`is_feature_active`](Self::is_feature_active).
    #[doc(alias = "is_feature_active_with_opts")]
    pub fn is_feature_active_with(
        &self,
        visitor_code: &str,
        feature_key: &str,
        options: EvaluationOptions,
    ) -> Result<bool> {
        self.mark_unique(visitor_code, options.unique)?;
        self.core.is_feature_active(Who::named(visitor_code), feature_key, options.track)
    }

    /// What is read from the variation, together with whether the visitor gets to see it: if not, the
    /// evaluation leaves no trace.
    #[cfg(feature = "openfeature")]
    pub(crate) fn read_variation<R>(
        &self,
        visitor_code: &str,
        feature_key: &str,
        read: impl FnOnce(Variation) -> (R, bool),
    ) -> Result<R> {
        self.core.read_variation(Who::named(visitor_code), feature_key, true, read)
    }

    /// Why a visitor gets what `get_variation` gives: everything that is looked at, in order.
    /// Saves and tracks nothing.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](KameleoonError::VisitorCodeInvalid),
    /// [`FeatureNotFound`](KameleoonError::FeatureNotFound). A flag that is disabled is explained.
    pub fn explain(&self, visitor_code: &str, feature_key: &str) -> Result<Explanation> {
        self.core.explain(visitor_code, feature_key)
    }

    /// A handle on one visitor, for several questions about it in a row.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](KameleoonError::VisitorCodeInvalid).
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline(r#"{"featureFlags":[{"featureKey":"banner",
    /// #   "environmentEnabled":true,"defaultVariationKey":"on","variations":[{"key":"on"}]}]}"#)?;
    /// let visitor = client.visitor("visitor")?;
    /// assert!(visitor.is_feature_active("banner")?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn visitor(&self, visitor_code: &str) -> Result<VisitorHandle> {
        check_code(visitor_code)?;
        Ok(VisitorHandle::new(self.clone(), visitor_code))
    }

    /// The keys of all flags of the data file, disabled ones too, in its order. Empty while there
    /// is no data file.
    #[doc(alias = "obtain_feature_list")]
    #[doc(alias = "get_feature_keys")]
    pub fn get_feature_list(&self) -> Vec<String> {
        let file = self.core.file.load();
        file.iter().flat_map(|file| file.flags.iter()).map(|flag| flag.key.to_string()).collect()
    }

    /// The data file in use, to look at. None while there is none.
    #[doc(alias = "get_datafile")]
    pub fn get_data_file(&self) -> Option<DataFileView> {
        self.core.now();
        self.core.file.load_full().map(DataFileView::new)
    }

    /// Chooses the variation that a visitor gets from an experiment, whatever evaluation would
    /// give; it is tracked as any. `None` takes the choice back.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](KameleoonError::VisitorCodeInvalid),
    /// [`FeatureExperimentNotFound`](KameleoonError::FeatureExperimentNotFound),
    /// [`FeatureVariationNotFound`](KameleoonError::FeatureVariationNotFound).
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline(r#"{"featureFlags":[{"featureKey":"banner",
    /// #   "environmentEnabled":true,"defaultVariationKey":"off","variations":[{"key":"off"},{"key":"on"}],
    /// #   "rules":[{"id":1,"type":"EXPERIMENTATION","exposition":0.0,"experimentId":9516,
    /// #   "variationByExposition":[{"variationKey":"on","variationId":2,"exposition":1.0}]}]}]}"#)?;
    /// client.set_forced_variation("visitor", 9516, Some("on"))?;
    /// assert_eq!(client.get_variation("visitor", "banner")?.key(), "on");
    /// client.set_forced_variation("visitor", 9516, None)?;
    /// assert_eq!(client.get_variation("visitor", "banner")?.key(), "off");
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_forced_variation(
        &self,
        visitor_code: &str,
        experiment_id: i64,
        variation_key: Option<&str>,
    ) -> Result<()> {
        let options = ForcedVariationOptions::new();
        self.set_forced_variation_with(visitor_code, experiment_id, variation_key, options)
    }

    /// [`set_forced_variation`](Self::set_forced_variation) with options: with
    /// `force_targeting(false)` the variation is given only to a visitor whom the rule targets.
    ///
    /// # Errors
    /// Those of [`set_forced_variation`](Self::set_forced_variation).
    #[doc(alias = "set_forced_variation_with_opts")]
    #[doc(alias = "force_targeting")]
    pub fn set_forced_variation_with(
        &self,
        visitor_code: &str,
        experiment_id: i64,
        variation_key: Option<&str>,
        options: ForcedVariationOptions,
    ) -> Result<()> {
        self.core.set_forced_variation(visitor_code, experiment_id, variation_key, options.force_targeting)
    }

    /// Finds out which audiences of the site a visitor belongs to; they are sent with the next
    /// tracking request.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](KameleoonError::VisitorCodeInvalid).
    pub fn evaluate_audiences(&self, visitor_code: &str) -> Result<()> {
        self.core.evaluate_audiences(visitor_code)
    }

    /// The variation of a flag with this key, whoever the visitor is.
    pub(super) fn flag_variation(&self, feature_key: &str, variation_key: &str) -> Result<Variation> {
        let file = self.core.file.load();
        let file = file.as_deref().ok_or_else(|| KameleoonError::not_ready(feature_key))?;
        let (flag_place, flag) = file.require_flag(feature_key)?;
        if !flag.environment_enabled {
            return Err(KameleoonError::FeatureEnvironmentDisabled {
                feature_key: feature_key.to_owned(),
                blocked_by_consent: false,
            });
        }
        // What only a rule or the default names has no variables to ask for.
        let place = flag.find_variation(variation_key).filter(|place| flag.variation(*place).declared);
        let place = place.ok_or_else(|| {
            let declared = flag.variations.iter().filter(|variation| variation.declared);
            KameleoonError::FeatureVariationNotFound {
                variation_key: variation_key.to_owned(),
                place: format!("the feature flag `{feature_key}`"),
                known: declared.map(|variation| variation.key.to_string()).collect(),
            }
        })?;
        Ok(Variation::by_caller(file.share_flag(flag_place), Chosen::Place(place)))
    }
}
