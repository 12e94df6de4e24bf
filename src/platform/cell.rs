//! The data file in use, replaced as a whole.

use std::sync::Arc;

use arc_swap::{ArcSwapOption, Guard};

use crate::decision::datafile::DataFile;

/// The data file in use. Readers take one snapshot for a whole call and wait for nobody.
#[derive(Debug, Default)]
pub(crate) struct ConfigCell(ArcSwapOption<DataFile>);

impl ConfigCell {
    pub(crate) fn new(file: Option<DataFile>) -> Self {
        Self(ArcSwapOption::from_pointee(file))
    }

    /// The data file for a short look, without counting a reference.
    pub(crate) fn load(&self) -> Guard<Option<Arc<DataFile>>> {
        self.0.load()
    }

    /// The data file to keep.
    pub(crate) fn load_full(&self) -> Option<Arc<DataFile>> {
        self.0.load_full()
    }

    /// Puts a data file in use. Returns whether it took the place of another one.
    pub(crate) fn replace(&self, file: DataFile) -> bool {
        self.0.swap(Some(Arc::new(file))).is_some()
    }
}
