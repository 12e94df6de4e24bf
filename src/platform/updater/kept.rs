//! A store of data files: the copy on disk, or what servers share.

use std::time::Duration;

use super::rollback::Rollback;
use crate::decision::datafile::DataFile;
use crate::error::{KameleoonError, Result};
use crate::fleet::{DataFileStore, StoreTerms, StoredDataFile};

/// How long a call may take that has the text of a data file with it, and one that has not.
const LARGE_CALL: Duration = Duration::from_secs(1);
const SMALL_CALL: Duration = Duration::from_millis(500);
/// What nobody reads, writes or confirms for so long goes.
const KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// So often one tries to write where others write at the same time.
const TRIES: u32 = 3;

/// A store of data files, and what was last seen there.
pub(super) struct Kept {
    store: Box<dyn DataFileStore>,
    name: String,
    seen: Option<Seen>,
}

/// A data file that was read there, or put there.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) version: String,
    /// None: it cannot be used.
    pub(super) date: Option<i64>,
}

/// What is there.
pub(super) enum Found {
    Nothing,
    /// What was seen there before, so old by now.
    Seen(Seen, Option<Duration>),
    Other(StoredDataFile, Box<DataFile>),
    /// Why it cannot be used.
    Unusable(String),
}

/// What became of a data file that was to be put there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    Saved,
    /// It is there already, or a newer one is, or others write all the time.
    Left,
}

/// What is wrong, in the words of the store.
pub(super) fn reason_of(error: KameleoonError) -> String {
    match error {
        KameleoonError::Store { reason } => reason,
        error => error.to_string(),
    }
}

impl Kept {
    pub(super) fn new(store: Box<dyn DataFileStore>, name: String) -> Self {
        Self { store, name, seen: None }
    }

    /// The data file with this text, as it is kept here.
    pub(super) fn file(&self, text: Vec<u8>) -> StoredDataFile {
        StoredDataFile::new(&self.name, text)
    }

    /// What is there. A data file is read only where it is another one than at the last time.
    pub(super) fn look(&mut self) -> Result<Found> {
        let known = self.seen.as_ref().map(|seen| seen.version.as_str());
        let terms = StoreTerms::new(LARGE_CALL, KEEP);
        let Some(stored) = self.store.load(&self.name, known, terms)? else {
            self.seen = None;
            return Ok(Found::Nothing);
        };
        if let Some(seen) = self.seen.as_ref().filter(|seen| seen.version == stored.version()) {
            return Ok(Found::Seen(seen.clone(), stored.age()));
        }
        let read = self.read(&stored);
        let date = read.as_ref().ok().map(|file| file.date_modified);
        self.seen = Some(Seen { version: stored.version().to_owned(), date });
        Ok(match read {
            Ok(file) => Found::Other(stored, Box::new(file)),
            Err(reason) => Found::Unusable(reason),
        })
    }

    fn read(&self, stored: &StoredDataFile) -> std::result::Result<DataFile, String> {
        let text = stored.checked_text(&self.name)?;
        let file = DataFile::parse(text).map_err(|error| error.to_string())?;
        // An error message in JSON, say, which some cache gave out.
        if file.has_flag_list { Ok(file) } else { Err("it has no `featureFlags`".to_owned()) }
    }

    /// Puts a data file there that was last modified at `date`, in the place of what was seen there;
    /// of what was put there meanwhile only where that is not newer. `is_willed`: the platform insists
    /// on this one, whatever is there.
    pub(super) fn put(&mut self, file: &StoredDataFile, date: i64, is_willed: bool) -> Result<Put> {
        for _ in 0..TRIES {
            let over = self.seen.as_ref().map(|seen| seen.version.as_str());
            if over == Some(file.version()) && self.confirm(file)? {
                return Ok(Put::Left);
            }
            if self.store.save(&self.name, file, over, StoreTerms::new(LARGE_CALL, KEEP))? {
                self.seen = Some(Seen { version: file.version().to_owned(), date: Some(date) });
                return Ok(Put::Saved);
            }
            self.look()?;
            let there = self.seen.as_ref().and_then(|seen| seen.date);
            if !is_willed && there.is_some_and(|there| Rollback::is_older(date, there)) {
                return Ok(Put::Left);
            }
        }
        Ok(Put::Left)
    }

    /// Tells how old this data file is, if it is the one that is there. Returns whether it is.
    pub(super) fn confirm(&self, file: &StoredDataFile) -> Result<bool> {
        let terms = StoreTerms::new(SMALL_CALL, KEEP);
        // An age that nobody knows makes nothing young.
        let age = file.age().unwrap_or(KEEP);
        self.store.confirm(&self.name, file.version(), age, terms)
    }

    /// Whether this holder may ask the platform for all, for so long from now on.
    pub(super) fn lease(&self, holder: &str, time: Duration) -> Result<bool> {
        self.store.lease(&self.name, holder, StoreTerms::new(SMALL_CALL, time))
    }

    pub(super) fn release(&self, holder: &str, timeout: Duration) -> Result<()> {
        self.store.release(&self.name, holder, StoreTerms::new(SMALL_CALL.min(timeout), Duration::ZERO))
    }
}
