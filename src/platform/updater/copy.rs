//! The last-good data file on disk.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use twox_hash::XxHash3_64;

use crate::disk::{read_file, replace, sweep};

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
    most: usize,
    is_swept: bool,
}

/// What a copy holds.
#[derive(Debug, PartialEq)]
pub(super) struct Stored {
    pub(super) body: Vec<u8>,
    pub(super) last_modified: Option<String>,
    /// When the platform last said that it is the newest. None: nobody knows.
    pub(super) confirmed: Option<SystemTime>,
}

impl Stored {
    /// How old it is; none when nobody knows, or the clock says something that cannot be.
    pub(super) fn age(&self, now: SystemTime) -> Option<Duration> {
        let confirmed = self.confirmed?;
        match now.duration_since(confirmed) {
            Ok(age) => Some(age),
            Err(ahead) => (ahead.duration() <= AHEAD).then_some(Duration::ZERO),
        }
    }
}

impl Copy {
    /// `most`: how many bytes of data file are read at most.
    pub(super) fn new(path: &Path, site_code: &str, environment: Option<&str>, most: usize) -> Self {
        let owner = format!("{site_code:?} {:?}", environment.unwrap_or_default());
        Self { path: path.to_owned(), owner, most, is_swept: false }
    }

    /// What the copy holds; none when there is no copy.
    pub(super) fn read(&self) -> Result<Option<Stored>, String> {
        let read = read_file(&self.path, self.most.saturating_add(MOST_HEAD));
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
    pub(super) fn write(
        &mut self,
        body: &[u8],
        last_modified: Option<&str>,
        confirmed: Option<SystemTime>,
    ) -> Result<(), String> {
        self.put(body, last_modified, confirmed, true)
    }

    /// The platform said that its data file, which was last modified then, is the newest: a copy of
    /// just that one becomes as young.
    pub(super) fn confirm(&mut self, last_modified: Option<&str>, at: SystemTime) -> Result<(), String> {
        match self.read() {
            Ok(Some(stored))
                if stored.last_modified.as_deref() == last_modified && stored.confirmed < Some(at) =>
            {
                // What is lost with the power is only that it is young.
                self.put(&stored.body, last_modified, Some(at), false)
            }
            // Another process may have a newer one there.
            Ok(_) => Ok(()),
            Err(reason) => Err(reason),
        }
    }

    fn put(
        &mut self,
        body: &[u8],
        last_modified: Option<&str>,
        confirmed: Option<SystemTime>,
        sync: bool,
    ) -> Result<(), String> {
        if !std::mem::replace(&mut self.is_swept, true) {
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

/// The data file in the bytes of a copy of whatever site; the bytes themselves when they are no copy.
///
/// # Errors
/// What is wrong with a copy.
pub(crate) fn data_file_in(bytes: &[u8]) -> Result<&[u8], String> {
    if !bytes.starts_with(MARK) {
        return Ok(bytes);
    }
    head_of(bytes).map(|(_, start)| &bytes[start..])
}

/// The second line of a copy whose checksum is right, and where its data file begins.
fn head_of(bytes: &[u8]) -> Result<(&str, usize), String> {
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

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("kameleoon-copy-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn stored(
        body: &[u8],
        last_modified: Option<&str>,
        confirmed: Option<SystemTime>,
    ) -> Result<Option<Stored>, String> {
        Ok(Some(Stored { body: body.to_vec(), last_modified: last_modified.map(str::to_owned), confirmed }))
    }

    #[test]
    fn a_copy_is_read_back_only_as_it_was_written() {
        let folder = folder("back");
        let path = folder.join("data");
        let mut copy = Copy::new(&path, "site", Some("staging"), 1_000);
        assert_eq!(copy.read(), Ok(None));
        copy.write(b"{}", Some("yesterday"), Some(at(7))).unwrap();
        assert_eq!(copy.read(), stored(b"{}", Some("yesterday"), Some(at(7))));
        copy.write(b"{\"a\":\n1}", None, None).unwrap();
        assert_eq!(copy.read(), stored(b"{\"a\":\n1}", None, None));
        assert!(Copy::new(&path, "site", None, 1_000).read().is_err(), "of another environment");
        let whole = fs::read(&path).unwrap();
        assert_eq!(data_file_in(&whole), Ok(&b"{\"a\":\n1}"[..]));
        assert_eq!(data_file_in(b"{}"), Ok(&b"{}"[..]));
        for place in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[place] ^= 1;
            fs::write(&path, flipped).unwrap();
            assert!(copy.read().is_err(), "byte {place} damaged");
            fs::write(&path, &whole[..place]).unwrap();
            assert!(copy.read().is_err(), "cut at {place}");
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left lying about");
        fs::remove_dir_all(&folder).unwrap();
        assert!(copy.write(b"{}", None, None).is_err(), "the folder is gone");
    }

    #[test]
    fn a_copy_becomes_young_only_when_it_is_the_one_that_was_confirmed() {
        let folder = folder("young");
        let mut copy = Copy::new(&folder.join("data"), "site", None, 1_000);
        copy.write(b"{}", Some("monday"), Some(at(10))).unwrap();
        copy.confirm(Some("sunday"), at(20)).unwrap();
        assert_eq!(copy.read(), stored(b"{}", Some("monday"), Some(at(10))), "another one");
        copy.confirm(Some("monday"), at(20)).unwrap();
        assert_eq!(copy.read(), stored(b"{}", Some("monday"), Some(at(20))));
        copy.confirm(Some("monday"), at(15)).unwrap();
        assert_eq!(copy.read(), stored(b"{}", Some("monday"), Some(at(20))), "it is younger already");
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
