//! Why a visitor gets a variation, for people.

use std::fmt;

use crate::decision::datafile::Variation;
use crate::decision::targeting::{ConditionTrace, Step};
use crate::error::KameleoonError;

/// Why a visitor gets a variation: the result with all that the evaluation looked at, in order.
///
/// Its `Display` form is a text for people; the parts are there for programs.
///
/// ```
/// # fn main() -> kameleoon::Result<()> {
/// # let client = kameleoon::KameleoonClient::offline(r#"{"featureFlags":[{"featureKey":"banner",
/// #   "environmentEnabled":true,"defaultVariationKey":"off","variations":[{"key":"off"}]}]}"#)?;
/// let explanation = client.explain("visitor", "banner")?;
/// println!("{explanation}");
/// assert_eq!(explanation.result().as_ref().unwrap().key(), "off");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "it says why a visitor gets a variation"]
pub struct Explanation {
    pub(crate) visitor_code: String,
    pub(crate) feature_key: String,
    pub(crate) result: Result<Variation, KameleoonError>,
    pub(crate) steps: Vec<Step>,
}

impl Explanation {
    /// The visitor code that was asked for.
    pub fn visitor_code(&self) -> &str {
        &self.visitor_code
    }

    /// The key of the flag.
    pub fn feature_key(&self) -> &str {
        &self.feature_key
    }

    /// What `get_variation` gives.
    pub fn result(&self) -> &Result<Variation, KameleoonError> {
        &self.result
    }

    /// What the evaluation looked at, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} for {}", self.feature_key, self.visitor_code)?;
        for step in &self.steps {
            writeln!(f, "  {step}")?;
        }
        match &self.result {
            Ok(variation) => write!(f, "  => {}", variation.key()),
            Err(error) => write!(f, "  => {error}"),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Simulated { variation_key } => write!(f, "simulated variation {variation_key}"),
            Self::EnvironmentDisabled => f.write_str("the flag is disabled in this environment"),
            Self::BucketingCode { code, source } => write!(f, "bucketed as {code:?}: {source}"),
            Self::Holdout { hash, variation_key, is_skipped } => {
                let key = or_none(variation_key.as_deref());
                write!(f, "holdout: hash {hash:.6} gives {key}{}", not_needed(*is_skipped))
            }
            Self::Group { name, hash, chosen_flag, is_this_flag, is_skipped } => {
                let verdict = if *is_this_flag { "this flag" } else { "another flag" };
                let skipped = not_needed(*is_skipped);
                write!(
                    f,
                    "exclusive group {name:?}: hash {hash:.6} chooses {chosen_flag}, {verdict}{skipped}"
                )
            }
            Self::Rule { id, experiment_id, kind } => {
                write!(f, "rule {id} ({kind}, experiment {experiment_id})")
            }
            Self::Forced { variation_key, force_targeting } => {
                let targeting = if *force_targeting { "whatever the targeting" } else { "if targeted" };
                write!(f, "  forced variation {variation_key}, {targeting}")
            }
            Self::Condition(condition) => condition.fmt(f),
            Self::Segment { id, depth, holds } => {
                let indent = "  ".repeat(*depth);
                write!(f, "  {indent}{} segment {id}", if *holds { "in" } else { "not in" })
            }
            Self::Everybody => f.write_str("  targets everybody"),
            Self::Exposition { hash, exposition, within, is_skipped } => {
                let (sign, verdict) = if *within { ("<=", "within") } else { (">", "outside") };
                let skipped = not_needed(*is_skipped);
                write!(f, "  hash {hash:.6} {sign} exposition {exposition}: {verdict}{skipped}")
            }
            Self::ConsentRefused { fully_blocked: true } => {
                f.write_str("consent refused: the flag is blocked")
            }
            Self::ConsentRefused { fully_blocked: false } => {
                f.write_str("  consent refused: no experiment for this visitor")
            }
            Self::BanditScores { variation_key, candidates } => {
                write!(f, "  bandit scores choose {variation_key} ({candidates} with the best score)")
            }
            Self::FirstVariation { variation_key } => {
                write!(f, "  delivers {}", or_none(variation_key.as_deref()))
            }
            Self::Shares { hash, upper_ends, chosen, is_skipped } => {
                write!(f, "  hash {hash:.6} in")?;
                for (key, end) in upper_ends {
                    write!(f, " {key} up to {end}")?;
                }
                write!(f, ": {}{}", or_none(chosen.as_deref()), not_needed(*is_skipped))
            }
            Self::Default => f.write_str("the default variation"),
        }
    }
}

impl fmt::Display for ConditionTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let indent = "  ".repeat(self.depth);
        let mark = if self.holds { "yes" } else { "no " };
        let not = if self.is_include { "" } else { "not " };
        write!(f, "  {indent}{mark} needs {not}{}", self.needs)?;
        if self.found.is_empty() { Ok(()) } else { write!(f, "; found {}", self.found) }
    }
}

/// What is said of a hash that the decision itself did without.
fn not_needed(is_skipped: bool) -> &'static str {
    if is_skipped { " (whatever the hash)" } else { "" }
}

fn or_none(key: Option<&str>) -> &str {
    key.unwrap_or("none")
}
