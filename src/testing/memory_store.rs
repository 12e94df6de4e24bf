//! A visitor store for tests.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::error::{KameleoonError, Result};
use crate::fleet::{StoreTerms, VisitorDataStore, VisitorRecord};

/// A store for clients of one process, as tests of several servers want one: what one client writes
/// the others read. Nothing expires. Clones are the same store.
///
/// ```
/// # fn main() -> kameleoon::Result<()> {
/// use std::time::Duration;
/// use kameleoon::testing::{DataFile, MemoryStore, TestClient};
/// use kameleoon::{CustomData, KameleoonClientConfig};
///
/// let store = MemoryStore::new();
/// let config = KameleoonClientConfig::new("", "").visitor_data_store(store.clone());
/// let one = TestClient::with_config(DataFile::new(), config.clone())?;
/// let other = TestClient::with_config(DataFile::new(), config)?;
///
/// one.add_data("visitor", CustomData::new(0, ["premium"]))?;
/// while store.is_empty() {
///     std::thread::yield_now();
/// }
/// assert!(other.load_visitor("visitor", Duration::from_secs(1))?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    records: HashMap<String, VisitorRecord>,
    generation: u64,
    fails: bool,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of names.
    pub fn len(&self) -> usize {
        self.inner.lock().records.len()
    }

    /// Every record by its name.
    pub fn records(&self) -> Vec<(String, VisitorRecord)> {
        self.inner.lock().records.iter().map(|(name, record)| (name.clone(), record.clone())).collect()
    }

    /// Loses everything, as a store that is started anew.
    pub fn clear(&self) {
        let mut inner = self.inner.lock();
        inner.records.clear();
        inner.generation += 1;
    }

    /// Whether every call fails from now on.
    pub fn set_failing(&self, fails: bool) {
        self.inner.lock().fails = fails;
    }

    fn inner(&self) -> Result<parking_lot::MutexGuard<'_, Inner>> {
        let inner = self.inner.lock();
        match inner.fails {
            true => Err(KameleoonError::store("the test wants it to fail")),
            false => Ok(inner),
        }
    }
}

impl VisitorDataStore for MemoryStore {
    fn load(&self, names: &[&str], _: StoreTerms) -> Result<Vec<VisitorRecord>> {
        let inner = self.inner()?;
        Ok(names.iter().map(|name| inner.records.get(*name).cloned().unwrap_or_default()).collect())
    }

    fn save(&self, records: &[(&str, &VisitorRecord)], _: StoreTerms) -> Result<u64> {
        let mut inner = self.inner()?;
        for (name, record) in records {
            inner.records.entry((*name).to_owned()).or_default().merge((*record).clone());
        }
        Ok(inner.generation)
    }

    fn remove(&self, names: &[&str], _: StoreTerms) -> Result<()> {
        let mut inner = self.inner()?;
        names.iter().for_each(|name| drop(inner.records.remove(*name)));
        Ok(())
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryStore").field("names", &self.len()).finish_non_exhaustive()
    }
}
