//! The visits of a visitor.

/// An earlier visit; times in milliseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Visit {
    pub(crate) start: i64,
    pub(crate) last_activity: i64,
}

/// What the platform knows of a visitor's visits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Visits {
    /// Newest first.
    pub(crate) previous: Box<[Visit]>,
    /// When the current visit began, when the platform said so.
    pub(crate) current_start: Option<i64>,
    pub(crate) visit_number: i64,
    /// From the last activity of the previous visit on, in milliseconds.
    pub(crate) last_activity: Option<i64>,
}
