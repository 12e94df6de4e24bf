//! Values that are made when somebody first looks at them.

use std::sync::OnceLock;

/// A value that is made when somebody first looks at it. It has to be the same whoever makes it.
#[derive(Debug, Clone)]
pub(crate) struct Late<T>(OnceLock<T>);

impl<T> Late<T> {
    pub(crate) fn new() -> Self {
        Self(OnceLock::new())
    }

    pub(crate) fn get(&self, make: impl FnOnce() -> T) -> &T {
        self.0.get_or_init(make)
    }
}
