//! A store that a program has set up, as the configuration holds it.

use std::fmt;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

/// A store. Two are the same when they are one.
pub(crate) struct Shelf<S: ?Sized>(pub(crate) Arc<S>);

impl<S: ?Sized> Clone for Shelf<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: ?Sized> PartialEq for Shelf<S> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<S: ?Sized> Eq for Shelf<S> {}

// Every call of a store is caught should it panic, and tried again like one that failed.
impl<S: ?Sized> UnwindSafe for Shelf<S> {}
impl<S: ?Sized> RefUnwindSafe for Shelf<S> {}

impl<S: ?Sized> Deref for Shelf<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

/// Leaves out what the program's store would show of itself: it may be an address with a password.
impl<S: ?Sized> fmt::Debug for Shelf<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(set)")
    }
}
