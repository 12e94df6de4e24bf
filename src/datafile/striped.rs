//! Shared values whose reference counts are not shared: each thread counts on its own copy.

use std::ops::Deref;
use std::sync::Arc;

use crate::stripe;

/// A value that many threads hand out references to at once. One `Arc` would make them take turns
/// on the cache line of its count; here each thread counts on one of several outer `Arc`s.
#[derive(Debug)]
pub(crate) struct Striped<T> {
    value: Arc<T>,
    handles: Box<[StripedRef<T>]>,
}

/// An owned reference to a striped value.
#[derive(Debug)]
#[allow(clippy::redundant_allocation, reason = "the outer count is the stripe's, the inner one the value's")]
pub(crate) struct StripedRef<T>(Arc<Arc<T>>);

impl<T> Striped<T> {
    /// Wraps all values of a list. The handles of one stripe are made one after the other, so that
    /// those of two threads do not meet on a cache line.
    pub(crate) fn all(values: Vec<T>) -> Box<[Self]> {
        let values: Vec<Arc<T>> = values.into_iter().map(Arc::new).collect();
        let stripes: Vec<Vec<StripedRef<T>>> = (0..stripe::count())
            .map(|_| values.iter().map(|value| StripedRef(Arc::new(Arc::clone(value)))).collect())
            .collect();
        let mut stripes: Vec<_> = stripes.into_iter().map(Vec::into_iter).collect();
        values
            .into_iter()
            .map(|value| Self { value, handles: stripes.iter_mut().filter_map(Iterator::next).collect() })
            .collect()
    }

    /// A reference that is counted on the calling thread's stripe.
    pub(crate) fn share(&self) -> StripedRef<T> {
        self.handles[stripe::of_thread(self.handles.len())].clone()
    }
}

impl<T> Deref for Striped<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Clone for StripedRef<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for StripedRef<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
