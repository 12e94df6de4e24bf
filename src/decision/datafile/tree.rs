//! A segment and its tree of conditions.

use super::condition::Condition;
use super::kinds::Kinds;
use super::operators::Operators;

/// A segment of visitors; by default one that cannot be read.
#[derive(Debug, Default)]
pub(crate) struct Segment {
    pub(crate) id: i64,
    pub(crate) audience_tracking: bool,
    /// None when the file's definition cannot be read: it never holds.
    pub(crate) tree: Option<Tree>,
    pub(crate) reference: Reference,
    pub(super) kinds: Kinds,
}

/// How other segments refer to a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Reference {
    /// At most once, so that it is evaluated at most once.
    #[default]
    Single,
    /// Several times. Its result is the same each time, and is kept.
    Shared,
    /// In a circle, or too deep: its result depends on the way to it.
    Tangled,
}

/// The first level of a segment: lists of conditions.
pub(crate) type Tree = Operated<Operated<Condition>>;

/// Items with the operators between them.
#[derive(Debug)]
pub(crate) struct Operated<T> {
    pub(crate) items: Box<[T]>,
    pub(crate) operators: Operators,
}

impl<T> Operated<T> {
    /// Reads the list as the platform does: an OR splits off what is before it, an AND binds its
    /// two neighbours first, so `a AND b AND c OR d` is `(a AND b) AND (c OR d)`. Left to right,
    /// and no further than needed. An empty list holds.
    ///
    /// The rest of the list is always the last operand, so a loop does what reads as recursion. It
    /// asks in one place, so that what it asks can become part of it.
    #[inline]
    pub(crate) fn holds(&self, mut holds: impl FnMut(&T) -> bool) -> bool {
        let is_or = |place| self.operators.is_or(place);
        let last = self.items.len().wrapping_sub(1);
        let mut place = 0;
        let mut is_bound = false;
        while let Some(item) = self.items.get(place) {
            let value = holds(item);
            if !is_bound && place != last && !is_or(place) {
                place += 1;
                // What the AND binds decides, unless it is settled.
                is_bound = value;
                if is_bound {
                    continue;
                }
            }
            // What is read so far stands before operator `place`; the rest decides the other half.
            if place == last || value == is_or(place) {
                return value;
            }
            is_bound = false;
            place += 1;
        }
        true
    }
}
