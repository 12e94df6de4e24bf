//! Options of the calls that read the data API.

use std::time::Duration;

use super::RemoteVisitorDataFilter;
use crate::logging::{Voice, log_rarely};

static ZERO: Voice = Voice::new();

/// How a visitor's data are read.
///
/// ```
/// use std::time::Duration;
/// use kameleoon::{RemoteVisitorDataFilter, RemoteVisitorDataOptions};
///
/// let options = RemoteVisitorDataOptions::new()
///     .filter(RemoteVisitorDataFilter::new().previous_visit_amount(25).conversions(true))
///     .timeout(Duration::from_millis(500));
/// # let _ = options;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteVisitorDataOptions {
    pub(crate) add_data: bool,
    pub(crate) filter: RemoteVisitorDataFilter,
    pub(crate) timeout: Option<Duration>,
    pub(crate) unique: Option<bool>,
}

impl RemoteVisitorDataOptions {
    /// The defaults: the data are added to the visitor, with the default filter and the
    /// configured timeout.
    pub fn new() -> Self {
        Self { add_data: true, filter: RemoteVisitorDataFilter::new(), timeout: None, unique: None }
    }

    /// Whether the data are added to the visitor. Defaults to `true`.
    #[must_use]
    pub fn add_data(mut self, add_data: bool) -> Self {
        self.add_data = add_data;
        self
    }

    /// Which data are asked for.
    #[must_use]
    pub fn filter(mut self, filter: RemoteVisitorDataFilter) -> Self {
        self.filter = filter;
        self
    }

    /// Says whether the visitor code is a unique identifier, as adding
    /// [`UniqueIdentifier`](crate::UniqueIdentifier) does, which the platform's documentation advises
    /// in its place. Defaults to leaving it as it is.
    #[must_use]
    #[deprecated(note = "add `UniqueIdentifier::new(…)` to the visitor with `add_data`")]
    pub fn is_unique_identifier(mut self, is_unique_identifier: bool) -> Self {
        self.unique = Some(is_unique_identifier);
        self
    }

    /// How long the call may take. Defaults to the configured `default_timeout`.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl Default for RemoteVisitorDataOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// How remote data are read.
///
/// ```
/// use std::time::Duration;
/// use kameleoon::RemoteDataOptions;
///
/// let options = RemoteDataOptions::new().timeout(Duration::from_secs(1));
/// # let _ = options;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteDataOptions {
    pub(crate) timeout: Option<Duration>,
}

impl RemoteDataOptions {
    /// The defaults: the configured timeout.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long the call may take. Defaults to the configured `default_timeout`.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

/// How a visitor's audiences in the data warehouse are read.
///
/// ```
/// use kameleoon::WarehouseAudienceOptions;
///
/// let options = WarehouseAudienceOptions::new().warehouse_key("user-4711");
/// # let _ = options;
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WarehouseAudienceOptions {
    pub(crate) warehouse_key: Option<String>,
    pub(crate) timeout: Option<Duration>,
}

impl WarehouseAudienceOptions {
    /// The defaults: the visitor code is the key, the configured timeout.
    pub fn new() -> Self {
        Self::default()
    }

    /// The key under which the warehouse knows the visitor, usually your own user id. Defaults to
    /// the visitor code, which also stands in for an empty key.
    #[must_use]
    pub fn warehouse_key(mut self, warehouse_key: impl Into<String>) -> Self {
        self.warehouse_key = Some(warehouse_key.into());
        self
    }

    /// How long the call may take. Defaults to the configured `default_timeout`.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl std::fmt::Debug for WarehouseAudienceOptions {
    /// Without the key, which tells who the visitor is.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WarehouseAudienceOptions").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// No call takes longer than this: sums of points in time must not overflow.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The time of a call.
pub(crate) fn time_of(given: Option<Duration>, default: Duration) -> Duration {
    match given {
        None => default,
        Some(Duration::ZERO) => {
            log_rarely!(
                ZERO,
                Warning,
                "`timeout` of a call is zero; the default of {} ms is used",
                default.as_millis()
            );
            default
        }
        Some(timeout) => timeout.min(LONGEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_of_zero_is_the_default_and_there_is_a_longest() {
        let default = Duration::from_secs(7);
        for (given, expected) in [
            (None, default),
            (Some(Duration::ZERO), default),
            (Some(Duration::from_nanos(1)), Duration::from_nanos(1)),
            (Some(Duration::MAX), LONGEST),
        ] {
            assert_eq!(time_of(given, default), expected, "{given:?}");
        }
    }

    #[test]
    fn debug_does_not_show_who_the_visitor_is() {
        let shown = format!("{:?}", WarehouseAudienceOptions::new().warehouse_key("anna@example.com"));
        assert!(!shown.contains("anna"), "{shown}");
    }
}
