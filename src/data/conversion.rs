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
}

impl Conversion {
    /// A conversion without revenue.
    pub fn new(goal_id: i64) -> Self {
        Self { goal_id, revenue: 0.0, negative: false, metadata: None }
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
