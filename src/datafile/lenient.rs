//! JSON readers that never fail on a well-formed text: what has the wrong type is noted as wrong
//! in its place, so that one bad item never costs the rest of the file, in a single pass.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A scalar as it stands in the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Scalar<'de> {
    /// Absent or null.
    #[default]
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'de, str>),
    /// An array or object where a scalar belongs.
    Wrong,
}

/// Why a field cannot be used: its name and what it has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) field: &'static str,
    pub(super) expected: &'static str,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` has to be {}", self.field, self.expected)
    }
}

impl<'de> Scalar<'de> {
    /// An integer; a whole float or a text of digits is taken as the integer it shows.
    pub(super) fn integer(&self, field: &'static str) -> Result<Option<i64>, Wrong> {
        let wrong = Wrong { field, expected: "an integer" };
        match self {
            Self::None => Ok(None),
            Self::Int(number) => Ok(Some(*number)),
            // Up to 2^53 a float holds integers exactly.
            Self::Float(number) if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 => {
                Ok(Some(*number as i64))
            }
            Self::Text(text) => text.trim().parse().map(Some).map_err(|_| wrong),
            _ => Err(wrong),
        }
    }

    /// A finite number; a text that shows one is taken as it.
    pub(super) fn number(&self, field: &'static str) -> Result<Option<f64>, Wrong> {
        let wrong = Wrong { field, expected: "a number" };
        match self {
            Self::None => Ok(None),
            Self::Int(number) => Ok(Some(*number as f64)),
            Self::Float(number) => Ok(Some(*number)),
            Self::Text(text) => match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Some(number)),
                _ => Err(wrong),
            },
            _ => Err(wrong),
        }
    }

    pub(super) fn boolean(&self, field: &'static str) -> Result<Option<bool>, Wrong> {
        match self {
            Self::None => Ok(None),
            Self::Bool(value) => Ok(Some(*value)),
            Self::Text(text) if text == "true" => Ok(Some(true)),
            Self::Text(text) if text == "false" => Ok(Some(false)),
            _ => Err(Wrong { field, expected: "true or false" }),
        }
    }

    /// A text; a number or boolean is taken as it is written.
    pub(super) fn text(&self, field: &'static str) -> Result<Option<Cow<'_, str>>, Wrong> {
        match self {
            Self::None => Ok(None),
            Self::Text(text) => Ok(Some(Cow::Borrowed(text))),
            Self::Int(number) => Ok(Some(Cow::Owned(number.to_string()))),
            Self::Float(number) => Ok(Some(Cow::Owned(crate::number::shortest(*number)))),
            Self::Bool(value) => Ok(Some(Cow::Borrowed(if *value { "true" } else { "false" }))),
            Self::Wrong => Err(Wrong { field, expected: "a text" }),
        }
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or(Scalar::Float(value as f64), Scalar::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(value)))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Wrong)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Wrong)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

/// An object of the file.
#[derive(Debug, Clone, Default)]
pub(super) enum Object<T> {
    /// Absent or null.
    #[default]
    None,
    Is(T),
    /// Something else than an object.
    Wrong,
}

struct ObjectVisitor<T>(PhantomData<T>);

macro_rules! wrong_scalars {
    ($wrong:expr, $null:expr) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($wrong)
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($wrong)
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($wrong)
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($wrong)
        }
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok($wrong)
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($null)
        }
    };
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    wrong_scalars!(Object::Wrong, Object::None);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Object::Wrong)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object::Is)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor(PhantomData))
    }
}

/// An array of the file.
#[derive(Debug, Clone, Default)]
pub(super) enum List<T> {
    /// Absent or null.
    #[default]
    None,
    Is(Vec<T>),
    /// Something else than an array.
    Wrong,
}

impl<T> List<T> {
    /// The items; none when the array is absent.
    pub(super) fn items(&self, field: &'static str) -> Result<&[T], Wrong> {
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
