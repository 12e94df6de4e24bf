//! A feature flag, compiled.

use super::salt::Salt;
use super::variable::Variable;
use crate::decision::short_text::ShortText;

/// The key of the variation that means "not active".
const OFF: &str = "off";

/// A feature flag with everything that its evaluation and its result need.
#[derive(Debug)]
pub(crate) struct Flag {
    pub(crate) id: i64,
    pub(crate) key: Box<str>,
    pub(crate) environment_enabled: bool,
    /// Place of the default variation in `variations`.
    pub(crate) default_variation: u32,
    /// The index of the custom data whose value takes the place of the visitor code.
    pub(crate) bucketing_index: Option<u32>,
    /// Place of the flag's exclusive group in the data file's groups.
    pub(crate) group: Option<u32>,
    pub(crate) variations: Box<[VariationDefinition]>,
    pub(crate) rules: Box<[Rule]>,
}

/// The variation of a flag that a visitor gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chosen<'a> {
    /// Place of the variation among the flag's.
    Place(u32),
    /// The key of one that the flag has not, or not any more.
    Key(&'a str),
}

/// A variation of a flag.
#[derive(Debug)]
pub(crate) struct VariationDefinition {
    pub(crate) key: Box<str>,
    pub(crate) name: ShortText,
    pub(crate) variables: Box<[Variable]>,
    /// False for a key that only a rule or the default names.
    pub(crate) declared: bool,
}

/// A delivery rule or an experiment of a flag.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: i64,
    pub(crate) kind: RuleKind,
    pub(crate) experiment_id: i64,
    pub(crate) exposition: f64,
    /// Place of the rule's segment in the data file's segments; none: everybody is targeted.
    pub(crate) segment: Option<u32>,
    pub(crate) exposures: Box<[Exposure]>,
    /// What follows the visitor's code in the hashed text: of the rule, and of its experiment.
    pub(crate) rule_salt: Salt,
    pub(crate) experiment_salt: Salt,
}

/// What a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RuleKind {
    Experimentation,
    TargetedDelivery,
    Other,
}

/// The share of the visitors that a variation of a rule gets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exposure {
    /// Place of the variation in the flag's variations.
    pub(crate) variation: u32,
    pub(crate) variation_id: Option<i64>,
    pub(crate) exposition: f64,
}

impl Flag {
    /// The variation at a place that compiling the file has made sure of.
    pub(crate) fn variation(&self, place: u32) -> &VariationDefinition {
        &self.variations[place as usize]
    }

    /// The key of a chosen variation.
    pub(crate) fn key_of<'a>(&'a self, chosen: Chosen<'a>) -> &'a str {
        match chosen {
            Chosen::Place(place) => &self.variation(place).key,
            Chosen::Key(key) => key,
        }
    }

    /// Every variation but `off` is active.
    pub(crate) fn is_active(&self, chosen: Chosen<'_>) -> bool {
        *self.key_of(chosen) != *OFF
    }

    /// The variation with a key, whether the flag has it or not.
    pub(crate) fn chosen<'a>(&self, key: &'a str) -> Chosen<'a> {
        self.find_variation(key).map_or(Chosen::Key(key), Chosen::Place)
    }

    pub(crate) fn find_variation(&self, key: &str) -> Option<u32> {
        self.variations.iter().position(|variation| *variation.key == *key).map(|place| place as u32)
    }

    /// The exposure of a variation in one of this flag's experiments.
    pub(crate) fn exposure(&self, experiment_id: i64, variation_id: i64) -> Option<&Exposure> {
        let rules = self.rules.iter().filter(|rule| rule.experiment_id == experiment_id);
        let mut exposures = rules.flat_map(|rule| rule.exposures.iter());
        exposures.find(|exposure| exposure.variation_id == Some(variation_id))
    }
}

impl VariationDefinition {
    /// A variation of which only the key is known.
    pub(super) fn undeclared(key: &str) -> Self {
        Self { key: key.into(), name: ShortText::new(""), variables: Box::default(), declared: false }
    }

    /// Every variation but `off` is active.
    pub(crate) fn is_active(&self) -> bool {
        *self.key != *OFF
    }
}

impl Rule {
    /// Whether everybody is within the exposition, whatever the point: a point is 1 at most.
    #[inline]
    pub(crate) fn takes_all(&self) -> bool {
        self.exposition >= 1.0
    }

    /// Whether the first variation has everybody.
    #[inline]
    pub(crate) fn first_has_all(&self) -> bool {
        self.exposures.first().is_some_and(|exposure| exposure.exposition >= 1.0)
    }

    /// The exposure of the variation with this key.
    pub(crate) fn exposure_of(&self, flag: &Flag, key: &str) -> Option<&Exposure> {
        self.exposures.iter().find(|exposure| *flag.variation(exposure.variation).key == *key)
    }
}
