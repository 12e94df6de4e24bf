//! Shared values whose reference counts are not shared: each thread counts on its own copy.

use std::ops::Deref;
use std::sync::Arc;

use crate::stripe;

/// A value that many threads hand out references to at once. One `Arc` would make them take turns
/// on the cache line of its count; here each thread counts on one of several outer `Arc`s.
#[derive(Debug)]
pub(crate) struct Striped<T: ?Sized> {
    value: Arc<T>,
    handles: Box<[StripedRef<T>]>,
}

/// An owned reference to a striped value.
#[derive(Debug)]
pub(crate) struct StripedRef<T: ?Sized>(Arc<Stripe<T>>);

/// What the threads of one stripe count on. It is as large as two cache lines, so that no two counts
/// meet on one: they would be as good as one. (An alignment would do the same, but allocators take
/// their time over aligned memory.)
#[derive(Debug)]
struct Stripe<T: ?Sized> {
    value: Arc<T>,
    _room: [u64; 14],
}

impl<T: ?Sized> Striped<T> {
    pub(crate) fn new(value: Arc<T>) -> Self {
        let handle = |_| StripedRef(Arc::new(Stripe { value: Arc::clone(&value), _room: [0; 14] }));
        Self { handles: (0..stripe::count()).map(handle).collect(), value }
    }

    /// A reference that is counted on the calling thread's stripe.
    pub(crate) fn share(&self) -> StripedRef<T> {
        self.handles[stripe::of_thread(self.handles.len())].clone()
    }
}

impl<T: ?Sized> StripedRef<T> {
    /// A reference to a value that nobody else has.
    pub(crate) fn alone(value: Arc<T>) -> Self {
        Self(Arc::new(Stripe { value, _room: [0; 14] }))
    }
}

impl<T: ?Sized> Deref for Striped<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: ?Sized> Clone for StripedRef<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: ?Sized> Deref for StripedRef<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.value
    }
}
