//! Where servers keep what they know of visitors for each other.

use std::sync::Arc;

use super::{StoreTerms, VisitorRecord};
use crate::error::Result;

/// Where the servers of a fleet keep what they know of visitors for each other. `RedisStore` of the
/// feature `redis` is one, `testing::MemoryStore` another.
///
/// A client calls it from two threads of its own, one that reads and one that writes; evaluation
/// never does. What fails is tried again: no answer depends on a store that is away. Names are texts
/// that say site, environment and visitor code; a store adds nothing but a prefix of its own.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
/// use kameleoon::fleet::{StoreTerms, VisitorDataStore, VisitorRecord};
///
/// /// For one process, and without an end to what it keeps.
/// #[derive(Default)]
/// struct Shelf(Mutex<HashMap<String, VisitorRecord>>);
///
/// impl VisitorDataStore for Shelf {
///     fn load(&self, names: &[&str], _: StoreTerms) -> kameleoon::Result<Vec<VisitorRecord>> {
///         let all = self.0.lock().unwrap();
///         Ok(names.iter().map(|name| all.get(*name).cloned().unwrap_or_default()).collect())
///     }
///
///     fn save(&self, records: &[(&str, &VisitorRecord)], _: StoreTerms) -> kameleoon::Result<u64> {
///         let mut all = self.0.lock().unwrap();
///         for (name, record) in records {
///             all.entry(name.to_string()).or_default().merge((*record).clone());
///         }
///         Ok(1)
///     }
///
///     fn remove(&self, names: &[&str], _: StoreTerms) -> kameleoon::Result<()> {
///         let mut all = self.0.lock().unwrap();
///         names.iter().for_each(|name| drop(all.remove(*name)));
///         Ok(())
///     }
/// }
/// ```
pub trait VisitorDataStore: Send + Sync {
    /// Reads what is kept under each name, in the order of the names; an empty record where there is
    /// nothing. What is there is kept for as long as the terms say from now on. One round trip for
    /// all names, if the store can.
    ///
    /// # Errors
    /// [`KameleoonError::store`](crate::KameleoonError::store) when they could not be read.
    fn load(&self, names: &[&str], terms: StoreTerms) -> Result<Vec<VisitorRecord>>;

    /// Merges each record into what is kept under its name, field by field, as
    /// [`VisitorRecord::merge`] does. One round trip for all records, if the store can; there may be
    /// none of them, which asks for the number alone.
    ///
    /// Returns a number that stays the same for as long as the store has lost nothing, and is another
    /// one when it was emptied: all servers then write what they know once more.
    ///
    /// # Errors
    /// [`KameleoonError::store`](crate::KameleoonError::store) when not all could be written. They
    /// are written again.
    fn save(&self, records: &[(&str, &VisitorRecord)], terms: StoreTerms) -> Result<u64>;

    /// Removes what is kept under these names.
    ///
    /// # Errors
    /// [`KameleoonError::store`](crate::KameleoonError::store) when they could not be removed.
    fn remove(&self, names: &[&str], terms: StoreTerms) -> Result<()>;
}

impl<S: VisitorDataStore + ?Sized> VisitorDataStore for Arc<S> {
    fn load(&self, names: &[&str], terms: StoreTerms) -> Result<Vec<VisitorRecord>> {
        (**self).load(names, terms)
    }

    fn save(&self, records: &[(&str, &VisitorRecord)], terms: StoreTerms) -> Result<u64> {
        (**self).save(records, terms)
    }

    fn remove(&self, names: &[&str], terms: StoreTerms) -> Result<()> {
        (**self).remove(names, terms)
    }
}
