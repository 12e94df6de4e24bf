//! Objects whose keys are data.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Scalar, wrong_scalars};

/// An object whose keys are data, in the order of the text.
#[derive(Debug, Clone, Default)]
pub(crate) enum Pairs<'de, T> {
    /// Absent or null.
    #[default]
    None,
    Is(Vec<(Cow<'de, str>, T)>),
    /// Something else than an object.
    Wrong,
}

impl<'de, T> Pairs<'de, T> {
    /// The pairs; none when the object is absent or wrong.
    pub(crate) fn pairs(&self) -> &[(Cow<'de, str>, T)] {
        match self {
            Self::Is(pairs) => pairs,
            Self::None | Self::Wrong => &[],
        }
    }
}

struct PairsVisitor<'a, T>(PhantomData<(&'a str, T)>);

impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for PairsVisitor<'a, T> {
    type Value = Pairs<'a, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    wrong_scalars!(Pairs::Wrong, Pairs::None);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Pairs::Wrong)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some((key, value)) = map.next_entry::<Scalar<'a>, T>()? {
            // A key of JSON is always a text.
            if let Scalar::Text(key) = key {
                pairs.push((key, value));
            }
        }
        Ok(Pairs::Is(pairs))
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Pairs<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PairsVisitor(PhantomData))
    }
}
