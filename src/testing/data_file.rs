//! Data files in a few lines.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Flag, Rule, Segment};
use crate::error::{KameleoonError, Result};

/// The experiment of the holdout; flags have ids from 1 on.
const HOLDOUT_EXPERIMENT: i64 = 8_000_000_000;
/// Ids of segments begin here.
const FIRST_SEGMENT: i64 = 7_000_000_000;
/// Ids of flags are below this.
const FLAG_IDS: u32 = 1_000_000;
/// Ids of a flag's rules, or of an experiment's variations, follow from its own.
const STEP: i64 = 1000;

/// A data file in the making: what the platform would say of a site.
///
/// ```
/// # fn main() -> kameleoon::Result<()> {
/// use kameleoon::testing::{Condition, DataFile, Flag, FlagVariation, Rule, Segment, TestClient};
///
/// let file = DataFile::new()
///     .segment(Segment::all_of("gold customers", [Condition::custom_data(3, "gold")]))
///     .flag(
///         Flag::new("checkout")
///             .variation("off")
///             .variation(FlagVariation::new("short").variable("title", "Pay"))
///             .rule(Rule::experiment([("off", 50.0), ("short", 50.0)]).segment("gold customers"))
///             .rule(Rule::delivery("short").percent(30.0)),
///     )
///     .flag(Flag::new("banner").rule(Rule::delivery("on")))
///     .flag(Flag::new("retired").disabled());
/// let client = TestClient::new(file)?;
/// assert!(client.is_feature_active("visitor", "banner")?);
/// assert!(!client.is_feature_active("visitor", "retired")?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct DataFile {
    flags: Vec<Flag>,
    segments: Vec<Segment>,
    custom_data: Vec<Value>,
    consent_required: bool,
    holdout_percent: Option<f64>,
}

impl DataFile {
    /// A data file without anything in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a feature flag.
    pub fn flag(mut self, flag: Flag) -> Self {
        self.flags.push(flag);
        self
    }

    /// Adds a segment for rules to target.
    pub fn segment(mut self, segment: Segment) -> Self {
        self.segments.push(segment);
        self
    }

    /// Gives the custom data of an index a name, as programs may use it.
    pub fn custom_data(mut self, index: u32, name: impl Into<String>) -> Self {
        let name: String = name.into();
        self.custom_data.push(json!({"id": index, "index": index, "name": name, "scope": "VISITOR"}));
        self
    }

    /// Makes the custom data of an index the one that identifies a visitor across devices.
    pub fn mapping_identifier(mut self, index: u32) -> Self {
        let name = format!("mapping identifier {index}");
        self.custom_data.push(
            json!({"id": index, "index": index, "name": name, "scope": "VISITOR", "isMappingIdentifier": true}),
        );
        self
    }

    /// Requires the visitors' consent. Defaults to not requiring it.
    pub fn consent_required(mut self) -> Self {
        self.consent_required = true;
        self
    }

    /// Keeps this share of the visitors out of all flags. Defaults to none.
    pub fn holdout_percent(mut self, percent: f64) -> Self {
        self.holdout_percent = Some(percent);
        self
    }

    /// The data file as the platform would write it.
    ///
    /// # Errors
    /// [`DataFileInvalid`](KameleoonError::DataFileInvalid) when something does not fit together: a
    /// rule names a segment or a variation that is not there, a key is there twice, a share is not
    /// between 0 and 100, the shares of a rule are more than 100 together.
    pub fn to_json(&self) -> Result<String> {
        self.build().map(|file| file.to_string())
    }

    pub(super) fn build(&self) -> Result<Value> {
        let mut names = HashSet::new();
        for segment in &self.segments {
            if !names.insert(&segment.name) {
                return Err(invalid(format!("the segment `{}` is there twice", segment.name)));
            }
        }
        let segments: Vec<Value> =
            (FIRST_SEGMENT..).zip(&self.segments).map(|(id, segment)| segment.to_json(id)).collect();
        let mut ids = HashSet::new();
        let mut keys = HashSet::new();
        let mut flags = Vec::new();
        for flag in &self.flags {
            if !keys.insert(&flag.key) {
                return Err(invalid(format!("the flag `{}` is there twice", flag.key)));
            }
            let mut id = id_of(&flag.key);
            while !ids.insert(id) {
                id += 1;
            }
            flags.push(self.flag_json(flag, id)?);
        }
        let mut file = json!({
            "configuration": {
                "realTimeUpdate": false,
                "consentType": if self.consent_required { "REQUIRED" } else { "NO_CONSENT" },
            },
            "customData": self.custom_data,
            "segments": segments,
            "featureFlags": flags,
        });
        if let Some(percent) = self.holdout_percent {
            let held = share(percent, "the holdout")?;
            file["holdout"] = json!({
                "experimentId": HOLDOUT_EXPERIMENT,
                "variationByExposition": [
                    {"variationKey": "in-holdout", "variationId": HOLDOUT_EXPERIMENT + 1, "exposition": held},
                    {"variationKey": "not-in-holdout", "variationId": HOLDOUT_EXPERIMENT + 2, "exposition": 1.0 - held},
                ],
            });
        }
        Ok(file)
    }

    fn flag_json(&self, flag: &Flag, id: i64) -> Result<Value> {
        let variations = flag.all_variations();
        let mut keys: Vec<&str> = Vec::new();
        for variation in &variations {
            if keys.contains(&variation.key.as_str()) {
                let reason = format!("the flag `{}` has the variation `{}` twice", flag.key, variation.key);
                return Err(invalid(reason));
            }
            keys.push(&variation.key);
        }
        let check = |key: &str| match keys.contains(&key) {
            true => Ok(()),
            false => Err(invalid(format!(
                "the flag `{}` has no variation `{key}`; it has {}",
                flag.key,
                listed(keys.iter().copied())
            ))),
        };
        let usual = if keys.contains(&"off") { "off" } else { keys[0] };
        let default = flag.default_variation.as_deref().unwrap_or(usual);
        check(default)?;
        let mut rules = Vec::new();
        for (place, rule) in (1..).zip(&flag.rules) {
            rule.shares.iter().try_for_each(|(key, _)| check(key))?;
            rules.push(self.rule_json(rule, &flag.key, id * STEP + place)?);
        }
        Ok(json!({
            "id": id,
            "featureKey": flag.key,
            "environmentEnabled": flag.enabled,
            "defaultVariationKey": default,
            "mutuallyExclusiveGroup": flag.group,
            "variations": variations.iter().map(|variation| variation.to_json()).collect::<Vec<_>>(),
            "rules": rules,
        }))
    }

    fn rule_json(&self, rule: &Rule, flag_key: &str, id: i64) -> Result<Value> {
        let place = || format!("a rule of the flag `{flag_key}`");
        let experiment_id = rule.experiment_id.unwrap_or(id);
        let mut shares = Vec::new();
        for (number, (key, percent)) in (1..).zip(&rule.shares) {
            let exposition = share(*percent, &place())?;
            let variation_id = experiment_id * STEP + number;
            shares.push(json!({"variationKey": key, "variationId": variation_id, "exposition": exposition}));
        }
        let sum: f64 = rule.shares.iter().map(|(_, percent)| percent).sum();
        // Thirds and the like do not add up to the last digit.
        if sum > 100.0 + 1e-6 {
            return Err(invalid(format!("{} has shares of {sum} % together; 100 is all there is", place())));
        }
        let segment_id = match &rule.segment {
            None => None,
            Some(name) => {
                let found = (FIRST_SEGMENT..).zip(&self.segments).find(|(_, segment)| segment.name == *name);
                let (id, _) = found.ok_or_else(|| {
                    let known = listed(self.segments.iter().map(|segment| segment.name.as_str()));
                    invalid(format!("{} names the segment `{name}`; the data file has {known}", place()))
                })?;
                Some(id)
            }
        };
        Ok(json!({
            "id": id,
            "type": if rule.is_experiment { "EXPERIMENTATION" } else { "TARGETED_DELIVERY" },
            "exposition": share(rule.percent, &place())?,
            "experimentId": experiment_id,
            "segmentId": segment_id,
            "variationByExposition": shares,
        }))
    }
}

/// An id that follows from the flag's key alone, so that a visitor's variation does not depend on
/// which other flags a test has.
fn id_of(key: &str) -> i64 {
    let hash =
        key.bytes().fold(0x811C_9DC5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    i64::from(hash % FLAG_IDS) + 1
}

fn share(percent: f64, place: &str) -> Result<f64> {
    match (0.0..=100.0).contains(&percent) {
        true => Ok(percent / 100.0),
        false => Err(invalid(format!("{place} has a share of {percent} %; it has to be between 0 and 100"))),
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn invalid(reason: String) -> KameleoonError {
    KameleoonError::DataFileInvalid { reason }
}
