//! Lists that mostly have one item.

use std::ops::{Deref, DerefMut};

/// A list that mostly has one item, which then needs no piece of memory of its own.
#[derive(Debug)]
pub(crate) enum Few<T> {
    One(T),
    Any(Box<[T]>),
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self::Any(Box::default())
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        match self {
            Self::One(item) => std::slice::from_ref(item),
            Self::Any(items) => items,
        }
    }
}

impl<T> DerefMut for Few<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match self {
            Self::One(item) => std::slice::from_mut(item),
            Self::Any(items) => items,
        }
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut items = items.into_iter();
        match (items.next(), items.next()) {
            (Some(one), None) => Self::One(one),
            (first, second) => Self::Any(first.into_iter().chain(second).chain(items).collect()),
        }
    }
}
