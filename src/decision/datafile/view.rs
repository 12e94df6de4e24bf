//! The data file for callers to look at.

use std::sync::Arc;

use super::condition::{Condition, Test};
use super::flag::{Flag, Rule, RuleKind, VariationDefinition};
use super::model::{CustomDataInfo, DataFile};
use super::variable::Variable;
use crate::error::Result;

/// A data file to look at: the one in use, as it was when it was asked for, or one from a text.
///
/// ```
/// # fn main() -> kameleoon::Result<()> {
/// # let client = kameleoon::KameleoonClient::offline(r#"{"dateModified":1700000000000,"featureFlags":[
/// #   {"featureKey":"banner","environmentEnabled":true,"defaultVariationKey":"off"}]}"#)?;
/// let data_file = client.get_data_file().expect("the client is ready");
/// assert_eq!(data_file.date_modified(), 1_700_000_000_000);
/// let keys: Vec<_> = data_file.flags().map(|flag| flag.key()).collect();
/// assert_eq!(keys, ["banner"]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct DataFileView(Arc<DataFile>);

/// A feature flag of the data file.
#[derive(Debug, Clone, Copy)]
pub struct FlagView<'f>(&'f DataFile, &'f Flag);

/// A variation of a flag, with its variables.
#[derive(Debug, Clone, Copy)]
pub struct VariationView<'f>(&'f VariationDefinition);

/// A rule of a flag.
#[derive(Debug, Clone, Copy)]
pub struct RuleView<'f>(FlagView<'f>, &'f Rule);

/// A custom data of the site.
#[derive(Debug, Clone, Copy)]
pub struct CustomDataView<'f>(&'f CustomDataInfo);

impl DataFileView {
    pub(crate) fn new(file: Arc<DataFile>) -> Self {
        Self(file)
    }

    /// Reads the text of a data file without putting it in use.
    ///
    /// # Errors
    /// [`DataFileInvalid`](crate::KameleoonError::DataFileInvalid) when the text is no JSON object.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// let data_file = kameleoon::DataFileView::parse(r#"{"featureFlags": [{"featureKey": "banner"}]}"#)?;
    /// assert!(data_file.flag("banner").is_some());
    /// # Ok(())
    /// # }
    /// ```
    pub fn parse(json: impl AsRef<[u8]>) -> Result<Self> {
        DataFile::parse(json.as_ref()).map(|file| Self(Arc::new(file)))
    }

    pub(crate) fn file(&self) -> &DataFile {
        &self.0
    }

    /// When the data file was last changed on the platform, in milliseconds since the epoch; 0
    /// when it does not say.
    pub fn date_modified(&self) -> i64 {
        self.0.date_modified
    }

    /// All flags, disabled ones too, in the order of the file.
    pub fn flags(&self) -> impl Iterator<Item = FlagView<'_>> {
        self.0.flags.iter().map(|flag| FlagView(&self.0, flag))
    }

    /// The flag with this key.
    pub fn flag(&self, feature_key: &str) -> Option<FlagView<'_>> {
        self.0.find_flag(feature_key).map(|(_, flag)| FlagView(&self.0, flag))
    }

    /// The custom data of the site, by index.
    pub fn custom_data(&self) -> impl Iterator<Item = CustomDataView<'_>> {
        self.0.custom_data.items.iter().map(CustomDataView)
    }

    /// The ids of the goals that conditions look at, in order; a data file does not list the others.
    pub fn goal_ids(&self) -> Vec<i64> {
        let goal = |condition: &Condition| match &condition.test {
            Test::Conversions { goal_id, .. } => *goal_id,
            Test::HeatSlice(test) => Some(test.goal_id),
            _ => None,
        };
        let trees = self.0.segments.iter().filter_map(|segment| segment.tree.as_ref());
        let conditions = trees.flat_map(|tree| &tree.items).flat_map(|list| &list.items);
        let mut goals: Vec<i64> = conditions.filter_map(goal).collect();
        goals.sort_unstable();
        goals.dedup();
        goals
    }

    /// Whether the site requires the visitors' consent.
    pub fn is_consent_required(&self) -> bool {
        self.0.settings.consent_required
    }
}

impl<'f> CustomDataView<'f> {
    /// The index, which data are sent under.
    pub fn index(self) -> u32 {
        self.0.index
    }

    /// The id.
    pub fn id(self) -> i64 {
        self.0.id
    }

    /// The name; none when the data file gives none.
    pub fn name(self) -> Option<&'f str> {
        self.0.name.as_deref()
    }
}

impl<'f> FlagView<'f> {
    /// The flag's id.
    pub fn id(self) -> i64 {
        self.1.id
    }

    /// The flag's key.
    pub fn key(self) -> &'f str {
        &self.1.key
    }

    /// Whether the flag is enabled in the environment of the data file.
    pub fn is_environment_enabled(self) -> bool {
        self.1.environment_enabled
    }

    /// The key of the variation for everybody whom no rule decides for.
    pub fn default_variation_key(self) -> &'f str {
        &self.1.variation(self.1.default_variation).key
    }

    /// The flag's variations.
    pub fn variations(self) -> impl Iterator<Item = VariationView<'f>> {
        self.1.variations.iter().filter(|variation| variation.declared).map(VariationView)
    }

    /// The flag's rules, in the order in which they are evaluated.
    pub fn rules(self) -> impl Iterator<Item = RuleView<'f>> {
        self.1.rules.iter().map(move |rule| RuleView(self, rule))
    }
}

impl<'f> VariationView<'f> {
    /// The variation's key.
    pub fn key(self) -> &'f str {
        &self.0.key
    }

    /// The variation's name; empty when the data file gives none.
    pub fn name(self) -> &'f str {
        self.0.name.as_str()
    }

    /// The variation's variables.
    pub fn variables(self) -> &'f [Variable] {
        &self.0.variables
    }
}

impl<'f> RuleView<'f> {
    /// The rule's id.
    pub fn id(self) -> i64 {
        self.1.id
    }

    /// The id of the rule's experiment.
    pub fn experiment_id(self) -> i64 {
        self.1.experiment_id
    }

    /// Whether the rule is an experiment.
    pub fn is_experimentation(self) -> bool {
        self.1.kind == RuleKind::Experimentation
    }

    /// Whether the rule delivers one variation.
    pub fn is_targeted_delivery(self) -> bool {
        self.1.kind == RuleKind::TargetedDelivery
    }

    /// The share of the targeted visitors that the rule takes in, from 0 to 1.
    pub fn exposition(self) -> f64 {
        self.1.exposition
    }

    /// The id of the segment that the rule targets; none when it targets everybody.
    pub fn segment_id(self) -> Option<i64> {
        self.1.segment.map(|place| self.0.0.segments[place as usize].id)
    }

    /// Key, id and share of each of the rule's variations.
    pub fn shares(self) -> impl Iterator<Item = (&'f str, Option<i64>, f64)> {
        let flag = self.0.1;
        self.1.exposures.iter().map(move |exposure| {
            (&*flag.variation(exposure.variation).key, exposure.variation_id, exposure.exposition)
        })
    }
}
