//! Which of a visitor's data are asked for.

use crate::logging::{Voice, log_rarely};
use crate::platform::net::VisitorDataParts;

static NUMBER: Voice = Voice::new();

/// The numbers of previous visits that the platform's documentation allows.
const PREVIOUS_VISITS: std::ops::RangeInclusive<u32> = 1..=25;

/// Which of a visitor's data [`get_remote_visitor_data_with`] asks for.
///
/// By default custom data and the visitor code, of the current visit and the one before it.
///
/// [`get_remote_visitor_data_with`]: crate::KameleoonClient::get_remote_visitor_data_with
///
/// ```
/// use kameleoon::RemoteVisitorDataFilter;
///
/// // Who bought something in one of the last ten visits?
/// let filter = RemoteVisitorDataFilter::new().previous_visit_amount(10).conversions(true);
/// # let _ = filter;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteVisitorDataFilter {
    pub(super) previous_visit_amount: u32,
    pub(super) parts: VisitorDataParts,
    pub(super) device: bool,
    pub(super) browser: bool,
    pub(super) operating_system: bool,
    pub(super) visitor_code: bool,
}

impl RemoteVisitorDataFilter {
    /// The defaults: one previous visit, the current visit, custom data and the visitor code.
    pub fn new() -> Self {
        Self {
            previous_visit_amount: 1,
            parts: VisitorDataParts { current_visit: true, custom_data: true, ..VisitorDataParts::default() },
            device: false,
            browser: false,
            operating_system: false,
            visitor_code: true,
        }
    }

    /// From how many visits before the current one data are taken, 1 to 25. Defaults to 1.
    /// Another number is sent as it is, with a warning in the log: what it means is up to the
    /// platform.
    #[must_use]
    pub fn previous_visit_amount(mut self, amount: u32) -> Self {
        if !PREVIOUS_VISITS.contains(&amount) {
            log_rarely!(
                NUMBER,
                Warning,
                "`previous_visit_amount` is {amount}; the platform's documentation allows {} to {}",
                PREVIOUS_VISITS.start(),
                PREVIOUS_VISITS.end()
            );
        }
        self.previous_visit_amount = amount;
        self
    }

    /// Whether data of the current visit are taken. Defaults to `true`.
    #[must_use]
    pub fn current_visit(mut self, wanted: bool) -> Self {
        self.parts.current_visit = wanted;
        self
    }

    /// Whether custom data are taken. Defaults to `true`.
    #[must_use]
    pub fn custom_data(mut self, wanted: bool) -> Self {
        self.parts.custom_data = wanted;
        self
    }

    /// Whether pages are taken. Defaults to `false`.
    #[must_use]
    pub fn page_views(mut self, wanted: bool) -> Self {
        self.parts.page = wanted;
        self
    }

    /// Whether the visitor's place is taken. Defaults to `false`.
    #[must_use]
    pub fn geolocation(mut self, wanted: bool) -> Self {
        self.parts.geolocation = wanted;
        self
    }

    /// Whether the visitor's device is taken. Defaults to `false`.
    #[must_use]
    pub fn device(mut self, wanted: bool) -> Self {
        self.device = wanted;
        self
    }

    /// Whether the visitor's browser is taken. Defaults to `false`.
    #[must_use]
    pub fn browser(mut self, wanted: bool) -> Self {
        self.browser = wanted;
        self
    }

    /// Whether the visitor's operating system is taken. Defaults to `false`.
    #[must_use]
    pub fn operating_system(mut self, wanted: bool) -> Self {
        self.operating_system = wanted;
        self
    }

    /// Whether conversions are taken. Defaults to `false`.
    #[must_use]
    pub fn conversions(mut self, wanted: bool) -> Self {
        self.parts.conversion = wanted;
        self
    }

    /// Whether the experiments that the visitor took part in are taken. Defaults to `false`.
    #[must_use]
    pub fn experiments(mut self, wanted: bool) -> Self {
        self.parts.experiment = wanted;
        self
    }

    /// Whether the visitor's conversion scores (KCS) are taken, for which the platform has an
    /// add-on. Defaults to `false`.
    #[must_use]
    pub fn kcs(mut self, wanted: bool) -> Self {
        self.parts.kcs = wanted;
        self
    }

    /// Whether the visitor code of the most recent visit decides, from now on, which variations
    /// this visitor gets, so that they are the same on all devices. Defaults to `true`.
    #[must_use]
    pub fn visitor_code(mut self, wanted: bool) -> Self {
        self.visitor_code = wanted;
        self
    }

    /// Whether the personalizations that the visitor saw are taken. Defaults to `false`.
    #[must_use]
    pub fn personalization(mut self, wanted: bool) -> Self {
        self.parts.personalization = wanted;
        self
    }

    /// Whether the scores of contextual bandits are taken. Defaults to `false`.
    #[must_use]
    pub fn cbs(mut self, wanted: bool) -> Self {
        self.parts.cbs = wanted;
        self
    }

    /// Whether any of what the platform calls static data is taken.
    pub(super) fn wants_static_data(&self) -> bool {
        self.device || self.browser || self.operating_system
    }
}

impl Default for RemoteVisitorDataFilter {
    fn default() -> Self {
        Self::new()
    }
}
