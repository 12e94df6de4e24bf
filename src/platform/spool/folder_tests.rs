//! The folder of a spool, by itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::file::Contents;
use super::folder::{Found, Listing, Room, Spool, SpoolBounds};

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

fn put(spool: &Spool, contents: &Contents, created: i64) -> u64 {
    spool.write(contents, created, NOW, Room::Make).unwrap().lost
}

fn take(spool: &Spool, now: i64) -> Found {
    spool.take(&mut Listing::default(), now, |_| false).unwrap()
}

#[test]
fn files_are_taken_oldest_first_and_are_free_again_unless_committed() {
    let place = Place::new("order");
    let spool = place.spool(1 << 20);
    assert!(take(&spool, NOW).file.is_none(), "no folder, nothing to do");
    put(&spool, &lines("b", 2), NOW + 1);
    put(&spool, &lines("a", 1), NOW);
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
    assert!(spool.take(&mut Listing::default(), NOW, |random| random == id).unwrap().file.is_none());
    assert!(take(&spool, NOW).file.is_some());
}

#[test]
fn the_folder_is_looked_at_when_the_last_look_is_used_up() {
    let place = Place::new("listing");
    let spool = place.spool(1 << 20);
    let mut listing = Listing::default();
    let mut take = || spool.take(&mut listing, NOW, |_| false).unwrap().file;
    for number in 0..3 {
        put(&spool, &lines("a", 1), NOW + number);
    }
    let (first, _) = take().unwrap();
    put(&spool, &lines("a", 1), NOW - 1);
    assert_eq!(take().unwrap().0.created(), NOW + 1, "from the last look");
    first.commit().unwrap();
    assert_eq!([take(), take()].map(|file| file.unwrap().0.created()), [NOW + 2, NOW - 1]);
    // Those that were let go are there again.
    assert_eq!(take().unwrap().0.created(), NOW + 1);
}

#[test]
fn of_many_who_claim_at_once_one_does() {
    let place = Place::new("claimers");
    let spool = place.spool(1 << 20);
    for round in 0..10 {
        put(&spool, &lines("a", 1), NOW);
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
        put(&spool, &lines("a", 1), NOW);
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
    put(&spool, &lines("a", 3), NOW);
    let path = place.only_file();
    let bytes = fs::read(&path).unwrap();
    for place in [0, 20, 50, bytes.len() - 1] {
        fs::write(&path, &bytes[..place]).unwrap();
        let found = take(&spool, NOW);
        assert_eq!((found.file.is_none(), found.lost), (true, 3), "cut at {place}");
    }
    put(&spool, &lines("a", 5), NOW);
    let found = take(&spool, NOW + DAY + 1);
    assert_eq!((found.file.is_none(), found.lost, place.count()), (true, 5, 0));
    let lost: u64 = (0..10).map(|file| put(&spool, &lines("a", 20), NOW + file)).sum();
    assert_eq!(lost + spool.waiting().unwrap(), 200);
    let (claim, _) = take(&spool, NOW).file.unwrap();
    assert!(claim.created() > NOW, "the oldest went first");
    assert!(spool.write(&lines("a", 1_000), NOW, NOW, Room::Make).is_err(), "larger than everything");
}

#[test]
fn foreign_files_and_other_owners_are_left_alone() {
    let place = Place::new("foreign");
    let spool = place.spool(1 << 20);
    let bounds = SpoolBounds { bytes: 1 << 20, age: Duration::from_secs(60), sync: true };
    let other = Spool::new(&place.0, "site", Some("staging"), bounds);
    put(&other, &lines("a", 1), NOW);
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
    put(&spool, &lines("a", 1), NOW);
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
    assert!(spool.write(&lines("a", 1), NOW, NOW, Room::Make).is_err());
    assert!(spool.take(&mut Listing::default(), NOW, |_| false).is_err());
    assert!(spool.purge(&["a".to_owned()], NOW).is_err());
    fs::remove_file(&place.0).unwrap();
}

#[test]
fn a_refusal_takes_the_lines_of_one_visitor_out() {
    let place = Place::new("purge");
    let spool = place.spool(1 << 20);
    let mut both = lines("a", 2);
    both.begin("b c", "");
    both.add("nonce=00000000000000FF&visitorCode=b%20c");
    put(&spool, &both, NOW);
    put(&spool, &lines("b c", 1), NOW + 1);
    assert_eq!(spool.purge(&["other".to_owned(), "b c".to_owned()], NOW).unwrap(), (2, true));
    assert_eq!((spool.waiting().unwrap(), place.count()), (2, 1));
    let (claim, contents) = take(&spool, NOW).file.unwrap();
    assert_eq!((claim.created(), contents), (NOW, lines("a", 2)));
    assert_eq!(spool.purge(&["nobody".to_owned()], NOW).unwrap(), (0, true));
}

/// What cannot be read now, or by this process, may be read some other time, or by another.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_left_where_it_is() {
    let place = Place::new("unread");
    let spool = place.spool(1 << 20);
    put(&spool, &lines("other version", 2), NOW - 1);
    let path = place.only_file();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("kameleoon spool 1", "kameleoon spool 2", 1)).unwrap();
    put(&spool, &lines("too large", 3), NOW);
    let large = fs::read_dir(&place.0).unwrap().map(|entry| entry.unwrap().path());
    let large = large.into_iter().find(|found| *found != path).unwrap();
    put(&spool, &lines("good", 1), NOW + 1);
    // Larger than anything that is read; most of it is a hole.
    fs::OpenOptions::new().write(true).open(&large).unwrap().set_len(65 << 20).unwrap();
    let found = take(&spool, NOW);
    assert_eq!((found.lost, found.file.map(|(_, contents)| contents.count())), (0, Some(1)));
    assert_eq!((spool.waiting().unwrap(), place.count()), (6, 3));
    let found = take(&spool, NOW + 2 * DAY);
    assert_eq!((found.lost, found.file.is_some()), (6, false), "until they are too old");
}

#[test]
fn a_file_of_a_process_with_a_larger_bound_is_read() {
    let place = Place::new("larger");
    put(&place.spool(1 << 20), &lines("visitor", 100), NOW);
    let found = take(&place.spool(500), NOW);
    assert_eq!((found.lost, found.file.map(|(_, contents)| contents.count())), (0, Some(100)));
}
