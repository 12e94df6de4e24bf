//! A store as a program may write one, which also does what it should not.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use kameleoon::fleet::{DataFileStore, StoreTerms, StoredDataFile};
use kameleoon::{KameleoonError, Result};

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Fine,
    Fails,
    Panics,
    /// Longer than anybody waits; until it is in another mood.
    Hangs,
    Slow(Duration),
}

#[derive(Clone)]
pub(crate) struct Shelf(Arc<(Mutex<Inner>, Condvar)>);

struct Inner {
    mood: Mood,
    files: HashMap<String, (StoredDataFile, Option<Instant>)>,
    leases: HashMap<String, (String, Instant)>,
}

pub(crate) fn before(age: Option<Duration>) -> Option<Instant> {
    Instant::now().checked_sub(age?)
}

impl Shelf {
    pub(crate) fn new() -> Self {
        let inner = Inner { mood: Mood::Fine, files: HashMap::new(), leases: HashMap::new() };
        Self(Arc::new((Mutex::new(inner), Condvar::new())))
    }

    pub(crate) fn set(&self, mood: Mood) {
        self.0.0.lock().unwrap().mood = mood;
        self.0.1.notify_all();
    }

    pub(crate) fn clear(&self) {
        let mut inner = self.0.0.lock().unwrap();
        inner.files.clear();
        inner.leases.clear();
    }

    /// Puts a data file there, whatever is there.
    pub(crate) fn put(&self, name: &str, file: StoredDataFile) {
        let since = before(file.age());
        self.0.0.lock().unwrap().files.insert(name.to_owned(), (file, since));
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let inner = self.0.0.lock().unwrap();
        Some(String::from_utf8_lossy(inner.files.get(name)?.0.text()?).into_owned())
    }

    pub(crate) fn holder(&self, name: &str) -> Option<String> {
        let inner = self.0.0.lock().unwrap();
        inner.leases.get(name).map(|(holder, _)| holder.clone())
    }

    fn inner<R>(&self, run: impl FnOnce(&mut Inner) -> R) -> Result<R> {
        let (inner, changed) = &*self.0;
        let mood = inner.lock().unwrap().mood;
        match mood {
            Mood::Fails => return Err(KameleoonError::store("the test wants it to fail")),
            Mood::Panics => panic!("the test wants it to panic"),
            Mood::Slow(time) => std::thread::sleep(time),
            Mood::Fine | Mood::Hangs => {}
        }
        let inner = inner.lock().unwrap();
        Ok(run(&mut changed.wait_while(inner, |inner| inner.mood == Mood::Hangs).unwrap()))
    }
}

impl DataFileStore for Shelf {
    fn load(&self, name: &str, _: Option<&str>, _: StoreTerms) -> Result<Option<StoredDataFile>> {
        let found = self.inner(|inner| inner.files.get(name).cloned())?;
        Ok(found.map(|(file, since)| file.with_age(since.map(|since| since.elapsed()))))
    }

    fn save(&self, name: &str, file: &StoredDataFile, over: Option<&str>, _: StoreTerms) -> Result<bool> {
        self.inner(|inner| {
            if inner.files.get(name).is_some_and(|(there, _)| Some(there.version()) != over) {
                return false;
            }
            inner.files.insert(name.to_owned(), (file.clone(), before(file.age())));
            true
        })
    }

    fn confirm(&self, name: &str, version: &str, age: Duration, _: StoreTerms) -> Result<bool> {
        self.inner(|inner| {
            let there = inner.files.get_mut(name).filter(|(there, _)| there.version() == version);
            there.map(|(_, since)| *since = (*since).max(before(Some(age)))).is_some()
        })
    }

    fn lease(&self, name: &str, holder: &str, terms: StoreTerms) -> Result<bool> {
        self.inner(|inner| {
            let now = Instant::now();
            if inner.leases.get(name).is_some_and(|(other, until)| other != holder && *until > now) {
                return false;
            }
            inner.leases.insert(name.to_owned(), (holder.to_owned(), now + terms.keep_for()));
            true
        })
    }

    fn release(&self, name: &str, holder: &str, _: StoreTerms) -> Result<()> {
        self.inner(|inner| inner.leases.retain(|known, (other, _)| known != name || other != holder))
    }
}
