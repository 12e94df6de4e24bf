//! The spool in the hands of the thread that sends, and what of it is on its way.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::batch::Batch;
use super::dispatch::Dispatch;
use super::tracker::Tracker;
use crate::logging::{Voice, log_rarely};
use crate::platform::net::Quiet;
use crate::platform::spool::{Claim, Contents, Listing, Marker, Spool};

/// Of so many visitors it is known that their lines have to leave the disk.
const MOST_TO_PURGE: usize = 10_000;
/// Between two requests with lines from disk.
pub(super) const PAUSE: Duration = Duration::from_millis(100);

/// For so long a file is left out whose request failed; four times as long after each further one.
const FAILED_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_FAILED_PAUSE: Duration = Duration::from_secs(60 * 60);
/// So many such files are known.
const MOST_FAILED: usize = 10_000;

/// The spool, and what of it is being sent.
pub(super) struct SpoolDesk {
    pub(super) spool: Arc<Spool>,
    pub(super) listing: Listing,
    pub(super) under_way: Option<Draining>,
    /// When to go on.
    pub(super) next: Instant,
    /// Nothing more is to be had from the folder before `next`.
    pub(super) is_over: bool,
    /// Files with lines that were refused while nothing was accepted: left out until something is.
    pub(super) doubtful: HashSet<u64>,
    /// Files whose requests failed, how often, and until when they are left out: nobody else's lines
    /// wait for them.
    pub(super) failed: HashMap<u64, (u32, Instant)>,
    /// Requests that were refused, and files whose requests failed, since something was accepted.
    pub(super) refusals: u32,
    pub(super) failures: u32,
    pub(super) requests: u32,
    /// The platform did not take a file, and has taken nothing since.
    pub(super) is_failing: bool,
    /// A file is what tells whether an outage is over: there is nobody else here.
    pub(super) is_trying: bool,
    /// Lines were put there that are to be sent when the platform answers.
    pub(super) has_kept: bool,
    /// Lines are written before each request.
    pub(super) before_sending: bool,
    /// When lines that are due go to disk, during an outage.
    pub(super) next_keeping: Instant,
    /// The folder could not be written: it is left alone until then.
    pub(super) sulks_until: Instant,
    /// Files whose lines are in memory too, in case that this process is killed.
    pub(super) covers: Vec<Claim>,
    pub(super) unwritten: Voice,
    pub(super) too_long: Voice,
    /// Visitors whose lines could not be taken out of every file: nothing of them may be sent.
    to_purge: Vec<String>,
    pub(super) unread: Voice,
    pub(super) quiet: Quiet,
    /// What this process last told all others of an outage.
    pub(super) own_marker: Cell<Option<Marker>>,
    unpurged: Voice,
    forgot_purge: Voice,
}

/// A file on its way.
pub(super) struct Draining {
    pub(super) claim: Claim,
    pub(super) batch: Batch<String>,
    pub(super) dispatch: Dispatch,
    /// What has to wait for another time.
    pub(super) left: Vec<Range<usize>>,
    pub(super) refused: Vec<Range<usize>>,
    pub(super) accepted: u64,
}

impl SpoolDesk {
    pub(super) fn new(spool: Arc<Spool>, before_sending: bool, now: Instant, first: Instant) -> Self {
        Self {
            spool,
            is_trying: false,
            has_kept: false,
            before_sending,
            next_keeping: now,
            sulks_until: now,
            covers: Vec::new(),
            listing: Listing::default(),
            under_way: None,
            next: first,
            is_over: false,
            doubtful: HashSet::new(),
            failed: HashMap::new(),
            refusals: 0,
            failures: 0,
            requests: 0,
            is_failing: false,
            unwritten: Voice::default(),
            too_long: Voice::default(),
            to_purge: Vec::new(),
            unread: Voice::default(),
            quiet: Quiet::new(true),
            own_marker: Cell::new(None),
            unpurged: Voice::default(),
            forgot_purge: Voice::default(),
        }
    }

    pub(super) fn count_lost(tracker: &Tracker, lines: u64) {
        tracker.counters.spool_dropped.fetch_add(lines, Ordering::AcqRel);
    }

    /// Somebody wants it empty.
    pub(super) fn begin(&mut self, now: Instant) {
        self.next = now;
        self.is_over = false;
        self.listing = Listing::default();
        self.failed.values_mut().for_each(|(_, until)| *until = now);
    }

    /// Whether a file is not to be tried now.
    pub(super) fn is_left_out(&self, file: u64, now: Instant) -> bool {
        self.doubtful.contains(&file) || self.failed.get(&file).is_some_and(|(_, until)| now < *until)
    }

    /// Requests with what is in a file failed. What is left of it may have another name by now.
    pub(super) fn note_failure(&mut self, file: u64, left: u64, now: Instant) {
        if self.failed.len() >= MOST_FAILED {
            // What is forgotten is found out again.
            self.failed.clear();
        }
        let tries = self.failed.remove(&file).map_or(0, |(tries, _)| tries);
        let pause = FAILED_PAUSE.saturating_mul(4_u32.saturating_pow(tries)).min(LONGEST_FAILED_PAUSE);
        self.failed.insert(left, (tries.saturating_add(1), now + pause));
    }

    /// Whether nothing in a file is to leave the disk.
    pub(super) fn may_go(&self, contents: &Contents) -> bool {
        self.to_purge.is_empty() || contents.without(&self.to_purge).count() == contents.count()
    }

    /// Takes lines of these visitors, and of those before them who are still to leave the disk, out of
    /// all files. A file that cannot be looked at now is looked at before it is sent. Returns how many
    /// lines there were.
    pub(super) fn purge(&mut self, visitor_codes: &[String], now: i64) -> u64 {
        self.to_purge.extend_from_slice(visitor_codes);
        match self.spool.purge(&self.to_purge, now) {
            Ok((purged, is_whole)) => {
                match is_whole {
                    true => self.to_purge.clear(),
                    false => self.bound_what_is_to_purge(),
                }
                purged
            }
            Err(error) => {
                log_rarely!(
                    self.unpurged,
                    Warning,
                    "the lines in `{}` of a visitor who refused consent, or is to be forgotten, could not be removed \
                     ({error}); that is tried again before they are sent",
                    self.spool.folder().display()
                );
                self.bound_what_is_to_purge();
                0
            }
        }
    }

    /// Forgets the first of many whose lines could not be looked at: a file that stays unreadable must
    /// not cost more and more memory.
    fn bound_what_is_to_purge(&mut self) {
        let beyond = self.to_purge.len().saturating_sub(MOST_TO_PURGE);
        if beyond > 0 {
            self.to_purge.drain(..beyond);
            log_rarely!(
                self.forgot_purge,
                Warning,
                "files in `{}` cannot be read, so that lines of visitors who refused consent may still be there; \
                 remove the files, or make them readable",
                self.spool.folder().display()
            );
        }
    }

    /// The platform has taken something.
    pub(super) fn platform_answers(&mut self, now: Instant) {
        self.refusals = 0;
        self.failures = 0;
        let mut is_due = std::mem::take(&mut self.is_failing) || std::mem::take(&mut self.has_kept);
        is_due |= !self.doubtful.is_empty();
        self.doubtful.clear();
        for (tries, until) in self.failed.values_mut() {
            // What failed once may have failed with everything else.
            if *tries == 1 && *until > now {
                *until = now;
                is_due = true;
            }
        }
        if is_due {
            self.next = self.next.min(now + PAUSE);
        }
    }

    /// The lines of the first of the covers are on disk otherwise, or were sent.
    pub(super) fn uncover(&mut self, first: usize) {
        for claim in self.covers.drain(..first.min(self.covers.len())).collect::<Vec<_>>() {
            self.settle(claim);
        }
    }

    /// The lines of a file need not be sent any more.
    pub(super) fn settle(&self, claim: Claim) {
        if let Err(error) = claim.commit() {
            self.tell_unremoved(&error);
        }
    }

    pub(super) fn tell_unremoved(&self, error: &std::io::Error) {
        log_rarely!(
            self.unread,
            Warning,
            "a file in `{}` whose lines were sent could not be removed ({error}); they will be sent again, and \
             the platform counts them once",
            self.spool.folder().display()
        );
    }

    /// Lets go of what is being sent, for others.
    pub(super) fn stop(&mut self) {
        self.under_way = None;
        self.is_over = true;
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::platform::spool::{Contents, Room, SpoolBounds};

    fn desk(folder: &Path) -> SpoolDesk {
        let bounds = SpoolBounds { bytes: 1 << 20, age: Duration::from_secs(86_400), sync: false };
        let now = Instant::now();
        SpoolDesk::new(Arc::new(Spool::new(folder, "site", None, bounds)), false, now, now)
    }

    fn codes(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("visitor {number}")).collect()
    }

    #[test]
    fn however_many_are_to_leave_the_disk_all_of_them_do() {
        let folder = std::env::temp_dir().join(format!("kameleoon-purge-{}", std::process::id()));
        let mut desk = desk(&folder);
        let mut contents = Contents::default();
        contents.begin("visitor 0", "");
        contents.add("nonce=0000000000000001&visitorCode=visitor%200");
        desk.spool.write(&contents, 1, 1, Room::Make).unwrap();
        let purged = desk.purge(&codes(MOST_TO_PURGE + 1), 1);
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!((purged, desk.to_purge.len()), (1, 0));
    }

    #[test]
    fn of_those_who_cannot_be_looked_for_no_more_than_so_many_are_kept() {
        // A file is no folder.
        let path = std::env::temp_dir().join(format!("kameleoon-no-purge-{}", std::process::id()));
        std::fs::write(&path, "").unwrap();
        let mut desk = desk(&path);
        let purged = desk.purge(&codes(MOST_TO_PURGE + 1), 1);
        std::fs::remove_file(&path).unwrap();
        assert_eq!((purged, desk.to_purge.len()), (0, MOST_TO_PURGE));
        assert_eq!(desk.to_purge[0], "visitor 1");
    }
}
