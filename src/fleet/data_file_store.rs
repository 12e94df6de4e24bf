//! Where servers keep the data file for each other.

use std::sync::Arc;
use std::time::Duration;

use super::{StoreTerms, StoredDataFile};
use crate::error::Result;

/// Where the servers of a fleet keep the data file for each other, and agree which of them asks the
/// platform. `RedisStore` of the feature `redis` is one, `testing::MemoryStore` another; set it with
/// [`KameleoonClientConfig::data_file_store`](crate::KameleoonClientConfig::data_file_store).
///
/// A client calls it from one thread of its own; evaluation never does. A call that takes longer than
/// its terms say counts as failed, and a client whose store fails asks the platform itself. What is
/// read is checked as what comes from the platform is.
///
/// A name is the site code, a slash and the environment (nothing when none is configured):
/// `a8st4f59bj/staging`. A store keeps one data file and one lease under each name, and adds nothing
/// to the name but a prefix of its own.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
/// use std::time::{Duration, Instant};
/// use kameleoon::fleet::{DataFileStore, StoreTerms, StoredDataFile};
///
/// /// For the clients of one process.
/// #[derive(Default)]
/// struct Shelf {
///     /// Each with when the platform last said that it is the newest.
///     files: Mutex<HashMap<String, (StoredDataFile, Option<Instant>)>>,
///     /// Who holds it, and until when.
///     leases: Mutex<HashMap<String, (String, Instant)>>,
/// }
///
/// fn before(age: Option<Duration>) -> Option<Instant> {
///     Instant::now().checked_sub(age?)
/// }
///
/// impl DataFileStore for Shelf {
///     fn load(
///         &self,
///         name: &str,
///         _known: Option<&str>,
///         _: StoreTerms,
///     ) -> kameleoon::Result<Option<StoredDataFile>> {
///         let files = self.files.lock().unwrap();
///         let found = files.get(name).cloned();
///         Ok(found.map(|(file, since)| file.with_age(since.map(|since| since.elapsed()))))
///     }
///
///     fn save(
///         &self,
///         name: &str,
///         file: &StoredDataFile,
///         over: Option<&str>,
///         _: StoreTerms,
///     ) -> kameleoon::Result<bool> {
///         let mut files = self.files.lock().unwrap();
///         if files.get(name).is_some_and(|(there, _)| Some(there.version()) != over) {
///             return Ok(false);
///         }
///         files.insert(name.to_owned(), (file.clone(), before(file.age())));
///         Ok(true)
///     }
///
///     fn confirm(
///         &self,
///         name: &str,
///         version: &str,
///         age: Duration,
///         _: StoreTerms,
///     ) -> kameleoon::Result<bool> {
///         let mut files = self.files.lock().unwrap();
///         let there = files.get_mut(name).filter(|(there, _)| there.version() == version);
///         Ok(there.map(|(_, since)| *since = (*since).max(before(Some(age)))).is_some())
///     }
///
///     fn lease(&self, name: &str, holder: &str, terms: StoreTerms) -> kameleoon::Result<bool> {
///         let mut leases = self.leases.lock().unwrap();
///         let now = Instant::now();
///         if leases.get(name).is_some_and(|(other, until)| other != holder && *until > now) {
///             return Ok(false);
///         }
///         leases.insert(name.to_owned(), (holder.to_owned(), now + terms.keep_for()));
///         Ok(true)
///     }
///
///     fn release(&self, name: &str, holder: &str, _: StoreTerms) -> kameleoon::Result<()> {
///         self.leases.lock().unwrap().retain(|known, (other, _)| known != name || other != holder);
///         Ok(())
///     }
/// }
/// ```
pub trait DataFileStore: Send + Sync {
    /// Reads the data file that is kept under the name; none when there is none. When it is of the
    /// version `known`, the text may be left out.
    ///
    /// # Errors
    /// [`KameleoonError::store`](crate::KameleoonError::store) when it could not be read.
    fn load(&self, name: &str, known: Option<&str>, terms: StoreTerms) -> Result<Option<StoredDataFile>>;

    /// Puts a data file in the place of the one of version `over`, or of none, in one step with
    /// looking. Returns false, and leaves things as they are, when another one is there. It is kept
    /// for as long as the terms say.
    ///
    /// # Errors
    /// [`KameleoonError::store`](crate::KameleoonError::store) when it could not be written.
    fn save(&self, name: &str, file: &StoredDataFile, over: Option<&str>, terms: StoreTerms) -> Result<bool>;

    /// Notes that the platform said so long ago that the data file of this version is the newest; an
    /// age that is less already stays. It is kept from now on for as long as the terms say. Returns
    /// whether that data file is there.
    ///
    /// # Errors
    /// [`KameleoonError::store`](crate::KameleoonError::store) when it could not be noted.
    fn confirm(&self, name: &str, version: &str, age: Duration, terms: StoreTerms) -> Result<bool>;

    /// Gives the lease to this holder, unless another one has it, for as long as the terms keep it;
    /// whoever has it already has it for that long from now on. Returns whether the holder has it.
    ///
    /// # Errors
    /// [`KameleoonError::store`](crate::KameleoonError::store) when that is not known.
    fn lease(&self, name: &str, holder: &str, terms: StoreTerms) -> Result<bool>;

    /// Takes the lease back from this holder, if it has it.
    ///
    /// # Errors
    /// [`KameleoonError::store`](crate::KameleoonError::store) when it could not be taken back. Then
    /// it runs out.
    fn release(&self, name: &str, holder: &str, terms: StoreTerms) -> Result<()>;
}

impl<S: DataFileStore + ?Sized> DataFileStore for Arc<S> {
    fn load(&self, name: &str, known: Option<&str>, terms: StoreTerms) -> Result<Option<StoredDataFile>> {
        (**self).load(name, known, terms)
    }

    fn save(&self, name: &str, file: &StoredDataFile, over: Option<&str>, terms: StoreTerms) -> Result<bool> {
        (**self).save(name, file, over, terms)
    }

    fn confirm(&self, name: &str, version: &str, age: Duration, terms: StoreTerms) -> Result<bool> {
        (**self).confirm(name, version, age, terms)
    }

    fn lease(&self, name: &str, holder: &str, terms: StoreTerms) -> Result<bool> {
        (**self).lease(name, holder, terms)
    }

    fn release(&self, name: &str, holder: &str, terms: StoreTerms) -> Result<()> {
        (**self).release(name, holder, terms)
    }
}
