//! The folder of a spool: files come, are claimed and go. No ledger, no lock: a rename decides.

use std::collections::VecDeque;
use std::fs::{DirBuilder, read_dir, remove_file};
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::time::Duration;

use twox_hash::XxHash3_64;

use super::claim::Claim;
use super::file::{Contents, Unusable};
use super::marker::{Marker, Outage};
use super::name::Name;
use crate::chance;
use crate::disk::{read_file, replace};
use crate::logging::{Voice, log_rarely};

/// So many entries of a folder are looked at.
const MOST_ENTRIES: usize = 100_000;
/// No write takes so long: what is older was left by a process that was killed.
const LEFT_OVER: Duration = Duration::from_secs(3_600);

const MOST_OF_A_MARKER: usize = 4_096;
/// A file is read up to here, also where another process may write larger ones than this.
const MOST_OF_A_FILE: usize = 64 * 1024 * 1024;

/// How much the files of one owner may take, and for how long they are of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpoolBounds {
    pub(crate) bytes: u64,
    pub(crate) age: Duration,
    /// Written files are on the disk, and not only with the system, before they count.
    pub(crate) sync: bool,
}

/// What is done when a new file finds no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// The oldest lines go for it: it is the last chance of the new ones.
    Make,
    /// It is not written: its lines have another place.
    Find,
    /// It is written: an older one goes right after.
    Take,
}

/// A file that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    /// What tells it from all others.
    pub(crate) id: u64,
    /// How many older lines had to go for it.
    pub(crate) lost: u64,
}

/// The files of one site and environment in a folder.
#[derive(Debug)]
pub(crate) struct Spool {
    folder: PathBuf,
    owner: String,
    owner_hash: u64,
    bounds: SpoolBounds,
    damaged: Voice,
    left: Voice,
    full: Voice,
}

/// Why a file was not read.
enum Unread {
    Gone,
    /// It is for somebody else: of another user, or another version.
    Foreign(String),
    /// It may be read some other time.
    Later(String),
    Damaged(&'static str),
}

/// Files that were there at the last look, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Listing(VecDeque<Name>);

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
        let (damaged, left, full) = (Voice::default(), Voice::default(), Voice::default());
        Self { folder: folder.to_owned(), owner, owner_hash, bounds, damaged, left, full }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// About how long the lines of one file may be.
    pub(crate) fn most_of_a_file(&self) -> usize {
        usize::try_from(self.bounds.bytes / 2).unwrap_or(usize::MAX)
    }

    /// How long a line may be, with what a file says of its visitor: beyond, none holds it.
    pub(crate) fn most_of_a_line(&self) -> usize {
        // The head's checksum, times and counts.
        const HEAD: usize = 128;
        let most = usize::try_from(self.bounds.bytes).unwrap_or(usize::MAX);
        most.saturating_sub(self.owner.len() + HEAD)
    }

    /// Puts lines there as one new file.
    ///
    /// # Errors
    /// `FileTooLarge` when the spool could never hold them, `StorageFull` when it is full and none
    /// is to go for them, and what the system says.
    pub(crate) fn write(&self, contents: &Contents, created: i64, now: i64, room: Room) -> Result<Written> {
        let name = Name { created, count: contents.count(), random: chance::bits(), claimed: None };
        let lost = self.put(contents, &name, now, room)?;
        Ok(Written { id: name.random, lost })
    }

    /// The same for lines that this process is about to send: nobody else takes the file, unless
    /// this process is killed. None has to go for it.
    pub(crate) fn write_claimed(&self, contents: &Contents, now: i64) -> Result<Claim> {
        let count = contents.count();
        let name = Name { created: now, count, random: chance::bits(), claimed: Some(now) };
        self.put(contents, &name, now, Room::Find)?;
        Ok(Claim::new(&self.folder, self.owner_hash, name))
    }

    /// Writes a file under this name. Returns how many older lines had to go for it.
    fn put(&self, contents: &Contents, name: &Name, now: i64, room: Room) -> Result<u64> {
        let bytes = contents.write(&self.owner, name.created);
        let length = bytes.len() as u64;
        if length > self.bounds.bytes {
            let reason = format!("{length} bytes are more than `tracking_spool_max_bytes` allows");
            return Err(Error::new(ErrorKind::FileTooLarge, reason));
        }
        self.make_folder()?;
        let lost = match room {
            Room::Make => self.make_room(length, now)?,
            Room::Find if self.bytes()?.saturating_add(length) > self.bounds.bytes => {
                let reason = "it holds as much as `tracking_spool_max_bytes` allows";
                return Err(Error::new(ErrorKind::StorageFull, reason));
            }
            Room::Find | Room::Take => 0,
        };
        let path = self.folder.join(name.write(self.owner_hash));
        replace(&path, &[bytes.as_bytes()], self.bounds.sync)?;
        Ok(lost)
    }

    fn names(&self) -> Result<VecDeque<Name>> {
        Ok(self.files()?.into_iter().map(|(name, _)| name).collect())
    }

    fn bytes(&self) -> Result<u64> {
        Ok(self.files()?.iter().map(|(_, length)| length).sum())
    }

    /// Claims the oldest file that nobody has and that is not to be left out. What is too old or
    /// damaged on the way is removed. The folder is looked at when the listing is at its end.
    pub(crate) fn take(
        &self,
        listing: &mut Listing,
        now: i64,
        is_left_out: impl Fn(u64) -> bool,
    ) -> Result<Found> {
        let mut found = Found::default();
        let mut is_fresh = listing.0.is_empty();
        if is_fresh {
            listing.0 = self.names()?;
        }
        loop {
            let Some(name) = listing.0.pop_front() else {
                if is_fresh {
                    break;
                }
                is_fresh = true;
                listing.0 = self.names()?;
                continue;
            };
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
                // Dropping the claim frees it: whoever can read it sends it.
                Err(Unread::Gone) => {}
                Err(Unread::Foreign(reason) | Unread::Later(reason)) => log_rarely!(
                    self.left,
                    Warning,
                    "a file of the spool `{}` with {} tracking lines is left alone: {reason}",
                    self.folder.display(),
                    name.count
                ),
                Err(Unread::Damaged(reason)) => {
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

    /// Takes the lines of a person, by all its visitor codes, out of all files that nobody is
    /// sending. Returns how many, and whether all files could be looked at.
    pub(crate) fn purge(&self, visitor_codes: &[String], now: i64) -> Result<(u64, bool)> {
        let (mut purged, mut is_whole) = (0, true);
        for (name, _) in self.files()? {
            if !name.is_free(now) {
                continue;
            }
            let Some(claim) = Claim::make(&self.folder, self.owner_hash, &name, now)? else { continue };
            let contents = match self.read(&claim) {
                Ok(contents) => contents,
                Err(unread) => {
                    is_whole &= !matches!(unread, Unread::Later(_));
                    continue;
                }
            };
            let kept = contents.without(visitor_codes);
            if kept.count() == contents.count() {
                continue;
            }
            if kept.count() > 0 {
                self.write(&kept, name.created, now, Room::Take)?;
            }
            claim.commit()?;
            purged += contents.count() - kept.count();
        }
        Ok((purged, is_whole))
    }

    /// What is known of an outage, and by what. Whatever is in doubt is not known.
    pub(crate) fn outage(&self, now: i64) -> Option<(Outage, Marker)> {
        let bytes = read_file(&self.marker_path(), MOST_OF_A_MARKER).ok()??;
        let marker = Marker::read(&bytes, &self.owner)?;
        Some((marker.meaning(now)?, marker))
    }

    /// Has all processes know of an outage.
    pub(crate) fn mark(&self, marker: Marker) {
        // Without it each process finds out by itself.
        let _ = self.make_folder();
        let _ = replace(&self.marker_path(), &[marker.write(&self.owner).as_bytes()], false);
    }

    /// Has all processes know that it is over.
    pub(crate) fn unmark(&self) {
        // Its time is over some day.
        let _ = remove_file(self.marker_path());
    }

    fn marker_path(&self) -> PathBuf {
        self.folder.join(format!("{:016x}-not-before", self.owner_hash))
    }

    /// How many lines wait there, those that somebody sends among them.
    pub(crate) fn waiting(&self) -> Result<u64> {
        Ok(self.files()?.iter().map(|(name, _)| name.count).sum())
    }

    fn age(&self) -> i64 {
        i64::try_from(self.bounds.age.as_millis()).unwrap_or(i64::MAX)
    }

    /// Only what is there and wrong is damaged: that a file cannot be read now, or not by this process,
    /// says nothing about what is in it.
    fn read(&self, claim: &Claim) -> std::result::Result<Contents, Unread> {
        let own = usize::try_from(self.bounds.bytes).unwrap_or(usize::MAX);
        match read_file(claim.path(), own.max(MOST_OF_A_FILE)) {
            Ok(Some(bytes)) => Contents::read(&bytes, &self.owner).map_err(|unusable| match unusable {
                Unusable::Damaged(reason) => Unread::Damaged(reason),
                Unusable::OtherVersion => Unread::Foreign("it was written by another version".to_owned()),
            }),
            Ok(None) => Err(Unread::Gone),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                Err(Unread::Foreign(error.to_string()))
            }
            Err(error) => Err(Unread::Later(error.to_string())),
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
