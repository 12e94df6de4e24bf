//! Options of the client's methods.

/// How a flag is evaluated.
///
/// ```
/// use kameleoon::EvaluationOptions;
///
/// let untracked = EvaluationOptions::new().track(false);
/// # let _ = untracked;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EvaluationOptions {
    pub(crate) track: bool,
    pub(crate) unique: Option<bool>,
}

impl EvaluationOptions {
    /// The defaults: tracked.
    pub fn new() -> Self {
        Self { track: true, unique: None }
    }

    /// Whether the exposure is sent to the platform. Defaults to `true`.
    #[must_use]
    pub fn track(mut self, track: bool) -> Self {
        self.track = track;
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
}

impl Default for EvaluationOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// How all flags are evaluated.
///
/// ```
/// use kameleoon::VariationsOptions;
///
/// let options = VariationsOptions::new().only_active(true).track(false);
/// # let _ = options;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct VariationsOptions {
    pub(crate) only_active: bool,
    pub(crate) track: bool,
}

impl VariationsOptions {
    /// The defaults: all flags, tracked.
    pub fn new() -> Self {
        Self { only_active: false, track: true }
    }

    /// Whether flags of which the visitor gets the variation `off` are left out. Defaults to
    /// `false`.
    #[must_use]
    pub fn only_active(mut self, only_active: bool) -> Self {
        self.only_active = only_active;
        self
    }

    /// Whether the exposures are sent to the platform. Defaults to `true`.
    #[must_use]
    pub fn track(mut self, track: bool) -> Self {
        self.track = track;
        self
    }
}

impl Default for VariationsOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// How a visitor's data are flushed.
///
/// ```
/// use kameleoon::FlushOptions;
///
/// let now = FlushOptions::new().instant(true);
/// # let _ = now;
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlushOptions {
    pub(crate) instant: bool,
    pub(crate) unique: Option<bool>,
}

impl FlushOptions {
    /// The defaults: with the next tracking request.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the data are sent now, without waiting for the end of the tracking interval. Defaults
    /// to `false`.
    #[must_use]
    pub fn instant(mut self, instant: bool) -> Self {
        self.instant = instant;
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
}

/// How data are added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AddDataOptions {
    pub(crate) track: bool,
}

impl AddDataOptions {
    /// The defaults: tracked.
    pub fn new() -> Self {
        Self { track: true }
    }

    /// Whether the data are sent to the platform, or kept for targeting only. Defaults to `true`.
    #[must_use]
    pub fn track(mut self, track: bool) -> Self {
        self.track = track;
        self
    }
}

impl Default for AddDataOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// How a forced variation applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForcedVariationOptions {
    pub(crate) force_targeting: bool,
}

impl ForcedVariationOptions {
    /// The defaults: whatever the targeting.
    pub fn new() -> Self {
        Self { force_targeting: true }
    }

    /// Whether the variation is given whatever the rule's segment says (`true`, the default), or
    /// only to a visitor whom it targets.
    #[must_use]
    pub fn force_targeting(mut self, force_targeting: bool) -> Self {
        self.force_targeting = force_targeting;
        self
    }
}

impl Default for ForcedVariationOptions {
    fn default() -> Self {
        Self::new()
    }
}
