//! Whom a comparison asks about, and how.

use std::fmt;
use std::num::NonZeroUsize;

use crate::data::{Data, DataList};

/// How many visitors are made up when nothing is said about them.
const DEFAULT_SAMPLE: u64 = 10_000;

/// Told how many of how many visitors are done.
pub(super) type Progress = Box<dyn Fn(u64, u64) + Send + Sync>;

/// Whom a comparison of two data files asks about, and how.
///
/// ```
/// use kameleoon::{Browser, BrowserType, CustomData, DiffOptions};
///
/// // A made-up sample of whom one thing is known, and one visitor of whom more is.
/// let options = DiffOptions::new()
///     .sample(50_000)
///     .data(CustomData::named("plan", ["gold"]))
///     .visitor("anna", Browser::new(BrowserType::Chrome));
/// # let _ = options;
/// ```
#[must_use]
pub struct DiffOptions {
    pub(super) sample: Option<u64>,
    pub(super) visitors: Vec<(String, Vec<Data>)>,
    pub(super) data: Vec<Data>,
    pub(super) threads: Option<NonZeroUsize>,
    pub(super) keep_moves: bool,
    pub(super) progress: Option<Progress>,
}

impl DiffOptions {
    /// The defaults: a sample of 10,000 visitors of whom nothing is known, all cores.
    pub fn new() -> Self {
        Self {
            sample: None,
            visitors: Vec::new(),
            data: Vec::new(),
            threads: None,
            keep_moves: false,
            progress: None,
        }
    }

    /// Makes up this many visitor codes, the same ones each time. Defaults to 10,000 when there
    /// are no visitors of the caller's own, else to none.
    pub fn sample(mut self, visitors: u64) -> Self {
        self.sample = Some(visitors);
        self
    }

    /// Adds a visitor with what is known about it besides [`data`](Self::data); `[]` of
    /// [`Data`] when that is nothing.
    pub fn visitor(mut self, visitor_code: impl Into<String>, data: impl DataList) -> Self {
        let mut list = Vec::new();
        data.for_each_data(&mut |item| list.push(item));
        self.visitors.push((visitor_code.into(), list));
        self
    }

    /// Adds visitors by their codes.
    pub fn visitors<S: Into<String>>(mut self, visitor_codes: impl IntoIterator<Item = S>) -> Self {
        self.visitors.extend(visitor_codes.into_iter().map(|code| (code.into(), Vec::new())));
        self
    }

    /// Adds to what is known about every visitor.
    pub fn data(mut self, data: impl DataList) -> Self {
        data.for_each_data(&mut |item| self.data.push(item));
        self
    }

    /// How many threads work. Defaults to one for each core.
    pub fn threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Whether [`moves`](super::DataFileDiff::moves) lists who moves, with code and cause: some
    /// 50 bytes each. Defaults to `false`; what is counted is the same.
    pub fn keep_moves(mut self, keep: bool) -> Self {
        self.keep_moves = keep;
        self
    }

    /// Calls `progress` with how many of how many visitors are done, every few hundred of them, on
    /// the threads that work.
    pub fn on_progress(mut self, progress: impl Fn(u64, u64) + Send + Sync + 'static) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    /// How many visitors are made up.
    pub(super) fn sample_size(&self) -> u64 {
        self.sample.unwrap_or(if self.visitors.is_empty() { DEFAULT_SAMPLE } else { 0 })
    }
}

impl Default for DiffOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for DiffOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiffOptions")
            .field("sample", &self.sample_size())
            .field("visitors", &self.visitors.len())
            .field("data", &self.data.len())
            .finish_non_exhaustive()
    }
}
