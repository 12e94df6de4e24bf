//! The last-good data file on disk.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use twox_hash::XxHash3_64;

use crate::clock::Clock;
use crate::disk::{read_file, replace, sweep};
use crate::error::{KameleoonError, Result};
use crate::fleet::{DataFileStore, MAX_DATA_FILE, StoreTerms, StoredDataFile};

/// What a copy begins with. A version that cannot read another's copies has another mark.
const MARK: &[u8] = b"kameleoon data file 2\t";
/// What the two lines before the data file may take.
const MOST_HEAD: usize = 4_096;
/// Clocks of two machines that share a copy may differ by this; a copy from further ahead has no
/// age that can be known.
const AHEAD: Duration = Duration::from_secs(60);

/// A copy of the last data file that could be used, for a start while the platform is unreachable
/// or need not be asked.
///
/// The first line has a checksum of all that follows; the second says whose data file it is, when it
/// was last modified, and when the platform last said that it is the newest. The rest is the
/// platform's text.
#[derive(Debug)]
pub(super) struct Copy {
    path: PathBuf,
    owner: String,
    clock: Clock,
    is_swept: AtomicBool,
}

/// What a copy holds.
#[derive(Debug, PartialEq)]
struct Stored {
    body: Vec<u8>,
    last_modified: Option<String>,
    /// When the platform last said that it is the newest. None: nobody knows.
    confirmed: Option<SystemTime>,
}

impl Stored {
    /// How old it is; none when nobody knows, or the clock says something that cannot be.
    fn age(&self, now: SystemTime) -> Option<Duration> {
        let confirmed = self.confirmed?;
        match now.duration_since(confirmed) {
            Ok(age) => Some(age),
            Err(ahead) => (ahead.duration() <= AHEAD).then_some(Duration::ZERO),
        }
    }
}

impl Copy {
    pub(super) fn new(path: &Path, site_code: &str, environment: Option<&str>, clock: Clock) -> Self {
        let owner = format!("{site_code:?} {:?}", environment.unwrap_or_default());
        Self { path: path.to_owned(), owner, clock, is_swept: AtomicBool::new(false) }
    }

    /// What the copy holds; none when there is no copy.
    fn read(&self) -> std::result::Result<Option<Stored>, String> {
        let read = read_file(&self.path, MAX_DATA_FILE.saturating_add(MOST_HEAD));
        let Some(mut bytes) = read.map_err(|error| error.to_string())? else { return Ok(None) };
        let (head, start) = head_of(&bytes)?;
        let mut parts = head.split('\t');
        let (owner, modified, confirmed) = (parts.next(), parts.next(), parts.next());
        if owner != Some(&*self.owner) {
            return Err("it is of another site or environment".to_owned());
        }
        let last_modified = modified.filter(|text| !text.is_empty()).map(str::to_owned);
        let milliseconds =
            confirmed.and_then(|text| text.parse().ok()).filter(|milliseconds| *milliseconds > 0);
        let confirmed =
            milliseconds.and_then(|milliseconds| UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds)));
        bytes.drain(..start);
        Ok(Some(Stored { body: bytes, last_modified, confirmed }))
    }

    /// Replaces the copy as a whole: whoever reads it sees the old one or the new one.
    fn put(
        &self,
        body: &[u8],
        last_modified: Option<&str>,
        confirmed: Option<SystemTime>,
        sync: bool,
    ) -> std::result::Result<(), String> {
        if !self.is_swept.swap(true, Ordering::AcqRel) {
            sweep(&self.path);
        }
        let modified = last_modified.filter(|text| !text.contains(['\t', '\n'])).unwrap_or_default();
        let since = confirmed.and_then(|confirmed| confirmed.duration_since(UNIX_EPOCH).ok());
        let head = format!("{}\t{modified}\t{}\n", self.owner, since.unwrap_or_default().as_millis());
        let first = format!("{:016x}\n", checksum(head.as_bytes(), body));
        let parts = [MARK, first.as_bytes(), head.as_bytes(), body];
        replace(&self.path, &parts, sync).map_err(|error| error.to_string())
    }
}

/// The copy as a store: of one data file, whatever the name, since its owner stands in it; and for one
/// machine, where nobody fetches for others.
impl DataFileStore for Copy {
    fn load(&self, name: &str, _known: Option<&str>, _: StoreTerms) -> Result<Option<StoredDataFile>> {
        let stored = self.read().map_err(KameleoonError::store)?;
        Ok(stored.map(|stored| {
            let age = stored.age(self.clock.time());
            StoredDataFile::new(name, stored.body).with_last_modified(stored.last_modified).with_age(age)
        }))
    }

    /// What is damaged or of somebody else is replaced as if it were not there. Between the look and
    /// the write another process may write, too: the later one stands.
    fn save(&self, name: &str, file: &StoredDataFile, over: Option<&str>, terms: StoreTerms) -> Result<bool> {
        let there = self.load(name, None, terms).unwrap_or(None);
        if there.is_some_and(|there| Some(there.version()) != over) {
            return Ok(false);
        }
        let text = file.text().ok_or_else(|| KameleoonError::store("it has no text"))?;
        let confirmed = file.age().and_then(|age| self.clock.time().checked_sub(age));
        self.put(text, file.last_modified(), confirmed, true).map_err(KameleoonError::store)?;
        Ok(true)
    }

    fn confirm(&self, name: &str, version: &str, age: Duration, _: StoreTerms) -> Result<bool> {
        let Some(stored) = self.read().map_err(KameleoonError::store)? else { return Ok(false) };
        let at = self.clock.time().checked_sub(age);
        let (confirmed, last_modified) = (stored.confirmed, stored.last_modified);
        let there = StoredDataFile::new(name, stored.body);
        if there.version() != version {
            // Another process has another one there.
            return Ok(false);
        }
        if let (true, Some(text)) = (confirmed < at, there.text()) {
            // What is lost with the power is only that it is young.
            self.put(text, last_modified.as_deref(), at, false).map_err(KameleoonError::store)?;
        }
        Ok(true)
    }

    fn lease(&self, _: &str, _: &str, _: StoreTerms) -> Result<bool> {
        Ok(true)
    }

    fn release(&self, _: &str, _: &str, _: StoreTerms) -> Result<()> {
        Ok(())
    }
}

/// The data file in the bytes of a copy of whatever site; the bytes themselves when they are no copy.
///
/// # Errors
/// What is wrong with a copy.
pub(crate) fn data_file_in(bytes: &[u8]) -> std::result::Result<&[u8], String> {
    if !bytes.starts_with(MARK) {
        return Ok(bytes);
    }
    head_of(bytes).map(|(_, start)| &bytes[start..])
}

/// The second line of a copy whose checksum is right, and where its data file begins.
fn head_of(bytes: &[u8]) -> std::result::Result<(&str, usize), String> {
    let rest = bytes.strip_prefix(MARK).ok_or("it was not written by this version of the crate")?;
    let line_end = |bytes: &[u8]| bytes.iter().take(MOST_HEAD).position(|byte| *byte == b'\n');
    let first_end = line_end(rest).ok_or("it has no first line")?;
    let (sum, rest) = (&rest[..first_end], &rest[first_end + 1..]);
    let head_end = line_end(rest).ok_or("it has no second line")?;
    let (head, body) = rest.split_at(head_end + 1);
    if sum != format!("{:016x}", checksum(head, body)).as_bytes() {
        return Err("its checksum is wrong".to_owned());
    }
    let head = std::str::from_utf8(&head[..head_end]).map_err(|_| "its second line is no text")?;
    Ok((head, bytes.len() - body.len()))
}

fn checksum(head: &[u8], body: &[u8]) -> u64 {
    let mut hasher = XxHash3_64::new();
    std::hash::Hasher::write(&mut hasher, head);
    std::hash::Hasher::write(&mut hasher, body);
    std::hash::Hasher::finish(&hasher)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::sync::Arc;

    use crate::clock::Hands;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("kameleoon-copy-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    const NAME: &str = "site/staging";
    const TERMS: StoreTerms = StoreTerms::new(Duration::ZERO, Duration::ZERO);

    fn copy(path: &Path, environment: Option<&str>, hands: &Arc<Hands>) -> Copy {
        Copy::new(path, "site", environment, Clock::Manual(Arc::clone(hands)))
    }

    fn file(text: &str, last_modified: Option<&str>, age: Option<u64>) -> StoredDataFile {
        StoredDataFile::new(NAME, text)
            .with_last_modified(last_modified.map(str::to_owned))
            .with_age(age.map(Duration::from_secs))
    }

    /// Writes it whatever is there.
    fn write(copy: &Copy, file: &StoredDataFile) {
        let there = copy.load(NAME, None, TERMS).unwrap_or(None);
        let over = there.as_ref().map(StoredDataFile::version);
        assert_eq!(copy.save(NAME, file, over, TERMS), Ok(true));
    }

    #[test]
    fn a_copy_is_read_back_only_as_it_was_written() {
        let folder = folder("back");
        let path = folder.join("data");
        let hands = Arc::new(Hands::default());
        hands.wall.store(1_000_000, Ordering::Relaxed);
        let copy = copy(&path, Some("staging"), &hands);
        assert_eq!(copy.load(NAME, None, TERMS), Ok(None));
        for kept in [file("{}", Some("yesterday"), Some(7)), file("{\"a\":\n1}", None, None)] {
            write(&copy, &kept);
            assert_eq!(copy.load(NAME, None, TERMS), Ok(Some(kept)));
        }
        let foreign = Copy::new(&path, "site", None, Clock::System);
        assert!(foreign.load(NAME, None, TERMS).is_err(), "of another environment");
        let whole = fs::read(&path).unwrap();
        assert_eq!(data_file_in(&whole), Ok(&b"{\"a\":\n1}"[..]));
        assert_eq!(data_file_in(b"{}"), Ok(&b"{}"[..]));
        for place in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[place] ^= 1;
            fs::write(&path, flipped).unwrap();
            assert!(copy.load(NAME, None, TERMS).is_err(), "byte {place} damaged");
            fs::write(&path, &whole[..place]).unwrap();
            assert!(copy.load(NAME, None, TERMS).is_err(), "cut at {place}");
        }
        assert_eq!(copy.save(NAME, &file("{}", None, None), None, TERMS), Ok(true), "what is damaged goes");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left lying about");
        fs::remove_dir_all(&folder).unwrap();
        assert!(copy.save(NAME, &file("{}", None, None), None, TERMS).is_err(), "the folder is gone");
    }

    #[test]
    fn a_copy_that_another_process_has_written_stays_and_becomes_young_only_by_its_own_version() {
        let folder = folder("young");
        let hands = Arc::new(Hands::default());
        hands.wall.store(1_000_000, Ordering::Relaxed);
        let copy = copy(&folder.join("data"), Some("staging"), &hands);
        let (monday, sunday) = (file("{}", Some("monday"), Some(10)), file("{ }", Some("sunday"), None));
        write(&copy, &monday);
        assert_eq!(copy.save(NAME, &sunday, None, TERMS), Ok(false), "another one is there");
        assert_eq!(copy.save(NAME, &sunday, Some(sunday.version()), TERMS), Ok(false));
        let confirm = |version: &str, age: u64, expected: (bool, u64)| {
            let confirmed = copy.confirm(NAME, version, Duration::from_secs(age), TERMS).unwrap();
            let age = copy.load(NAME, None, TERMS).unwrap().unwrap().age().unwrap();
            assert_eq!((confirmed, age.as_secs()), expected);
        };
        confirm(sunday.version(), 0, (false, 10));
        confirm(monday.version(), 4, (true, 4));
        confirm(monday.version(), 8, (true, 4));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn an_age_is_known_unless_the_clock_is_wrong() {
        let age = |confirmed: Option<u64>, now: u64| {
            let stored = Stored { body: Vec::new(), last_modified: None, confirmed: confirmed.map(at) };
            stored.age(at(now)).map(|age| age.as_secs())
        };
        assert_eq!(age(Some(100), 130), Some(30));
        assert_eq!(age(Some(100), 100), Some(0));
        assert_eq!(age(Some(100), 50), Some(0), "clocks differ a bit");
        assert_eq!(age(Some(100_000), 50), None, "the clock went back by a day");
        assert_eq!(age(None, 50), None);
    }
}
