//! Values of a custom data of the site.

use std::sync::Arc;

use super::CustomDataValues;

/// Which custom data the values belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CustomDataKey {
    Index(u32),
    Name(Box<str>),
}

/// The values of a custom data, kept so that the usual single value costs one allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Values {
    One(Arc<str>),
    Many(Arc<[Arc<str>]>),
}

impl Values {
    pub(crate) fn as_slice(&self) -> &[Arc<str>] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }

    pub(crate) fn first(&self) -> Option<&str> {
        self.as_slice().first().map(|value| &**value)
    }
}

impl<S: Into<Arc<str>>> FromIterator<S> for Values {
    fn from_iter<I: IntoIterator<Item = S>>(iter: I) -> Self {
        let mut values = iter.into_iter().map(Into::into);
        match (values.next(), values.next()) {
            (None, _) => Self::Many(Arc::default()),
            (Some(one), None) => Self::One(one),
            (Some(one), Some(two)) => Self::Many([one, two].into_iter().chain(values).collect()),
        }
    }
}

impl Values {
    fn of(given: impl CustomDataValues) -> Self {
        let (mut first, mut more) = (None, Vec::new());
        given.for_each_value(&mut |value| match &first {
            None => first = Some(value),
            Some(_) => more.push(value),
        });
        first.into_iter().chain(more).collect()
    }
}

/// Values of a custom data of the site. A visitor has one per index; a later one replaces it.
///
/// The first custom data of a site has index 0. Instead of the index, the name given on the
/// platform can be used.
///
/// ```
/// use kameleoon::CustomData;
///
/// let plan = CustomData::new(3, "premium");
/// let tags = CustomData::named("tags", ["red", "blue"]).with_overwrite(false);
/// assert_eq!(tags.values().collect::<Vec<_>>(), ["red", "blue"]);
/// # let _ = plan;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomData {
    pub(crate) key: CustomDataKey,
    pub(crate) values: Values,
    pub(crate) overwrite: bool,
}

impl CustomData {
    /// Values of the custom data with this index: one text or several ([`CustomDataValues`]). No
    /// values at all are allowed: they clear what the platform holds.
    pub fn new(index: u32, values: impl CustomDataValues) -> Self {
        Self { key: CustomDataKey::Index(index), values: Values::of(values), overwrite: true }
    }

    /// Values of the custom data with this name. A name the data file does not know is ignored,
    /// with an error in the log.
    pub fn named(name: impl Into<String>, values: impl CustomDataValues) -> Self {
        let key = CustomDataKey::Name(name.into().into_boxed_str());
        Self { key, values: Values::of(values), overwrite: true }
    }

    /// Whether the values replace those that the platform holds (`true`, the default) or are added
    /// to them.
    #[must_use]
    pub fn with_overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// The index; none for a custom data given by name.
    pub fn index(&self) -> Option<u32> {
        match self.key {
            CustomDataKey::Index(index) => Some(index),
            CustomDataKey::Name(_) => None,
        }
    }

    /// The name; none for a custom data given by index.
    pub fn name(&self) -> Option<&str> {
        match &self.key {
            CustomDataKey::Index(_) => None,
            CustomDataKey::Name(name) => Some(name),
        }
    }

    /// The values, in order.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.values.as_slice().iter().map(|value| &**value)
    }

    /// Whether the values replace those on the platform.
    pub fn overwrite(&self) -> bool {
        self.overwrite
    }
}
