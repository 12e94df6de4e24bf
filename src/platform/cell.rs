//! The data file in use, replaced as a whole.

use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use arc_swap::{ArcSwapOption, Guard};

use crate::atomic64::AtomicU64;
use crate::decision::datafile::DataFile;

/// The data file in use. Readers take one snapshot for a whole call and wait for nobody.
#[derive(Default)]
pub(crate) struct ConfigCell {
    file: ArcSwapOption<DataFile>,
    /// Counts the files that were put in use.
    generation: AtomicU64,
    /// Called after each.
    waker: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl ConfigCell {
    pub(crate) fn new(file: Option<DataFile>) -> Self {
        let generation = AtomicU64::new(u64::from(file.is_some()));
        Self { file: ArcSwapOption::from_pointee(file), generation, waker: OnceLock::new() }
    }

    /// The data file for a short look, without counting a reference.
    pub(crate) fn load(&self) -> Guard<Option<Arc<DataFile>>> {
        self.file.load()
    }

    /// The data file to keep.
    pub(crate) fn load_full(&self) -> Option<Arc<DataFile>> {
        self.file.load_full()
    }

    /// How many data files were put in use so far.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Has somebody told of each data file that is put in use, on the thread that does it. The first
    /// call counts.
    pub(crate) fn set_waker(&self, waker: impl Fn() + Send + Sync + 'static) {
        // A cell belongs to one client, which sets it once.
        let _ = self.waker.set(Box::new(waker));
    }

    /// Puts a data file in use. Returns whether it took the place of another one.
    pub(crate) fn replace(&self, file: DataFile) -> bool {
        let replaced = self.file.swap(Some(Arc::new(file))).is_some();
        self.generation.fetch_add(1, Ordering::AcqRel);
        if let Some(wake) = self.waker.get() {
            wake();
        }
        replaced
    }
}

impl std::fmt::Debug for ConfigCell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConfigCell").field("generation", &self.generation()).finish_non_exhaustive()
    }
}
