//! A store for tests.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::error::{KameleoonError, Result};
use crate::fleet::{DataFileStore, StoreTerms, StoredDataFile, VisitorDataStore, VisitorRecord};

/// A store for clients of one process, as tests of several servers want one: what one client writes
/// the others read, of visitors and of the data file. Nothing expires but a lease. Clones are the same
/// store.
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
    /// Each with when it was confirmed.
    files: HashMap<String, (StoredDataFile, Option<Instant>)>,
    /// Who has each, and until when.
    leases: HashMap<String, (String, Instant)>,
    generation: u64,
    fails: bool,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether it holds nothing of visitors.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of names of visitors.
    pub fn len(&self) -> usize {
        self.inner.lock().records.len()
    }

    /// Every record of a visitor by its name.
    pub fn records(&self) -> Vec<(String, VisitorRecord)> {
        self.inner.lock().records.iter().map(|(name, record)| (name.clone(), record.clone())).collect()
    }

    /// Loses everything, as a store that is started anew.
    pub fn clear(&self) {
        let mut inner = self.inner.lock();
        inner.records.clear();
        inner.files.clear();
        inner.leases.clear();
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

impl DataFileStore for MemoryStore {
    fn load(&self, name: &str, _known: Option<&str>, _: StoreTerms) -> Result<Option<StoredDataFile>> {
        let found = self.inner()?.files.get(name).cloned();
        Ok(found.map(|(file, confirmed)| file.with_age(confirmed.map(|at| at.elapsed()))))
    }

    fn save(&self, name: &str, file: &StoredDataFile, over: Option<&str>, _: StoreTerms) -> Result<bool> {
        let mut inner = self.inner()?;
        if inner.files.get(name).is_some_and(|(there, _)| Some(there.version()) != over) {
            return Ok(false);
        }
        let confirmed = file.age().and_then(|age| Instant::now().checked_sub(age));
        inner.files.insert(name.to_owned(), (file.clone(), confirmed));
        Ok(true)
    }

    fn confirm(&self, name: &str, version: &str, age: Duration, _: StoreTerms) -> Result<bool> {
        let mut inner = self.inner()?;
        let there = inner.files.get_mut(name).filter(|(there, _)| there.version() == version);
        Ok(there.map(|(_, at)| *at = (*at).max(Instant::now().checked_sub(age))).is_some())
    }

    fn lease(&self, name: &str, holder: &str, terms: StoreTerms) -> Result<bool> {
        let (mut inner, now) = (self.inner()?, Instant::now());
        if inner.leases.get(name).is_some_and(|(other, until)| other != holder && *until > now) {
            return Ok(false);
        }
        let until = now.checked_add(terms.keep_for()).unwrap_or(now);
        inner.leases.insert(name.to_owned(), (holder.to_owned(), until));
        Ok(true)
    }

    fn release(&self, name: &str, holder: &str, _: StoreTerms) -> Result<()> {
        self.inner()?.leases.retain(|known, (other, _)| known != name || other != holder);
        Ok(())
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryStore").field("names", &self.len()).finish_non_exhaustive()
    }
}
