//! The variation that a visitor gets.

use std::fmt;
use std::sync::Arc;

use super::decided::{Decided, DecidedBy, Place};
use super::flag::{Chosen, Exposure, Flag, Rule, VariationDefinition};
use super::flags::SharedFlag;
use super::variable::Variable;
use crate::error::{KameleoonError, Result};

/// The variation of a feature flag that a visitor gets.
///
/// It shares its texts and variables with the data file that it was evaluated from, so making,
/// cloning and keeping one is cheap; some 64 flags of that data file live as long as it.
///
/// ```
/// # fn main() -> kameleoon::Result<()> {
/// # let client = kameleoon::KameleoonClient::offline(r#"{"featureFlags":[{"featureKey":"new_checkout",
/// #   "environmentEnabled":true,"defaultVariationKey":"off","variations":[{"key":"off"}]}]}"#)?;
/// let variation = client.get_variation("visitor", "new_checkout")?;
/// match variation.key() {
///     "on" => { /* the new checkout */ }
///     _ => { /* the one everybody knows */ }
/// }
/// assert!(!variation.is_active());
/// assert_eq!(variation.experiment_id(), None);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Variation {
    flag: SharedFlag,
    /// Of the variation, among the flag's.
    place: u32,
    /// The place among the shares of the rule that decided, if one of them is what was given.
    exposure: Place,
    decided: Decided,
    other: Option<Arc<Other>>,
}

/// What few variations have.
pub(crate) struct Other {
    /// A variation that the flag has not.
    foreign: Option<VariationDefinition>,
    id: Option<i64>,
    experiment_id: Option<i64>,
}

impl Other {
    /// Of a variation that was chosen, with its id and that of the experiment; and its place among
    /// the flag's.
    pub(crate) fn new(chosen: Chosen<'_>, id: Option<i64>, experiment_id: Option<i64>) -> (u32, Arc<Self>) {
        let (place, foreign) = match chosen {
            Chosen::Place(place) => (place, None),
            Chosen::Key(key) => (0, Some(VariationDefinition::undeclared(key))),
        };
        (place, Arc::new(Self { foreign, id, experiment_id }))
    }
}

impl Variation {
    /// The variation at a place of the flag; `exposure` is the share of the rule that gave it, if any.
    #[inline(always)]
    pub(crate) fn new(
        flag: SharedFlag,
        place: u32,
        exposure: Place,
        decided: Decided,
        other: Option<Arc<Other>>,
    ) -> Self {
        Self { flag, place, exposure, decided, other }
    }

    /// A variation that the caller named.
    pub(crate) fn by_caller(flag: SharedFlag, chosen: Chosen<'_>) -> Self {
        let (place, other) = Other::new(chosen, None, None);
        Self::new(flag, place, Place::NONE, Decided::without_rule(DecidedBy::Caller), Some(other))
    }

    /// The variation that a caller falls back to: a key, without variables.
    pub(crate) fn fallback(feature_key: &str, key: &str) -> Self {
        let flag = Flag {
            id: 0,
            key: feature_key.into(),
            environment_enabled: false,
            default_variation: 0,
            bucketing_index: None,
            group: None,
            variations: Box::default(),
            rules: Box::default(),
        };
        Self::by_caller(SharedFlag::alone(flag), Chosen::Key(key))
    }

    fn definition(&self) -> &VariationDefinition {
        match self.other.as_deref().and_then(|other| other.foreign.as_ref()) {
            None => self.flag.variation(self.place),
            Some(foreign) => foreign,
        }
    }

    /// The share that was given.
    fn exposure(&self) -> Option<&Exposure> {
        self.exposure.of(&self.rule()?.exposures)
    }

    /// The key of the variation.
    pub fn key(&self) -> &str {
        &self.definition().key
    }

    /// The name that the variation has on the platform; empty when the data file gives none.
    pub fn name(&self) -> &str {
        self.definition().name.as_str()
    }

    /// The key of the feature flag.
    pub fn feature_key(&self) -> &str {
        &self.flag.key
    }

    /// The variation's id; none for the default variation.
    pub fn id(&self) -> Option<i64> {
        match self.other.as_deref() {
            None => self.exposure()?.variation_id,
            Some(other) => other.id,
        }
    }

    /// The id of the experiment that assigned the variation; none for the default variation.
    pub fn experiment_id(&self) -> Option<i64> {
        match self.other.as_deref() {
            None => self.exposure().and(self.rule()).map(|rule| rule.experiment_id),
            Some(other) => other.experiment_id,
        }
    }

    /// What decided that the visitor gets this variation.
    pub fn decided_by(&self) -> DecidedBy {
        self.decided.by
    }

    /// The id of the rule that decided; none where no rule did.
    pub fn rule_id(&self) -> Option<i64> {
        self.rule().map(|rule| rule.id)
    }

    fn rule(&self) -> Option<&Rule> {
        self.decided.rule.of(&self.flag.rules)
    }

    /// Whether any variation of the flag has variables; if none has, the flag is on or off.
    #[cfg(feature = "openfeature")]
    pub(crate) fn flag_has_variables(&self) -> bool {
        self.flag.variations.iter().any(|variation| !variation.variables.is_empty())
    }

    /// Whether every visitor gets this variation: nothing about the visitor was asked.
    #[cfg(feature = "openfeature")]
    pub(crate) fn is_for_everybody(&self) -> bool {
        match self.decided.by {
            DecidedBy::NoRules => true,
            DecidedBy::Delivery => {
                self.decided.rule == Place::at(0)
                    && self.rule().is_some_and(|rule| rule.segment.is_none() && rule.exposition >= 1.0)
            }
            _ => false,
        }
    }

    /// Whether the rule that decided takes in a share of those whom it targets.
    #[cfg(feature = "openfeature")]
    pub(crate) fn is_of_a_share(&self) -> bool {
        self.rule().is_some_and(|rule| rule.exposition < 1.0)
    }

    /// Whether the feature is active: every variation but `off` is.
    pub fn is_active(&self) -> bool {
        self.definition().is_active()
    }

    /// The variables, in the order of the data file.
    pub fn variables(&self) -> &[Variable] {
        &self.definition().variables
    }

    /// The variable with this key.
    pub fn variable(&self, key: &str) -> Option<&Variable> {
        self.variables().iter().find(|variable| variable.key() == key)
    }

    /// The variable with this key, or an error that names it.
    ///
    /// # Errors
    /// [`KameleoonError::FeatureVariableNotFound`] when the variation has no such variable.
    pub fn require(&self, key: &str) -> Result<&Variable> {
        self.variable(key).ok_or_else(|| KameleoonError::FeatureVariableNotFound {
            feature_key: self.feature_key().to_owned(),
            variable_key: key.to_owned(),
            known: self.variables().iter().map(|variable| variable.key().to_owned()).collect(),
        })
    }
}

impl fmt::Debug for Variation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variation")
            .field("feature_key", &self.feature_key())
            .field("key", &self.key())
            .field("id", &self.id())
            .field("experiment_id", &self.experiment_id())
            .field("decided_by", &self.decided.by)
            .field("variables", &self.variables())
            .finish_non_exhaustive()
    }
}

/// Two are equal that mean the same to a visitor, whatever decided.
impl PartialEq for Variation {
    fn eq(&self, other: &Self) -> bool {
        self.feature_key() == other.feature_key()
            && self.key() == other.key()
            && self.id() == other.id()
            && self.experiment_id() == other.experiment_id()
            && self.variables() == other.variables()
    }
}
