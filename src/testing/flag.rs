//! Flags of a made-up data file.

use serde_json::{Value, json};

use super::Rule;
use crate::decision::datafile::VariableType;

/// A feature flag of a [`DataFile`](super::DataFile).
///
/// Without variations of its own it has `off` and `on`. Visitors for whom no rule decides get
/// `off` if there is such a variation, else the first one.
///
/// ```
/// use kameleoon::testing::{Flag, FlagVariation, Rule};
///
/// let banner = Flag::new("banner").rule(Rule::delivery("on").percent(30.0));
/// let checkout = Flag::new("checkout")
///     .variation("off")
///     .variation(FlagVariation::new("short").variable("title", "Pay").variable("steps", 2))
///     .rule(Rule::experiment([("off", 50.0), ("short", 50.0)]).segment("customers"));
/// let retired = Flag::new("retired").disabled();
/// # let _ = (banner, checkout, retired);
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Flag {
    pub(super) key: String,
    pub(super) enabled: bool,
    pub(super) default_variation: Option<String>,
    pub(super) group: Option<String>,
    pub(super) variations: Vec<FlagVariation>,
    pub(super) rules: Vec<Rule>,
}

impl Flag {
    /// A flag without rules: everybody gets its default variation.
    pub fn new(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            enabled: true,
            default_variation: None,
            group: None,
            variations: Vec::new(),
            rules: Vec::new(),
        }
    }

    /// Adds a variation: a key, or a [`FlagVariation`] with variables.
    pub fn variation(mut self, variation: impl Into<FlagVariation>) -> Self {
        self.variations.push(variation.into());
        self
    }

    /// The variation for those for whom no rule decides.
    pub fn default_variation(mut self, key: impl Into<String>) -> Self {
        self.default_variation = Some(key.into());
        self
    }

    /// Adds a rule; rules are asked in the order in which they are added.
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Switches the flag off in the environment:
    /// [`FeatureEnvironmentDisabled`](crate::KameleoonError::FeatureEnvironmentDisabled).
    pub fn disabled(mut self) -> Self {
        self.enabled = false;
        self
    }

    /// Puts the flag into a group of flags of which a visitor takes part in one only.
    pub fn exclusive_group(mut self, name: impl Into<String>) -> Self {
        self.group = Some(name.into());
        self
    }

    /// The declared variations, or the usual two.
    pub(super) fn all_variations(&self) -> Vec<FlagVariation> {
        match self.variations.is_empty() {
            true => vec!["off".into(), "on".into()],
            false => self.variations.clone(),
        }
    }
}

/// A variation of a [`Flag`].
#[derive(Debug, Clone)]
#[must_use]
pub struct FlagVariation {
    pub(super) key: String,
    name: String,
    variables: Vec<Value>,
}

impl FlagVariation {
    /// A variation without variables.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), name: String::new(), variables: Vec::new() }
    }

    /// The name that the variation has on the platform. Defaults to none.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Adds a variable. Its type follows from the value: `BOOLEAN`, `NUMBER`, `STRING`, or `JSON`
    /// for everything that [`serde_json::json!`] makes besides.
    ///
    /// ```
    /// use kameleoon::testing::FlagVariation;
    /// use serde_json::json;
    ///
    /// let variation = FlagVariation::new("on")
    ///     .variable("title", "Pay")
    ///     .variable("steps", 2)
    ///     .variable("is_short", true)
    ///     .variable("layout", json!({"columns": 3}));
    /// # let _ = variation;
    /// ```
    pub fn variable(self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        let value = value.into();
        let variable_type = match value {
            Value::Bool(_) => VariableType::Boolean,
            Value::Number(_) => VariableType::Number,
            Value::String(_) => VariableType::String,
            Value::Null | Value::Array(_) | Value::Object(_) => {
                return self.variable_of_type(key, VariableType::Json, value.to_string());
            }
        };
        self.variable_of_type(key, variable_type, value)
    }

    /// Adds a variable of any type, with the value as the data file has it: that of a `JSON`
    /// variable is a text, which need not be JSON.
    pub fn variable_of_type(
        mut self,
        key: impl Into<String>,
        variable_type: VariableType,
        value: impl Into<Value>,
    ) -> Self {
        let (key, value): (String, Value) = (key.into(), value.into());
        self.variables.push(json!({"key": key, "type": variable_type.name(), "value": value}));
        self
    }

    pub(super) fn to_json(&self) -> Value {
        json!({"key": self.key, "name": self.name, "variables": self.variables})
    }
}

impl From<&str> for FlagVariation {
    fn from(key: &str) -> Self {
        Self::new(key)
    }
}

impl From<String> for FlagVariation {
    fn from(key: String) -> Self {
        Self::new(key)
    }
}
