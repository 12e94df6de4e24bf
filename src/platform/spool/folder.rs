//! The folder of a spool: files come, are claimed and go. No ledger, no lock: a rename decides.

use std::fs::{DirBuilder, read_dir, remove_file};
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::time::Duration;

use twox_hash::XxHash3_64;

use super::claim::Claim;
use super::file::Contents;
use super::name::Name;
use crate::chance;
use crate::disk::{read_file, replace};
use crate::logging::{Voice, log_rarely};

/// So many entries of a folder are looked at.
const MOST_ENTRIES: usize = 100_000;
/// No write takes so long: what is older was left by a process that was killed.
const LEFT_OVER: Duration = Duration::from_secs(3_600);

/// How much the files of one owner may take, and for how long they are of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpoolBounds {
    pub(crate) bytes: u64,
    pub(crate) age: Duration,
    /// Written files are on the disk, and not only with the system, before they count.
    pub(crate) sync: bool,
}

/// The files of one site and environment in a folder.
#[derive(Debug)]
pub(crate) struct Spool {
    folder: PathBuf,
    owner: String,
    owner_hash: u64,
    bounds: SpoolBounds,
    damaged: Voice,
    full: Voice,
}

/// What a search for lines found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) file: Option<(Claim, Contents)>,
    /// Lines that were lost on the way: too old, or damaged.
    pub(crate) lost: u64,
}

impl Spool {
    /// Touches nothing: the folder is made when there is something to put in it.
    pub(crate) fn new(folder: &Path, site: &str, environment: Option<&str>, bounds: SpoolBounds) -> Self {
        let owner = format!("{site:?} {:?}", environment.unwrap_or_default());
        let owner_hash = XxHash3_64::oneshot(owner.as_bytes());
        let (damaged, full) = (Voice::new(), Voice::new());
        Self { folder: folder.to_owned(), owner, owner_hash, bounds, damaged, full }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Puts lines there as one new file. Returns how many older ones had to go for them.
    pub(crate) fn write(&self, contents: &Contents, created: i64, now: i64) -> Result<u64> {
        let bytes = contents.write(&self.owner, created);
        let length = bytes.len() as u64;
        if length > self.bounds.bytes {
            let reason = format!("{length} bytes are more than `tracking_spool_max_bytes` allows");
            return Err(Error::new(ErrorKind::InvalidInput, reason));
        }
        self.make_folder()?;
        let lost = self.make_room(length, now)?;
        let name = Name { created, count: contents.count(), random: chance::bits(), claimed: None };
        let path = self.folder.join(name.write(self.owner_hash));
        replace(&path, &[bytes.as_bytes()], self.bounds.sync)?;
        Ok(lost)
    }

    /// Claims the oldest file that nobody has and that is not to be left out. What is too old or
    /// damaged on the way is removed.
    pub(crate) fn take(&self, now: i64, is_left_out: impl Fn(u64) -> bool) -> Result<Found> {
        let mut found = Found::default();
        for (name, _) in self.files()? {
            if !name.is_free(now) || is_left_out(name.random) {
                continue;
            }
            let Some(claim) = Claim::make(&self.folder, self.owner_hash, &name, now)? else { continue };
            if name.is_older(self.age(), now) {
                claim.commit()?;
                found.lost += name.count;
                continue;
            }
            match self.read(&claim) {
                Ok(contents) => {
                    found.file = Some((claim, contents));
                    break;
                }
                Err(reason) => {
                    log_rarely!(
                        self.damaged,
                        Warning,
                        "a file of the spool `{}` with {} tracking lines is removed: {reason}",
                        self.folder.display(),
                        name.count
                    );
                    claim.commit()?;
                    found.lost += name.count;
                }
            }
        }
        Ok(found)
    }

    /// Takes the lines of a visitor out of all files that nobody is sending. Returns how many.
    pub(crate) fn purge(&self, visitor_code: &str, now: i64) -> Result<u64> {
        let mut purged = 0;
        for (name, _) in self.files()? {
            if !name.is_free(now) {
                continue;
            }
            let Some(claim) = Claim::make(&self.folder, self.owner_hash, &name, now)? else { continue };
            let Ok(contents) = self.read(&claim) else { continue };
            let kept = contents.without(visitor_code);
            if kept.count() == contents.count() {
                continue;
            }
            if kept.count() > 0 {
                self.write(&kept, name.created, now)?;
            }
            claim.commit()?;
            purged += contents.count() - kept.count();
        }
        Ok(purged)
    }

    /// How many lines wait there, those that somebody sends among them.
    pub(crate) fn waiting(&self) -> Result<u64> {
        Ok(self.files()?.iter().map(|(name, _)| name.count).sum())
    }

    fn age(&self) -> i64 {
        i64::try_from(self.bounds.age.as_millis()).unwrap_or(i64::MAX)
    }

    fn read(&self, claim: &Claim) -> std::result::Result<Contents, String> {
        let most = usize::try_from(self.bounds.bytes).unwrap_or(usize::MAX);
        match read_file(claim.path(), most) {
            Ok(Some(bytes)) => Contents::read(&bytes, &self.owner).map_err(str::to_owned),
            Ok(None) => Err("it is gone".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Makes the folder, for its user alone, unless it is there.
    pub(crate) fn make_folder(&self) -> Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.folder)
    }

    /// Lets the oldest files go until there is room for so many bytes.
    fn make_room(&self, bytes: u64, now: i64) -> Result<u64> {
        let files = self.files()?;
        let mut total: u64 = files.iter().map(|(_, length)| length).sum();
        let mut lost = 0;
        for (name, length) in files {
            if total.saturating_add(bytes) <= self.bounds.bytes {
                break;
            }
            if !name.is_free(now) {
                continue;
            }
            if let Some(claim) = Claim::make(&self.folder, self.owner_hash, &name, now)? {
                claim.commit()?;
                lost += name.count;
            }
            total = total.saturating_sub(length);
        }
        if lost > 0 {
            log_rarely!(
                self.full,
                Warning,
                "the spool `{}` is full: its {lost} oldest lines are dropped",
                self.folder.display()
            );
        }
        Ok(lost)
    }

    /// The files of this owner with their lengths, oldest first. Whatever else lies there is left
    /// alone, links with fitting names too.
    fn files(&self) -> Result<Vec<(Name, u64)>> {
        let entries = match read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut files = Vec::new();
        for entry in entries.take(MOST_ENTRIES).flatten() {
            let file_name = entry.file_name();
            let Some(text) = file_name.to_str() else { continue };
            if self.is_temporary(text) {
                let found = entry.metadata().ok().filter(|found| found.is_file());
                let age = found.and_then(|found| found.modified().ok()?.elapsed().ok());
                if age.is_some_and(|age| age >= LEFT_OVER) {
                    // Somebody else may have removed it.
                    let _ = remove_file(entry.path());
                }
                continue;
            }
            let Some(name) = Name::read(text, self.owner_hash) else { continue };
            // Of a link this is the link, not what it leads to.
            let Ok(found) = entry.metadata() else { continue };
            if found.is_file() {
                files.push((name, found.len()));
            }
        }
        files.sort_by(|(a, _), (b, _)| a.order(b));
        Ok(files)
    }

    fn is_temporary(&self, name: &str) -> bool {
        name.starts_with(&format!(".{:016x}-", self.owner_hash)) && name.ends_with(".new")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const DAY: i64 = 24 * 60 * 60 * 1000;
    const NOW: i64 = 1_700_000_000_000;

    /// A spool in a folder of its own.
    struct Place(PathBuf);

    impl Place {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("kameleoon-spool-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Self(path)
        }

        fn spool(&self, bytes: u64) -> Spool {
            let bounds = SpoolBounds { bytes, age: Duration::from_millis(DAY as u64), sync: false };
            Spool::new(&self.0, "site", None, bounds)
        }

        fn count(&self) -> usize {
            fs::read_dir(&self.0).map_or(0, Iterator::count)
        }

        fn only_file(&self) -> PathBuf {
            fs::read_dir(&self.0).unwrap().next().unwrap().unwrap().path()
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn lines(visitor: &str, count: u64) -> Contents {
        let mut contents = Contents::default();
        contents.begin(visitor, "");
        (0..count).for_each(|nonce| contents.add(&format!("nonce={nonce:016X}&visitorCode={visitor}")));
        contents
    }

    fn take(spool: &Spool, now: i64) -> Found {
        spool.take(now, |_| false).unwrap()
    }

    #[test]
    fn files_are_taken_oldest_first_and_are_free_again_unless_committed() {
        let place = Place::new("order");
        let spool = place.spool(1 << 20);
        assert!(take(&spool, NOW).file.is_none(), "no folder, nothing to do");
        spool.write(&lines("b", 2), NOW + 1, NOW).unwrap();
        spool.write(&lines("a", 1), NOW, NOW).unwrap();
        let (claim, contents) = take(&spool, NOW).file.unwrap();
        assert_eq!((contents.count(), spool.waiting().unwrap()), (1, 3));
        let (second, _) = take(&spool, NOW).file.unwrap();
        assert!(take(&spool, NOW).file.is_none(), "both are taken");
        drop(claim);
        second.commit().unwrap();
        assert_eq!(spool.waiting().unwrap(), 1);
        let (claim, _) = take(&spool, NOW).file.unwrap();
        let id = claim.id();
        drop(claim);
        assert!(spool.take(NOW, |random| random == id).unwrap().file.is_none());
        assert!(take(&spool, NOW).file.is_some());
    }

    #[test]
    fn of_many_who_claim_at_once_one_does() {
        let place = Place::new("claimers");
        let spool = place.spool(1 << 20);
        for round in 0..10 {
            spool.write(&lines("a", 1), NOW, NOW).unwrap();
            let claimed = AtomicUsize::new(0);
            std::thread::scope(|scope| {
                for claimer in 0..100 {
                    let (spool, claimed) = (&spool, &claimed);
                    scope.spawn(move || {
                        if let Some((claim, _)) = take(spool, NOW + claimer % 3).file {
                            claimed.fetch_add(1, Ordering::Relaxed);
                            claim.commit().unwrap();
                        }
                    });
                }
            });
            assert_eq!(claimed.into_inner(), 1, "{round}");
        }
        assert_eq!(place.count(), 0);
    }

    #[test]
    fn a_claim_of_a_killed_process_is_made_again_after_a_while_or_when_the_clock_went_back() {
        let place = Place::new("killed");
        let spool = place.spool(1 << 20);
        for (later, is_free) in [(60_000, false), (11 * 60_000, true), (-DAY, true)] {
            spool.write(&lines("a", 1), NOW, NOW).unwrap();
            std::mem::forget(take(&spool, NOW).file.unwrap());
            let found = take(&spool, NOW + later);
            assert_eq!((found.file.is_some(), found.lost), (is_free, 0), "{later}");
            drop(found);
            fs::remove_dir_all(&place.0).unwrap();
        }
    }

    #[test]
    fn what_is_damaged_old_or_too_much_goes_and_is_counted() {
        let place = Place::new("lost");
        let spool = place.spool(4_000);
        spool.write(&lines("a", 3), NOW, NOW).unwrap();
        let path = place.only_file();
        let bytes = fs::read(&path).unwrap();
        for place in [0, 20, 50, bytes.len() - 1] {
            fs::write(&path, &bytes[..place]).unwrap();
            let found = take(&spool, NOW);
            assert_eq!((found.file.is_none(), found.lost), (true, 3), "cut at {place}");
        }
        spool.write(&lines("a", 5), NOW, NOW).unwrap();
        let found = take(&spool, NOW + DAY + 1);
        assert_eq!((found.file.is_none(), found.lost, place.count()), (true, 5, 0));
        let lost: u64 = (0..10).map(|file| spool.write(&lines("a", 20), NOW + file, NOW).unwrap()).sum();
        assert_eq!(lost + spool.waiting().unwrap(), 200);
        let (claim, _) = take(&spool, NOW).file.unwrap();
        assert!(claim.created() > NOW, "the oldest went first");
        assert!(spool.write(&lines("a", 1_000), NOW, NOW).is_err(), "larger than everything");
    }

    #[test]
    fn foreign_files_and_other_owners_are_left_alone() {
        let place = Place::new("foreign");
        let spool = place.spool(1 << 20);
        let bounds = SpoolBounds { bytes: 1 << 20, age: Duration::from_secs(60), sync: true };
        let other = Spool::new(&place.0, "site", Some("staging"), bounds);
        other.write(&lines("a", 1), NOW, NOW).unwrap();
        fs::write(place.0.join("readme"), "mine").unwrap();
        fs::create_dir(place.0.join("folder.lines")).unwrap();
        assert!(take(&spool, NOW + 2 * DAY).file.is_none());
        assert_eq!(place.count(), 3);
        assert!(take(&other, NOW).file.is_some());
    }

    #[cfg(unix)]
    #[test]
    fn files_are_for_their_user_alone_and_links_are_not_followed() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let place = Place::new("unix");
        let spool = place.spool(1 << 20);
        spool.write(&lines("a", 1), NOW, NOW).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let path = place.only_file();
        assert_eq!((mode(&place.0), mode(&path)), (0o700, 0o600));
        let elsewhere = place.0.join("elsewhere");
        fs::rename(&path, &elsewhere).unwrap();
        symlink(&elsewhere, &path).unwrap();
        let found = take(&spool, NOW);
        assert!(found.file.is_none() && elsewhere.exists() && fs::symlink_metadata(&path).is_ok());
    }

    #[test]
    fn where_no_folder_can_be_there_is_an_error_and_no_panic() {
        let place = Place::new("nowhere");
        fs::write(&place.0, "a file where the folder should be").unwrap();
        let spool = place.spool(1 << 20);
        assert!(spool.write(&lines("a", 1), NOW, NOW).is_err());
        assert!(spool.take(NOW, |_| false).is_err());
        assert!(spool.purge("a", NOW).is_err());
        fs::remove_file(&place.0).unwrap();
    }

    #[test]
    fn a_refusal_takes_the_lines_of_one_visitor_out() {
        let place = Place::new("purge");
        let spool = place.spool(1 << 20);
        let mut both = lines("a", 2);
        both.begin("b c", "");
        both.add("nonce=00000000000000FF&visitorCode=b%20c");
        spool.write(&both, NOW, NOW).unwrap();
        spool.write(&lines("b c", 1), NOW + 1, NOW).unwrap();
        assert_eq!(spool.purge("b c", NOW).unwrap(), 2);
        assert_eq!((spool.waiting().unwrap(), place.count()), (2, 1));
        let (claim, contents) = take(&spool, NOW).file.unwrap();
        assert_eq!((claim.created(), contents), (NOW, lines("a", 2)));
        assert_eq!(spool.purge("nobody", NOW).unwrap(), 0);
    }
}
