//! Rules of a made-up data file.

/// A rule of a [`Flag`](super::Flag): whom it takes in, and what they get.
///
/// ```
/// use kameleoon::testing::Rule;
///
/// // Half of the gold customers get `short`, the other half keep `off`.
/// let experiment = Rule::experiment([("off", 50.0), ("short", 50.0)]).segment("gold customers");
/// // Everybody else: one in ten gets `short`.
/// let delivery = Rule::delivery("short").percent(10.0);
/// # let _ = (experiment, delivery);
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Rule {
    pub(super) is_experiment: bool,
    /// Variation key and share in percent.
    pub(super) shares: Vec<(String, f64)>,
    pub(super) percent: f64,
    pub(super) segment: Option<String>,
    pub(super) experiment_id: Option<i64>,
}

impl Rule {
    /// An experiment: each variation with its share of the visitors whom the rule takes in, in
    /// percent. Those who are in no share are left to the next rule.
    pub fn experiment<K: Into<String>>(shares: impl IntoIterator<Item = (K, f64)>) -> Self {
        Self {
            is_experiment: true,
            shares: shares.into_iter().map(|(key, percent)| (key.into(), percent)).collect(),
            percent: 100.0,
            segment: None,
            experiment_id: None,
        }
    }

    /// A targeted delivery: one variation for everybody whom the rule takes in.
    pub fn delivery(variation: impl Into<String>) -> Self {
        Self { is_experiment: false, ..Self::experiment([(variation, 100.0)]) }
    }

    /// The share of the targeted visitors that the rule takes in. Defaults to 100.
    ///
    /// Who they are depends on visitor code, flag and the rule's place, as on the platform, and
    /// stays the same from run to run.
    pub fn percent(mut self, percent: f64) -> Self {
        self.percent = percent;
        self
    }

    /// Targets the [`Segment`](super::Segment) of this name. Defaults to everybody.
    pub fn segment(mut self, name: impl Into<String>) -> Self {
        self.segment = Some(name.into());
        self
    }

    /// The id of the rule's experiment. Defaults to one made from the flag's key.
    pub fn experiment_id(mut self, id: i64) -> Self {
        self.experiment_id = Some(id);
        self
    }
}
