//! One or several texts as an argument.

use std::borrow::Cow;
use std::sync::Arc;

/// What [`CustomData`](crate::CustomData) takes as values: one text, or an array, a slice or a vector
/// of texts, or an `Option` of either. Values of an iterator are collected first.
///
/// ```
/// use kameleoon::CustomData;
///
/// let plan = CustomData::new(3, "premium");
/// let tags = CustomData::new(4, ["red", "blue"]);
/// let sizes = CustomData::new(5, (40..43).map(|size| size.to_string()).collect::<Vec<_>>());
/// let nothing = CustomData::new(6, None::<&str>);
/// let counts = [plan, tags, sizes, nothing].map(|data| data.values().count());
/// assert_eq!(counts, [1, 2, 3, 0]);
/// ```
pub trait CustomDataValues {
    /// Hands over the values, in order.
    fn for_each_value(self, take: &mut dyn FnMut(String));
}

macro_rules! single {
    ($($type:ty),*) => {$(
        impl CustomDataValues for $type {
            fn for_each_value(self, take: &mut dyn FnMut(String)) {
                take(AsRef::<str>::as_ref(&self).to_owned());
            }
        }
    )*};
}

single!(&str, &String, &&str, Box<str>, Arc<str>, Cow<'_, str>);

impl CustomDataValues for String {
    fn for_each_value(self, take: &mut dyn FnMut(String)) {
        take(self);
    }
}

impl<V: CustomDataValues> CustomDataValues for Option<V> {
    fn for_each_value(self, take: &mut dyn FnMut(String)) {
        if let Some(values) = self {
            values.for_each_value(take);
        }
    }
}

impl<V: CustomDataValues> CustomDataValues for Vec<V> {
    fn for_each_value(self, take: &mut dyn FnMut(String)) {
        self.into_iter().for_each(|value| value.for_each_value(take));
    }
}

impl<V: CustomDataValues, const N: usize> CustomDataValues for [V; N] {
    fn for_each_value(self, take: &mut dyn FnMut(String)) {
        self.into_iter().for_each(|value| value.for_each_value(take));
    }
}

impl<'v, V> CustomDataValues for &'v [V]
where
    &'v V: CustomDataValues,
{
    fn for_each_value(self, take: &mut dyn FnMut(String)) {
        self.iter().for_each(|value| value.for_each_value(take));
    }
}

impl<'v, V> CustomDataValues for &'v Vec<V>
where
    &'v V: CustomDataValues,
{
    fn for_each_value(self, take: &mut dyn FnMut(String)) {
        self.as_slice().for_each_value(take);
    }
}
