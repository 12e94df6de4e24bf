//! Arrays.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Wrong, wrong_scalars};

/// An array of the text.
#[derive(Debug, Clone, Default)]
pub(crate) enum List<T> {
    /// Absent or null.
    #[default]
    None,
    Is(Vec<T>),
    /// Something else than an array.
    Wrong,
}

impl<T> List<T> {
    /// The items; none when the array is absent.
    pub(crate) fn items(&self, field: &'static str) -> Result<&[T], Wrong> {
        match self {
            Self::None => Ok(&[]),
            Self::Is(items) => Ok(items),
            Self::Wrong => Err(Wrong { field, expected: "an array" }),
        }
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    wrong_scalars!(List::Wrong, List::None);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(List::Is(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(List::Wrong)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}
