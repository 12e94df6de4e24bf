//! Calls that never fail: the caller's default stands in for what cannot be had.

use serde::de::DeserializeOwned;

use super::core::{Core, Who};
use super::{KameleoonClient, VisitorHandle};
use crate::decision::datafile::Variation;
use crate::error::{KameleoonError, Result};
use crate::logging::{Voices, log_debug, log_rarely_by};

impl KameleoonClient {
    /// [`get_variation`](Self::get_variation), or a variation of this key, without variables, when
    /// there is none to be had: before there is a data file, for an unknown or a disabled flag, for an
    /// invalid visitor code. Why is told in the log, once an hour at most, and nothing is tracked
    /// then; [`decided_by`](Variation::decided_by) is [`Caller`](crate::DecidedBy::Caller).
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// match client.get_variation_or("visitor", "new_checkout", "off").key() {
    ///     "short" => { /* the short checkout */ }
    ///     _ => { /* the one everybody knows */ }
    /// }
    /// # assert!(!client.get_variation_or("visitor", "new_checkout", "off").is_active());
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_variation_or(&self, visitor_code: &str, feature_key: &str, default: &str) -> Variation {
        self.core.get_variation_or(Who::named(visitor_code), feature_key, default)
    }

    /// [`is_feature_active`](Self::is_feature_active), or the default when that cannot be said. A
    /// flag that is disabled in the environment is not active, whatever the default.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// if client.is_feature_active_or("visitor", "new_checkout", false) {
    ///     // the new checkout
    /// }
    /// # assert!(client.is_feature_active_or("visitor", "new_checkout", true));
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_feature_active_or(&self, visitor_code: &str, feature_key: &str, default: bool) -> bool {
        self.core.is_feature_active_or(Who::named(visitor_code), feature_key, default)
    }

    /// The value of a variable of the variation that a visitor gets, or the default when there is
    /// none of this type. An exposure is tracked only when the value is the variation's.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline(r#"{"featureFlags":[{"featureKey":"new_checkout",
    /// #   "environmentEnabled":true,"defaultVariationKey":"on","variations":[{"key":"on","variables":[
    /// #   {"key":"title","type":"STRING","value":"Pay"}]}]}]}"#)?;
    /// let title = client.get_variable_or("visitor", "new_checkout", "title", "Check out".to_owned());
    /// let steps = client.get_variable_or("visitor", "new_checkout", "steps", 3);
    /// assert_eq!((title.as_str(), steps), ("Pay", 3));
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_variable_or<T: DeserializeOwned>(
        &self,
        visitor_code: &str,
        feature_key: &str,
        variable_key: &str,
        default: T,
    ) -> T {
        self.core.get_variable_or(Who::named(visitor_code), feature_key, variable_key, default)
    }
}

impl VisitorHandle {
    /// See [`KameleoonClient::get_variation_or`].
    pub fn get_variation_or(&self, feature_key: &str, default: &str) -> Variation {
        self.core().get_variation_or(self.who(), feature_key, default)
    }

    /// See [`KameleoonClient::is_feature_active_or`].
    pub fn is_feature_active_or(&self, feature_key: &str, default: bool) -> bool {
        self.core().is_feature_active_or(self.who(), feature_key, default)
    }

    /// See [`KameleoonClient::get_variable_or`].
    pub fn get_variable_or<T: DeserializeOwned>(
        &self,
        feature_key: &str,
        variable_key: &str,
        default: T,
    ) -> T {
        self.core().get_variable_or(self.who(), feature_key, variable_key, default)
    }
}

impl Core {
    fn get_variation_or(&self, who: Who<'_>, feature_key: &str, default: &str) -> Variation {
        self.get_variation(who, feature_key, true).unwrap_or_else(|error| {
            self.tell_default(feature_key, &error);
            Variation::fallback(feature_key, default)
        })
    }

    fn is_feature_active_or(&self, who: Who<'_>, feature_key: &str, default: bool) -> bool {
        self.is_feature_active(who, feature_key, true).unwrap_or_else(|error| {
            self.tell_default(feature_key, &error);
            default
        })
    }

    fn get_variable_or<T: DeserializeOwned>(
        &self,
        who: Who<'_>,
        feature_key: &str,
        variable_key: &str,
        default: T,
    ) -> T {
        let read = |variation: Variation| {
            let value: Result<T> = variation.require(variable_key).and_then(|variable| variable.to());
            let is_seen = value.is_ok();
            (value, is_seen)
        };
        self.read_variation(who, feature_key, true, read).and_then(|value| value).unwrap_or_else(|error| {
            self.tell_default(feature_key, &error);
            default
        })
    }

    fn tell_default(&self, feature_key: &str, error: &KameleoonError) {
        static TOLD: Voices = Voices::new();
        let _speaking = self.speaker.enter();
        if matches!(error, KameleoonError::FeatureEnvironmentDisabled { .. }) {
            // As somebody wants it.
            return log_debug!("flag `{feature_key}`: the caller's default is used: {error}");
        }
        log_rarely_by!(
            TOLD,
            &error.to_string(),
            Warning,
            "flag `{feature_key}`: the caller's default is used: {error}"
        );
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use crate::DecidedBy;
    use crate::testing::{DataFile, Flag, FlagVariation, Rule, TestClient};

    #[allow(clippy::unwrap_used, reason = "helpers of a test count as production code")]
    fn client() -> TestClient {
        let on = FlagVariation::new("on").variable("title", "Pay");
        TestClient::new(
            DataFile::new()
                .flag(Flag::new("banner").variation("off").variation(on).rule(Rule::delivery("on")))
                .flag(Flag::new("retired").disabled()),
        )
        .unwrap()
    }

    #[test]
    fn what_can_be_had_is_given_and_tracked() {
        let client = client();
        assert_eq!(client.get_variation_or("anna", "banner", "off").key(), "on");
        client.recorder().assert_exposure("anna", "banner", "on");
        assert!(client.visitor("ben").unwrap().is_feature_active_or("banner", false));
        client.recorder().assert_exposure("ben", "banner", "on");
        assert_eq!(client.get_variable_or("cleo", "banner", "title", String::new()), "Pay");
        client.recorder().assert_exposure("cleo", "banner", "on");
    }

    #[test]
    fn the_default_stands_in_for_what_cannot_be_had_and_nothing_is_tracked() {
        let client = client();
        for (visitor, flag) in [("anna", "baner"), ("anna", "retired"), ("", "banner")] {
            let variation = client.get_variation_or(visitor, flag, "plain");
            assert_eq!((variation.key(), variation.feature_key()), ("plain", flag));
            assert_eq!((variation.decided_by(), variation.variables().len()), (DecidedBy::Caller, 0));
            let is_disabled = flag == "retired";
            assert_eq!(client.is_feature_active_or(visitor, flag, true), !is_disabled, "{flag}");
        }
        assert_eq!(client.get_variable_or("anna", "banner", "title", 3), 3, "of another type");
        assert_eq!(client.get_variable_or("anna", "banner", "titel", 3), 3, "not there");
        client.recorder().assert_nothing();
    }
}
