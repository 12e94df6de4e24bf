//! The data file in use, replaced as a whole.

use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use arc_swap::{ArcSwapOption, Guard};

use crate::atomic64::AtomicU64;
use crate::decision::datafile::DataFile;

type MakeReady = Box<dyn Fn(&DataFile) + Send + Sync>;

/// The data file in use. Readers take one snapshot for a whole call and wait for nobody.
#[derive(Default)]
pub(crate) struct ConfigCell {
    file: ArcSwapOption<DataFile>,
    /// The first file, while it is made ready for decisions.
    coming: ArcSwapOption<DataFile>,
    /// Called with it.
    make_ready: OnceLock<MakeReady>,
    /// Counts the files that were put in use.
    generation: AtomicU64,
    /// Called after each.
    waker: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl ConfigCell {
    pub(crate) fn new(file: Option<DataFile>) -> Self {
        let generation = AtomicU64::new(u64::from(file.is_some()));
        Self { file: ArcSwapOption::from_pointee(file), generation, ..Self::default() }
    }

    /// The data file for a short look, without counting a reference.
    pub(crate) fn load(&self) -> Guard<Option<Arc<DataFile>>> {
        self.file.load()
    }

    /// The data file for a change of what is known of a visitor, to be read under the visitor's lock:
    /// the first one from the moment on in which the visitors are made ready for it. Whoever is
    /// changed without it is made ready after that.
    pub(crate) fn load_for_change(&self) -> Guard<Option<Arc<DataFile>>> {
        let file = self.file.load();
        if file.is_some() {
            return file;
        }
        let coming = self.coming.load();
        // It is taken away once it is in use.
        if coming.is_some() { coming } else { self.file.load() }
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

    /// Has something done with the first data file before any decision is made with it, on the thread
    /// that puts it in use. The first call counts.
    pub(crate) fn set_make_ready(&self, make_ready: impl Fn(&DataFile) + Send + Sync + 'static) {
        // As above.
        let _ = self.make_ready.set(Box::new(make_ready));
    }

    /// Puts a data file in use. Returns whether it took the place of another one.
    pub(crate) fn replace(&self, file: DataFile) -> bool {
        let file = Arc::new(file);
        if let Some(make_ready) = self.make_ready.get().filter(|_| self.file.load().is_none()) {
            self.coming.store(Some(Arc::clone(&file)));
            make_ready(&file);
        }
        let replaced = self.file.swap(Some(file)).is_some();
        self.coming.store(None);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_file_is_made_ready_before_decisions_and_is_there_for_changes() {
        let cell = Arc::new(ConfigCell::default());
        let (inside, times) = (Arc::downgrade(&cell), Arc::new(AtomicU64::new(0)));
        let seen = Arc::clone(&times);
        cell.set_make_ready(move |_| {
            let cell = inside.upgrade().unwrap();
            assert!(cell.load().is_none() && cell.load_for_change().is_some());
            seen.fetch_add(1, Ordering::AcqRel);
        });
        assert!(cell.load_for_change().is_none());
        for generation in 1..=2 {
            cell.replace(DataFile::parse(br#"{"featureFlags": []}"#).unwrap());
            assert!(
                cell.load().is_some() && cell.load_for_change().is_some() && cell.coming.load().is_none()
            );
            assert_eq!((cell.generation(), times.load(Ordering::Acquire)), (generation, 1));
        }
    }
}
