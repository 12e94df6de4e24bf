//! A conversion of a goal.

use super::CustomData;
use super::finite::finite;

/// A conversion of a goal. Each one that is added is kept and sent.
///
/// ```
/// use kameleoon::{Conversion, CustomData};
///
/// let purchase = Conversion::new(83023)
///     .with_revenue(59.90)
///     .with_metadata([CustomData::new(5, ["spring sale"])]);
/// assert_eq!(purchase.goal_id(), 83023);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Conversion {
    goal_id: i64,
    revenue: f64,
    negative: bool,
    metadata: Option<Box<[CustomData]>>,
    /// What `track_conversion_with` is to say of the visitor.
    pub(crate) unique: Option<bool>,
}

impl Conversion {
    /// A conversion without revenue.
    pub fn new(goal_id: i64) -> Self {
        Self { goal_id, revenue: 0.0, negative: false, metadata: None, unique: None }
    }

    /// Sets the revenue, in the site's currency. Defaults to 0, and so does one that is no finite
    /// number.
    #[must_use]
    pub fn with_revenue(mut self, revenue: f64) -> Self {
        self.revenue = finite(revenue, "a revenue").unwrap_or(0.0);
        self
    }

    /// Marks the revenue as negative (a refund, say). Defaults to `false`.
    #[must_use]
    pub fn with_negative(mut self, negative: bool) -> Self {
        self.negative = negative;
        self
    }

    /// Attaches custom data to the conversion. Of two with one index the first counts.
    #[must_use]
    pub fn with_metadata(mut self, metadata: impl IntoIterator<Item = CustomData>) -> Self {
        self.metadata = Some(metadata.into_iter().collect());
        self
    }

    /// Says whether the visitor code is a unique identifier, as adding
    /// [`UniqueIdentifier`](crate::UniqueIdentifier) does, which the platform's documentation advises
    /// in its place. Counts in
    /// [`track_conversion_with`](crate::KameleoonClient::track_conversion_with). Defaults to leaving it as it is.
    #[must_use]
    #[deprecated(note = "add `UniqueIdentifier::new(…)` to the visitor with `add_data`")]
    pub fn is_unique_identifier(mut self, is_unique_identifier: bool) -> Self {
        self.unique = Some(is_unique_identifier);
        self
    }

    /// The goal's id.
    pub fn goal_id(&self) -> i64 {
        self.goal_id
    }

    /// The revenue.
    pub fn revenue(&self) -> f64 {
        self.revenue
    }

    /// Whether the revenue is negative.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// The attached custom data, when there is any.
    pub fn metadata(&self) -> Option<&[CustomData]> {
        self.metadata.as_deref()
    }
}
