//! One name under which a visitor is known.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use parking_lot::{Mutex, MutexGuard};

use super::estate::Estate;
use super::known::Known;
use super::ledger::Ledger;
use super::more::More;
use crate::decision::profile::{Bound, Profile};
use crate::decision::short_text::ShortText;

/// A visitor code in the store. The first name of a person holds what is known of the person; the
/// others point to it, and none of them ever points to another one: linking makes new entries.
#[derive(Debug)]
pub(crate) struct Visitor {
    code: ShortText,
    /// Seconds on the store's clock; a person's, kept with the first name.
    last_used: AtomicU32,
    /// Counts the changes, so that a reader can tell whether its snapshot still holds without
    /// writing to memory that other threads read.
    version: AtomicU32,
    /// Bytes, as the store counted them last.
    pub(super) weight: AtomicU32,
    marks: AtomicU8,
    pub(super) body: Mutex<Body>,
}

#[derive(Debug)]
pub(super) enum Body {
    /// What conditions read; none when nothing is known and the visitor is just on the list of those
    /// to be reported.
    Person { profile: Option<Arc<Profile>>, more: Option<Box<More>> },
    /// Another name of a person.
    Alias(Arc<Visitor>),
}

/// On the list for the next tracking request.
const LISTED: u8 = 1;
/// Taken out of the store; whoever still holds it has to look again.
pub(super) const RETIRED: u8 = 2;
/// The visitor code is an identifier of a known user.
const UNIQUE: u8 = 4;
/// To be sent at once.
const HURRIED: u8 = 8;
/// Retired because the person turned out to be another one; the store is about to say who.
const MOVED: u8 = 16;
/// Not the first name of its person.
const ALIAS: u8 = 32;
/// The platform refused everything about the person: it is tried again alone.
const ASIDE: u8 = 64;
/// The person asked to be forgotten.
const FORGOTTEN: u8 = 128;

/// The visitor was taken out of the store.
#[derive(Debug)]
pub(crate) struct Retired;

/// How much one person may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PersonBounds {
    /// Of what conditions read.
    pub(crate) profile: usize,
    /// Of what waits to be sent.
    pub(crate) outbox: usize,
}

/// What is known of a visitor at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) visitor: Arc<Visitor>,
    /// The first name of the person, when the visitor's is another one.
    person: Option<Arc<Visitor>>,
    version: u32,
    /// None: nothing is known.
    pub(crate) profile: Option<Arc<Profile>>,
}

impl Visitor {
    pub(super) fn new(code: &str, seconds: u32) -> Self {
        Self {
            code: ShortText::new(code),
            last_used: AtomicU32::new(seconds),
            version: AtomicU32::new(0),
            weight: AtomicU32::new(0),
            marks: AtomicU8::new(0),
            body: Mutex::new(Body::Person { profile: None, more: None }),
        }
    }

    /// Another name of a person.
    pub(super) fn alias(code: &str, person: Arc<Visitor>) -> Self {
        let alias = Self::new(code, 0);
        alias.mark(ALIAS, true);
        *alias.body.lock() = Body::Alias(person);
        alias
    }

    pub(crate) fn code(&self) -> &str {
        self.code.as_str()
    }

    pub(crate) fn has_code(&self, code: &[u8]) -> bool {
        self.code.is(code)
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

    /// Asks for the visitor to be sent at once. Returns whether nobody had before.
    pub(crate) fn hurry(&self) -> bool {
        !self.is_marked(HURRIED) && self.mark(HURRIED, true)
    }

    pub(crate) fn unhurry(&self) -> bool {
        self.mark(HURRIED, false)
    }

    /// Whether the visitor was taken out of the store.
    pub(crate) fn is_retired(&self) -> bool {
        self.is_marked(RETIRED)
    }

    /// Whether the store is about to say which person this is now.
    pub(super) fn is_moving(&self) -> bool {
        self.is_marked(MOVED)
    }

    /// Whether the person was taken out of the store, and became nobody else.
    pub(super) fn is_gone(&self) -> bool {
        self.is_retired() && !self.is_moving()
    }

    /// Another entry stands for the code now; this one held nothing.
    pub(super) fn rename(&self) {
        self.mark(RETIRED, true);
    }

    pub(super) fn is_alias(&self) -> bool {
        self.is_marked(ALIAS)
    }

    /// Other entries stand for the person now, who is this one.
    pub(super) fn moved(&self, person: &Arc<Self>) {
        *self.body.lock() = Body::Alias(Arc::clone(person));
        self.mark(MOVED, false);
    }

    /// The person that this one turned out to be. Waits until the store has said so.
    pub(super) fn became(&self) -> Option<Arc<Self>> {
        while self.is_moving() {
            std::thread::yield_now();
        }
        match &*self.body.lock() {
            Body::Alias(person) if !self.is_alias() => Some(Arc::clone(person)),
            _ => None,
        }
    }

    /// The person, and whom that one turned out to be. Each is looked for when the one before was dealt
    /// with: what moved meanwhile is where it went.
    pub(super) fn persons(self: &Arc<Self>) -> impl Iterator<Item = Arc<Self>> {
        let mut last: Option<Arc<Self>> = None;
        std::iter::from_fn(move || {
            let next = match &last {
                None => self.person(),
                Some(person) => person.became()?,
            };
            last = Some(Arc::clone(&next));
            Some(next)
        })
    }

    /// Nothing of the person is to be sent any more, not even once more.
    pub(super) fn set_forgotten(&self) {
        self.mark(FORGOTTEN, true);
    }

    pub(super) fn is_forgotten(&self) -> bool {
        self.is_marked(FORGOTTEN)
    }

    fn is_marked(&self, mark: u8) -> bool {
        self.marks.load(Ordering::Acquire) & mark != 0
    }

    /// Sets or clears a mark. Returns whether that changed it.
    pub(super) fn mark(&self, mark: u8, set: bool) -> bool {
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

    /// The first name of the person, which holds what is known.
    pub(crate) fn person(self: &Arc<Self>) -> Arc<Self> {
        if !self.is_alias() {
            return Arc::clone(self);
        }
        match &*self.body.lock() {
            Body::Alias(person) => Arc::clone(person),
            Body::Person { .. } => Arc::clone(self),
        }
    }

    /// Whether the entry, or the person that it names, was taken out of the store.
    pub(crate) fn is_dead(self: &Arc<Self>) -> bool {
        self.is_retired() || self.is_alias() && self.person().is_retired()
    }

    /// Whether the platform refused everything about the person.
    pub(crate) fn is_aside(self: &Arc<Self>) -> bool {
        self.person().is_marked(ASIDE)
    }

    pub(crate) fn set_aside(self: &Arc<Self>, aside: bool) {
        self.person().mark(ASIDE, aside);
    }

    /// What is known, of a first name.
    pub(super) fn lock(&self) -> Option<MutexGuard<'_, Body>> {
        let body = self.body.lock();
        matches!(*body, Body::Person { .. }).then_some(body)
    }

    /// All visitor codes of the person.
    pub(crate) fn names(self: &Arc<Self>) -> Vec<String> {
        let others = self.read(|_, more| {
            more.map(|more| more.names.iter().map(|name| String::from(&**name)).collect::<Vec<_>>())
        });
        let mut names = others.unwrap_or_default();
        names.push(self.person().code().to_owned());
        if !names.iter().any(|name| name == self.code()) {
            names.push(self.code().to_owned());
        }
        names
    }

    /// Reads what conditions read, and what else is known. None when nothing is known.
    pub(crate) fn read<R>(self: &Arc<Self>, read: impl FnOnce(Option<&Profile>, Option<&More>) -> R) -> R {
        let person = self.person();
        let body = person.body.lock();
        match &*body {
            Body::Person { profile, more } => read(profile.as_deref(), more.as_deref()),
            Body::Alias(_) => read(None, None),
        }
    }

    pub(crate) fn snapshot(self: &Arc<Self>) -> Snapshot {
        Arc::clone(self).into_snapshot()
    }

    pub(super) fn into_snapshot(self: Arc<Self>) -> Snapshot {
        let other = self.is_alias().then(|| self.person());
        let person = other.as_ref().unwrap_or(&self);
        let body = person.body.lock();
        // Read under the lock, so it belongs to what the lock protects.
        let version = person.version.load(Ordering::Relaxed);
        let profile = match &*body {
            Body::Person { profile, .. } => profile.clone(),
            Body::Alias(_) => None,
        };
        drop(body);
        Snapshot { visitor: self, person: other, version, profile }
    }

    /// Changes what is known, which is made when nothing was before.
    pub(super) fn change<R>(
        self: &Arc<Self>,
        now: i64,
        shared: (&Arc<Ledger>, PersonBounds),
        change: impl FnOnce(Known<'_>) -> R,
    ) -> Result<R, Retired> {
        self.change_and(now, shared, change, |_, _| ()).map(|(result, ())| result)
    }

    /// Changes what is known, and takes a snapshot of it.
    pub(super) fn change_and_show<R>(
        self: &Arc<Self>,
        now: i64,
        shared: (&Arc<Ledger>, PersonBounds),
        change: impl FnOnce(Known<'_>) -> R,
    ) -> Result<(R, Snapshot), Retired> {
        self.change_and(now, shared, change, |person, profile| Snapshot {
            visitor: Arc::clone(self),
            person: (!Arc::ptr_eq(self, person)).then(|| Arc::clone(person)),
            version: person.version.load(Ordering::Relaxed),
            profile: Some(Arc::clone(profile)),
        })
    }

    fn change_and<R, S>(
        self: &Arc<Self>,
        now: i64,
        shared: (&Arc<Ledger>, PersonBounds),
        change: impl FnOnce(Known<'_>) -> R,
        then: impl FnOnce(&Arc<Self>, &Arc<Profile>) -> S,
    ) -> Result<(R, S), Retired> {
        if self.is_retired() {
            return Err(Retired);
        }
        let other = self.is_alias().then(|| self.person());
        let person = other.as_ref().unwrap_or(self);
        let mut body = person.lock().ok_or(Retired)?;
        if person.is_retired() {
            return Err(Retired);
        }
        let Body::Person { profile, more } = &mut *body else { return Err(Retired) };
        let known = profile.get_or_insert_with(|| Arc::new(Profile::new(now)));
        let result = person.apply(known, more, shared, change);
        Ok((result, then(person, known)))
    }

    /// Changes what is known if anything is, without noting a use or making an entry.
    pub(super) fn change_known<R>(
        self: &Arc<Self>,
        shared: (&Arc<Ledger>, PersonBounds),
        change: impl FnOnce(Known<'_>) -> R,
    ) -> Option<R> {
        let person = self.person();
        let mut body = person.lock()?;
        let Body::Person { profile: Some(profile), more } = &mut *body else { return None };
        Some(person.apply(profile, more, shared, change))
    }

    /// Looks at what other servers have to be told, which is no change of what is known here.
    pub(super) fn with_shared<R>(&self, look: impl FnOnce(&Profile, &mut More) -> R) -> Option<R> {
        let mut body = self.lock()?;
        let Body::Person { profile: Some(profile), more: Some(more) } = &mut *body else { return None };
        Some(look(profile, more))
    }

    fn apply<R>(
        &self,
        profile: &mut Arc<Profile>,
        more: &mut Option<Box<More>>,
        (ledger, bounds): (&Arc<Ledger>, PersonBounds),
        change: impl FnOnce(Known<'_>) -> R,
    ) -> R {
        let profile = Arc::make_mut(profile);
        let result = change(Known { profile, more, ledger });
        let (profile_weight, mut is_cut) = profile.keep_within(Bound(bounds.profile));
        if let Some(known) = more {
            is_cut |= known.keep_within(bounds.profile, bounds.outbox);
            if known.is_empty() {
                *more = None;
            }
        }
        if is_cut {
            ledger.profiles_cut.fetch_add(1, Ordering::Relaxed);
        }
        let weight =
            size_of::<Self>() + self.code.weight() + profile_weight + more.as_deref().map_or(0, More::weight);
        self.weigh(weight, ledger);
        self.count_change();
        result
    }

    /// Lets readers know that their snapshots do not hold any more. Called under the person's lock,
    /// so that it need not be one operation.
    pub(super) fn count_change(&self) {
        let next = self.version.load(Ordering::Relaxed).wrapping_add(1);
        self.version.store(next, Ordering::Release);
    }

    pub(super) fn weigh(&self, weight: usize, ledger: &Ledger) {
        let weight = u32::try_from(weight).unwrap_or(u32::MAX);
        // Changed under the person's lock alone.
        let before = self.weight.load(Ordering::Relaxed);
        if weight != before {
            self.weight.store(weight, Ordering::Relaxed);
            ledger.weigh(i64::from(weight) - i64::from(before));
        }
    }

    /// Takes all away from a person who turned out to be another one. Whoever looks for this name
    /// waits until the store says where it is.
    pub(super) fn move_out(&self, ledger: &Ledger) -> Option<Estate> {
        let mut body = self.body.lock();
        let Body::Person { profile, more } = &mut *body else { return None };
        self.marks.fetch_or(RETIRED | MOVED, Ordering::AcqRel);
        self.count_change();
        self.weigh(0, ledger);
        Some(Estate { profile: profile.take(), more: more.take() })
    }
}

impl Snapshot {
    /// Whether it is the one of this code, or of this entry.
    #[inline]
    pub(super) fn is_of(&self, code: &str, entry: Option<&Arc<Visitor>>) -> bool {
        match entry {
            Some(entry) => Arc::ptr_eq(&self.visitor, entry),
            None => self.visitor.has_code(code.as_bytes()),
        }
    }

    /// Whether it still shows what is known of the visitor.
    pub(super) fn is_current(&self) -> bool {
        let person = self.person.as_deref().unwrap_or(&self.visitor);
        person.version.load(Ordering::Acquire) == self.version
            && !person.is_retired()
            && (self.person.is_none() || !self.visitor.is_retired())
    }

    /// Whether the visitor left the store, perhaps to be somebody else, before: it shows nothing then.
    pub(super) fn is_late(&self) -> bool {
        self.visitor.is_retired() || self.person.as_deref().is_some_and(Visitor::is_retired)
    }

    pub(super) fn touch(&self, seconds: u32) {
        self.person.as_deref().unwrap_or(&self.visitor).touch(seconds);
    }
}
