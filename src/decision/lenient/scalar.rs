//! Numbers, texts and truth values.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Wrong;

/// A scalar as it stands in the text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Scalar<'de> {
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

impl<'de> Scalar<'de> {
    /// An integer; a whole float or a text of digits is taken as the integer it shows.
    pub(crate) fn integer(&self, field: &'static str) -> Result<Option<i64>, Wrong> {
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
    pub(crate) fn number(&self, field: &'static str) -> Result<Option<f64>, Wrong> {
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

    pub(crate) fn boolean(&self, field: &'static str) -> Result<Option<bool>, Wrong> {
        match self {
            Self::None => Ok(None),
            Self::Bool(value) => Ok(Some(*value)),
            Self::Text(text) if text == "true" => Ok(Some(true)),
            Self::Text(text) if text == "false" => Ok(Some(false)),
            _ => Err(Wrong { field, expected: "true or false" }),
        }
    }

    /// A text; a number or boolean is taken as it is written.
    pub(crate) fn text(&self, field: &'static str) -> Result<Option<Cow<'_, str>>, Wrong> {
        match self {
            Self::None => Ok(None),
            Self::Text(text) => Ok(Some(Cow::Borrowed(text))),
            Self::Int(number) => Ok(Some(Cow::Owned(number.to_string()))),
            Self::Float(number) => Ok(Some(Cow::Owned(crate::decision::number::shortest(*number)))),
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

/// A scalar that is taken for nothing but what it is: no text for a number, nothing for a text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Strict<'de>(Scalar<'de>);

impl<'de> Strict<'de> {
    /// An integer, or a whole float.
    pub(crate) fn integer(&self, field: &'static str) -> Result<Option<i64>, Wrong> {
        self.unless_text(field, "an integer")?.integer(field)
    }

    pub(crate) fn number(&self, field: &'static str) -> Result<Option<f64>, Wrong> {
        self.unless_text(field, "a number")?.number(field)
    }

    pub(crate) fn boolean(&self, field: &'static str) -> Result<Option<bool>, Wrong> {
        self.unless_text(field, "true or false")?.boolean(field)
    }

    pub(crate) fn text(&self, field: &'static str) -> Result<Option<&str>, Wrong> {
        match &self.0 {
            Scalar::None => Ok(None),
            Scalar::Text(text) => Ok(Some(text)),
            _ => Err(Wrong { field, expected: "a text" }),
        }
    }

    fn unless_text(&self, field: &'static str, expected: &'static str) -> Result<&Scalar<'de>, Wrong> {
        match &self.0 {
            Scalar::Text(_) => Err(Wrong { field, expected }),
            scalar => Ok(scalar),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Strict<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Scalar::deserialize(deserializer).map(Self)
    }
}
