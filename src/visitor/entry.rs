//! One name under which a visitor is known.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use parking_lot::Mutex;

use crate::decision::profile::Profile;

/// A visitor code with what is known of the visitor behind it. Two codes of one person share the
/// profile: one of them links to the other.
#[derive(Debug)]
pub(crate) struct Visitor {
    code: Box<str>,
    /// Seconds on the store's clock.
    last_used: AtomicU32,
    /// Counts the changes, so that a reader can tell whether its snapshot still holds without
    /// writing to memory that other threads read.
    version: AtomicU32,
    marks: AtomicU8,
    body: Mutex<Body>,
}

#[derive(Debug)]
enum Body {
    /// Nothing is known; the visitor is just on the list of those to be reported.
    Unknown,
    /// Shared with snapshots; changed in place while nobody holds one.
    Own(Arc<Profile>),
    /// The profile is that of another visitor.
    Link(Arc<Visitor>),
}

/// On the list for the next tracking request.
const LISTED: u8 = 1;
/// Taken out of the store; whoever still holds it has to look again.
const RETIRED: u8 = 2;
/// The visitor code is an identifier of a known user.
const UNIQUE: u8 = 4;

/// The visitor was taken out of the store.
#[derive(Debug)]
pub(crate) struct Retired;

/// What is known of a visitor at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) visitor: Arc<Visitor>,
    /// Whose profile it is, when it is not the visitor's own.
    linked: Option<Arc<Visitor>>,
    versions: (u32, u32),
    /// None: nothing is known.
    pub(crate) profile: Option<Arc<Profile>>,
}

impl Visitor {
    pub(super) fn new(code: &str, seconds: u32) -> Self {
        Self {
            code: code.into(),
            last_used: AtomicU32::new(seconds),
            version: AtomicU32::new(0),
            marks: AtomicU8::new(0),
            body: Mutex::new(Body::Unknown),
        }
    }

    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    pub(crate) fn is_unique(&self) -> bool {
        self.is_marked(UNIQUE)
    }

    pub(crate) fn set_unique(&self, unique: bool) {
        self.mark(UNIQUE, unique);
    }

    /// Puts the visitor on the list. Returns whether it was not on it before.
    pub(crate) fn list(&self) -> bool {
        !self.is_marked(LISTED) && self.mark(LISTED, true)
    }

    /// Takes the visitor off the list. Returns whether it was on it.
    pub(crate) fn unlist(&self) -> bool {
        self.mark(LISTED, false)
    }

    pub(crate) fn is_listed(&self) -> bool {
        self.is_marked(LISTED)
    }

    /// Whether the visitor was taken out of the store.
    pub(crate) fn is_retired(&self) -> bool {
        self.is_marked(RETIRED)
    }

    fn is_marked(&self, mark: u8) -> bool {
        self.marks.load(Ordering::Acquire) & mark != 0
    }

    /// Sets or clears a mark. Returns whether that changed it.
    fn mark(&self, mark: u8, set: bool) -> bool {
        let before = match set {
            true => self.marks.fetch_or(mark, Ordering::AcqRel),
            false => self.marks.fetch_and(!mark, Ordering::AcqRel),
        };
        (before & mark != 0) != set
    }

    /// Notes a use; writes only when the second has changed.
    pub(super) fn touch(&self, seconds: u32) {
        if self.last_used.load(Ordering::Relaxed) < seconds {
            self.last_used.store(seconds, Ordering::Relaxed);
        }
    }

    pub(super) fn last_used(&self) -> u32 {
        self.last_used.load(Ordering::Relaxed)
    }

    /// Reads the profile under the lock, following links. None when nothing is known.
    pub(crate) fn read<R>(self: &Arc<Self>, read: impl FnOnce(Option<&Profile>) -> R) -> R {
        let mut visitor = Arc::clone(self);
        loop {
            let body = visitor.body.lock();
            match &*body {
                Body::Unknown => return read(None),
                Body::Own(profile) => return read(Some(profile)),
                Body::Link(other) => {
                    let other = Arc::clone(other);
                    drop(body);
                    visitor = other;
                }
            }
        }
    }

    pub(crate) fn snapshot(self: &Arc<Self>) -> Snapshot {
        let mut visitor = Arc::clone(self);
        let mut own_version = None;
        loop {
            let body = visitor.body.lock();
            // Read under the lock, so it belongs to what the lock protects.
            let version = visitor.version.load(Ordering::Relaxed);
            let own_version = *own_version.get_or_insert(version);
            let profile = match &*body {
                Body::Unknown => None,
                Body::Own(profile) => Some(Arc::clone(profile)),
                Body::Link(other) => {
                    let other = Arc::clone(other);
                    drop(body);
                    visitor = other;
                    continue;
                }
            };
            drop(body);
            let linked = (!Arc::ptr_eq(&visitor, self)).then_some(visitor);
            let versions = (own_version, version);
            return Snapshot { visitor: Arc::clone(self), linked, versions, profile };
        }
    }

    /// How many pieces of its own profile, not of one it shares, are not sent yet.
    pub(crate) fn own_due_count(&self) -> u64 {
        match &*self.body.lock() {
            Body::Own(profile) => profile.due_count(),
            Body::Unknown | Body::Link(_) => 0,
        }
    }

    /// The visitor whose profile this one has.
    pub(super) fn root(self: &Arc<Self>) -> Arc<Self> {
        let mut visitor = Arc::clone(self);
        loop {
            let next = match &*visitor.body.lock() {
                Body::Link(other) => Arc::clone(other),
                _ => break,
            };
            visitor = next;
        }
        visitor
    }

    /// Changes the profile, which is made when nothing was known before.
    pub(crate) fn change<R>(
        self: &Arc<Self>,
        now: i64,
        change: impl FnOnce(&mut Profile) -> R,
    ) -> Result<R, Retired> {
        let mut visitor = Arc::clone(self);
        loop {
            let mut body = visitor.body.lock();
            if Arc::ptr_eq(&visitor, self) && self.is_marked(RETIRED) {
                return Err(Retired);
            }
            if let Body::Link(other) = &*body {
                let other = Arc::clone(other);
                drop(body);
                // Used under this name: it may not expire under the other one.
                other.touch(visitor.last_used());
                visitor = other;
                continue;
            }
            if matches!(*body, Body::Unknown) {
                *body = Body::Own(Arc::new(Profile::new(now)));
            }
            let Body::Own(profile) = &mut *body else { continue };
            let result = change(Arc::make_mut(profile));
            visitor.version.fetch_add(1, Ordering::Release);
            return Ok(result);
        }
    }

    /// Changes the profile if there is one, without noting a use or making one.
    pub(crate) fn change_known<R>(self: &Arc<Self>, change: impl FnOnce(&mut Profile) -> R) -> Option<R> {
        let root = self.root();
        let mut body = root.body.lock();
        let Body::Own(profile) = &mut *body else { return None };
        let result = change(Arc::make_mut(profile));
        root.version.fetch_add(1, Ordering::Release);
        Some(result)
    }

    /// Ends the request under way. Returns how many pieces were part of it, and how many of those
    /// are lost because the visitor was taken out of the store meanwhile.
    pub(crate) fn finish_sending(self: &Arc<Self>, delivered: bool) -> (u64, u64) {
        let root = self.root();
        let mut body = root.body.lock();
        let Body::Own(profile) = &mut *body else { return (0, 0) };
        let profile = Arc::make_mut(profile);
        let count = profile.finish_sending(delivered);
        let is_gone = self.is_retired() && root.is_retired();
        let lost = if is_gone { profile.give_up() } else { 0 };
        root.version.fetch_add(1, Ordering::Release);
        (count, lost)
    }

    /// Makes this a second name of another visitor. Returns the profile it had of its own.
    /// The caller holds the store's lock for links, so no circle can come about.
    pub(super) fn link_to(&self, other: &Arc<Self>) -> Option<Arc<Profile>> {
        let before = std::mem::replace(&mut *self.body.lock(), Body::Link(Arc::clone(other)));
        self.version.fetch_add(1, Ordering::Release);
        match before {
            Body::Own(profile) => Some(profile),
            Body::Unknown | Body::Link(_) => None,
        }
    }

    /// Ends the entry's life in the store, if `may` still agrees once nobody can change it. What
    /// waits to be sent is given up; what is part of the request under way is that request's to
    /// settle. Returns how many pieces were given up; none when the entry lives on.
    pub(super) fn retire(&self, may: impl FnOnce(Option<&Profile>) -> bool) -> Option<u64> {
        let mut body = self.body.lock();
        let profile = match &mut *body {
            Body::Own(profile) => Some(profile),
            Body::Unknown | Body::Link(_) => None,
        };
        if !may(profile.as_deref().map(|profile| &**profile)) {
            return None;
        }
        self.mark(RETIRED, true);
        let Some(profile) = profile.filter(|profile| profile.due_count() > 0) else { return Some(0) };
        let given_up = Arc::make_mut(profile).give_up();
        self.version.fetch_add(1, Ordering::Release);
        Some(given_up)
    }
}

impl Snapshot {
    /// Whether it still shows what is known of the visitor.
    pub(super) fn is_current(&self) -> bool {
        let version = |visitor: &Visitor| visitor.version.load(Ordering::Acquire);
        let own = version(&self.visitor);
        let linked = self.linked.as_deref().map_or(own, version);
        self.versions == (own, linked) && !self.visitor.is_marked(RETIRED)
    }

    pub(super) fn touch(&self, seconds: u32) {
        self.visitor.touch(seconds);
        if let Some(linked) = &self.linked {
            linked.touch(seconds);
        }
    }
}
